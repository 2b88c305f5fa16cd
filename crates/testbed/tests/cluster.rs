//! Clusters start, crash, come back and go away.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use quando_testbed::{Cluster, Options, TestbedError, wait_until};
use tokio_postgres::{Client, NoTls};

const LIMIT: Duration = Duration::from_secs(60);

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn number(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

async fn setting(client: &Client, name: &str) -> String {
    client
        .query_one(&format!("show {name}"), &[])
        .await
        .unwrap()
        .get(0)
}

/// The processes that work in a folder or below, by looking for ourselves.
fn processes_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir("/proc").unwrap();
    let folders =
        entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path().join("cwd")).ok());
    folders.filter(|found| found.starts_with(folder)).collect()
}

#[tokio::test]
async fn parallel_starts_share_a_template_and_nothing_else() {
    let starts: Vec<_> = (0..3)
        .map(|_| tokio::task::spawn_blocking(|| Cluster::start(Options::default())))
        .collect();
    let mut clusters = Vec::new();
    for start in starts {
        clusters.push(start.await.unwrap().unwrap());
    }
    for cluster in &clusters {
        let client = connect(&cluster.url("postgres")).await;
        client
            .batch_execute("create table a (b int)")
            .await
            .unwrap();
        assert_eq!(setting(&client, "server_encoding").await, "UTF8");
        assert_eq!(setting(&client, "max_connections").await, "200");
        let locale = "select datcollate from pg_database where datname = 'postgres'";
        let locale: String = client.query_one(locale, &[]).await.unwrap().get(0);
        assert_eq!(locale, "C.UTF-8");
    }
    let ports: std::collections::BTreeSet<u16> = clusters.iter().map(Cluster::port).collect();
    assert_eq!(ports.len(), 3);
    let identifier = "select system_identifier from pg_control_system()";
    let first = number(
        &connect(&clusters[0].socket_url("postgres")).await,
        identifier,
    )
    .await;
    let second = number(
        &connect(&clusters[1].socket_url("postgres")).await,
        identifier,
    )
    .await;
    assert_eq!(first, second, "both are copies of one template");
}

#[tokio::test]
async fn options_reach_the_server() {
    let options = Options::durable()
        .with("work_mem", "12MB")
        .with("max_connections", "17");
    let cluster = Cluster::start(options).unwrap();
    let client = connect(&cluster.url("postgres")).await;
    for (name, expected) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("work_mem", "12MB"),
        ("max_connections", "17"),
        ("listen_addresses", "127.0.0.1"),
    ] {
        assert_eq!(setting(&client, name).await, expected, "{name}");
    }
    let cluster = Cluster::start(Options::default()).unwrap();
    let client = connect(&cluster.url("postgres")).await;
    for name in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(setting(&client, name).await, "off", "{name}");
    }
}

#[tokio::test]
async fn the_port_wants_the_password() {
    let cluster = Cluster::start(Options::default()).unwrap();
    let bare = format!(
        "postgres://postgres:guess@127.0.0.1:{}/postgres",
        cluster.port()
    );
    let error = tokio_postgres::connect(&bare, NoTls).await.err().unwrap();
    assert_eq!(error.code().unwrap().code(), "28P01");
}

#[tokio::test]
async fn a_killed_cluster_comes_back_with_what_was_committed() {
    let mut cluster = Cluster::start(Options::durable()).unwrap();
    let url = cluster.create_database("shop").unwrap();
    let client = connect(&url).await;
    client
        .batch_execute("create table a (b int); insert into a values (1), (2)")
        .await
        .unwrap();
    client
        .batch_execute("begin; insert into a values (3)")
        .await
        .unwrap();
    let data = cluster.folder().join("data");
    assert!(processes_below(&data).len() > 3);

    cluster.kill().unwrap();
    assert_eq!(processes_below(&data), Vec::<PathBuf>::new());
    assert!(client.batch_execute("commit").await.is_err());
    assert!(tokio_postgres::connect(&url, NoTls).await.is_err());

    cluster.restart().unwrap();
    assert!(
        cluster.log_tail().contains("not properly shut down"),
        "{}",
        cluster.log_tail()
    );
    assert_eq!(
        number(&connect(&url).await, "select sum(b) from a").await,
        3
    );

    cluster.stop().unwrap();
    assert_eq!(processes_below(&data), Vec::<PathBuf>::new());
    cluster.restart().unwrap();
    assert!(
        cluster.log_tail().contains("was shut down at"),
        "{}",
        cluster.log_tail()
    );
    assert_eq!(
        number(&connect(&url).await, "select count(*) from a").await,
        2
    );
}

#[tokio::test]
async fn a_killed_backend_takes_its_connection_with_it() {
    let cluster = Cluster::start(Options::default()).unwrap();
    assert!(matches!(
        cluster.kill_backend(),
        Err(TestbedError::NoBackend)
    ));
    let client = connect(&cluster.url("postgres")).await;
    let expected = client
        .query_one("select pg_backend_pid()", &[])
        .await
        .unwrap()
        .get::<_, i32>(0);
    assert_eq!(cluster.kill_backend().unwrap(), expected);
    assert!(client.batch_execute("select 1").await.is_err());
    // The server recovers by itself, and refuses connections until it has.
    let url = cluster.url("postgres");
    let recovered = wait_until(LIMIT, || {
        let url = url.clone();
        let attempt = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async { tokio_postgres::connect(&url, NoTls).await.is_ok() })
        };
        std::thread::spawn(attempt).join().unwrap()
    });
    assert!(recovered, "{}", cluster.log_tail());
}

#[test]
fn nothing_is_left_after_a_drop() {
    for crash in [false, true] {
        let mut cluster = Cluster::start(Options::default()).unwrap();
        let folder = cluster.folder().to_owned();
        assert!(!processes_below(&folder).is_empty());
        if crash {
            cluster.kill().unwrap();
        }
        drop(cluster);
        assert_eq!(processes_below(&folder), Vec::<PathBuf>::new());
        assert!(!folder.exists());
    }
}

#[test]
fn a_server_that_does_not_start_says_why() {
    let error = Cluster::start(Options::default().with("shared_buffers", "much")).unwrap_err();
    assert!(
        error.to_string().contains("invalid value for parameter"),
        "{error}"
    );
}

/// Starts `quando-testbed up` and gives it with the folder of its cluster.
fn up() -> (std::process::Child, String, PathBuf) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quando-testbed"));
    command
        .arg("up")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let data: String = runtime.block_on(async {
        let client = connect(url.trim()).await;
        setting(&client, "data_directory").await
    });
    let folder = Path::new(&data).parent().unwrap().to_owned();
    (child, url.trim().to_owned(), folder)
}

#[test]
fn the_command_stops_when_its_input_ends() {
    let (mut child, _, folder) = up();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(processes_below(&folder), Vec::<PathBuf>::new());
    assert!(!folder.exists());
}

#[test]
fn a_cluster_does_not_outlive_its_killed_owner() {
    let (mut child, _, folder) = up();
    assert!(!processes_below(&folder).is_empty());
    child.kill().unwrap();
    child.wait().unwrap();
    let gone = wait_until(LIMIT, || {
        processes_below(&folder).is_empty() && !folder.exists()
    });
    assert!(gone, "{:?}", processes_below(&folder));
}

#[test]
fn the_command_says_where_postgresql_is() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quando-testbed"));
    let output = command.arg("install").output().unwrap();
    assert!(output.status.success());
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .starts_with("postgres (PostgreSQL) ")
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_quando-testbed"));
    let output = command
        .arg("install")
        .env("QUANDO_POSTGRES_BIN", "/")
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("install the package `postgresql`")
    );
}
