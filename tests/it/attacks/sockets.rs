//! Connections on which too little comes, or too much.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::documents::numbered;
use super::target::Target;
use super::{CPU, MEMORY};

/// Connections in all, and from each address.
const SOCKETS: (u16, u16) = (1_000, 250);
const HERE: [u8; 4] = [127, 0, 0, 1];
const HEAD: &str = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

#[tokio::test]
async fn idle_and_slow_sockets_hold_nobody_up() {
    let target = Target::start().await;
    let (cpu, memory) = target
        .measured(async || {
            let mut idle = Vec::new();
            for number in 0..SOCKETS.0 {
                let [network, _] = (1 + number / SOCKETS.1).to_le_bytes();
                idle.push(target.connect([127, network, 0, 1]).await);
            }
            let slow = &mut idle[..usize::from(SOCKETS.0) / 2];
            let dawdle = async {
                // Each sends two bytes of its body, and then nothing. Some may be hung up on already.
                let head = format!("{HEAD}content-length: 9000\r\n\r\n{{");
                for part in [head.as_bytes(), b" "] {
                    for socket in slow.iter_mut() {
                        drop(socket.write_all(part).await);
                    }
                }
            };
            target.serves_others_during(dawdle).await;
            for _ in 0..10 {
                target.serves_others().await;
            }
        })
        .await;
    println!("{SOCKETS:?} sockets: {cpu:?}, {} KiB", memory >> 10);
    assert!(memory < MEMORY, "{memory} bytes");
    assert!(cpu < 10 * CPU, "{cpu:?}");
}

/// More is announced than comes: the server must not have waited for it.
#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_has_come() {
    let target = Target::start().await;
    let token = target.client.token.as_deref().expect("signed in");
    let chunk = format!("80000\r\n{}\r\n", "x".repeat(0x8_0000));
    for (length, part) in
        [("content-length: 12582912", "x".repeat(0x8_0000)), ("transfer-encoding: chunked", chunk)]
    {
        for authorization in [format!("authorization: Bearer {token}\r\n"), String::new()] {
            let mut socket = target.connect(HERE).await;
            let head = format!("{HEAD}{authorization}{length}\r\n\r\n");
            let (mut hear, mut say) = socket.split();
            let mut told = Vec::new();
            let send = async {
                say.write_all(head.as_bytes()).await.expect("sent");
                // It may be hung up on already.
                drop(say.write_all(part.as_bytes()).await);
            };
            // A connection that is closed on bytes nobody read ends with an error.
            let hear = async { drop(hear.read_to_end(&mut told).await) };
            target.serves_others_during(async { tokio::join!(send, hear) }).await;
            let told = String::from_utf8_lossy(&told);
            assert!(told.starts_with("HTTP/1.1 413"), "{length}: {told:?}");
        }
    }
}

#[tokio::test]
async fn a_head_of_many_headers_is_refused() {
    let target = Target::start().await;
    let mut socket = target.connect(HERE).await;
    let head = HEAD.to_owned() + &numbered(100, |i| format!("x-header-{i}: {i}\r\n")) + "\r\n";
    socket.write_all(head.as_bytes()).await.expect("sent");
    let mut told = String::new();
    socket.read_to_string(&mut told).await.expect("answered, and hung up on");
    assert!(told.starts_with("HTTP/1.1 431"), "{told}");
    target.serves_others().await;
}
