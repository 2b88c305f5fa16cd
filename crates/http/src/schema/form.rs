//! Builders of JSON Schema 2020-12, as short as what they describe.

use serde_json::{Map, Value, json};

/// A field of an object.
#[derive(Debug)]
pub(super) struct Field {
    name: &'static str,
    schema: Value,
    required: bool,
}

/// A field that is always there.
pub(super) fn must(name: &'static str, schema: Value, says: &str) -> Field {
    let schema = saying(schema, says);
    Field {
        name,
        schema,
        required: true,
    }
}

/// A field that may be left out, and is never `null`.
pub(super) fn may(name: &'static str, schema: Value, says: &str) -> Field {
    let required = false;
    Field {
        required,
        ..must(name, schema, says)
    }
}

/// A field of a request that may be left out or `null`: its default is none.
pub(super) fn can(name: &'static str, schema: Value, says: &str) -> Field {
    may(name, or_null(schema), says)
}

/// An object of a request, which has these fields and no others.
pub(super) fn closed(fields: impl IntoIterator<Item = Field>) -> Value {
    let mut object = open(fields);
    object["additionalProperties"] = json!(false);
    object
}

/// An object of an answer, which may get further fields in time.
pub(super) fn open(fields: impl IntoIterator<Item = Field>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields {
        if field.required {
            required.push(field.name);
        }
        properties.insert(field.name.to_owned(), field.schema);
    }
    json!({"type": "object", "required": required, "properties": properties})
}

/// The schema of a name, wherever it is described.
pub(super) fn of(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Without control characters but those named, as in `\n`.
pub(super) fn text(least: usize, most: usize, allowed: &str) -> Value {
    let controls = match allowed {
        "" => r"\x00-\x1f",
        r"\n" => r"\x00-\x09\x0b-\x1f",
        _ => r"\x00-\x08\x0b\x0c\x0e-\x1f",
    };
    let pattern = format!(r"^[^{controls}\x7f-\x9f]*$");
    json!({"type": "string", "minLength": least, "maxLength": most, "pattern": pattern})
}

/// A text of this form.
pub(super) fn pattern(pattern: &str) -> Value {
    json!({"type": "string", "pattern": pattern})
}

pub(super) fn whole(least: u64, most: u64) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most})
}

/// A number that counts something, as large as it gets.
pub(super) fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

pub(super) fn flag() -> Value {
    json!({"type": "boolean"})
}

pub(super) fn any_of<const N: usize>(values: [&str; N]) -> Value {
    json!({"type": "string", "enum": values.as_slice()})
}

pub(super) fn constant(value: &str) -> Value {
    json!({"type": "string", "const": value})
}

pub(super) fn list(of: Value, least: usize, most: usize) -> Value {
    let mut list = items(of);
    list["minItems"] = json!(least);
    list["maxItems"] = json!(most);
    list
}

/// A list of an answer.
pub(super) fn items(of: Value) -> Value {
    let mut list = json!({"type": "array"});
    list["items"] = of;
    list
}

pub(super) fn either<const N: usize>(choices: [Value; N]) -> Value {
    let mut schema = json!({});
    schema["oneOf"] = Value::Array(choices.into());
    schema
}

pub(super) fn or_null(schema: Value) -> Value {
    let none = json!({"type": "null"});
    let mut either = json!({});
    either["anyOf"] = Value::Array(vec![schema, none]);
    either
}

/// With a sentence beside it.
pub(super) fn saying(mut schema: Value, says: &str) -> Value {
    if !says.is_empty() {
        schema["description"] = json!(says);
    }
    schema
}

/// With the value that counts when there is none.
pub(super) fn or(mut schema: Value, default: impl Into<Value>) -> Value {
    schema["default"] = default.into();
    schema
}
