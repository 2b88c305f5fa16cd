//! Whether a provider is who it says.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use quando::booking::Note;
use quando::id::ProviderId;
use quando_engine::store::Store;
use quando_engine::{Proof, VerificationStatus};
use serde::Deserialize;

use super::Api;
use super::answer::{ListPage, versioned, written};
use super::bookings::check_note;
use super::edit::Edit;
use super::services::PageParameters;
use crate::App;
use crate::extract::{At, Json, Parameters};
use crate::identity::Identity;
use crate::problem::Problem;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_show, _>(show::<S>)
        .on::<__path_submit, _>(submit::<S>)
        .on::<__path_approve, _>(approve::<S>)
        .on::<__path_reject, _>(reject::<S>)
        .on::<__path_list, _>(list::<S>)
}

/// What shows who a provider is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Submission {
    documents: Vec<Proof>,
}

/// Why it is decided so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    #[serde(default)]
    reason: Option<Note>,
}

/// Why it is not enough; the provider has to know.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lack {
    reason: Note,
}

/// Shows how the verification of a provider stands.
#[utoipa::path(
    get, path = "/api/providers/{provider}/verification", tag = "verification",
    operation_id = "showVerification",
    params(("provider" = String, Path, description = "Whose")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What was handed in and decided", body = Value),
        (status = 403, description = "That is for the provider and for operators"),
        (status = 404, description = "Nothing was handed in"),
    )
)]
async fn show<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(provider): At<ProviderId>,
) -> Result<Response, Problem> {
    caller.must_manage(&provider)?;
    let found = app.engine.verification(&provider).await?;
    let found = found.ok_or_else(|| Problem::not_found("verification"))?;
    Ok(versioned(found.version, &found))
}

/// Hands in references to documents that show who a provider is. They are kept in the journal for
/// good: what is personal belongs into the documents, not into the references.
#[utoipa::path(
    put, path = "/api/providers/{provider}/verification", tag = "verification",
    operation_id = "submitVerification",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("If-Match" = Option<String>, Header, description = "The version that is replaced"),
    ),
    request_body(content = Value, description = "`documents`: each `kind`, `reference`, `note`"),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What was handed in", body = Value),
        (status = 403, description = "That is for the provider and for operators"),
        (status = 422, description = "There is none, or too many"),
    )
)]
async fn submit<S: Store + 'static>(
    State(app): State<App<S>>,
    edit: Edit,
    At(provider): At<ProviderId>,
    Json(Submission { documents }): Json<Submission>,
) -> Result<Response, Problem> {
    edit.caller().must_manage(&provider)?;
    for proof in &documents {
        check_note(proof.note.as_ref())?;
    }
    let (context, expected) = edit.over_any();
    let done = app
        .engine
        .submit_verification(context, provider, documents, expected);
    Ok(written(StatusCode::OK, done.await?))
}

/// Decides that a provider has shown who it is: it is verified for everybody.
#[utoipa::path(
    post, path = "/api/providers/{provider}/verification/approve", tag = "verification",
    operation_id = "approveVerification",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("If-Match" = Option<String>, Header, description = "The version that was looked at"),
    ),
    request_body(content = Value, description = "`reason`"), security(("bearer" = [])),
    responses(
        (status = 200, description = "The decision", body = Value),
        (status = 403, description = "That is for operators"),
        (status = 409, description = "It is decided already"),
    )
)]
async fn approve<S: Store + 'static>(
    State(app): State<App<S>>,
    edit: Edit,
    At(provider): At<ProviderId>,
    Json(Reason { reason }): Json<Reason>,
) -> Result<Response, Problem> {
    edit.caller().must_operate()?;
    check_note(reason.as_ref())?;
    let decision = (VerificationStatus::Approved, reason);
    let (context, expected) = edit.over_any();
    let done = app
        .engine
        .decide_verification(context, provider, decision, expected);
    Ok(written(StatusCode::OK, done.await?))
}

/// Decides that a provider has not shown who it is.
#[utoipa::path(
    post, path = "/api/providers/{provider}/verification/reject", tag = "verification",
    operation_id = "rejectVerification",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("If-Match" = Option<String>, Header, description = "The version that was looked at"),
    ),
    request_body(content = Value, description = "`reason`"), security(("bearer" = [])),
    responses(
        (status = 200, description = "The decision", body = Value),
        (status = 403, description = "That is for operators"),
        (status = 409, description = "It is decided already"),
    )
)]
async fn reject<S: Store + 'static>(
    State(app): State<App<S>>,
    edit: Edit,
    At(provider): At<ProviderId>,
    Json(Lack { reason }): Json<Lack>,
) -> Result<Response, Problem> {
    edit.caller().must_operate()?;
    check_note(Some(&reason))?;
    let decision = (VerificationStatus::Rejected, Some(reason));
    let (context, expected) = edit.over_any();
    let done = app
        .engine
        .decide_verification(context, provider, decision, expected);
    Ok(written(StatusCode::OK, done.await?))
}

/// Lists what operators have to look at.
#[utoipa::path(
    get, path = "/api/verifications", tag = "verification", operation_id = "listVerifications",
    params(PageParameters), security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of what was handed in, by provider", body = Value),
        (status = 403, description = "That is for operators"),
    )
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    caller.must_operate()?;
    let (after, limit) = (page.after()?, page.limit()?);
    let found = app
        .engine
        .submitted_verifications(after.as_ref(), limit + 1)
        .await?;
    let page = ListPage::cut(found, limit, |each| each.value.provider.to_string());
    Ok(Answer(page).into_response())
}
