//! What an operation takes and answers, put over the description that its handler has.

use serde_json::{Map, Value, json};

use super::form::of;
use super::parameters;
use super::problems::{self, Refusal};

/// What an operation takes and answers.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: &'static str,
    bodies: Vec<Body>,
    answer: Answer,
    other: Option<(u16, Value, Value)>,
    key: Need,
    version: Need,
    takes_hold_token: bool,
    takes_action_token: bool,
    is_conditional: bool,
    asked_with: Vec<(&'static str, &'static str)>,
    refusals: Vec<Refusal>,
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    No,
    May,
    Must,
}

#[derive(Debug)]
struct Body {
    media: &'static str,
    schema: Value,
    example: Value,
}

#[derive(Debug, Default)]
struct Answer {
    status: u16,
    media: &'static str,
    schema: Option<Value>,
    example: Value,
    headers: Vec<&'static str>,
}

impl Operation {
    pub(super) fn new(id: &'static str) -> Operation {
        let mut refusals = problems::ALWAYS.to_vec();
        refusals.extend(problems::STORED);
        Operation {
            id,
            bodies: Vec::new(),
            answer: Answer::default(),
            other: None,
            key: Need::No,
            version: Need::No,
            takes_hold_token: false,
            takes_action_token: false,
            is_conditional: false,
            asked_with: Vec::new(),
            refusals,
        }
    }

    /// What succeeds, with an example.
    pub(super) fn gives(mut self, status: u16, schema: &str, example: Value) -> Operation {
        self.answer.status = status;
        self.answer.media = "application/json";
        self.answer.schema = Some(of(schema));
        self.answer.example = example;
        self
    }

    /// What succeeds, as a text of another form.
    pub(super) fn gives_text(mut self, media: &'static str, example: &str) -> Operation {
        self.answer.status = 200;
        self.answer.media = media;
        self.answer.schema = Some(json!({"type": "string"}));
        self.answer.example = json!(example);
        self
    }

    /// What succeeds in another way.
    pub(super) fn or_gives(mut self, status: u16, schema: &str, example: Value) -> Operation {
        self.other = Some((status, of(schema), example));
        self
    }

    /// What succeeds, without a body.
    pub(super) fn gives_nothing(mut self) -> Operation {
        self.answer.status = 204;
        self
    }

    /// A JSON body, with an example.
    pub(super) fn takes(self, schema: &str, example: Value) -> Operation {
        let media = "application/json";
        let schema = of(schema);
        self.or_takes(media, schema, example)
            .refuses(&[problems::BODY])
    }

    /// A body of another type.
    pub(super) fn or_takes(
        mut self,
        media: &'static str,
        schema: Value,
        example: Value,
    ) -> Operation {
        self.bodies.push(Body {
            media,
            schema,
            example,
        });
        self
    }

    /// An `Idempotency-Key`.
    pub(super) fn keyed(mut self, need: Need) -> Operation {
        self.key = need;
        self.answer.headers.push("Idempotent-Replayed");
        let missing = matches!(need, Need::Must).then_some(problems::KEY_MISSING);
        self.refuses(&[problems::KEY, missing.unwrap_or_default()])
    }

    /// An `If-Match`.
    pub(super) fn over_version(mut self, need: Need) -> Operation {
        self.version = need;
        let missing = matches!(need, Need::Must).then_some(problems::VERSION_MISSING);
        self.refuses(&[problems::VERSION, missing.unwrap_or_default()])
    }

    /// A `Hold-Token`.
    pub(super) fn with_hold_token(mut self) -> Operation {
        self.takes_hold_token = true;
        self.refuses(&[&problems::VERSION[..1]])
    }

    /// An `Action-Token`, of customers without an account.
    pub(super) fn with_action_token(mut self) -> Operation {
        self.takes_action_token = true;
        self.refuses(&[problems::ALLOWED, problems::VERSION])
    }

    /// An answer with an `ETag`.
    pub(super) fn tagged(mut self) -> Operation {
        self.answer.headers.push("ETag");
        self
    }

    /// An answer that is not sent again to whoever has it.
    pub(super) fn conditional(mut self) -> Operation {
        self.is_conditional = true;
        self.tagged()
    }

    /// An answer with a `Location`.
    pub(super) fn placed(mut self) -> Operation {
        self.answer.headers.push("Location");
        self
    }

    /// Parameters of the query string that are always there, with an example of each.
    pub(super) fn asked_with(mut self, all: &[(&'static str, &'static str)]) -> Operation {
        self.asked_with = all.to_vec();
        self
    }

    pub(super) fn refuses(mut self, groups: &[&[Refusal]]) -> Operation {
        for refusal in groups.iter().copied().flatten() {
            let known = |each: &Refusal| (each.0, each.1) == (refusal.0, refusal.1);
            if !self.refusals.iter().any(known) {
                self.refusals.push(*refusal);
            }
        }
        self
    }

    /// Without those of the store, which is not asked.
    pub(super) fn without_store(mut self) -> Operation {
        self.refusals.truncate(problems::ALWAYS.len());
        self
    }

    pub(super) fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// Puts it over a description.
    pub(super) fn describe(&self, described: &mut Value) {
        self.describe_parameters(described);
        if !self.bodies.is_empty() {
            described["requestBody"] = self.body();
        }
        let said = described["responses"].take();
        described["responses"] = self.responses(&said);
        let looked_at = |each: &Refusal| each.1 == "bearer-token";
        if described.get("security").is_none() && self.refusals.iter().any(looked_at) {
            described["security"] = json!([{}, {"bearer": []}]);
        }
    }

    fn describe_parameters(&self, described: &mut Value) {
        let known = described.get_mut("parameters").map(Value::take);
        let mut all: Vec<Value> = Vec::new();
        for mut each in known
            .and_then(|list| list.as_array().cloned())
            .unwrap_or_default()
        {
            if each["in"] == "header" {
                continue;
            }
            let name = each["name"].as_str().unwrap_or("").to_owned();
            if let Some(schema) = parameters::schema(self.id, &name) {
                each["schema"] = schema;
            }
            let example = self.asked_with.iter().find(|(given, _)| *given == name);
            if let Some((_, example)) = example {
                each["required"] = json!(true);
                each["example"] = parameters::example(&each["schema"], example);
            } else if each["in"] == "path" {
                each["example"] = json!(parameters::path_example(&name));
            }
            all.push(each);
        }
        all.extend(parameters::headers(self.key, self.version));
        if self.takes_hold_token {
            all.push(parameters::hold_token());
        }
        let only_reads = self.bodies.is_empty() && self.answer.status == 200;
        if self.takes_action_token {
            all.extend(parameters::action_token(only_reads));
        }
        if self.is_conditional {
            all.push(parameters::if_none_match());
        }
        if !all.is_empty() {
            described["parameters"] = all.into();
        }
    }

    fn body(&self) -> Value {
        let content = self.bodies.iter().map(|body| {
            let described = json!({"schema": body.schema, "example": body.example});
            (body.media.to_owned(), described)
        });
        let content: Map<String, Value> = content.collect();
        // One that is empty counts as an empty object.
        let required = self.bodies.iter().any(|body| body.example != json!({}));
        json!({"required": required, "content": content})
    }

    fn responses(&self, said: &Value) -> Value {
        let description = |status: u16, otherwise: &str| {
            let said = said[status.to_string()]["description"].as_str();
            said.unwrap_or(otherwise).to_owned()
        };
        let status = self.answer.status;
        let mut success = json!({
            "description": description(status, "It is done"),
            "headers": parameters::answered(&self.answer.headers),
        });
        if let Some(schema) = &self.answer.schema {
            let described = json!({"schema": schema, "example": self.answer.example});
            success["content"] = json!({self.answer.media: described});
        }
        let mut all = Map::new();
        if let Some((status, schema, example)) = &self.other {
            let mut other = success.clone();
            other["description"] = json!(description(*status, "It is asked for"));
            other["content"] = json!({
                "application/json": {"schema": schema, "example": example},
            });
            all.insert(status.to_string(), other);
        }
        all.insert(status.to_string(), success);
        if self.is_conditional {
            let unchanged = json!({
                "description": "It is as in `If-None-Match`",
                "headers": parameters::answered(&["ETag"]),
            });
            all.insert("304".to_owned(), unchanged);
        }
        let mut statuses: Vec<u16> = self.refusals.iter().map(|each| each.0).collect();
        statuses.sort_unstable();
        statuses.dedup();
        for status in statuses {
            let of_status = self.refusals.iter().filter(|each| each.0 == status);
            let codes: Vec<&str> = of_status.map(|each| each.1).collect();
            let says = description(status, problems::title(status));
            all.insert(status.to_string(), refused(status, &codes, &says));
        }
        Value::Object(all)
    }
}

/// A problem of one of these codes.
fn refused(status: u16, codes: &[&str], says: &str) -> Value {
    let mut schema = of("Problem");
    schema["properties"] = json!({"status": {"const": status}, "code": {"enum": codes}});
    let example = |code: &&str| {
        let name = problems::example_name(status, code);
        let path = format!("#/components/examples/{name}");
        ((*code).to_owned(), json!({"$ref": path}))
    };
    let examples: Map<String, Value> = codes.iter().map(example).collect();
    let headers: &[&str] = match status {
        401 => &["WWW-Authenticate"],
        409 | 429 | 503 => &["Retry-After"],
        _ => &[],
    };
    json!({
        "description": says,
        "headers": parameters::answered(headers),
        "content": {"application/problem+json": {"schema": schema, "examples": examples}},
    })
}
