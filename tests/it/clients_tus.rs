//! tus-js-client, as a web page would use it, over a connection that is cut three times.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tests::{both, clients};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::given::{evidence, text};

const SIZE: usize = 50 * 1024 * 1024;
/// Bytes that come through before each cut.
const BEFORE_CUT: usize = 9 * 1024 * 1024;

/// Listens before `server` and cuts the first `cuts` connections that carry so many bytes; its address, and the cuts
/// that are left.
async fn proxy(server: String, cuts: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let left = Arc::new(AtomicUsize::new(cuts));
    let counted = Arc::clone(&left);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(&server).await else { return };
            tokio::spawn(carry(client, server, Arc::clone(&counted)));
        }
    });
    (address, left)
}

async fn carry(client: TcpStream, server: TcpStream, cuts: Arc<AtomicUsize>) {
    let ((mut from, mut back), (mut answers, mut to)) = (client.into_split(), server.into_split());
    let answering = async { tokio::io::copy(&mut answers, &mut back).await.map(drop) };
    let asking = async {
        let (mut carried, mut buffer) = (0, vec![0; 64 * 1024]);
        loop {
            let count = from.read(&mut buffer).await?;
            if count == 0 {
                return std::io::Result::Ok(());
            }
            to.write_all(&buffer[..count]).await?;
            carried += count;
            let one_less = |left: usize| left.checked_sub(1);
            if carried > BEFORE_CUT && cuts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok()
            {
                return Ok(());
            }
        }
    };
    // Whoever ends first takes the other along: both sockets close.
    tokio::select! { ended = answering => drop(ended), ended = asking => drop(ended) }
}

both! {
    async fn fifty_megabytes_arrive_after_three_cuts(lab) {
        let officer = lab.officer("STC").await;
        let (id, url) = evidence(&officer, json!({ "name": "a.pdf", "size": SIZE }), None).await;
        let server = lab.url.trim_start_matches("http://").to_owned();
        let (address, cuts) = proxy(server.clone(), 3).await;
        let ticket = url.rsplit('/').next().expect("a ticket");
        let create = format!("http://{address}/files/tus/{ticket}");
        let variables = [("CREATE_URL", create.as_str()), ("SIZE", &SIZE.to_string()), ("PROXY", &address)];
        let Some(told) = clients::node("tus.mjs", &variables).await else { return };
        assert_eq!(told["done"], true, "{told:#}");
        assert_eq!(cuts.load(Ordering::SeqCst), 0, "all cuts were made: {told:#}");
        let offsets: Vec<u64> =
            told["offsets"].as_array().expect("offsets").iter().filter_map(|one| one.as_u64()).collect();
        assert!(offsets.iter().any(|offset| *offset > 20 << 20), "it went on, not anew: {told:#}");
        const GET: &str = "query($id: ID!) { evidence(id: $id) { status size sha256 } }";
        let known = officer.get(GET, json!({ "id": id })).await["evidence"].take();
        let mut bytes = b"lang son ".iter().copied().cycle().take(SIZE).collect::<Vec<u8>>();
        bytes[..9].copy_from_slice(b"%PDF-1.7\n");
        assert_eq!((text(&known["status"]).as_str(), &known["size"]), ("READY", &json!(SIZE)));
        assert_eq!(text(&known["sha256"]), api::files::sha256_hex(&bytes));
    }
}
