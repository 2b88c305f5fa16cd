//! Whether a provider is who it says: it names documents, and an operator looks at them.

use chrono::{DateTime, Utc};
use quando::booking::Note;
use quando::id::{ActorId, ProviderId};
use quando::limits::LABEL_BYTES_MAX;
use serde::{Deserialize, Serialize};

use super::catalogue::{Expected, Put, live, services, write};
use crate::limits::{PAGE_MAX, PROOFS_MAX, URL_BYTES_MAX};
use crate::listing;
use crate::question::body;
use crate::record::{Provider, RecordError, Versioned};
use crate::store::{Change, DocumentKey, DocumentKind, List, Scope, Store};
use crate::{Context, Done, Engine, Error};

/// By what those are found that somebody has to look at.
const SUBMITTED: &str = "submitted";

/// How a provider shows who it is, and what was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderVerification {
    /// Who.
    pub provider: ProviderId,
    /// Where it stands.
    pub status: VerificationStatus,
    /// What shows who it is.
    pub documents: Vec<Proof>,
    /// When it was submitted.
    pub submitted_at: DateTime<Utc>,
    /// Which operator decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<ActorId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
}

/// Where the verification of a provider stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum VerificationStatus {
    /// An operator has to look at it.
    Submitted,
    /// The provider is who it says.
    Approved,
    /// That was not shown.
    Rejected,
}

/// A document that is kept somewhere else: what it is, and where it is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proof {
    /// What it is, such as `tradeLicence`.
    pub kind: String,
    /// Where it is: a URL, or a number by which it is found.
    pub reference: String,
    /// What else is to be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

impl<S: Store> Engine<S> {
    /// Hands in what shows who a provider is; what was handed in before is replaced. Whether the
    /// provider is verified stays as it is until that is decided.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an unknown provider, [`Error::Invalid`] and
    /// [`Error::VersionConflict`].
    pub async fn submit_verification(
        &self,
        context: Context,
        provider: ProviderId,
        documents: Vec<Proof>,
        expected: Expected,
    ) -> Result<Done<Versioned<ProviderVerification>>, Error> {
        check(&documents)?;
        let request = (&provider, &documents, expected);
        let idempotency = Self::idempotency(&context, "submit-verification", &request);
        let (by, now) = (context.by, self.now());
        let submitted = ProviderVerification {
            provider: provider.clone(),
            status: VerificationStatus::Submitted,
            documents,
            submitted_at: now,
            decided_by: None,
            decided_at: None,
            reason: None,
        };
        let of_provider = DocumentKey::provider(&provider);
        let key = key(&provider);
        let scope = Scope::new(provider)
            .document(of_provider.clone())
            .document(key.clone());
        let put = Put::new(key, expected, (&by, now)).indexed(Some(SUBMITTED));
        self.put(scope, (by, now), idempotency, move |snapshot| {
            live(snapshot, &of_provider, "provider")?;
            let mut changes = Vec::new();
            let reply = put.write(snapshot, (&submitted, Vec::new()), &mut changes)?;
            Ok(write(changes, &reply))
        })
        .await
    }

    /// Decides whether a provider has shown who it is, and marks it so for everybody.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::VersionConflict`], and [`Error::Invalid`] with
    /// [`RecordError::Decided`] when nothing new was handed in.
    pub async fn decide_verification(
        &self,
        context: Context,
        provider: ProviderId,
        (status, reason): (VerificationStatus, Option<Note>),
        expected: Expected,
    ) -> Result<Done<Versioned<ProviderVerification>>, Error> {
        let request = (&provider, status, &reason, expected);
        let idempotency = Self::idempotency(&context, "decide-verification", &request);
        let (by, now) = (context.by, self.now());
        let key = key(&provider);
        let mut scope = Scope::new(provider.clone()).document(key.clone());
        scope.services = true;
        scope.lock = true;
        let put = Put::new(key.clone(), expected, (&by, now));
        let of_provider = DocumentKey::provider(&provider);
        let profile = Put::new(of_provider.clone(), Expected::Any, (&by, now));
        self.put(scope, (by.clone(), now), idempotency, move |snapshot| {
            let mut provider: Provider = body(live(snapshot, &of_provider, "provider")?)?;
            let mut decided: ProviderVerification = body(live(snapshot, &key, "verification")?)?;
            if decided.status != VerificationStatus::Submitted {
                return Err(RecordError::Decided.into());
            }
            decided.status = status;
            decided.decided_by.clone_from(&by.id);
            decided.decided_at = Some(now);
            decided.reason.clone_from(&reason);
            let mut changes = Vec::new();
            let verified = status == VerificationStatus::Approved;
            if provider.verified != verified {
                provider.verified = verified;
                profile.write(snapshot, (&provider, Vec::new()), &mut changes)?;
                changes.push(Change::ReplaceListings {
                    provider: provider.id.clone(),
                    rows: listing::rows(&provider, &services(snapshot)?),
                });
            }
            let reply = put.write(snapshot, (&decided, Vec::new()), &mut changes)?;
            Ok(write(changes, &reply))
        })
        .await
    }

    /// How the verification of a provider stands.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn verification(
        &self,
        provider: &ProviderId,
    ) -> Result<Option<Versioned<ProviderVerification>>, Error> {
        self.document(key(provider)).await
    }

    /// Verifications that an operator has to look at, by provider.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn submitted_verifications(
        &self,
        after: Option<&ProviderId>,
        limit: u32,
    ) -> Result<Vec<Versioned<ProviderVerification>>, Error> {
        self.versioned_list(List::DocumentsByIndex {
            kind: DocumentKind::Verification,
            index: SUBMITTED.as_bytes().into(),
            after: after.map(key),
            limit: limit.min(PAGE_MAX),
        })
        .await
    }
}

fn key(provider: &ProviderId) -> DocumentKey {
    DocumentKey::of(provider, DocumentKind::Verification, provider.as_str())
}

fn check(documents: &[Proof]) -> Result<(), RecordError> {
    if documents.is_empty() || documents.len() > PROOFS_MAX {
        let (field, most) = ("documents", PROOFS_MAX);
        return Err(RecordError::TooMany { field, most });
    }
    let fits = |text: &str, most: usize| {
        let length = (1..=most).contains(&text.len()) && !text.trim().is_empty();
        length && !text.chars().any(char::is_control)
    };
    for proof in documents {
        if !fits(&proof.kind, LABEL_BYTES_MAX) {
            return Err(RecordError::Name { field: "kind" });
        }
        if !fits(&proof.reference, URL_BYTES_MAX) {
            return Err(RecordError::Reference);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use quando::booking::Actor;
    use serde_json::json;

    use super::super::fixture::{World, now, operator, provider_id};
    use super::*;

    fn licence() -> Vec<Proof> {
        vec![Proof {
            kind: "tradeLicence".to_owned(),
            reference: "https://files.example.com/4711".to_owned(),
            note: None,
        }]
    }

    #[test]
    fn an_operator_decides_what_a_provider_handed_in() {
        let world = World::with_ana(&json!({}));
        let engine = &world.engine;
        let ana = provider_id("ana");
        let decide = |status| {
            let decision = (status, Note::new("As it should be.").ok());
            now(engine.decide_verification(operator(), ana.clone(), decision, Expected::Any))
        };
        let early = decide(VerificationStatus::Approved);
        assert_eq!(early.unwrap_err().code(), "not-found");
        let provider = Context::new(Actor::Provider);
        let submit = || {
            let submit =
                engine.submit_verification(provider.clone(), ana.clone(), licence(), Expected::Any);
            now(submit).unwrap()
        };
        submit();
        let waiting = now(engine.submitted_verifications(None, 10)).unwrap();
        assert_eq!(waiting.len(), 1);
        decide(VerificationStatus::Approved).unwrap();
        let verified = || now(engine.provider(&ana)).unwrap().unwrap().value.verified;
        assert!(verified());
        assert!(
            now(engine.submitted_verifications(None, 10))
                .unwrap()
                .is_empty()
        );
        let twice = decide(VerificationStatus::Rejected);
        assert_eq!(twice.unwrap_err().code(), "record-decided");
        // What is handed in anew takes nothing away before it is looked at.
        submit();
        assert!(verified());
        decide(VerificationStatus::Rejected).unwrap();
        assert!(!verified());
    }

    #[test]
    fn references_have_a_length_and_no_control_characters() {
        let row = |kind: &str, reference: &str, code: Option<&str>| {
            let proof = Proof {
                kind: kind.to_owned(),
                reference: reference.to_owned(),
                note: None,
            };
            let found = check(&[proof]).err();
            assert_eq!(
                found.as_ref().map(RecordError::code),
                code,
                "{kind} {reference}"
            );
        };
        row("tradeLicence", "No. 4711", None);
        row("", "No. 4711", Some("record-name"));
        row("tradeLicence", " ", Some("record-reference"));
        row("tradeLicence", "a\nb", Some("record-reference"));
        row("tradeLicence", &"x".repeat(2_049), Some("record-reference"));
        assert_eq!(check(&[]).unwrap_err().code(), "record-too-many");
    }
}
