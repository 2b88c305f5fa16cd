//! Somebody clicks fifty times.

use tokio::task::JoinSet;

use crate::client::Client;
use crate::history::Want;
use crate::hunt::{Hunt, Plan};
use crate::node::Node;
use crate::postgres::Server;
use crate::round::now_of;
use crate::script::{Player, Scene};
use crate::world::{DAY, FIRST_DAY, MINUTE};

const CLICKS: usize = 50;
const SLOTS: i64 = 20;

/// One of fifty sendings of a request through two nodes books; all others are told the same, or to
/// wait, or that somebody has the slot, who is themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_clicks_book_once() {
    let server = Server::start(quando_testbed::Options::default()).await;
    let nodes = [Node::start(&server.url), Node::start(&server.url)];
    let addresses = nodes.iter().map(|node| node.address).collect();
    let hunt = Hunt::begin(addresses, Plan::new(4)).await;
    let shared = &hunt.shared;
    let mut clients: Vec<Client> = (0..CLICKS).map(|each| Client::new(shared, each)).collect();
    for slot in 0..SLOTS {
        let scene = Scene {
            round: usize::try_from(slot).unwrap(),
            provider: "provider-0".to_owned(),
            now: now_of(0),
        };
        let player = Player {
            client: &mut clients[0],
            scene: &scene,
            customer: format!("clicker-{slot}"),
        };
        let services = ["plain", "five", "class", "rare"];
        let (mut asked, request) = player.creating(Want {
            service: services[usize::try_from(slot).unwrap() % services.len()],
            start: FIRST_DAY + (10 + slot) * DAY + 10 * 60 * MINUTE,
            party: 1,
        });
        let mut clicking = JoinSet::new();
        for (click, mut client) in clients.drain(..).enumerate() {
            let request = request.clone();
            clicking.spawn(async move {
                let sent = client.send(click % 2, &request).await;
                (client, sent)
            });
        }
        while let Some(clicked) = clicking.join_next().await {
            let (client, sent) = clicked.unwrap();
            clients.push(client);
            asked.attempts.extend(sent.map(|(attempt, _)| attempt));
        }
        clients[0].settle(&mut asked, &request).await;
        shared.history.add(asked);
    }
    let asked = hunt.end();
    drop(nodes);
    let report = server.judge(&asked).await;
    say!("{SLOTS} times {CLICKS} clicks: {report}");
    report.assert_clean();
    let slots = usize::try_from(SLOTS).unwrap();
    assert!(report.counts.attempts > slots * CLICKS, "{report}");
    assert_eq!(report.counts.done.values().sum::<usize>(), slots);
}
