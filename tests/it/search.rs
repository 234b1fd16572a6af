//! Vietnamese search: marks, case and normal form do not matter, and an index is used.

use entity::Role;
use serde_json::{Value, json};
use tests::{Client, both};

use crate::given::{evidence, task_input};
use crate::statements::{plan, scans};

/// `Lạng Sơn`, decomposed and composed, and otherwise as people type it.
const LANG_SON: &[&str] =
    &["lang son", "Lạng Sơn", "LẠNG SƠN", "La\u{323}ng So\u{31b}n", "son  lang", "lan so", "lang-son"];

/// What a field of each row found says.
async fn found(client: &Client, list: &str, field: &str, text: &str) -> Vec<String> {
    let query = format!(
        "query($text: String) {{ {list}(first: 100, filter: {{ text: $text }}) {{ totalCount nodes {{ {field} }} }} }}"
    );
    let data = client.get(&query, json!({ "text": text })).await;
    let nodes = data[list]["nodes"].as_array().expect("nodes");
    assert_eq!(data[list]["totalCount"], nodes.len());
    nodes.iter().map(|node: &Value| node[field].as_str().expect("a text").to_owned()).collect()
}

both! {
    async fn units_and_organizations(lab) {
        let officer = lab.officer("STC").await;
        for text in LANG_SON {
            assert_eq!(found(&officer, "units", "nameVi", text).await, ["Tỉnh Lạng Sơn"], "{text}");
        }
        for text in ["dak", "Đắk", "ĐẮK", "Đa\u{306}\u{301}k", "đak lak"] {
            let names = found(&officer, "units", "nameVi", text).await;
            assert!(!names.is_empty() && names.iter().all(|name| name.contains("Đắk")), "{text}: {names:?}");
        }
        for text in ["so tai chinh", "Sở Tài Chính", "finance", "stc", "tài ch"] {
            let codes = found(&officer, "organizations", "code", text).await;
            assert!(codes.contains(&"STC".to_owned()), "{text}: {codes:?}");
        }
        for text in ["ang", "lang sonn", "lang hanoi", "l_ng", "' OR 1=1 --"] {
            let names = found(&officer, "units", "nameVi", text).await;
            assert!(!names.contains(&"Tỉnh Lạng Sơn".to_owned()), "{text}: {names:?}");
        }
    }

    async fn tasks_indicators_and_evidence(lab) {
        let (coordinator, officer) = (lab.coordinator().await, lab.officer("STC").await);
        const CREATE: &str = "mutation($input: TaskCreateInput!) { taskCreate(input: $input) {
            task { id } userErrors { field code message } } }";
        let mut input = task_input(&coordinator, "NV-7").await;
        input["title"] = "Tập huấn tại La\u{323}ng So\u{31b}n".into();
        input["description"] = "Dành cho doanh nghiệp Đắk Mil".into();
        let made = coordinator.done(CREATE, json!({ "input": input })).await;
        for text in LANG_SON.iter().chain(&["dak", "Đắk mil", "nv-7", "tap huan doanh nghiep"]) {
            assert_eq!(found(&coordinator, "tasks", "code", text).await, ["NV-7"], "{text}");
        }
        assert!(found(&officer, "tasks", "code", "lang son").await.is_empty(), "not assigned, not found");
        const RENAME: &str = "mutation($id: ID!) { taskUpdate(id: $id, input: { title: \"Hội thảo\" }) {
            userErrors { field code message } } }";
        coordinator.done(RENAME, json!({ "id": made["task"]["id"] })).await;
        assert!(found(&coordinator, "tasks", "code", "tap huan").await.is_empty(), "old words are forgotten");
        assert_eq!(found(&coordinator, "tasks", "code", "HOI THAO").await, ["NV-7"]);

        for text in ["doanh nghiep", "Doanh Nghiệp", "DOANH NGHIE\u{323}\u{302}P"] {
            let names = found(&coordinator, "indicators", "nameVi", text).await;
            assert!(!names.is_empty(), "{text}");
            assert!(names.iter().all(|name| name.to_lowercase().contains("doanh")), "{names:?}");
        }
        assert_eq!(found(&coordinator, "indicators", "code", "4.2.2").await, ["4.2.2"]);

        evidence(&officer, json!({ "name": "a.pdf" }), None).await;
        for text in ["quyet dinh", "PHÊ duyệt", "phe\u{302} duye\u{323}\u{302}t"] {
            assert_eq!(found(&officer, "evidences", "title", text).await, ["Quyết định phê duyệt"], "{text}");
        }
        let other = lab.officer("SNV").await;
        assert!(found(&other, "evidences", "title", "quyet dinh").await.is_empty());
        let integration = lab.sign_in(Role::Integration, None).await;
        assert!(found(&integration, "organizations", "code", "stc").await.is_empty());
    }

    async fn search_uses_its_index(lab) {
        let coordinator = lab.coordinator().await;
        found(&coordinator, "units", "nameVi", "lang").await;
        lab.listen();
        found(&coordinator, "units", "nameVi", "lang").await;
        let heard = lab.heard();
        let statement = heard.iter().find(|sql| sql.contains("search_word") && !sql.contains("COUNT"));
        let statement = statement.expect("a search");
        let words = ["'unit'", "'lang'", "'lang\u{10ffff}'"].map(str::to_owned);
        let plan = plan(&lab, statement, &words).await;
        assert!(plan.contains("search_word_pkey") || plan.contains("sqlite_autoindex_search_word_1"), "{plan}");
        assert!(!scans(&plan, "search_word"), "{plan}");
    }
}
