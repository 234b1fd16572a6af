//! The real profile of Khánh Hòa in 2025, explained from what was published.

use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::explained::{EXPLAIN, checked, in_words};
use super::{near, node, number, published, rows, unit};

async fn explain(lab: &Lab, client: &Client, code: &str, name: &str) -> Value {
    let variables = json!({ "unit": unit(client, name).await, "node": node(lab, code).await,
        "edition": published(client, 2025).await });
    client.get(EXPLAIN, variables).await["explain"].take()
}

fn formula(explanation: &Value, step: usize) -> &str {
    explanation["steps"][step]["formula"].as_str().expect("a formula")
}

fn kinds(explanation: &Value) -> Vec<&str> {
    rows(&explanation["steps"]).iter().map(|step| step["kind"].as_str().expect("a kind")).collect()
}

fn reviewed(told: &str) {
    insta::assert_snapshot!("khanh_hoa", told);
}

both! {
    async fn khanh_hoa_is_explained_in_both_languages(lab) {
        let english = lab.officer("STC").await;
        let vietnamese = english.speaking("vi");
        for (code, score, en, vi) in [
            ("1.1.1", 70.66, "(47.59 − 28.20) ÷ (55.64 − 28.20) × 100 = 70.66", "(47,59 − 28,20) ÷ (55,64 − 28,20) × 100 = 70,66"),
            ("1", 58.76, "(58.90 + 58.62) ÷ 2 = 58.76", "(58,90 + 58,62) ÷ 2 = 58,76"),
            ("2", 38.15, "(31.36 + 44.94) ÷ 2 = 38.15", "(31,36 + 44,94) ÷ 2 = 38,15"),
            ("PII", 46.54, "(46.80 + 46.28) ÷ 2 = 46.54", "(46,80 + 46,28) ÷ 2 = 46,54"),
        ] {
            let place = usize::from(code == "1.1.1");
            let (read, lies) = (explain(&lab, &english, code, "khanh hoa").await, explain(&lab, &vietnamese, code, "khanh hoa").await);
            assert_eq!((formula(&read, place), formula(&lies, place)), (en, vi));
            for (explanation, decimal) in [(&read, '.'), (&lies, ',')] {
                assert_eq!(index::round(number(&explanation["score"]), 2), score);
                assert_eq!(explanation["source"], "PUBLISHED");
                assert_eq!(explanation["rank"], Value::Null);
                checked(explanation, decimal);
            }
            let (en, vi) = (&read["steps"][place]["text"], &lies["steps"][place]["text"]);
            assert!(en.as_str().is_some_and(|text| text.starts_with("From published figures")), "{en}");
            assert!(vi.as_str().is_some_and(|text| text.starts_with("Tính từ số liệu đã công bố")), "{vi}");
        }
        let pillar = explain(&lab, &english, "1", "khanh hoa").await;
        assert_eq!(kinds(&pillar), ["PUBLISHED", "PUBLISHED"]);
        assert_eq!(pillar["publishedScore"], 58.76);
        assert!(near(number(&pillar["steps"][1]["result"]), 0.0));
        assert!(pillar["steps"][0]["text"].as_str().is_some_and(|text| text.contains("rounded")));
        let mut told = String::new();
        for code in ["1.1.1", "1.1", "1", "PII"] {
            for client in [&english, &vietnamese] {
                told += &in_words(code, &explain(&lab, client, code, "khanh hoa").await);
            }
        }
        reviewed(&told);
    }

    async fn a_group_is_made_of_indicators_between_the_national_ends(lab) {
        let english = lab.officer("STC").await;
        let group = explain(&lab, &english, "1.1", "khanh hoa").await;
        checked(&group, '.');
        assert_eq!(index::round(number(&group["score"]), 2), 58.9);
        assert_eq!(group["publishedScore"], 58.9);
        assert_eq!(rows(&group["steps"][0]["children"]).len(), 3);
        let text = group["steps"][1]["text"].as_str().expect("a text");
        assert_eq!(text, "Published score: 58.90. The score made here agrees.");
    }

    async fn what_was_not_published_is_said_to_be_missing(lab) {
        let english = lab.officer("STC").await;
        for (code, name, wanted) in [
            ("2.2.1", "khanh hoa", &["RAW", "MISSING"][..]),
            ("7.2.1", "khanh hoa", &["RAW", "MISSING"]),
            ("2.2", "khanh hoa", &["MISSING", "PUBLISHED"]),
            ("IN", "khanh hoa", &["MISSING", "PUBLISHED"]),
            ("PII", "lang son", &["MISSING", "PUBLISHED"]),
            ("1", "lang son", &["MISSING"]),
        ] {
            let found = explain(&lab, &english, code, name).await;
            assert_eq!(kinds(&found), wanted, "{code} {name}");
            assert_eq!(found["score"], Value::Null);
        }
        let inputs = explain(&lab, &english, "IN", "khanh hoa").await;
        let text = inputs["steps"][0]["text"].as_str().expect("a text");
        assert!(text.ends_with("parts without a score: Infrastructure (3), Market sophistication (4), Business sophistication (5)."), "{text}");
        let index = explain(&lab, &english, "PII", "lang son").await;
        assert_eq!(index["steps"][1]["text"], "Published: rank 29, no score published.");
    }
}
