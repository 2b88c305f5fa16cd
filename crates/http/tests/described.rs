//! Holds what is sent and answered against the description of the paths.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use reqwest::{Request, header};
use serde_json::{Value, json};

use crate::support::Answer;

/// The description, in which objects have the fields that it names and no others.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = quando_http::description();
    close(&mut document["components"]["schemas"]);
    close(&mut document["paths"]);
    document
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Asked {
    method: String,
    path: String,
    query: Vec<String>,
    json: Option<Value>,
}

impl Asked {
    pub(crate) fn of(request: &Request) -> Asked {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let is_json = kind.is_some_and(|kind| kind == "application/json");
        let bytes = request.body().and_then(|body| body.as_bytes());
        let json = bytes.filter(|_| is_json);
        let names = request.url().query_pairs();
        Asked {
            method: request.method().as_str().to_lowercase(),
            path: request.url().path().to_owned(),
            query: names.map(|(name, _)| name.into_owned()).collect(),
            json: json.and_then(|bytes| serde_json::from_slice(bytes).ok()),
        }
    }

    /// That the answer is as described; what is taken is of a described form.
    #[track_caller]
    pub(crate) fn check(&self, answer: &Answer) {
        let Some(pointer) = self.operation() else {
            return;
        };
        let operation = DOCUMENT.pointer(&pointer).unwrap();
        let id = operation["operationId"].as_str().unwrap();
        let status = answer.status.as_u16();
        let described = &operation["responses"][status.to_string()];
        assert!(
            described.is_object(),
            "{id} has no answer {status}: {}",
            answer.text
        );
        let kind = answer.header("content-type");
        let pointer_to = |part: &str| format!("{pointer}/{part}");
        match described.get("content") {
            None => assert_eq!(answer.text, "", "{id} {status}"),
            Some(content) => {
                assert!(content.get(kind).is_some(), "{id} {status} is {kind:?}");
                if !kind.ends_with("json") {
                    return;
                }
                let kind = kind.replace('/', "~1");
                let schema = pointer_to(&format!("responses/{status}/content/{kind}/schema"));
                check(&schema, &answer.json());
            }
        }
        for name in [
            "ETag",
            "Location",
            "Idempotent-Replayed",
            "Retry-After",
            "X-Request-Id",
        ] {
            let there = answer.headers.contains_key(name);
            let known = described["headers"].get(name).is_some();
            assert!(known || !there, "{id} {status} has {name}");
        }
        if answer.status.is_success() {
            self.check_request(
                operation,
                &pointer_to("requestBody/content/application~1json/schema"),
            );
        }
    }

    fn check_request(&self, operation: &Value, schema: &str) {
        let id = &operation["operationId"];
        // What takes no body does not look at one.
        if let Some(json) = self.json.as_ref().filter(|_| DOCUMENT.pointer(schema).is_some()) {
            check(schema, json);
        }
        let known = operation["parameters"].as_array().into_iter().flatten();
        let known: BTreeSet<&str> = known.filter_map(|each| each["name"].as_str()).collect();
        for name in &self.query {
            assert!(
                known.contains(name.as_str()),
                "{id} has no parameter {name}"
            );
        }
    }

    /// Where the operation is in the document: of templates that fit, that with the fewest
    /// parameters.
    fn operation(&self) -> Option<String> {
        let paths = DOCUMENT["paths"].as_object().unwrap();
        let fitting = paths.keys().filter(|template| fits(template, &self.path));
        let template = fitting.min_by_key(|template| template.matches('{').count())?;
        paths[template].get(&self.method)?;
        let template = template.replace('/', "~1");
        Some(format!("/paths/{template}/{}", self.method))
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(part, given)| part == given || part.starts_with('{'))
}

/// That a value is of the schema at a pointer.
#[track_caller]
fn check(pointer: &str, value: &Value) {
    let mut validators = VALIDATORS.lock().unwrap();
    let validator = validators.entry(pointer.to_owned()).or_insert_with(|| {
        let schema = DOCUMENT
            .pointer(pointer)
            .unwrap_or_else(|| panic!("no {pointer}"));
        Arc::new(validator(schema))
    });
    let validator = Arc::clone(validator);
    drop(validators);
    let faults: Vec<String> = validator
        .iter_errors(value)
        .map(|fault| format!("{fault} at {}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{pointer}: {faults:?} in {value}");
}

fn validator(schema: &Value) -> Validator {
    let components = &DOCUMENT["components"];
    let root = json!({"allOf": [schema], "components": components});
    jsonschema::options()
        .should_validate_formats(true)
        .build(&root)
        .unwrap()
}

/// Makes objects have no fields but those that are named.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                if !matches!(name.as_str(), "example" | "examples" | "enum" | "const") {
                    close(field);
                }
            }
            let is_object = fields.get("type").is_some_and(|kind| kind == "object");
            if is_object && fields.contains_key("properties") {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(all) => all.iter_mut().for_each(close),
        _ => {}
    }
}

fn operations() -> impl Iterator<Item = (String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| {
            let path = path.replace('/', "~1");
            (format!("/paths/{path}/{method}"), operation)
        })
    })
}

#[test]
fn examples_are_of_their_schemas() {
    for (pointer, operation) in operations() {
        let id = &operation["operationId"];
        let responses = operation["responses"].as_object().unwrap();
        let answers = responses
            .iter()
            .map(|(status, answer)| (format!("responses/{status}"), answer));
        let bodies = operation.get("requestBody").into_iter();
        let bodies = bodies.map(|body| ("requestBody".to_owned(), body));
        for (place, described) in answers.chain(bodies) {
            let content = described["content"].as_object().into_iter().flatten();
            for (kind, content) in content {
                let kind = kind.replace('/', "~1");
                let schema = format!("{pointer}/{place}/content/{kind}/schema");
                let examples = content.get("examples").and_then(Value::as_object);
                for (name, example) in examples.into_iter().flatten() {
                    let target = example["$ref"].as_str().unwrap().trim_start_matches('#');
                    let example = DOCUMENT.pointer(target).unwrap_or_else(|| panic!("{name}"));
                    check(&schema, &example["value"]);
                }
                if examples.is_none() {
                    let example = content.get("example");
                    check(&schema, example.unwrap_or_else(|| panic!("{id} {place}")));
                }
            }
        }
    }
}

#[test]
fn every_operation_is_described_whole() {
    let mut ids = BTreeSet::new();
    for (pointer, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} is there twice");
        assert!(
            operation["responses"]["500"].is_object(),
            "{id} has no schemas"
        );
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        for parameter in parameters {
            let schema = &parameter["schema"];
            let bounded = ["$ref", "pattern", "enum", "minimum", "maxLength", "anyOf"];
            let bounded = bounded.iter().any(|word| schema.get(word).is_some());
            // What is no tag or token of ours is only another one.
            let any = ["If-None-Match", "Action-Token", "token"];
            let any = any.iter().any(|name| parameter["name"] == *name);
            assert!(bounded || any, "{pointer}: {parameter}");
        }
    }
}

#[test]
fn every_code_is_in_the_list_of_codes() {
    let listed = include_str!("../../../docs/codes.md");
    for (name, example) in DOCUMENT["components"]["examples"].as_object().unwrap() {
        let code = example["value"]["code"].as_str().unwrap();
        assert!(listed.contains(&format!("| `{code}` |")), "{name}");
    }
}
