//! Money that is given back beyond the terms: by one person, or by two when it is much.
//!
//! What an operator gives back of one booking is added up, so that many small refunds are not a way
//! round the second pair of eyes. A request for more is a document of its own; it is approved in the
//! same write as the refund itself, so that whoever approves at the same time is refused.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use quando::booking::{Actor, Booking, By, Note, Rejection};
use quando::id::{ActorId, BookingId, DisputeId, ProviderId};
use quando::money::{Money, MoneyError};
use quando::payment::{Payment, RefundReason};
use serde::{Deserialize, Serialize};

use super::attempt::Beside;
use super::{Act, ActOn, BookingKey, Task};
use crate::engine::Done;
use crate::limits::{PAGE_MAX, SCOPES_MAX};
use crate::record::{RecordError, Versioned};
use crate::store::{
    Change, Document, DocumentKey, DocumentKind, Idempotency, List, Scope, Snapshot, Store,
    WriteRequest,
};
use crate::use_case::catalogue::{Expected, Put, live, write};
use crate::{Context, Engine, Error, Refusal};

/// By what open requests are found.
const OPEN: &str = "open";

/// Money that somebody wants to give back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WantedRefund {
    /// The version of the booking that it is for; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_version: Option<u64>,
    /// How much.
    pub amount: Money,
    /// Why; kept sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
    /// The complaint that is decided so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<DisputeId>,
}

/// A refund that a second operator has to agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefundRequest {
    /// Its id: that of the booking, a full stop, and eight digits.
    pub id: String,
    /// Whose booking it is.
    pub provider: ProviderId,
    /// Of which booking.
    pub booking: BookingId,
    /// How much.
    pub amount: Money,
    /// Why; sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
    /// The complaint that is decided so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<DisputeId>,
    /// Where it stands.
    pub status: RefundRequestStatus,
    /// Who asked for it.
    pub requested_by: ActorId,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// Who decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<ActorId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was rejected; sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_reason: Option<Note>,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RefundRequestStatus {
    /// Somebody has to decide it.
    Open,
    /// The money was given back.
    Approved,
    /// It stays where it is.
    Rejected,
}

/// What came of a wanted refund.
#[derive(Clone, Debug, PartialEq)]
pub enum Refunded {
    /// The money goes back.
    Done(Box<Done<Booking>>),
    /// A second operator has to agree.
    Requested(Box<Done<Versioned<RefundRequest>>>),
}

impl<S: Store> Engine<S> {
    /// Gives money back beyond the terms, or decides a complaint so. An operator does that alone as
    /// long as all that operators give back of the booking is at most `alone_max`, in the smallest
    /// units of the currency; for more a request is made.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] with whatever the rules say; [`Error::Invalid`] with
    /// [`RecordError::SamePerson`] when an operator without a name asks for so much.
    pub async fn refund(
        &self,
        context: Context,
        key: BookingKey,
        wanted: WantedRefund,
        alone_max: u64,
    ) -> Result<Refunded, Error> {
        let idempotency = Self::idempotency(&context, "refund", &(&key, &wanted));
        for _ in 0..SCOPES_MAX {
            let booking = self.show_booking(&key).await?;
            let operator = context.by.actor == Actor::Operator;
            if operator && is_much(&booking.payment, wanted.amount, alone_max)? {
                let asked = (key, wanted);
                return self.ask_for_refund(context, asked, idempotency).await;
            }
            let mut sealed = Vec::new();
            let asked = ActOn {
                // What was given back before was added up for this version.
                expected_version: wanted.expected_version.or(Some(booking.version)),
                act: act_of(&wanted),
            };
            let command = self.command(&context, &key, asked, &mut sealed).await?;
            let task = self.task(key.provider.clone(), key.booking.clone(), command, sealed);
            match self.refunded(task, idempotency.clone()).await {
                Err(Error::Rejected(rejection))
                    if wanted.expected_version.is_none()
                        && matches!(*rejection, Rejection::VersionConflict { .. }) => {}
                answer => return answer,
            }
        }
        Err(Refusal::Stale.into())
    }

    async fn refunded(
        &self,
        task: Task,
        idempotency: Option<Idempotency>,
    ) -> Result<Refunded, Error> {
        let task = Arc::new(task);
        let written = self.carry_out(&task, idempotency).await?;
        // The first time there may have been less to give back alone, or more.
        if written.replayed
            && serde_json::from_slice::<Versioned<RefundRequest>>(&written.reply).is_ok()
        {
            return Ok(Refunded::Requested(Box::new(self.done(&written)?)));
        }
        let done = self.booked(&task, &written).await?;
        Ok(Refunded::Done(Box::new(done)))
    }

    async fn ask_for_refund(
        &self,
        context: Context,
        (key, wanted): (BookingKey, WantedRefund),
        idempotency: Option<Idempotency>,
    ) -> Result<Refunded, Error> {
        let Some(requested_by) = context.by.id.clone() else {
            return Err(RecordError::SamePerson.into());
        };
        let mut sealed = Vec::new();
        let reason = self.seal_note(&key, wanted.reason, &mut sealed).await?;
        let (by, now) = (context.by, self.now());
        let request = RefundRequest {
            id: format!("{}.{:08x}", key.booking, self.seed() >> 32),
            provider: key.provider.clone(),
            booking: key.booking.clone(),
            amount: wanted.amount,
            reason,
            dispute: wanted.dispute,
            status: RefundRequestStatus::Open,
            requested_by,
            requested_at: now,
            decided_by: None,
            decided_at: None,
            decision_reason: None,
        };
        let of_request = request_key(&key.provider, &request.id);
        let put = Put::new(of_request.clone(), Expected::New, (&by, now)).indexed(Some(OPEN));
        let write_request = WriteRequest {
            scope: Scope::new(key.provider.clone()).document(of_request),
            by,
            now,
            idempotency,
        };
        let decide = move |snapshot: &Snapshot| {
            let mut changes = sealed.clone();
            let reply = put.write(snapshot, (&request, Vec::new()), &mut changes)?;
            Ok(write(changes, &reply))
        };
        let written = self.transact(write_request, decide).await?;
        if written.replayed
            && serde_json::from_slice::<Versioned<RefundRequest>>(&written.reply).is_err()
        {
            let booking = self.show_booking(&key).await?;
            let json = written.reply;
            return Ok(Refunded::Done(Box::new(Done {
                value: booking,
                json,
                replayed: true,
            })));
        }
        Ok(Refunded::Requested(Box::new(self.done(&written)?)))
    }

    /// Agrees to a refund that another operator asked for, which is carried out in the same step.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Invalid`] with [`RecordError::SamePerson`] and
    /// [`RecordError::Decided`]; [`Error::Rejected`] when the booking does not allow the refund any
    /// more: the request stays open then.
    pub async fn approve_refund(&self, context: Context, id: &str) -> Result<Done<Booking>, Error> {
        let idempotency = Self::idempotency(&context, "approve-refund", &id);
        let document = self.refund_document(id).await?;
        let request: RefundRequest = crate::question::body(&document)?;
        let (by, now) = (&context.by, self.now());
        let refusal = refused(&request, by).map(Refusal::from);
        let decided = decided(&request, RefundRequestStatus::Approved, (by, now));
        let put = Put::new(document.key.clone(), Expected::Any, (by, now));
        let seen = Snapshot {
            documents: vec![document.clone()],
            ..Snapshot::default()
        };
        let mut changes = Vec::new();
        put.write(&seen, (&decided, Vec::new()), &mut changes)?;
        let key = BookingKey {
            provider: request.provider.clone(),
            booking: request.booking.clone(),
        };
        let wanted = WantedRefund {
            expected_version: None,
            amount: request.amount,
            // It was sealed when it was asked for, and is not sealed again.
            reason: None,
            dispute: request.dispute.clone(),
        };
        let mut act = act_of(&wanted);
        let mut sealed = Vec::new();
        let mut command = self
            .command(&context, &key, ActOn::from(act.clone()), &mut sealed)
            .await?;
        if let Act::Refund { reason, .. } = &mut act {
            reason.clone_from(&request.reason);
            if let quando::booking::Command::Refund(refund) = &mut command {
                refund.reason.clone_from(reason);
            }
        }
        let mut task = self.task(key.provider, key.booking, command, sealed);
        task.beside = Some(Beside {
            key: document.key,
            seen: document.version,
            refusal,
            changes,
        });
        self.book(task, idempotency).await
    }

    /// Says no to a refund that another operator asked for.
    ///
    /// # Errors
    ///
    /// As [`Engine::approve_refund`].
    pub async fn reject_refund(
        &self,
        context: Context,
        id: &str,
        reason: Option<Note>,
    ) -> Result<Done<Versioned<RefundRequest>>, Error> {
        let idempotency = Self::idempotency(&context, "reject-refund", &(id, &reason));
        let document = self.refund_document(id).await?;
        let request: RefundRequest = crate::question::body(&document)?;
        let booking = BookingKey {
            provider: request.provider.clone(),
            booking: request.booking,
        };
        let mut sealed: Vec<Change> = Vec::new();
        let reason = self.seal_note(&booking, reason, &mut sealed).await?;
        let (by, now) = (context.by, self.now());
        let put = Put::new(document.key.clone(), Expected::Any, (&by, now));
        let scope = Scope::new(request.provider).document(document.key.clone());
        let key = document.key;
        self.put(scope, (by.clone(), now), idempotency, move |snapshot| {
            let request: RefundRequest =
                crate::question::body(live(snapshot, &key, "refund request")?)?;
            if let Some(refusal) = refused(&request, &by) {
                return Err(refusal.into());
            }
            let mut rejected = decided(&request, RefundRequestStatus::Rejected, (&by, now));
            rejected.decision_reason.clone_from(&reason);
            let mut changes = sealed.clone();
            let reply = put.write(snapshot, (&rejected, Vec::new()), &mut changes)?;
            Ok(write(changes, &reply))
        })
        .await
    }

    /// A request by its id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn refund_request(&self, id: &str) -> Result<Versioned<RefundRequest>, Error> {
        let document = self.refund_document(id).await?;
        Ok(crate::use_case::catalogue::versioned(&document)?)
    }

    /// Requests that somebody has to decide, after one of them.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], and [`Error::NotFound`] for a place after nothing.
    pub async fn open_refund_requests(
        &self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Versioned<RefundRequest>>, Error> {
        let after = match after {
            Some(id) => Some(self.request_place(id).await?),
            None => None,
        };
        self.versioned_list(List::DocumentsByIndex {
            kind: DocumentKind::RefundRequest,
            index: OPEN.as_bytes().into(),
            after,
            limit: limit.min(PAGE_MAX),
        })
        .await
    }

    async fn request_place(&self, id: &str) -> Result<DocumentKey, Error> {
        let unknown = Error::NotFound {
            what: "refund request",
        };
        let booking = id.rsplit_once('.').and_then(|(booking, _)| {
            let booking = BookingId::new(booking);
            booking.ok()
        });
        let Some(booking) = booking else {
            return Err(unknown);
        };
        match self.find_booking(&booking).await {
            Ok(key) => Ok(request_key(&key.provider, id)),
            Err(Error::NotFound { .. }) => Err(unknown),
            Err(error) => Err(error),
        }
    }

    async fn refund_document(&self, id: &str) -> Result<Document, Error> {
        let key = self.request_place(id).await?;
        let scope = Scope::new(key.partition.clone()).document(key.clone());
        let snapshot = self.store.read(scope).await?;
        Ok(live(&snapshot, &key, "refund request")?.clone())
    }
}

fn request_key(provider: &ProviderId, id: &str) -> DocumentKey {
    DocumentKey::of(provider, DocumentKind::RefundRequest, id)
}

fn act_of(wanted: &WantedRefund) -> Act {
    let WantedRefund { amount, reason, .. } = wanted.clone();
    match &wanted.dispute {
        Some(dispute) => Act::ResolveDispute {
            dispute: dispute.clone(),
            refund: Some(amount),
        },
        None => Act::Refund { amount, reason },
    }
}

/// Whether operators would have given back more than one of them may, with this one.
fn is_much(payment: &Payment, amount: Money, alone_max: u64) -> Result<bool, Error> {
    // The rules refuse it; nobody is to agree to it.
    if !amount.is_positive() {
        return Ok(false);
    }
    let by_operators =
        |reason: RefundReason| matches!(reason, RefundReason::Goodwill | RefundReason::Dispute);
    let given = payment
        .refunds
        .iter()
        .filter(|refund| by_operators(refund.reason) && !refund.dropped);
    let mut sum = amount;
    for refund in given {
        // An amount in another currency is refused by the rules, whoever asks.
        if refund.amount.currency() == sum.currency() {
            sum = sum.checked_add(refund.amount).map_err(too_large)?;
        }
    }
    Ok(u64::try_from(sum.minor()).is_ok_and(|units| units > alone_max))
}

fn too_large(error: MoneyError) -> Error {
    Rejection::from(quando::payment::PaymentError::from(error)).into()
}

/// Why somebody may not decide a request.
fn refused(request: &RefundRequest, by: &By) -> Option<RecordError> {
    if request.status != RefundRequestStatus::Open {
        return Some(RecordError::Decided);
    }
    match &by.id {
        Some(id) if *id != request.requested_by => None,
        _ => Some(RecordError::SamePerson),
    }
}

fn decided(
    request: &RefundRequest,
    status: RefundRequestStatus,
    (by, now): (&By, DateTime<Utc>),
) -> RefundRequest {
    RefundRequest {
        status,
        decided_by: by.id.clone(),
        decided_at: Some(now),
        ..request.clone()
    }
}
