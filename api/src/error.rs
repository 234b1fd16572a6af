//! The one error of the product: what went wrong, as a code that never changes and a message in two languages.
//!
//! [`Error`] has no `Display` on purpose: async-graphql turns whatever has one into a message for the client.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use async_graphql::resolver_utils::{EnumType, enum_value};
use async_graphql::{Enum, ErrorExtensionValues, Response, ServerError, Value};
use entity::NotRead;
use sea_orm::{ConnAcquireErr, DbErr, SqlErr};

use crate::lang::Lang;

/// What can go wrong on the way of a request.
#[derive(Clone, Debug)]
pub enum Error {
    /// Nobody is signed in, or the token is no longer good.
    Unauthenticated,
    /// There is no such row, or the viewer may not see it: the two look alike.
    NotFound,
    /// The viewer sees the row but may not do this to it.
    Forbidden,
    /// The input is wrong; nothing was written.
    Invalid(Vec<Problem>),
    /// Somebody else was faster; nothing was written.
    Conflict(Vec<Problem>),
    /// A fault of ours, for the log only.
    Internal(Arc<dyn Debug + Send + Sync>),
}

/// A result of the product.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is wrong with one field of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field's path from the mutation's arguments; empty for the whole.
    pub field: Vec<String>,
    /// What is wrong with it.
    pub code: Code,
    /// What the message names: a limit, a state, a prefix; words in Vietnamese.
    pub detail: String,
    /// The same in English, where it is words.
    pub english: Option<String>,
}

impl Problem {
    /// A problem of the field at `path`, its steps set apart by dots.
    pub fn new(path: &str, code: Code) -> Self {
        let field = path.split('.').filter(|step| !step.is_empty()).map(str::to_owned).collect();
        Self { field, code, detail: String::new(), english: None }
    }

    /// The problem of a row in a `state` that does not allow what was asked.
    pub fn state(path: &str, state: impl EnumType) -> Self {
        Self::new(path, Code::InvalidState).with(enum_value(state))
    }

    /// The same, naming `detail` in its message.
    pub fn with(self, detail: impl ToString) -> Self {
        Self { detail: detail.to_string(), ..self }
    }

    /// The same, naming in its message what takes words to name.
    pub fn in_words(self, vi: impl ToString, en: impl ToString) -> Self {
        Self { detail: vi.to_string(), english: Some(en.to_string()), ..self }
    }

    /// What to tell a person.
    pub fn message(&self, lang: Lang) -> String {
        let english = self.english.as_deref().unwrap_or(&self.detail);
        let message = match (self.code, &self.english) {
            // Words say themselves how many there may be.
            (Code::TooMany, Some(_)) => lang.pick("Quá nhiều: {}.", "Too many: {}."),
            (Code::TooLong, Some(_)) => lang.pick("Quá dài: {}.", "Too long: {}."),
            (Code::FileTooLarge, Some(_)) => lang.pick("Tệp quá lớn: {}.", "The file is too large: {}."),
            (Code::BadUserInput, Some(_)) => {
                lang.pick("Yêu cầu không hợp lệ: {}.", "The request is not valid: {}.")
            }
            _ => self.code.message(lang),
        };
        message.replace("{}", lang.pick(&self.detail, english))
    }

    /// The same problem of the field at `path`.
    fn moved(self, path: &str) -> Self {
        Self { field: Self::new(path, self.code).field, ..self }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

/// `codes! { Name: "Vietnamese", "English"; … }`; `{}` in a text is the problem's detail.
macro_rules! codes {
    ($($name:ident: $vi:literal, $en:literal;)+) => {
        /// What is wrong, in a word that no language changes. The README lists them all.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
        #[graphql(name = "ErrorCode")]
        pub enum Code { $(#[doc = $en] $name,)+ }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name,)+];

            fn message(self, lang: Lang) -> &'static str {
                match self { $(Self::$name => lang.pick($vi, $en),)+ }
            }
        }
    };
}

codes! {
    Unauthenticated: "Cần đăng nhập.", "Sign in first.";
    NotFound: "Không tìm thấy.", "Not found.";
    Forbidden: "Không được phép.", "Not allowed.";
    Internal: "Lỗi hệ thống.", "Internal error";
    BadUserInput: "Yêu cầu không hợp lệ.", "The request is not valid.";
    GraphqlParseFailed: "Truy vấn sai cú pháp ở {}.", "Syntax error at {}.";
    QueryTooComplex: "Truy vấn quá phức tạp: {}.", "The query is too complex: {}.";
    MethodNotAllowed: "Phương thức HTTP không dùng được: {}.", "Not by this HTTP method: {}.";
    RequestTooLarge: "Yêu cầu quá lớn: nhiều nhất {} byte.", "The request is too large: at most {} bytes.";
    NotAcceptable: "Yêu cầu không chấp nhận dạng trả lời nào của máy chủ: {}.", "The request accepts no form of answer that the server offers: {}.";
    UnsupportedMediaType: "Không đọc được dạng nội dung này của yêu cầu; dạng đọc được: {}.", "The request's content is of a form that is not read; this is: {}.";
    Timeout: "Quá thời gian cho phép.", "Took longer than allowed.";
    Throttled: "Đã dùng hết điểm truy vấn; hãy đợi {} giây.", "No query points left; wait {} seconds.";
    PersistedQueryNotFound: "PersistedQueryNotFound", "PersistedQueryNotFound";
    PersistedQueryNotSupported: "PersistedQueryNotSupported", "PersistedQueryNotSupported";
    UntrustedDocument: "Truy vấn này chưa được đăng ký cho ứng dụng {}.", "This document is not registered for the client {}.";
    IntrospectionDisabled: "Không được hỏi về lược đồ.", "Asking about the schema is not allowed.";
    Required: "Thiếu giá trị.", "A value is required.";
    TooLong: "Quá dài: nhiều nhất {} ký tự.", "Too long: at most {} characters.";
    TooMany: "Quá nhiều: nhiều nhất {}.", "Too many: at most {}.";
    InvalidCharacter: "Có ký tự không được dùng.", "Contains a character that is not allowed.";
    OutOfRange: "Ngoài khoảng cho phép: {}.", "Outside the allowed range: {}.";
    InvalidId: "Mã định danh không đúng loại; cần {}.", "Not an id of the right kind; expected {}.";
    InvalidCursor: "Con trỏ trang không hợp lệ.", "Not a cursor of this list.";
    InvalidEmail: "Địa chỉ e-mail không hợp lệ.", "Not a valid e-mail address.";
    InvalidUrl: "Không phải địa chỉ http hoặc https.", "Not an http or https address.";
    DateOrder: "Ngày kết thúc trước ngày bắt đầu.", "The end is before the beginning.";
    LeadRequired: "Phải có đúng một cơ quan chủ trì.", "Exactly one lead organization is required.";
    MultipleLeads: "Chỉ được một cơ quan chủ trì.", "Only one lead organization is allowed.";
    Duplicate: "Bị lặp lại.", "Given more than once.";
    Exclusive: "Chỉ được cho một trong các giá trị: {}.", "Only one of these may be given: {}.";
    EvidencePending: "Còn minh chứng chưa tải tệp lên: {}.", "Evidence whose file is not there yet: {}.";
    EvidenceRequired: "Phải có ít nhất một minh chứng.", "At least one piece of evidence is required.";
    ValueMismatch: "Giá trị không khớp minh chứng, nơi ghi {}.", "The value is not that of its evidence, which states {}.";
    UnitMismatch: "Đơn vị tính không khớp: {}.", "The unit of measure does not agree: {}.";
    YearMismatch: "Năm không khớp minh chứng, nơi ghi {}.", "The year is not that of its evidence, which states {}.";
    Outlier: "Giá trị khác thường so với các năm trước: {}.", "The value is unusual against earlier years: {}.";
    PercentDecreased: "Tỷ lệ thấp hơn báo cáo đã duyệt trước đó: {}%.", "The percentage is below that of the report accepted before: {}%.";
    DoneWithoutEvidence: "Báo cáo hoàn thành 100% nhưng không có minh chứng.", "Reported as done, but without evidence.";
    EvidenceOutsidePeriod: "Minh chứng của năm ngoài kỳ báo cáo: {}.", "Evidence of a year that the period does not cover: {}.";
    ConfirmationRequired: "Cần xác nhận cảnh báo {}.", "Confirm the warning {}.";
    SecondPerson: "Người lập hoặc nộp không được tự quyết định.", "Whoever wrote or submitted it cannot decide on it.";
    PeriodLocked: "Kỳ báo cáo {} đã khóa.", "The reporting period {} is locked.";
    HasChildren: "Còn mục bên dưới.", "There is something below it.";
    OwnAccount: "Không tự khóa tài khoản của mình được.", "You cannot disable your own account.";
    Circle: "Cơ quan cấp trên tạo thành vòng.", "An organization would belong to itself.";
    Taken: "Đã có người dùng.", "Already taken.";
    InactiveOrganization: "Cơ quan không còn hoạt động.", "The organization is not active.";
    InvalidState: "Không làm được ở trạng thái {}.", "Not possible in the state {}.";
    Conflict: "Dữ liệu vừa được người khác sửa; hãy tải lại.", "Changed by someone else meanwhile; load it again.";
    PasswordTooShort: "Mật khẩu cần ít nhất {} ký tự.", "A password needs at least {} characters.";
    WrongCredentials: "E-mail hoặc mật khẩu không đúng.", "Wrong e-mail or password.";
    ProviderUnavailable: "Nhà cung cấp đăng nhập không trả lời; hãy thử lại sau.", "The sign-in provider does not answer; try again later.";
    TooManyTries: "Thử quá nhiều lần; hãy đợi {} phút.", "Too many tries; wait {} minutes.";
    InvalidToken: "Mã phiên không còn dùng được.", "The token is no longer good.";
    InvalidTicket: "Vé tải tệp không đúng hoặc đã hết hạn.", "The file ticket is wrong or has expired.";
    FileTooLarge: "Tệp quá lớn: nhiều nhất {} byte.", "The file is too large: at most {} bytes.";
    FileEmpty: "Tệp rỗng.", "The file is empty.";
    FileTypeNotAllowed: "Loại tệp không được nhận: {}.", "Files of this type are not accepted: {}.";
    FileTypeMismatch: "Nội dung tệp không khớp tên hoặc loại đã khai: {}.", "The bytes do not match the name or the declared type: {}.";
    ArchiveAmbiguous: "Các chương trình có thể đọc tệp nén này theo những cách khác nhau: {}.", "Programs may read this archive in different ways: {}.";
    SizeMismatch: "Kích thước tệp không khớp: {}.", "The size does not match: {}.";
    HashMismatch: "Mã băm SHA-256 không khớp.", "The SHA-256 does not match.";
    FileInfected: "Tệp có mã độc: {}.", "The file holds malware: {}.";
    ScanUnavailable: "Chưa quét được mã độc; hãy gửi lại sau.", "The file could not be scanned for malware; send it again later.";
    StorageFull: "Kho tệp đã hết chỗ; hãy gửi lại sau.", "There is no room for the file; send it again later.";
    UploadTimeout: "Gửi tệp quá chậm.", "The bytes came too slowly.";
    UploadExpired: "Lượt tải lên đã hết hạn; hãy bắt đầu lại.", "The upload has ended; begin anew.";
    UploadLocked: "Một yêu cầu khác đang gửi tệp này.", "Another request is sending this file.";
    OffsetMismatch: "Vị trí không khớp: đã nhận {} byte.", "The offset does not match: {} bytes are here.";
    ChecksumMismatch: "Mã kiểm tra của phần tệp không khớp.", "The checksum of the piece does not match.";
    NotComputable: "Không tính được: {}.", "Cannot be computed: {}.";
    FileNotReadable: "Không đọc được tệp: {}.", "The file cannot be read: {}.";
    ImportErrors: "Tệp còn {} ô lỗi; xem bản xem trước.", "The file has {} cells that cannot be read; see the preview.";
    ImportUnmatched: "Tệp có {} dòng hoặc cột không khớp; xem bản xem trước.", "The file has {} rows or columns that match nothing; see the preview.";
    EditionEmpty: "Kỳ xếp hạng chưa có số liệu.", "The edition has no figures.";
    Unscored: "Không có điểm: {}.", "There is no score: {}.";
    NotFinite: "Không phải số hữu hạn: {}.", "Not a finite number: {}.";
    Busy: "Máy chủ đang bận; hãy thử lại sau.", "The server is busy; try again later.";
    FrameworkIncomplete: "Khung chỉ số chưa đủ: {}.", "The framework is incomplete: {}.";
}

impl Code {
    /// The code that clients know by this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::items().iter().find(|item| item.name == name).map(|item| item.value)
    }

    /// The code as clients see it, such as `NOT_FOUND`.
    pub fn name(self) -> String {
        let item = Self::items().iter().find(|item| item.value == self);
        item.map(|item| item.name.to_owned()).unwrap_or_default()
    }
}

impl Error {
    /// A fault of ours; `cause` goes to the log and never to a client.
    pub fn internal(cause: impl Debug + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(cause))
    }

    /// The error's code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unauthenticated => Code::Unauthenticated,
            Self::NotFound => Code::NotFound,
            Self::Forbidden => Code::Forbidden,
            Self::Invalid(problems) => problems.first().map_or(Code::BadUserInput, |problem| problem.code),
            Self::Conflict(_) => Code::Conflict,
            Self::Internal(_) => Code::Internal,
        }
    }

    /// Path of the argument or input field that the first problem is about; empty when it is about the whole.
    pub fn field(&self) -> &[String] {
        match self {
            Self::Invalid(problems) | Self::Conflict(problems) => {
                problems.first().map_or(&[], |problem| &problem.field)
            }
            _ => &[],
        }
    }

    /// What to tell a person.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Invalid(problems) | Self::Conflict(problems) if !problems.is_empty() => {
                let messages: Vec<String> = problems.iter().map(|problem| problem.message(lang)).collect();
                messages.join(" ")
            }
            _ => self.code().message(lang).to_owned(),
        }
    }

    /// The same error; where it is about a row that was not found, an input, or a value that is taken, about the field
    /// at `path`.
    pub fn at(self, path: &str) -> Self {
        match self {
            Self::NotFound => Problem::new(path, Code::NotFound).into(),
            Self::Invalid(problems) => {
                Self::Invalid(problems.into_iter().map(|problem| problem.moved(path)).collect())
            }
            Self::Conflict(problems) => Self::Conflict(
                problems.into_iter().map(|p| if p.field.is_empty() { p.moved(path) } else { p }).collect(),
            ),
            other => other,
        }
    }
}

impl From<NotRead> for Error {
    fn from(fault: NotRead) -> Self {
        Self::internal(fault)
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if let DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) = error {
            tracing::warn!("nobody gave a connection to the database back in time");
            return Problem::new("", Code::Busy).into();
        }
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Conflict(vec![Problem::new("", Code::Taken)]),
            _ => Self::internal(error),
        }
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        // The message is written by `finish`, which knows the language.
        Self {
            message: String::new(),
            source: Some(Arc::new(error) as Arc<dyn Any + Send + Sync>),
            extensions: None,
        }
    }
}

/// Makes a response ready for the client: every error gets its code and its message in `lang`; what async-graphql
/// says of the request itself keeps its text; anything else is logged under `request_id` and masked.
pub fn finish(response: &mut Response, lang: Lang, request_id: &str) {
    response.errors.truncate(MAX_ERRORS);
    for error in &mut response.errors {
        let field = error.source::<Error>().map(|known| known.field().to_vec()).unwrap_or_default();
        let (code, message) = match error.source::<Error>() {
            Some(Error::Internal(cause)) => {
                tracing::error!(request_id, path = ?error.path, ?cause, "internal error");
                (Code::Internal, Code::Internal.message(lang).to_owned())
            }
            Some(known) => (known.code(), known.message(lang)),
            None if is_about_the_request(error) => (Code::BadUserInput, shorten(&error.message)),
            None => {
                tracing::error!(request_id, path = ?error.path, message = error.message, "internal error");
                (Code::Internal, Code::Internal.message(lang).to_owned())
            }
        };
        error.message = message;
        error.source = None;
        let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        extensions.set("code", code.name());
        if !field.is_empty() {
            extensions.set("field", field.into_iter().map(Value::String).collect::<Vec<_>>());
        }
        extensions.set("requestId", request_id);
    }
}

const MAX_ERRORS: usize = 10;

/// async-graphql's own words on a document that does not fit the schema; none of them holds a value of ours.
fn is_about_the_request(error: &ServerError) -> bool {
    const KNOWN: &[&str] = &[
        "Failed to parse",
        "Invalid value for argument",
        "Expected input type",
        "Unknown argument",
        "Unknown operation",
        "Operation name required",
        "Variable ",
        "Invalid global ID",
        "Invalid value \"",
    ];
    error.path.is_empty() || KNOWN.iter().any(|start| error.message.starts_with(start))
}

/// Messages that quote the request are cut, so that a long request does not make a long answer.
fn shorten(message: &str) -> String {
    const LONGEST: usize = 200;
    let first_line = message.lines().next().unwrap_or_default();
    match first_line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &first_line[..end]),
        None => first_line.to_owned(),
    }
}
