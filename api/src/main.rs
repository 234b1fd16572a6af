//! The command line: `pii serve` and what an operator needs beside it.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use api::accounts::{self, NewAccount};
use api::auth::{list_keys, operator_token, rotate_keys};
use api::bench_data::{self, Outcome, Sizes};
use api::clients;
use api::config::Settings;
use api::error::{Code, Error, Problem};
use api::figures;
use api::graphql::sdl;
use api::lang::Lang;
use api::seed::{Account, demo, seed};
use api::service_accounts::{self, Credentials, NewServiceAccount};
use api::store::Trail;
use api::world::World;
use api::{App, serve};
use clap::{Args, Parser, Subcommand};
use entity::{Figure, Role, Scope};
use tokio::net::TcpListener;
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// GraphQL API of Lạng Sơn province's plan to raise its Provincial Innovation Index (PII).
#[derive(Parser)]
#[command(name = "pii", version, about, after_help = "Without a command: serve.")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
    /// Adds one user per role and clearly synthetic tasks when serving or seeding.
    #[arg(long, env = "PII_DEMO", global = true)]
    demo: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the API. The embedded database is migrated and filled first; PostgreSQL must have been, by `migrate` and
    /// `seed`.
    Serve,
    /// Brings the database's schema up to date.
    Migrate {
        /// Takes this many changes back instead.
        #[arg(long)]
        down: Option<u32>,
    },
    /// Fills an empty database and creates an administrator and a coordinator.
    Seed,
    /// Fills a fresh database, migrated and seeded, with clearly synthetic data for measuring.
    BenchData(Sizes),
    /// Prints the schema in GraphQL's schema definition language.
    Schema,
    /// Reads a file of figures (XLSX, CSV, JSON) for a draft edition and says what it would change; with `--commit`
    /// writes it, all or nothing.
    Import(ImportArguments),
    /// Keeps users.
    #[command(subcommand)]
    User(UserCommand),
    /// Keeps the GraphQL documents that client applications registered.
    #[command(subcommand)]
    Documents(DocumentsCommand),
    /// Keeps service accounts, with which programs sign in.
    #[command(subcommand)]
    ServiceAccount(ServiceAccountCommand),
    /// Keeps the signing keys in their file; servers that run take a change up within 5 seconds.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Checks the audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Prints an access token for scripts, good for the server at `PII_PUBLIC_URL` alone.
    Token {
        /// The user's e-mail address.
        #[arg(long)]
        user: String,
        /// Minutes that it lives.
        #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=1440))]
        minutes: u64,
    },
}

#[derive(Args)]
struct ImportArguments {
    /// The file.
    file: PathBuf,
    /// Year of the draft edition.
    #[arg(long)]
    year: i32,
    /// E-mail address of the coordinator in whose name it is done.
    #[arg(long)]
    user: String,
    /// What the cells of a wide table are, where the name of its sheet does not say: value, score or rank.
    #[arg(long, default_value = "value", value_parser = listed::<Figure>)]
    figure: Figure,
    /// Writes the figures.
    #[arg(long)]
    commit: bool,
    /// Leaves out rows and columns that name nothing known, instead of refusing the file.
    #[arg(long)]
    allow_unmatched: bool,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Prints the names of the keys and what each is for.
    List,
    /// Lets the next key sign, makes another next one and keeps the last to check what it signed; where there is no next
    /// key yet, only makes one.
    Rotate,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Walks the chain of entries and says whether one was changed, removed or moved; exit code 1 then.
    Verify {
        /// Begins behind the entry with this number, which must still be there.
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
        after: Option<i64>,
    },
}

#[derive(Subcommand)]
enum DocumentsCommand {
    /// Registers the documents of a manifest: Relay's or GraphQL Code Generator's `{ id: text }`, or Apollo's.
    Register {
        /// The client application, as its header `apollographql-client-name` says.
        #[arg(long)]
        client: String,
        /// The manifest.
        file: PathBuf,
    },
    /// Lists the registered documents.
    List,
    /// Removes the documents of a client, or one of them.
    Remove {
        /// The client application.
        #[arg(long)]
        client: String,
        /// What its manifest calls the document; all if not given.
        #[arg(long)]
        id: Option<String>,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Enters a user; the password is read from the standard input.
    Add {
        /// E-mail address to sign in with.
        email: String,
        /// Name shown to others.
        #[arg(long)]
        name: String,
        /// coordinator, leader, officer, integration or admin.
        #[arg(long, value_parser = listed::<Role>)]
        role: Role,
        /// Code of the organization that it works for; required for officers and coordinators.
        #[arg(long)]
        organization: Option<String>,
    },
    /// Gives a user another password, read from the standard input, and ends its sessions.
    Password {
        /// The user's e-mail address.
        email: String,
    },
    /// Ends a user's sessions and lets it sign in no more.
    Disable {
        /// The user's e-mail address.
        email: String,
    },
}

#[derive(Subcommand)]
enum ServiceAccountCommand {
    /// Enters a service account and prints its client id and its secret, this once.
    Add {
        /// Name shown to others: the system that is going to use it.
        name: String,
        /// What its tokens may be used for: framework:read, results:read or results:import; may be given several times.
        #[arg(long = "scope", required = true, value_parser = scope)]
        scopes: Vec<Scope>,
        /// Days after which it ends by itself.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: Option<u32>,
    },
    /// Lists the service accounts: client id, scopes, last use, state, name.
    List,
    /// Ends a service account for good, and its tokens.
    Revoke {
        /// Its client id.
        client_id: Uuid,
    },
}

fn scope(name: &str) -> Result<Scope, String> {
    let known = Scope::ALL.into_iter().find(|scope| scope.name() == name);
    known.ok_or_else(|| Scope::ALL.map(Scope::name).join(", "))
}

/// A value of a closed list by its name.
fn listed<T: sea_orm::ActiveEnum<Value = String>>(name: &str) -> Result<T, String> {
    T::try_from_value(&name.to_owned()).map_err(|_| T::values().join(", "))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = match tracing_subscriber::EnvFilter::try_new(&cli.settings.log) {
        Ok(filter) => filter,
        Err(error) => return fail(&format!("PII_LOG: {error}")),
    };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if cli.settings.log_json {
        log.json().init()
    } else {
        log.with_ansi(std::io::stderr().is_terminal()).init()
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string()),
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("pii: {message}");
    ExitCode::FAILURE
}

fn words(error: Error) -> String {
    match error {
        Error::Internal(cause) => format!("{cause:?}"),
        Error::Invalid(problems) | Error::Conflict(problems) => {
            let lines = problems
                .iter()
                .map(|problem| format!("{}: {}", problem.field.join("."), problem.message(Lang::En)));
            lines.collect::<Vec<_>>().join("\n     ")
        }
        other => other.message(Lang::En),
    }
}

async fn run(cli: Cli) -> Result<(), String> {
    if matches!(cli.command, Some(Command::Schema)) {
        print!("{}", sdl());
        return Ok(());
    }
    if let Some(Command::Keys(command)) = cli.command {
        let keys = match command {
            KeysCommand::List => list_keys(&cli.settings),
            KeysCommand::Rotate => rotate_keys(&cli.settings),
        };
        print!("{}", keys?);
        return Ok(());
    }
    let app = App::start(cli.settings, World::real(), None).await?;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve_until_told(app, cli.demo).await,
        Command::Migrate { down: None } => app.db.migrate().await.map_err(words),
        Command::Migrate { down } => app.db.migrate_down(down).await.map_err(words),
        Command::Seed => fill(&app, cli.demo).await,
        Command::BenchData(sizes) => match bench_data::fill(&app, &sizes).await.map_err(words)? {
            Outcome::Filled => Ok(()),
            Outcome::Refused(reason) => Err(reason.to_owned()),
        },
        Command::Schema | Command::Keys(_) => Ok(()),
        Command::Import(arguments) => import(&app, arguments).await.map_err(words),
        Command::User(command) => keep_user(&app, command).await.map_err(words),
        Command::Documents(command) => keep_documents(&app, command).await.map_err(words),
        Command::ServiceAccount(command) => keep_service_account(&app, command).await.map_err(words),
        Command::Audit(AuditCommand::Verify { after }) => {
            match app.db.verify_trail(after).await.map_err(words)? {
                broken @ Trail::Broken(..) => Err(broken.to_string()),
                unbroken @ Trail::Unbroken { .. } => {
                    println!("{unbroken}");
                    Ok(())
                }
            }
        }
        Command::Token { user, minutes } => {
            let token = operator_token(&app, &user, Duration::from_secs(minutes * 60)).await;
            println!("{}", token.map_err(words)?);
            // Another server takes it for somebody else's.
            eprintln!("for the server at {} (PII_PUBLIC_URL)", app.settings.public_url());
            Ok(())
        }
    }
}

async fn fill(app: &App, with_demo: bool) -> Result<(), String> {
    show(&seed(app).await.map_err(words)?);
    if with_demo {
        show(&demo(app).await.map_err(words)?);
    }
    Ok(())
}

fn show(accounts: &[Account]) {
    if accounts.is_empty() {
        return;
    }
    println!("Accounts made; their passwords are shown this once:");
    for account in accounts {
        println!("  {:<28} {}", account.email, account.password);
    }
}

async fn serve_until_told(app: App, with_demo: bool) -> Result<(), String> {
    if app.db.is_embedded() {
        app.db.migrate().await.map_err(words)?;
        fill(&app, with_demo).await?;
    } else if !app.db.is_migrated().await.map_err(words)? {
        return Err(
            "the database's schema is not up to date; run `pii migrate` (and `pii seed` the first time)"
                .into(),
        );
    }
    let listen = app.settings.listen;
    let listener =
        TcpListener::bind(listen).await.map_err(|error| format!("PII_LISTEN {listen}: {error}"))?;
    println!("GraphiQL: {}/graphql", app.settings.public_url());
    // Whoever reads the output through a pipe wants the line now.
    std::io::stdout().flush().map_err(|error| error.to_string())?;
    serve(app, listener, told_to_stop()).await.map_err(|error| error.to_string())
}

/// SIGTERM or Ctrl-C.
async fn told_to_stop() {
    let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be heard");
                std::future::pending().await
            }
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}

async fn keep_user(app: &App, command: UserCommand) -> Result<(), Error> {
    match command {
        UserCommand::Add { email, name, role, organization } => {
            let password = password()?;
            let tx = app.system().begin().await?;
            let account =
                NewAccount { email: &email, name: &name, role, organization: organization.as_deref() };
            accounts::add(app, &tx, account, &password).await?;
            tx.commit().await
        }
        UserCommand::Password { email } => accounts::set_password(app, &email, &password()?).await,
        UserCommand::Disable { email } => accounts::disable(app, &email).await,
    }
}

async fn keep_documents(app: &App, command: DocumentsCommand) -> Result<(), Error> {
    match command {
        DocumentsCommand::Register { client, file } => {
            let cannot = |error: io::Error| Problem::new("file", Code::FileNotReadable).with(error.kind());
            let manifest = std::fs::read_to_string(&file).map_err(cannot)?;
            println!("{} registered", clients::register(app, &client, &manifest).await?);
        }
        DocumentsCommand::List => {
            for row in clients::list(app).await? {
                println!("{}\t{}\t{}", row.client, row.document_id, row.sha256);
            }
        }
        DocumentsCommand::Remove { client, id } => {
            println!("{} removed", clients::remove(app, &client, id.as_deref()).await?);
        }
    }
    Ok(())
}

async fn keep_service_account(app: &App, command: ServiceAccountCommand) -> Result<(), Error> {
    let store = app.system();
    match command {
        ServiceAccountCommand::Add { name, scopes, days } => {
            let expires_at = days.map(|days| app.world.now() + Duration::from_secs(u64::from(days) * 86_400));
            let account = NewServiceAccount { name: &name, scopes: &scopes, expires_at };
            let Credentials { account, secret } = service_accounts::add(app, &store, account, "").await?;
            println!("client id      {}\nclient secret  {secret}  (shown this once)", account.id);
        }
        ServiceAccountCommand::List => {
            for line in service_accounts::list(&store).await? {
                println!("{line}");
            }
        }
        ServiceAccountCommand::Revoke { client_id } => {
            service_accounts::revoke(app, &store, client_id).await?;
        }
    }
    Ok(())
}

async fn import(app: &App, arguments: ImportArguments) -> Result<(), Error> {
    let ImportArguments { file, year, user, figure, commit, allow_unmatched } = arguments;
    let request = figures::FileRequest { file: &file, year, figure, commit, allow_unmatched };
    let done = figures::import_file(app, accounts::viewer(app, &user).await?, request).await?;
    print!("{done}");
    Ok(())
}

/// The first line of the standard input.
fn password() -> Result<String, Error> {
    if std::io::stdin().is_terminal() {
        eprint!("Password: ");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Error::internal)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
