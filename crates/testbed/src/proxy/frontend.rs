//! What a client's messages mean: where transactions begin and end, and what writes outside of one.

use std::collections::HashMap;

/// A moment at which something becomes lasting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Point {
    /// A group with a `COMMIT`.
    Commit,
    /// A group that writes outside of a transaction.
    Write,
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// Keep it until its group is whole.
    Hold,
    /// Send it on with what was held; the group is not over.
    Pass,
    /// Send it on with what was held: this ends a group, at such a moment if at one.
    End(Option<Point>),
}

/// What one statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Effect {
    Begins,
    Commits,
    RollsBack,
    Writes,
    Other,
}

/// One client's session, as far as its messages show it.
#[derive(Debug, Default)]
pub(super) struct Frontend {
    statements: HashMap<Vec<u8>, Vec<Effect>>,
    portals: HashMap<Vec<u8>, Vec<Effect>>,
    in_transaction: bool,
    commits: bool,
    writes: bool,
}

impl Frontend {
    /// Takes notice of a message: its type and what follows its length.
    pub(super) fn observe(&mut self, kind: u8, body: &[u8]) -> Step {
        match kind {
            b'P' => self.parse(body),
            b'B' => self.bind(body),
            b'E' => {
                let portal = text(body).0;
                let effects = self.portals.get(portal).cloned().unwrap_or_default();
                self.execute(&effects);
            }
            b'C' => self.close(body),
            b'D' => {}
            b'Q' => {
                self.execute(&effects(text(body).0));
                return self.end();
            }
            // Sync and the old call of a function end a group, as a simple query does.
            b'S' | b'F' => return self.end(),
            _ => return Step::Pass,
        }
        Step::Hold
    }

    fn parse(&mut self, body: &[u8]) {
        let (name, rest) = text(body);
        self.statements
            .insert(name.to_owned(), effects(text(rest).0));
    }

    fn bind(&mut self, body: &[u8]) {
        let (portal, rest) = text(body);
        let effects = self
            .statements
            .get(text(rest).0)
            .cloned()
            .unwrap_or_default();
        self.portals.insert(portal.to_owned(), effects);
    }

    fn close(&mut self, body: &[u8]) {
        match body.split_first() {
            Some((b'S', name)) => self.statements.remove(text(name).0),
            Some((b'P', name)) => self.portals.remove(text(name).0),
            Some(_) | None => None,
        };
    }

    fn execute(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Begins => self.in_transaction = true,
                Effect::Commits => {
                    self.in_transaction = false;
                    self.commits = true;
                }
                Effect::RollsBack => self.in_transaction = false,
                Effect::Writes => self.writes |= !self.in_transaction,
                Effect::Other => {}
            }
        }
    }

    fn end(&mut self) -> Step {
        let point = match (self.commits, self.writes) {
            (true, _) => Some(Point::Commit),
            (false, true) => Some(Point::Write),
            (false, false) => None,
        };
        self.commits = false;
        self.writes = false;
        Step::End(point)
    }
}

/// The text up to the next zero, and what follows it.
fn text(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

/// The effects of the statements in a query, which semicolons part; one within a literal parts it
/// too, which matters only to a literal that reads as a statement of its own.
fn effects(query: &[u8]) -> Vec<Effect> {
    String::from_utf8_lossy(query)
        .to_lowercase()
        .split(';')
        .map(effect)
        .collect()
}

fn effect(statement: &str) -> Effect {
    let words: Vec<&str> = statement
        .lines()
        .map(|line| line.split_once("--").map_or(line, |(code, _comment)| code))
        .flat_map(|line| line.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
        .filter(|word| !word.is_empty())
        .collect();
    match words[..] {
        ["begin", ..] | ["start", "transaction", ..] => Effect::Begins,
        ["commit" | "rollback", "prepared", ..] => Effect::Writes,
        ["commit" | "end", ..] => Effect::Commits,
        ["rollback", "to", ..] | ["rollback", "work" | "transaction", "to", ..] => Effect::Other,
        ["rollback" | "abort", ..] => Effect::RollsBack,
        _ if writes(&words) => Effect::Writes,
        _ => Effect::Other,
    }
}

/// Whether a word of writing is among them, other than that of a row lock (`for update`,
/// `for no key update`). What a called function does is not seen.
fn writes(words: &[&str]) -> bool {
    const WRITING: [&str; 10] = [
        "insert", "update", "delete", "merge", "truncate", "copy", "create", "alter", "drop",
        "call",
    ];
    words.iter().enumerate().any(|(at, word)| {
        let locks = at > 0 && *word == "update" && matches!(words[at - 1], "for" | "key");
        WRITING.contains(word) && !locks
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ends of groups that messages lead to, each given as its type and its strings.
    fn check(messages: &[(u8, &[&str])], expected: &[Option<Point>]) {
        let mut frontend = Frontend::default();
        let ends: Vec<_> = messages
            .iter()
            .filter_map(|(kind, strings)| {
                let body: String = strings.iter().map(|text| format!("{text}\0")).collect();
                match frontend.observe(*kind, body.as_bytes()) {
                    Step::End(point) => Some(point),
                    Step::Hold | Step::Pass => None,
                }
            })
            .collect();
        assert_eq!(ends, expected, "{messages:?}");
    }

    #[test]
    fn commits_are_seen_in_every_protocol() {
        let commit = Some(Point::Commit);
        check(&[(b'Q', &["COMMIT"])], &[commit]);
        check(&[(b'Q', &[" commit work ; "])], &[commit]);
        check(&[(b'Q', &["-- the end\nEND"])], &[commit]);
        check(
            &[(b'Q', &["begin; insert into a values (1); commit"])],
            &[commit],
        );
        check(
            &[
                (b'P', &["", "COMMIT"]),
                (b'B', &["", ""]),
                (b'E', &[""]),
                (b'S', &[]),
            ],
            &[commit],
        );
        // Prepared earlier, executed twice by its name.
        let prepare: &[(u8, &[&str])] = &[(b'P', &["s1", "commit"]), (b'S', &[])];
        let execute: &[(u8, &[&str])] = &[(b'B', &["p", "s1"]), (b'E', &["p"]), (b'S', &[])];
        check(
            &[prepare, execute, execute].concat(),
            &[None, commit, commit],
        );
        // Closed and given to something else.
        let close: &[(u8, &[&str])] = &[(b'C', &["Ss1"]), (b'P', &["s1", "select 1"])];
        check(&[prepare, close, execute].concat(), &[None, None]);
    }

    #[test]
    fn writes_count_only_outside_of_transactions() {
        let write = Some(Point::Write);
        let insert: (u8, &[&str]) = (b'Q', &["insert into a values (1)"]);
        check(&[insert], &[write]);
        check(
            &[(b'Q', &["BEGIN"]), insert, (b'Q', &["COMMIT"]), insert],
            &[None, None, Some(Point::Commit), write],
        );
        check(
            &[
                (b'Q', &["start transaction"]),
                insert,
                (b'Q', &["rollback"]),
                insert,
            ],
            &[None, None, None, write],
        );
        check(
            &[
                (b'Q', &["begin"]),
                (b'Q', &["rollback to savepoint a"]),
                insert,
            ],
            &[None, None, None],
        );
        let parsed: &[(u8, &[&str])] = &[
            (
                b'P',
                &["", "with x as (delete from a returning *) select * from x"],
            ),
            (b'B', &["", ""]),
            (b'E', &[""]),
            (b'S', &[]),
        ];
        check(parsed, &[write]);
        // Preparing a statement does nothing yet.
        check(&[parsed[0], parsed[3]], &[None]);
    }

    #[test]
    fn reading_is_no_write() {
        for query in [
            "select 1",
            "select updated_at, deleted from a",
            "select 1 from a for update",
            "select 1 from a for no key update",
            "set search_path = a",
            "",
        ] {
            check(&[(b'Q', &[query])], &[None]);
        }
    }
}
