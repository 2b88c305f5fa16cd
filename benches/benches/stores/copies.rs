//! Millions of rows that look as if the engine had written them: copies of rows that it did write,
//! with other ids and at other times, made by the database itself.

use std::fmt::Write;

use tokio_postgres::Client;

/// What is different in each copy. The new values are SQL expressions over `n`, the number of the
/// copy.
#[derive(Clone, Debug)]
pub(crate) struct Copies {
    /// Which rows are copied, as a condition over `t`.
    pub(crate) of: String,
    /// Ids as text, and what stands in their place.
    pub(crate) ids: Vec<(String, String)>,
    /// Minutes in UTC as they stand in JSON, which move with the shift.
    pub(crate) instants: Vec<String>,
    /// By how much time moves, as an interval.
    pub(crate) shift: String,
}

/// Columns that say when something is, not when it was written.
const MOVING: [&str; 4] = ["starts_at", "ends_at", "next_due", "expires_at"];

impl Copies {
    /// Copies rows of a table with the numbers from one to another, the last one included.
    pub(crate) async fn make(
        &self,
        client: &Client,
        table: &str,
        (first, last): (u32, u32),
    ) -> Result<u64, tokio_postgres::Error> {
        let columns = client.query(COLUMNS, &[&table]).await?;
        let mut names = Vec::new();
        let mut values = Vec::new();
        for column in &columns {
            let (name, kind): (&str, &str) = (column.get(0), column.get(1));
            names.push(name.to_owned());
            values.push(self.value(name, kind));
        }
        let statement = format!(
            "insert into {table} ({}) select {} from {table} t \
             cross join generate_series({first}::bigint, {last}::bigint) n \
             cross join lateral (select {}) s where {}",
            names.join(", "),
            values.join(", "),
            self.news(),
            self.of,
        );
        client.execute(&statement, &[]).await
    }

    /// Each new value once for each copy.
    fn news(&self) -> String {
        let mut news = format!("{} as shift", self.shift);
        for (place, (_, new)) in self.ids.iter().enumerate() {
            write!(news, ", {new} as id{place}").expect("a text takes what is written to it");
        }
        news
    }

    fn value(&self, name: &str, kind: &str) -> String {
        let column = format!("t.{name}");
        match kind {
            "uuid" => {
                let ids = self.ids.iter().enumerate();
                let whens: Vec<String> = ids
                    .map(|(place, (old, _))| format!("when '{old}' then s.id{place}"))
                    .collect();
                format!("case {column} {} else {column} end", whens.join(" "))
            }
            "_uuid" => {
                let ids = self.ids.iter().enumerate();
                ids.fold(column, |text, (place, (old, _))| {
                    format!("array_replace({text}, '{old}'::uuid, s.id{place})")
                })
            }
            "text" => self.text(&column),
            "jsonb" => format!("({})::jsonb", self.text(&format!("{column}::text"))),
            "bytea" if ["body", "events", "reply"].contains(&name) => {
                let text = self.text(&format!("convert_from({column}, 'UTF8')"));
                format!("convert_to({text}, 'UTF8')")
            }
            "tstzrange" => {
                format!("tstzrange(lower({column}) + s.shift, upper({column}) + s.shift)")
            }
            "timestamptz" if MOVING.contains(&name) => format!("{column} + s.shift"),
            _ => column,
        }
    }

    fn text(&self, text: &str) -> String {
        let ids = self.ids.iter().enumerate();
        let with_ids = ids.fold(text.to_owned(), |text, (place, (old, _))| {
            format!("replace({text}, '{old}', s.id{place}::text)")
        });
        self.instants.iter().fold(with_ids, |text, old| {
            format!(
                "replace({text}, '{old}', to_char(timestamp '{old}' + s.shift, \
                 'YYYY-MM-DD\"T\"HH24:MI'))"
            )
        })
    }
}

/// The columns of a table that are written, and their types.
const COLUMNS: &str = "
select column_name::text, udt_name::text from information_schema.columns
where table_schema = current_schema() and table_name = $1 and is_identity = 'NO'
order by ordinal_position";
