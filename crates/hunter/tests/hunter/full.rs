//! A disk without space: a typed error, reads go on, and so do writes as soon as there is space.

use std::fs;
use std::path::Path;
use std::process::Command;

use quando::booking::Actor;
use quando_engine::BookingKey;
use quando_hunter::protocol::Ask;

use crate::check::check;
use crate::client::Client;
use crate::history::{Asked, Want};
use crate::hunt::{Hunt, Plan};
use crate::node::Node;
use crate::postgres::Server;
use crate::round::now_of;
use crate::script::{Player, Scene};
use crate::world::{DAY, FIRST_DAY, MINUTE};

/// Where a small disk is mounted, in the process that has it.
const SMALL_DISK: &str = "QUANDO_HUNTER_SMALL_DISK";
const BALLAST_BYTES: usize = 1_000_000;

/// Runs a test of this program again, with a small disk of its own. Tells whether the system gives
/// us one.
fn with_small_disk(test: &str, (unshare, megabytes): (&str, u32)) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size={megabytes}m,mode=777 tmpfs \"$0\"");
    let run = |script: &str| {
        let mut command = Command::new("unshare");
        command
            .args([unshare, "sh", "-c", script])
            .arg(folder.path());
        command
    };
    if !run(&mount)
        .output()
        .is_ok_and(|output| output.status.success())
    {
        return false;
    }
    let output = run(&format!("{mount} && exec \"$@\""))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(SMALL_DISK, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{complained}");
    let summary = said.lines().find(|line| line.contains("was full"));
    say!("{}", summary.expect("the disk was full"));
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_sqlite_heals() {
    if let Some(folder) = std::env::var_os(SMALL_DISK) {
        let folder = Path::new(&folder);
        let ballast = folder.join("ballast");
        fs::write(&ballast, vec![0; BALLAST_BYTES]).unwrap();
        let path = folder.join("quando.db");
        let node = Node::start(&format!("sqlite:{}", path.display()));
        let asked = fill(&node, async || fs::remove_file(&ballast).unwrap()).await;
        drop(node);
        return judge("SQLite's disk", &asked, &crate::sqlite::tables(&path).await);
    }
    if with_small_disk("full::a_full_disk_under_sqlite_heals", ("-rm", 6)) {
        return;
    }
    // Without a disk of our own, a greatest size of the file stands for it, until a restart.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quando.db");
    let mut node = Node::start(&format!("sqlite:{}#300", path.display()));
    let (hunt, mut asked, refused) = until_full(&node).await;
    node.kill();
    let node = Node::start(&format!("sqlite:{}", path.display()));
    hunt.shared.moved(0, node.address);
    asked.extend(again(&hunt, refused).await);
    drop(node);
    judge("SQLite's file", &asked, &crate::sqlite::tables(&path).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_postgres_heals() {
    if let Some(folder) = std::env::var_os(SMALL_DISK) {
        return on_small_tablespace(Path::new(&folder)).await;
    }
    if with_small_disk("full::a_full_disk_under_postgres_heals", ("-m", 16)) {
        return;
    }
    // Without a disk of our own, the server says what it would say.
    let server = Server::start(quando_testbed::Options::durable()).await;
    let client = server.client().await;
    let node = Node::start(&server.url);
    let full = "create function no_space() returns trigger language plpgsql as $$ begin
            if (select count(*) > 50 from booking) then
                raise exception 'no space left on device' using errcode = 'disk_full';
            end if;
            return new;
        end $$;
        create trigger no_space before insert on journal execute function no_space()";
    client.batch_execute(full).await.unwrap();
    let heal = async || {
        let heal = "drop trigger no_space on journal";
        client.batch_execute(heal).await.unwrap();
    };
    let asked = fill(&node, heal).await;
    drop(node);
    judge("PostgreSQL, as it said,", &asked, &server.tables().await);
}

/// The database is on the small disk, and the server's log is not: a server whose log is full stops
/// altogether.
async fn on_small_tablespace(folder: &Path) {
    let mut server = Server::start(quando_testbed::Options::durable()).await;
    let place = folder.join("space");
    let commands = [
        format!(
            "copy (select 1) to program 'cat >/dev/null; mkdir {}'",
            place.display()
        ),
        format!("create tablespace small location '{}'", place.display()),
        "create database small template hunt tablespace small".to_owned(),
    ];
    let (client, connection) =
        tokio_postgres::connect(&server.cluster.url("postgres"), tokio_postgres::NoTls)
            .await
            .unwrap();
    tokio::spawn(connection);
    for command in commands {
        client.batch_execute(&command).await.unwrap();
    }
    server.url = server.cluster.url("small");
    let ballast = folder.join("ballast");
    let node = Node::start(&server.url);
    fs::write(&ballast, vec![0; BALLAST_BYTES]).unwrap();
    let asked = fill(&node, async || fs::remove_file(&ballast).unwrap()).await;
    drop(node);
    judge("PostgreSQL's disk", &asked, &server.tables().await);
}

fn judge(name: &str, asked: &[Asked], tables: &crate::tables::Tables) {
    let report = check(asked, tables);
    say!("{name} was full: {report}");
    report.assert_clean();
    assert!(report.counts.by_code["store-full"] >= 3, "{report}");
}

/// Books until there is no space, makes space, and books again.
async fn fill(node: &Node, relieve: impl AsyncFnOnce()) -> Vec<Asked> {
    let (hunt, mut asked, refused) = until_full(node).await;
    relieve().await;
    asked.extend(again(&hunt, refused).await);
    asked
}

type Refused = Vec<(Asked, quando_hunter::protocol::Request)>;

/// Books until three requests in a row were refused since the store is full; reads go on.
async fn until_full(node: &Node) -> (Hunt, Vec<Asked>, Refused) {
    let plan = Plan {
        lanes: 1,
        ..Plan::new(5)
    };
    let hunt = Hunt::begin(vec![node.address], plan).await;
    let mut client = Client::new(&hunt.shared, 0);
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for number in 0_i64.. {
        assert!(number < 100_000, "the disk is too large");
        let (mut asked, request) = booking(&mut client, number);
        let (attempt, _) = client.send(0, &request).await.unwrap();
        let is_done = attempt.is_done();
        assert!(
            is_done || attempt.refusal() == Some("store-full"),
            "{attempt:?}"
        );
        asked.attempts.push(attempt);
        if is_done {
            done.push(asked);
            continue;
        }
        refused.push((asked, request));
        if refused.len() >= 3 {
            break;
        }
    }
    assert!(done.len() > 20, "only {}", done.len());
    for each in done.iter().step_by(10) {
        let key = BookingKey {
            provider: each.provider.as_str().try_into().unwrap(),
            booking: each
                .reply()
                .unwrap()
                .booking
                .id
                .as_str()
                .try_into()
                .unwrap(),
        };
        let show = hunt
            .shared
            .request((Actor::Operator, "op"), now_of(0), Ask::Show(key));
        let answer = client.ask(&show).await;
        assert!(answer.starts_with("{\"done\""), "reads go on: {answer}");
    }
    (hunt, done, refused)
}

/// What was refused is done as soon as there is space, under its old key.
async fn again(hunt: &Hunt, refused: Refused) -> Vec<Asked> {
    let mut client = Client::new(&hunt.shared, 0);
    let mut done = Vec::new();
    for (mut asked, request) in refused {
        client.settle(&mut asked, &request).await;
        done.push(asked);
    }
    let (mut asked, request) = booking(&mut client, -1);
    client.settle(&mut asked, &request).await;
    done.push(asked);
    done
}

/// One of many slots that nobody else wants.
fn booking(client: &mut Client, number: i64) -> (Asked, quando_hunter::protocol::Request) {
    let scene = Scene {
        round: 0,
        provider: "provider-0".to_owned(),
        now: now_of(0),
    };
    let player = Player {
        client,
        scene: &scene,
        customer: format!("filler-{number}"),
    };
    player.creating(Want {
        service: "plain",
        start: FIRST_DAY
            + (20 + number.div_euclid(10)) * DAY
            + (9 + number.rem_euclid(10)) * 60 * MINUTE,
        party: 1,
    })
}
