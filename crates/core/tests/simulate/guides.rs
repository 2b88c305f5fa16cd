//! What the guides show is what the code does: the table of transitions is printed from the code,
//! the diagram has the edges of the table, stories in the guides have the answers that are printed
//! under them, and the tables of postings are those of the conformance stories.
//!
//! With `QUANDO_BLESS=1` the generated parts are written anew, to be looked at in the diff.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use quando::booking::{Action, Actor, Refusal, Status, TABLE, transition};
use quando::ledger::{Account, Balances, Posting};
use quando::money::Money;
use quando::simulate::{Decided, Line, Told, World};
use serde_json::Value;

use crate::matching::differences;
use crate::vectors::{Vector, read_file};

const STATES: [Option<Status>; 10] = {
    let mut states = [None; 10];
    let mut place = 0;
    while place < Status::ALL.len() {
        states[place + 1] = Some(Status::ALL[place]);
        place += 1;
    }
    states
};

#[test]
fn the_page_of_transitions_is_printed_from_the_table() {
    same_as_page("docs/transitions.md", &transitions_page());
}

/// A change of state, and what leads there.
type Edge = (String, String, String);

#[test]
fn the_diagrams_have_the_edges_of_the_table() {
    let page = read("docs/life-of-a-booking.md");
    let table: BTreeSet<Edge> = TABLE
        .iter()
        .flat_map(|row| row.to.iter().map(move |to| (row.from, row.action, *to)))
        .filter(|(from, _, to)| *from != Some(*to))
        .map(|(from, action, to)| {
            let from = from.map_or("[*]", Status::name);
            let names = (from, to.name(), action.name());
            (names.0.to_owned(), names.1.to_owned(), names.2.to_owned())
        })
        .collect();
    let (mermaid, ends) = mermaid_edges(block(&page, "mermaid"));
    assert_eq!(mermaid, table, "the diagram");
    let terminal: BTreeSet<String> = Status::ALL
        .iter()
        .filter(|status| status.is_terminal())
        .map(|status| status.name().to_owned())
        .collect();
    assert_eq!(ends, terminal, "the ends of the diagram");
    assert_eq!(drawn_edges(block(&page, "text")), table, "the drawing");
}

#[test]
fn the_page_of_json_lists_every_command() {
    let page = read("docs/json.md");
    for action in Action::ALL {
        let row = format!("| `{action}` |");
        assert!(page.contains(&row), "docs/json.md lacks `{action}`");
    }
}

#[test]
fn stories_in_the_guides_have_the_answers_under_them() {
    let mut answered = 0;
    for page in ["docs/life-of-a-booking.md", "docs/json.md"] {
        answered += check_stories(page);
    }
    assert!(answered > 15, "only {answered} lines");
}

#[test]
fn the_postings_in_the_guide_are_those_of_the_stories() {
    let path = "docs/where-the-money-is.md";
    let page = read(path);
    let vectors = read_file("ledgers");
    let mut printed = String::new();
    let mut count = 0;
    let mut parts = page.split_inclusive("<!-- ledger: ");
    printed += parts.next().unwrap();
    for part in parts {
        let (name, rest) = part.split_once(" -->\n").unwrap();
        let (_, rest) = rest
            .split_once("<!-- end -->")
            .expect("every ledger has an end");
        let vector = vectors.iter().find(|vector| vector.name == name);
        let vector = vector.unwrap_or_else(|| panic!("no story is called {name:?}"));
        let ledger = ledger(vector);
        write!(printed, "{name} -->\n{ledger}<!-- end -->{rest}").unwrap();
        count += 1;
    }
    assert!(count >= 18, "only {count} ledgers");
    same_as_page(path, &printed);
}

fn transitions_page() -> String {
    let mut page = TRANSITIONS_INTRODUCTION.to_owned();
    for from in STATES {
        let title = from.map_or("Before there is a booking".to_owned(), |status| {
            format!("`{status}`")
        });
        write!(page, "\n## {title}\n\n").unwrap();
        page += "| Action | Customer | Provider | Operator | System |\n|---|---|---|---|---|\n";
        let mut refused: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for action in Action::ALL {
            let refusals = Actor::ALL.map(|actor| transition(from, action, actor).err());
            match refusals[0].filter(|first| refusals.iter().all(|each| *each == Some(*first))) {
                Some(refusal) => {
                    let names = refused.entry(code(refusal)).or_default();
                    names.push(format!("`{action}`"));
                }
                None => {
                    let cells = Actor::ALL.map(|actor| cell(from, action, actor));
                    writeln!(page, "| `{action}` | {} |", cells.join(" | ")).unwrap();
                }
            }
        }
        page += "\n";
        for (code, names) in refused {
            writeln!(page, "Whoever acts, `{code}`: {}.", names.join(", ")).unwrap();
        }
    }
    page
}

const TRANSITIONS_INTRODUCTION: &str = "\
# Transitions

Who may do what in which state, and where it leads: the whole table, state by action by actor.
A test prints this page from the code and compares; [life-of-a-booking.md](life-of-a-booking.md) has the story and the picture.

- **A state in bold** is the next one; where there are two, what the booking still awaits decides.
- *stays* means that the action is done and the state is as before: money moves, a review is written, a time changes.
- Everything else is a refusal, told by its [code](codes.md#why-a-command-on-a-booking-is-refused), which changes nothing.

The table is asked first; deadlines, notice, tokens and money are asked after it, and may still refuse.
A `held` or `pending` booking whose deadline has passed is `expired` to every action but `expire`, and what would be `booking-ended` is then `hold-expired`.
";

fn cell(from: Option<Status>, action: Action, actor: Actor) -> String {
    match transition(from, action, actor) {
        Ok(to) => {
            let name = |to: &Status| match from {
                Some(from) if from == *to => "*stays*".to_owned(),
                _ => format!("**{to}**"),
            };
            to.iter().map(name).collect::<Vec<_>>().join(" or ")
        }
        Err(refusal) => format!("`{}`", code(refusal)),
    }
}

fn code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound => "booking-not-found",
        Refusal::Exists => "booking-exists",
        Refusal::ActorNotAllowed => "actor-not-allowed",
        Refusal::WrongState => "wrong-state",
        Refusal::Ended => "booking-ended",
    }
}

/// Edges of lines `from --> to: action, action`, and the states that lead to `[*]`.
fn mermaid_edges(diagram: &str) -> (BTreeSet<Edge>, BTreeSet<String>) {
    let (mut edges, mut ends) = (BTreeSet::new(), BTreeSet::new());
    for line in diagram.lines().filter(|line| line.contains("-->")) {
        let (from, rest) = line.split_once("-->").unwrap();
        let (to, actions) = rest.split_once(':').unwrap_or((rest, ""));
        let (from, to) = (from.trim(), to.trim());
        if to == "[*]" {
            ends.insert(from.to_owned());
        }
        for action in actions
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let edge = (from.to_owned(), to.to_owned(), action.to_owned());
            assert!(edges.insert(edge), "{line} is there twice");
        }
    }
    (edges, ends)
}

/// Edges of a drawing: a state at the margin, and under it branches `─ action ──▶ state, state`.
fn drawn_edges(drawing: &str) -> BTreeSet<Edge> {
    let mut edges = BTreeSet::new();
    let mut from = "";
    for line in drawing.lines().filter(|line| !line.trim().is_empty()) {
        let Some((branch, to)) = line.split_once('▶') else {
            continue;
        };
        let words: Vec<&str> = branch
            .split(|each: char| !(each.is_alphanumeric() || "[*]".contains(each)))
            .filter(|word| !word.is_empty())
            .collect();
        let (&action, before) = words.split_last().unwrap();
        if let Some(state) = before.first() {
            from = state;
        }
        for to in to.split(',') {
            let edge = (from.to_owned(), to.trim().to_owned(), action.to_owned());
            assert!(edges.insert(edge), "{line} is there twice");
        }
    }
    edges
}

/// Runs the blocks of `jsonl` of a page in one world, each with the block of `json` after it, which
/// has the answers line by line, as far as they are told.
fn check_stories(page: &str) -> usize {
    let text = read(page);
    let mut world = World::default();
    let mut answered = 0;
    for part in text.split("```jsonl\n").skip(1) {
        let (story, rest) = part.split_once("```").unwrap();
        let (_, rest) = rest.split_once("```json\n").expect("a story has answers");
        let expected: Vec<&str> = rest.split_once("```").unwrap().0.lines().collect();
        let story: Vec<&str> = story.lines().collect();
        assert_eq!(story.len(), expected.len(), "{page}: {story:?}");
        for (line, expected) in story.into_iter().zip(expected) {
            let answer = world.answer(line);
            let answer = answer.unwrap_or_else(|error| panic!("{page}: {line}: {error}"));
            let answer: Value = serde_json::from_str(&answer).unwrap();
            let expected: Value = serde_json::from_str(expected)
                .unwrap_or_else(|error| panic!("{page}: {expected}: {error}"));
            let found = differences(&expected, &answer);
            assert!(found.is_empty(), "{page}: {line}\n  {}", found.join("\n  "));
            answered += 1;
        }
    }
    answered
}

/// A story as a table: who did what, what the processor is asked for, and each posting.
fn ledger(vector: &Vector) -> String {
    let mut page =
        "\n| When | What | Account | Debit | Credit |\n|---|---|---|---:|---:|\n".to_owned();
    let mut world = World::default();
    for line in vector.story.iter().flatten() {
        let line: Line = serde_json::from_value(line.clone()).unwrap();
        let by = match &line {
            Line::Command { command, .. } => command.by().actor,
            _ => Actor::System,
        };
        match world.take_in(line).unwrap().told {
            Told::Ticked(ticked) => {
                for told in &ticked.fired {
                    if let Told::Decided(decided) = told {
                        step(&mut page, decided, by);
                    }
                }
            }
            Told::Decided(decided) => {
                step(&mut page, &decided, by);
                if let Some(successor) = &decided.successor {
                    step(&mut page, successor, by);
                }
            }
            _ => {}
        }
    }
    page += "\n";
    for booking in world.bookings() {
        let (id, status) = (&booking.id, booking.status);
        let end = conserved(&booking.payment.balances);
        writeln!(page, "In the end `{id}` is {status}: {end}.").unwrap();
    }
    page += "\n";
    page
}

fn step(page: &mut String, decided: &Decided, by: Actor) {
    if decided.events.is_empty() {
        return;
    }
    let asked: Vec<String> = decided
        .instructions
        .iter()
        .map(|each| format!("`{}` of {}", each.instruction, each.amount.amount_text()))
        .collect();
    let asked = if asked.is_empty() {
        String::new()
    } else {
        format!("; please {}", asked.join(", "))
    };
    let when = decided.at.format("%-d %b %H:%M:%S").to_string();
    let when = when.strip_suffix(":00").unwrap_or(&when);
    let (id, action, status) = (&decided.booking, decided.action, decided.status);
    writeln!(
        page,
        "| {when} | {by}: `{action}` of `{id}`, {status}{asked} | | | |"
    )
    .unwrap();
    for entry in &decided.entries {
        let reason = serde_json::to_value(entry.reason()).unwrap();
        for posting in entry.postings() {
            let (debit, credit) = columns(posting);
            let (reason, account) = (reason.as_str().unwrap(), posting.account);
            writeln!(page, "| | *{reason}* | {account} | {debit} | {credit} |").unwrap();
        }
    }
}

fn columns(posting: &Posting) -> (String, String) {
    let amount = posting.amount;
    if amount.is_negative() {
        (String::new(), amount.checked_neg().unwrap().amount_text())
    } else {
        (amount.amount_text(), String::new())
    }
}

/// Where the captured money is, as a sum.
fn conserved(balances: &Balances) -> String {
    use Account::{Captured, PlatformExpense, ProcessorClaim, ProviderReceivable};
    if balances.captured.is_zero() {
        return "nothing was captured".to_owned();
    }
    let told = |account: Account, amount: Money| format!("{account} {}", amount.amount_text());
    let parts = Account::ALL.iter().filter(|account| {
        let apart = [
            Captured,
            PlatformExpense,
            ProcessorClaim,
            ProviderReceivable,
        ];
        !apart.contains(account) && !balances.of(**account).is_zero()
    });
    let parts: Vec<String> = parts.map(|each| told(*each, balances.of(*each))).collect();
    let mut sum = told(Captured, balances.captured) + " = " + &parts.join(" + ");
    let owed = balances.provider_receivable;
    if !owed.is_zero() {
        write!(sum, " − {}", told(ProviderReceivable, owed)).unwrap();
    }
    let expense = balances.platform_expense;
    if !expense.is_zero() {
        write!(sum, ", and {}", told(PlatformExpense, expense)).unwrap();
    }
    sum
}

/// The first block of a kind.
fn block<'a>(page: &'a str, kind: &str) -> &'a str {
    let start = format!("```{kind}\n");
    let (_, rest) = page.split_once(&start).expect("the page has such a block");
    rest.split_once("```").expect("the block has an end").0
}

#[track_caller]
fn same_as_page(path: &str, printed: &str) {
    if std::env::var_os("QUANDO_BLESS").is_some() {
        std::fs::write(root().join(path), printed).unwrap();
    }
    let page = std::fs::read_to_string(root().join(path)).unwrap_or_default();
    let differs = page.lines().zip(printed.lines()).find(|(a, b)| a != b);
    assert!(
        page == printed,
        "{path} is not what the code does, first at {differs:?}; QUANDO_BLESS=1 writes it anew"
    );
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
