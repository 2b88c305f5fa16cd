//! A private PostgreSQL cluster, on one port and one socket of this machine alone.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::port::Port;
use crate::user::User;
use crate::watchdog::Watchdog;
use crate::{Binaries, TestbedError, blocking, database, process, template, url, wait_until};

/// How long a server may take to answer; recovery after a crash on a busy machine is the longest.
const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// A port may be taken by somebody else between looking and listening.
const PORT_TRIES_MAX: u32 = 5;

/// Whether what was committed survives a crash of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Nothing is forced to the disk: for tests of what the database does, which are many.
    #[default]
    Off,
    /// As in production, each commit is: for tests of crashes, and for benchmarks.
    On,
}

/// How a cluster is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether commits wait for the disk.
    pub durability: Durability,
    /// How many clients may be connected at once.
    pub max_connections: u16,
    /// Further settings by name, which win over ours.
    pub settings: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            durability: Durability::Off,
            max_connections: 200,
            settings: Vec::new(),
        }
    }
}

impl Options {
    /// Those of production, as far as losing nothing goes.
    pub fn durable() -> Options {
        Options {
            durability: Durability::On,
            ..Options::default()
        }
    }

    /// With a further setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Options {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    fn all_settings(&self) -> Vec<(String, String)> {
        let durable = match self.durability {
            Durability::On => "on",
            Durability::Off => "off",
        };
        let max_connections = self.max_connections.to_string();
        let ours = [
            ("listen_addresses", "127.0.0.1"),
            ("fsync", durable),
            ("full_page_writes", durable),
            ("synchronous_commit", durable),
            ("max_connections", &max_connections),
            ("logging_collector", "off"),
            // In the data folder, so that nothing of it is left after a crash.
            ("dynamic_shared_memory_type", "mmap"),
        ];
        let ours = ours.map(|(name, value)| (name.to_owned(), value.to_owned()));
        ours.into_iter()
            .chain(self.settings.iter().cloned())
            .collect()
    }

    /// What `initdb` is told: without durability there is no reason to write so much of a log.
    fn initialisation(&self) -> &'static [&'static str] {
        match self.durability {
            Durability::On => &[],
            Durability::Off => &["--wal-segsize=1"],
        }
    }
}

/// A running (or crashed, or stopped) cluster in a temporary folder. Dropped, it is gone with all
/// of its data, and so it is when the process that owns it dies, however that happens.
#[derive(Debug)]
pub struct Cluster {
    options: Options,
    binaries: Binaries,
    user: User,
    password: String,
    port: Port,
    server: Option<Child>,
    // Dropped in this order: the watchdog first, which then finds nothing left to do.
    watchdog: Option<Watchdog>,
    folder: TempDir,
}

impl Cluster {
    /// Starts a new cluster and waits until it answers. Blocks the thread for some tenths of a
    /// second, and for some seconds the first time on a machine.
    ///
    /// # Errors
    ///
    /// [`TestbedError::PostgresMissing`] without PostgreSQL, [`TestbedError::NotReady`] with the
    /// end of the log when the server does not come up, and whatever the system refuses.
    pub fn start(options: Options) -> Result<Cluster, TestbedError> {
        let binaries = Binaries::find()?;
        let user = User::for_server()?;
        let folder = tempfile::Builder::new()
            .prefix("quando-postgres-")
            .tempdir()
            .map_err(TestbedError::io("creating the folder of a cluster"))?;
        user.give(folder.path())?;
        let watchdog = Some(Watchdog::over(folder.path())?);
        let arguments = options.initialisation();
        let password = template::copy_into(folder.path(), &binaries, user, arguments)?;
        let port = free_port()?;
        let server = None;
        let mut cluster = Cluster {
            options,
            binaries,
            user,
            password,
            port,
            server,
            watchdog,
            folder,
        };
        cluster.start_somewhere()?;
        Ok(cluster)
    }

    /// The URL of a database, through TCP.
    pub fn url(&self, database: &str) -> String {
        let (password, port) = (&self.password, self.port());
        format!("postgres://postgres:{password}@127.0.0.1:{port}/{database}")
    }

    /// The URL of a database, through the Unix socket.
    pub fn socket_url(&self, database: &str) -> String {
        let folder = url::escape(&self.folder.path().to_string_lossy());
        format!("postgres://postgres@{folder}:{}/{database}", self.port())
    }

    /// The port, which stays the same through restarts.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The folder that everything of the cluster is in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The last lines that the server wrote.
    pub fn log_tail(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Creates an empty database and gives its URL. Blocks the thread.
    ///
    /// # Errors
    ///
    /// [`TestbedError::NameMalformed`] for a name that would need quotes, and whatever the server
    /// refuses, such as a name that is taken.
    pub fn create_database(&self, name: &str) -> Result<String, TestbedError> {
        database::create(&self.socket_url("postgres"), name, None)?;
        Ok(self.url(name))
    }

    /// Ends the server in good order: clients are cut off, and all is written. Does nothing when it
    /// is not running.
    ///
    /// # Errors
    ///
    /// [`TestbedError::NotStopped`] when it does not end within a minute.
    pub fn stop(&mut self) -> Result<(), TestbedError> {
        self.end(Signal::INT)
    }

    /// Kills every process of the server at once, as a crash of the whole machine would, except
    /// that the system still has what was written to it.
    ///
    /// # Errors
    ///
    /// [`TestbedError::NotStopped`] when a process does not die.
    pub fn kill(&mut self) -> Result<(), TestbedError> {
        if let Some(mut server) = self.server.take() {
            // Both fail only for a process that has ended.
            let _ = server.kill();
            let killed = process::kill_all_in(&self.data(), STOP_LIMIT);
            let _ = server.wait();
            killed?;
        }
        Ok(())
    }

    /// Starts the server again after [`Cluster::stop`] or [`Cluster::kill`], with its folder and on
    /// its port, and waits until it answers. One that runs is stopped before.
    ///
    /// # Errors
    ///
    /// As [`Cluster::start`].
    pub fn restart(&mut self) -> Result<(), TestbedError> {
        self.stop()?;
        self.start_server()
    }

    /// Kills one client's backend, the one that connected last, and gives its process id. The
    /// server then ends all other connections too and recovers, and refuses new ones meanwhile.
    ///
    /// # Errors
    ///
    /// [`TestbedError::NoBackend`] when no client is connected, and whatever the server refuses.
    pub fn kill_backend(&self) -> Result<i32, TestbedError> {
        let url = self.socket_url("postgres");
        let id = blocking::run(|| async move {
            let client = database::connect(&url).await?;
            let row = client.query_opt(NEWEST_BACKEND, &[]).await?;
            row.map(|row| row.get::<_, i32>(0))
                .ok_or(TestbedError::NoBackend)
        })?;
        let process = Pid::from_raw(id).ok_or(TestbedError::NoBackend)?;
        kill_process(process, Signal::KILL)
            .map_err(|error| TestbedError::io("killing a backend")(error.into()))?;
        Ok(id)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// On another port when somebody took ours in the moment before we listened.
    fn start_somewhere(&mut self) -> Result<(), TestbedError> {
        for _ in 1..PORT_TRIES_MAX {
            match self.start_server() {
                Err(TestbedError::NotReady { log, .. }) if log.contains("already in use") => {
                    self.port = free_port()?;
                }
                result => return result,
            }
        }
        self.start_server()
    }

    fn start_server(&mut self) -> Result<(), TestbedError> {
        // What an earlier server said would only mislead.
        let log = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .open(self.log());
        let log = log.map_err(TestbedError::io("creating the log of a cluster"))?;
        let server = self.command(log).spawn();
        let mut server = server.map_err(TestbedError::io("starting PostgreSQL"))?;
        let mut ended = false;
        let answered = wait_until(START_LIMIT, || {
            ended = !matches!(server.try_wait(), Ok(None));
            ended || is_ready(&self.data(), server.id())
        });
        self.server = Some(server);
        if answered && !ended {
            return Ok(());
        }
        let error = TestbedError::NotReady {
            port: self.port(),
            log: self.log_tail(),
        };
        self.kill()?;
        Err(error)
    }

    fn command(&self, log: File) -> Command {
        let mut command = self.user.command(self.binaries.program("postgres"));
        command.arg("-D").arg(self.data());
        command.arg("-p").arg(self.port().to_string());
        command.arg("-k").arg(self.folder.path());
        for (name, value) in self.options.all_settings() {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        // The terminal's interrupt is for the test, which ends the cluster in its own way.
        command.process_group(0);
        command
    }

    fn end(&mut self, signal: Signal) -> Result<(), TestbedError> {
        let Some(mut server) = self.server.take() else {
            return Ok(());
        };
        if let Some(process) = i32::try_from(server.id()).ok().and_then(Pid::from_raw) {
            // It may have ended by itself.
            let _ = kill_process(process, signal);
        }
        let ended = wait_until(STOP_LIMIT, || !matches!(server.try_wait(), Ok(None)));
        if !ended {
            self.server = Some(server);
            return Err(TestbedError::NotStopped(self.data()));
        }
        process::kill_all_in(&self.data(), STOP_LIMIT)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let crashed = self.server.is_none();
        // A cluster that does not end in time is killed; a drop has nobody to tell more.
        if self.end(Signal::QUIT).is_err() {
            let _ = self.kill();
        }
        if crashed {
            remove_shared_memory(&self.data());
        }
        let _ = fs::remove_dir_all(self.folder.path());
        drop(self.watchdog.take());
    }
}

const NEWEST_BACKEND: &str = "
select pid from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()
order by backend_start desc limit 1";

/// Begins to look at a random place, so that clusters that start together do not meet.
fn free_port() -> Result<Port, TestbedError> {
    Port::take(
        &template::cache()?,
        RandomState::new().hash_one(std::process::id()),
    )
}

/// Whether the server says so in its lock file, as PostgreSQL's own `pg_ctl` asks it: the first
/// line is the process, the eighth the state.
fn is_ready(data: &Path, process: u32) -> bool {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = text.lines();
    lines.next() == Some(&process.to_string())
        && lines.nth(6).is_some_and(|state| state.trim() == "ready")
}

/// A crashed server leaves a few bytes of shared memory, which its lock file names in line seven,
/// and which only its next start would have reused.
fn remove_shared_memory(data: &Path) {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    if let Some(id) = text
        .lines()
        .nth(6)
        .and_then(|line| line.split_whitespace().nth(1))
    {
        let _ = Command::new("ipcrm").args(["-m", id]).output();
    }
}
