//! Documents, with variables in a comment at their end.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::document::{Document, MOST_COST, Valid, fields};

/// A document is read, weighed and validated; the object in a comment on its last line are its variables.
pub fn document(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let variables = text.trim_end().rsplit_once("\n#").map_or("", |(_, last)| last);
    let variables: Map<String, Value> = serde_json::from_str(variables).unwrap_or_default();
    let Ok(document) = Document::read(text).map(Arc::new) else { return };
    document.only_signs_in();
    let parsed = &document.parsed;
    let weigh = |operation| fields().weigh(parsed, operation, &variables).ok();
    let Some(whole) = weigh(None) else {
        let named = parsed.operations.iter().any(|(name, _)| weigh(name.map(|name| name.as_str())).is_some());
        assert!(!named, "a part of what is refused is not");
        return;
    };
    assert!(whole.cost <= MOST_COST);
    fields().used(parsed);
    fields().unknown(parsed);
    for (name, _) in parsed.operations.iter() {
        let name = name.map(|name| name.as_str());
        assert!(document.kind(name).is_some());
        let one = weigh(name).expect("each operation of what is allowed is allowed");
        assert!(one.cost <= whole.cost && one.depth <= whole.depth);
        assert!(whole.introspects || !one.introspects);
        drop(fields().coerce(parsed, name, variables.clone()));
        let is_valid = Valid::of(&document, name).is_ok();
        assert_eq!(Valid::of(&document, name).is_ok(), is_valid);
    }
}
