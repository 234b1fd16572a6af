//! The subscription: each reader hears of what it is told, and of nothing else.

use futures_util::StreamExt;
use serde_json::json;
use tests::{Client, both};

use super::submitted;
use crate::scene::Cast;

/// Opens the stream of what the client is told.
async fn listen(client: &Client) -> impl futures_util::Stream<Item = String> + Unpin {
    let query = "subscription { notificationReceived { kind title } }";
    let mut request =
        client.http.post(format!("{}/graphql", client.url)).header("accept", "text/event-stream");
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    let response = request.json(&json!({ "query": query })).send().await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    let bytes = response.bytes_stream();
    bytes.map(|part| String::from_utf8_lossy(&part.expect("bytes")).into_owned())
}

both! {
    async fn what_is_told_is_heard_by_its_readers_alone(lab) {
        let cast = Cast::of(&lab).await;
        // What was told before is not new.
        submitted(&lab, &cast.coordinator, &cast.finance, "OLD").await;
        api::news::carry_out(&lab.app).await.expect("carried out");
        let (mut coordinator, mut home) = (listen(&cast.coordinator).await, listen(&cast.home).await);
        // The stream is open when its first beat or event comes; until then the query may still be on its way.
        let deliver = async {
            for round in 0.. {
                submitted(&lab, &cast.coordinator, &cast.finance, &format!("NEW-{round}")).await;
                api::news::carry_out(&lab.app).await.expect("carried out");
            }
        };
        let both = async { (coordinator.next().await.expect("an event"), home.next().await.expect("an event")) };
        let (heard, elsewhere) = tokio::select! { heard = both => heard, () = deliver => unreachable!() };
        assert!(heard.contains("REPORT_SUBMITTED") && heard.contains("NEW-") && !heard.contains("OLD"), "{heard}");
        assert!(elsewhere.contains("TASK_ASSIGNED") && !elsewhere.contains("REPORT_SUBMITTED"), "{elsewhere}");
    }
}
