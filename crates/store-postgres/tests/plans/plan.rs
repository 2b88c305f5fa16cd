//! What the server says of how it went about each statement, and whether that is well.

use std::collections::BTreeMap;
use std::sync::Mutex;

use log::{LevelFilter, Log, Metadata, Record};
use serde_json::Value;

/// Tables that are a page or two however large a shop is, so that reading them whole is quickest.
const SMALL: [(&str, &str); 2] = [
    ("feed_end", "has one row"),
    ("schema_version", "has a row for each migration"),
];

/// More rows than any page or calendar that is asked for has, and far fewer than the tables.
const ROWS_MAX: f64 = 500.0;

/// More blocks than it takes to find a few rows by an index, and far fewer than the tables and
/// their indexes have.
const BLOCKS_MAX: f64 = 40.0;

/// A statement as the server ran it.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// Its text, in one line.
    pub(crate) statement: String,
    plan: Value,
}

static RAN: Mutex<Vec<Ran>> = Mutex::new(Vec::new());

struct Listener;

impl Log for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("tokio_postgres")
    }

    fn log(&self, record: &Record<'_>) {
        let text = record.args().to_string();
        if !self.enabled(record.metadata()) || !text.contains(" plan:\n") {
            return;
        }
        let start = text.find('{').expect("a plan is an object");
        let said: Value = serde_json::from_str(&text[start..]).expect("a plan is JSON");
        let statement = said["Query Text"].as_str().expect("a statement has a text");
        let words: Vec<&str> = statement.split_whitespace().collect();
        RAN.lock().unwrap().push(Ran {
            statement: words.join(" "),
            plan: said["Plan"].clone(),
        });
    }

    fn flush(&self) {}
}

/// From now on all plans are kept that a server sends as notices.
pub(crate) fn listen() {
    log::set_logger(&Listener).expect("nobody else listens in this process");
    log::set_max_level(LevelFilter::Info);
}

/// What was heard since this was asked the last time.
pub(crate) fn heard() -> Vec<Ran> {
    std::mem::take(&mut *RAN.lock().unwrap())
}

/// Each statement whose plan is not by an index, with the first such plan and what is wrong with
/// it.
pub(crate) fn faults(ran: &[Ran]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for Ran { statement, plan } in ran {
        let mut faults = Vec::new();
        judge(plan, false, &mut faults);
        if !faults.is_empty() {
            let mut steps = String::new();
            write(plan, 1, &mut steps);
            let told = || format!("{}\n{steps}", faults.join("\n"));
            all.entry(statement.clone()).or_insert_with(told);
        }
    }
    all
}

fn text<'a>(node: &'a Value, name: &str) -> &'a str {
    node[name].as_str().unwrap_or_default()
}

/// A count of all loops of a node, of which the server gives the mean.
fn total(node: &Value, name: &str) -> f64 {
    node[name].as_f64().unwrap_or_default() * node["Actual Loops"].as_f64().unwrap_or_default()
}

fn children(node: &Value) -> impl Iterator<Item = &Value> {
    node["Plans"].as_array().into_iter().flatten()
}

/// Blocks that a node itself has looked at, each time.
fn blocks(node: &Value) -> f64 {
    let count = |node: &Value| {
        let of = |name: &str| node[name].as_f64().unwrap_or_default();
        of("Shared Hit Blocks") + of("Shared Read Blocks")
    };
    let below: f64 = children(node).map(count).sum();
    let loops = node["Actual Loops"].as_f64().unwrap_or_default();
    (count(node) - below) / loops.max(1.0)
}

/// Looks through a node and what is below it. `paged` says that it is asked for no more rows than a
/// page has, in the order in which it gives them.
fn judge(node: &Value, paged: bool, faults: &mut Vec<String>) {
    let (kind, table) = (text(node, "Node Type"), text(node, "Relation Name"));
    // What a client library asks of the catalogue is none of the store's statements.
    let small = table.starts_with("pg_") || SMALL.iter().any(|(small, _)| *small == table);
    let mut fault = |what: String| faults.push(format!("    {kind} of {table}: {what}"));
    let scans = kind.ends_with("Scan");
    if kind.ends_with("Seq Scan") && !small {
        fault("reads the whole table".into());
    }
    let by_index = kind.starts_with("Index") || kind == "Bitmap Index Scan";
    if by_index && node.get("Index Cond").is_none() && !(paged && keeps_most(node)) && !small {
        fault(format!("reads all of {}", text(node, "Index Name")));
    }
    if let Some(column) = rewound(text(node, "Index Cond")) {
        fault(format!(
            "begins at the first row of its {column}, and not after a place"
        ));
    }
    let removed = ["Rows Removed by Filter", "Rows Removed by Index Recheck"];
    let removed: f64 = removed.iter().map(|name| total(node, name)).sum();
    let rows = total(node, "Actual Rows") + removed;
    if scans && rows > ROWS_MAX && !small {
        fault(format!("{rows} rows"));
    }
    let blocks = blocks(node);
    if by_index && blocks > BLOCKS_MAX && !small {
        fault(format!("{blocks} blocks each time"));
    }
    for child in children(node) {
        let first = ["Outer", "Subquery", "Member"].contains(&text(child, "Parent Relationship"));
        let paged = match kind {
            "Limit" => true,
            "Nested Loop" | "Merge Join" | "Incremental Sort" | "Subquery Scan" | "Result"
            | "LockRows" | "Append" | "Merge Append" => paged,
            _ => false,
        };
        judge(child, paged && first, faults);
    }
}

/// The first column of a place that a page begins after, if that column is also said to be equal to
/// something: the server then begins where the column does, and goes past all pages before.
fn rewound(condition: &str) -> Option<&str> {
    let (_, place) = condition.split_once("ROW(")?;
    let (column, _) = place.split_once(", ")?;
    condition
        .contains(&format!("({column} = "))
        .then_some(column)
}

/// Whether a page in the order of an index is found without going past what others have: only what
/// has been deleted is left out.
fn keeps_most(node: &Value) -> bool {
    ["", "(octet_length(body) > 0)"].contains(&text(node, "Filter"))
}

/// A plan for people, a line for each node.
fn write(node: &Value, depth: usize, to: &mut String) {
    let mut line = text(node, "Node Type").to_owned();
    for name in ["Relation Name", "Index Name", "CTE Name", "Function Name"] {
        if let Some(name) = node[name].as_str() {
            line.push_str(&format!(" {name}"));
        }
    }
    for name in [
        "Index Cond",
        "Filter",
        "Hash Cond",
        "Merge Cond",
        "Sort Key",
    ] {
        if let Some(value) = node.get(name) {
            line.push_str(&format!(", {name}: {value}"));
        }
    }
    let (rows, planned) = (total(node, "Actual Rows"), &node["Plan Rows"]);
    let padding = "  ".repeat(depth);
    let blocks = blocks(node);
    to.push_str(&format!(
        "    {padding}{line} ({planned} rows planned, {rows} came, {blocks} blocks)\n"
    ));
    for child in children(node) {
        write(child, depth + 1, to);
    }
}
