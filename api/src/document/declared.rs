//! What fields cost by themselves.

/// Points of an edition's figures as a file: a hundred units, a hundred nodes, five figures each, are a megabyte.
pub(crate) const EXPORT_PRICE: u64 = 1_000;
/// Points of a document made of a dossier, for which all that it froze is read.
pub(crate) const DOCUMENT_PRICE: u64 = 1_000;

/// What a field costs by itself, where the engine works long for it or many rows or files are read: about 20 for each
/// millisecond of a core, so that no document takes more than a few seconds.
pub(super) const DECLARED: &[(&str, u64)] = &[
    ("login", 900),
    ("loginWithProvider", 900),
    ("passwordChange", 1_800),
    ("tokenRefresh", 100),
    ("costOf", 1_000),
    ("__schema", 500),
    ("__type", 500),
    ("simulate", 200),
    ("marginalGains", 500),
    ("rankGoal", 5_000),
    ("sensitivity", 5_000),
    ("chart", 50),
    ("profile", 30),
    ("history", 20),
    ("explain", 20),
    ("contributions", 20),
    ("strengthsAndWeaknesses", 20),
    ("gaps", 20),
    ("compareUnits", 20),
    ("publishedDifferences", 20),
    ("reliability", 30),
    ("compareEditions", 500),
    ("reportingStatus", 500),
    ("officer", 200),
    ("coordinator", 500),
    ("leader", 500),
    ("coverage", 50),
    ("correlations", 500),
    ("editionImportPreview", 20_000),
    ("editionImportCommit", 20_000),
    // What is made for a ticket, which costs as much again each time it is got: about a point for each kilobyte.
    ("editionExport", EXPORT_PRICE),
    ("file", DOCUMENT_PRICE),
    ("editionCompute", 2_000),
    ("editionPublish", 2_000),
    ("monteCarloStart", 5_000),
    ("dossierFreeze", 2_000),
    ("reportConsolidate", 2_000),
    ("comparison", 2_000),
    ("frozenContent", 20_000),
    ("dossier", 1_000),
    ("dossiers", 10_000),
];

/// Texts that may have 20,000 letters and more: a point is about a kilobyte of the answer. What the audit trail tells is
/// seldom as long, and a page of it is read at once.
pub(super) const LONG_TEXTS: &[(&str, u64)] = &[
    ("after", 40),
    ("answer", 100),
    ("before", 40),
    ("cancelReason", 100),
    ("content", 100),
    ("declineReason", 100),
    ("description", 100),
    ("difficulties", 100),
    ("endReason", 100),
    ("expectedProduct", 100),
    ("explanation", 100),
    ("guidance", 100),
    ("instruction", 100),
    ("methodNote", 100),
    ("note", 100),
    ("opinion", 100),
    ("proposal", 100),
    ("reason", 100),
    ("rejectReason", 100),
    ("results", 100),
    ("returnReason", 100),
    ("revisionReason", 100),
    ("standing", 100),
    ("svg", 400),
];
