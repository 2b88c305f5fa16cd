//! What requests and answers look like, as JSON Schema in the OpenAPI document.
//!
//! The handlers say what they do and where; the schemas, examples and codes are here, one file for
//! each area. Tests hold the answers of the server against them.

mod bookings;
mod calendars;
mod catalogue;
mod compute;
mod form;
mod offers;
mod operation;
mod parameters;
mod people;
mod problems;
mod schedules;
mod shop;
mod slots;
mod stored;
mod told;
mod values;

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use operation::Operation;
use problems::Refusal;

/// The document, with what each operation takes and answers.
pub(crate) fn complete(document: &OpenApi) -> Value {
    let mut document = serde_json::to_value(document).expect("a document has a JSON form");
    let operations = operations();
    let paths = document["paths"].as_object_mut();
    let methods = paths.into_iter().flat_map(Map::values_mut);
    for described in methods
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
    {
        let id = described["operationId"].as_str().unwrap_or("");
        if let Some(operation) = operations.iter().find(|each| each.id == id) {
            operation.describe(described);
        }
    }
    let components = &mut document["components"];
    components["schemas"] = schemas();
    components["examples"] = examples(&operations);
    document
}

fn operations() -> Vec<Operation> {
    let mut all = catalogue::operations();
    all.extend(slots::operations());
    all.extend(bookings::operations());
    all.extend(people::operations());
    all.extend(told::operations());
    all.extend(calendars::operations());
    all.extend(compute::operations());
    all.extend(shop::operations());
    all
}

fn schemas() -> Value {
    let areas = [
        values::schemas(),
        problems::schemas(),
        schedules::schemas(),
        offers::schemas(),
        catalogue::schemas(),
        slots::schemas(),
        bookings::schemas(),
        people::schemas(),
        told::schemas(),
        calendars::schemas(),
        compute::schemas(),
        stored::schemas(),
        shop::schemas(),
    ];
    let named = areas.into_iter().flatten();
    Value::Object(
        named
            .map(|(name, schema)| (name.to_owned(), schema))
            .collect(),
    )
}

/// One example for each code.
fn examples(operations: &[Operation]) -> Value {
    let refusals = operations.iter().flat_map(Operation::refusals).copied();
    let all: Vec<Refusal> = refusals.collect();
    json!(problems::examples(&all))
}
