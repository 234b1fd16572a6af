//! What RFC 8725 asks of whoever checks a token: each token here is signed with the server's own key, so that nothing but
//! the one property is wrong with it. The cases follow the categories of the published JWS test vectors.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use tests::{Client, Lab, both};

use super::VIEWER;

/// A good token taken apart, and the key to sign what is made of it.
struct Forge {
    header: Value,
    claims: Value,
    key: EncodingKey,
}

fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).expect("three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

impl Forge {
    fn of(lab: &Lab, token: &str) -> Self {
        let pem = std::fs::read(lab.folder.path().join("signing-key.pem")).expect("the key file");
        let key = EncodingKey::from_ed_pem(&pem).expect("the key");
        Self { header: part(token, 0), claims: part(token, 1), key }
    }

    fn sign(&self, header: &str, claims: &str) -> String {
        let [header, claims] = [header, claims].map(|json| BASE64_URL_SAFE_NO_PAD.encode(json));
        self.seal(&format!("{header}.{claims}"))
    }

    fn seal(&self, text: &str) -> String {
        let signature =
            jsonwebtoken::crypto::sign(text.as_bytes(), &self.key, Algorithm::EdDSA).expect("signed");
        format!("{text}.{signature}")
    }

    fn header(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        self.sign(&header.to_string(), &self.claims.to_string())
    }

    fn claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.sign(&self.header.to_string(), &claims.to_string())
    }

    fn without(&self, name: &str) -> String {
        let (mut header, mut claims) = (self.header.clone(), self.claims.clone());
        for json in [&mut header, &mut claims] {
            json.as_object_mut().expect("an object").remove(name);
        }
        self.sign(&header.to_string(), &claims.to_string())
    }
}

both! {
    async fn one_thing_is_wrong(lab) {
        let good = lab.officer("STC").await.token.expect("signed in");
        let forge = Forge::of(&lab, &good);
        let (header, claims) = (forge.header.to_string(), forge.claims.to_string());
        let now = forge.claims["iat"].as_i64().expect("a time");
        let status = async |token: &str| {
            Client::new(&lab.url, Some(token.to_owned())).ask(VIEWER, json!({})).await.status
        };
        for (what, token) in [
            ("what is signed here", forge.sign(&header, &claims)),
            ("issued a little in the future", forge.claim("iat", json!(now + 55))),
            ("good since now", forge.claim("nbf", json!(now))),
        ] {
            assert_eq!(status(&token).await, 200, "{what}");
        }
        let again = |json: &str, member: &str| json.replacen('{', &format!("{{{member},"), 1);
        let jwk = serde_json::to_value(lab.app.keys.public_set()).expect("JSON")["keys"][0].clone();
        let mut bad = vec![
            ("the header's alg twice", forge.sign(&again(&header, r#""alg":"EdDSA""#), &claims)),
            ("the header's kid twice", forge.sign(&again(&header, &format!("\"kid\":{}", forge.header["kid"])), &claims)),
            ("sub twice", forge.sign(&header, &again(&claims, &format!("\"sub\":{}", forge.claims["sub"])))),
            ("exp twice, once escaped", forge.sign(&header, &again(&claims, r#""\u0065xp":9999999999"#))),
            ("alg of another case", forge.header("alg", json!("eddsa"))),
            ("alg none", forge.header("alg", json!("none"))),
            ("alg HS256", forge.header("alg", json!("HS256"))),
            ("alg ES256", forge.header("alg", json!("ES256"))),
            ("alg null", forge.header("alg", Value::Null)),
            ("typ of another case", forge.header("typ", json!("AT+JWT"))),
            ("typ JWT", forge.header("typ", json!("JWT"))),
            ("typ of a ticket", forge.header("typ", json!("ticket+jwt"))),
            ("a kid that is a path", forge.header("kid", json!("../../signing-key.pem"))),
            ("a kid that is a number", forge.header("kid", json!(1))),
            ("a header of our own making", forge.header("x", json!(1))),
            ("another issuer", forge.claim("iss", json!("https://example.org"))),
            ("an issuer with a slash", forge.claim("iss", json!(format!("{}/", lab.url)))),
            ("another audience", forge.claim("aud", json!("pii-put"))),
            ("a list of audiences", forge.claim("aud", json!(["pii-api"]))),
            ("ended", forge.claim("exp", json!(now))),
            ("an end that is text", forge.claim("exp", json!((now + 60).to_string()))),
            ("issued in the future", forge.claim("iat", json!(now + 120))),
            ("not good yet", forge.claim("nbf", json!(now + 120))),
            ("nbf that is text", forge.claim("nbf", json!("0"))),
            ("claims that are a list", forge.sign(&header, "[]")),
            ("two texts of JSON", forge.sign(&header, &format!("{claims}{claims}"))),
            ("a byte-order mark", forge.sign(&header, &format!("\u{feff}{claims}"))),
            ("four parts", forge.seal(&format!("{}.", good.rsplit_once('.').expect("parts").0))),
            ("too long", forge.claim("x", json!("x".repeat(5_000)))),
        ];
        for name in ["alg", "typ", "kid", "iss", "aud", "exp", "sub", "sid"] {
            bad.push((name, forge.without(name)));
        }
        for (name, value) in [("crit", json!(["exp"])), ("crit", json!([])), ("jku", json!(format!("{}/.well-known/jwks.json", lab.url))),
            ("jwk", jwk), ("x5u", json!("https://example.org/x")), ("x5c", json!(["AAAA"])), ("b64", json!(true)), ("zip", json!("DEF"))] {
            bad.push((name, forge.header(name, value)));
        }
        // The same bytes, written in a way that a lenient reader takes for the same.
        let parts: Vec<&str> = good.split('.').collect();
        for place in 0..2 {
            let written = |text: String| {
                let mut parts = parts.clone();
                parts[place] = &text;
                forge.seal(&format!("{}.{}", parts[0], parts[1]))
            };
            bad.push(("padded", written(format!("{}=", parts[place]))));
            bad.push(("with a line break", written(format!("{}\n", parts[place]))));
            bad.push(("of the other alphabet", written(format!("{}+/", parts[place]))));
        }
        bad.push(("a padded signature", format!("{good}==")));
        for (what, token) in bad {
            let refused = lab.app.keys.check_access(&token, lab.app.world.now()).is_err();
            assert!(refused, "{what}: {token}");
            if reqwest::header::HeaderValue::from_str(&token).is_ok() {
                assert_eq!(status(&token).await, 401, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn every_single_character_counts() {
    let lab = Lab::sqlite().await;
    let good = lab.officer("STC").await.token.expect("signed in");
    let now = lab.app.world.now();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \0";
    assert!(lab.app.keys.check_access(&good, now).is_ok());
    for (place, was) in good.char_indices() {
        for now_is in alphabet.chars().filter(|other| *other != was) {
            let changed = format!("{}{now_is}{}", &good[..place], &good[place + 1..]);
            assert!(lab.app.keys.check_access(&changed, now).is_err(), "{place}: {was} became {now_is}");
        }
        let shorter = format!("{}{}", &good[..place], &good[place + 1..]);
        assert!(lab.app.keys.check_access(&shorter, now).is_err(), "{place}: {was} is gone");
    }
    let ended = now + TimeDelta::days(1);
    assert!(lab.app.keys.check_access(&good, ended.with_timezone(&Utc)).is_err());
}
