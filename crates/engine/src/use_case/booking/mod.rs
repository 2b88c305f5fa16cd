//! Holding, booking, and everything that is done to a booking: one road for all of it.

mod attempt;
mod command;
mod refund;
mod request;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use quando::booking::{Actor, Booking, Command, Create, Expire, Hold, Wanted};
use quando::id::{BookingId, CustomerId, ProviderId, ServiceId};
use quando::time::Interval;

pub(super) use attempt::{check_seen, usage};
pub use refund::{RefundRequest, RefundRequestStatus, Refunded, WantedRefund};
pub use request::{Act, ActOn, BookHold, BookingKey, Held, NewBooking};

use crate::engine::{Done, lock};
use crate::limits::{LAPSED_MAX, SCOPES_MAX};
use crate::personal::PersonId;
use crate::store::{
    BookingRow, Change, Idempotency, ResourceScope, Scope, Store, TransactError, WriteRequest,
    Written,
};
use crate::{Context, Engine, Error, Refusal};
use attempt::{Attempt, Subject, Task, asks_for_a_slot, wanted};

impl<S: Store> Engine<S> {
    /// Keeps a slot for some minutes.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] among others with [`Rejection::SlotNotFree`](quando::booking::Rejection::SlotNotFree) and
    /// [`Rejection::HoldQuota`](quando::booking::Rejection::HoldQuota); [`Error::NotFound`] for an unknown provider or service.
    pub async fn hold_slot(&self, context: Context, new: NewBooking) -> Result<Done<Held>, Error> {
        let idempotency = Self::idempotency(&context, "hold", &new);
        let id = self.new_booking_id();
        let token = self.hold_token(&id);
        let (wanted, notes) = self.wanted(&new, &id).await?;
        let command = Hold {
            by: context.by,
            expected_version: None,
            wanted,
            token,
        };
        let task = self.task(new.provider, id, command.into(), notes);
        let done = self.book(task, idempotency).await?;
        // A repeated request is answered with the first one's booking.
        let token = self.hold_token(&done.value.id);
        Ok(done.map(|booking| Held { booking, token }))
    }

    /// Books a slot.
    ///
    /// # Errors
    ///
    /// As [`Engine::hold_slot`].
    pub async fn create_booking(
        &self,
        context: Context,
        new: NewBooking,
    ) -> Result<Done<Booking>, Error> {
        let idempotency = Self::idempotency(&context, "create", &new);
        let id = self.new_booking_id();
        let (wanted, notes) = self.wanted(&new, &id).await?;
        let command = Create {
            by: context.by,
            expected_version: None,
            wanted: Some(wanted),
            token: None,
            notes: None,
            code_seed: self.code_seed(),
        };
        let task = self.task(new.provider, id, command.into(), notes);
        self.book(task, idempotency).await
    }

    /// Turns a hold into a booking.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`], among others with [`Rejection::HoldExpired`](quando::booking::Rejection::HoldExpired) and
    /// [`Rejection::NotTheHolder`](quando::booking::Rejection::NotTheHolder).
    pub async fn book_hold(
        &self,
        context: Context,
        key: BookingKey,
        request: BookHold,
    ) -> Result<Done<Booking>, Error> {
        let idempotency = Self::idempotency(&context, "book-hold", &(&key, &request));
        let mut sealed = Vec::new();
        let notes = self.seal_note(&key, request.notes, &mut sealed).await?;
        let command = Create {
            by: context.by,
            expected_version: None,
            wanted: None,
            token: Some(request.token),
            notes,
            code_seed: self.code_seed(),
        };
        let task = self.task(key.provider, key.booking, command.into(), sealed);
        self.book(task, idempotency).await
    }

    /// Does something to a booking.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] with whatever the rules say.
    pub async fn act(
        &self,
        context: Context,
        key: BookingKey,
        request: ActOn,
    ) -> Result<Done<Booking>, Error> {
        let idempotency = Self::idempotency(&context, "act", &(&key, &request));
        let mut sealed = Vec::new();
        let command = self.command(&context, &key, request, &mut sealed).await?;
        let task = self.task(key.provider, key.booking, command, sealed);
        self.book(task, idempotency).await
    }

    /// Runs a command of the system on a booking: what [`Booking::deadlines`] asks for.
    pub(crate) async fn run(
        &self,
        key: BookingKey,
        command: Command,
    ) -> Result<Done<Booking>, Error> {
        let task = self.task(key.provider, key.booking, command, Vec::new());
        self.book(task, None).await
    }

    fn task(
        &self,
        provider: ProviderId,
        booking: BookingId,
        command: Command,
        notes: Vec<Change>,
    ) -> Task {
        Task {
            key: BookingKey { provider, booking },
            command,
            notes,
            beside: None,
            seed: self.seed(),
            terms: Mutex::default(),
            latest: Mutex::default(),
        }
    }

    pub(super) async fn wanted(
        &self,
        new: &NewBooking,
        id: &BookingId,
    ) -> Result<(Wanted, Vec<Change>), Error> {
        let mut sealed = Vec::new();
        let key = BookingKey {
            provider: new.provider.clone(),
            booking: id.clone(),
        };
        let person = PersonId::from(&new.customer);
        let notes = self
            .seal_note_of(&key, &person, new.notes.clone(), &mut sealed)
            .await?;
        let override_reason = self
            .seal_note_of(&key, &person, new.override_reason.clone(), &mut sealed)
            .await?;
        let wanted = Wanted {
            booking: id.clone(),
            provider: new.provider.clone(),
            customer: new.customer.clone(),
            service: new.service.clone(),
            start: new.start,
            duration_minutes: new.duration_minutes,
            party: new.party.unwrap_or(NonZeroU32::MIN),
            add_ons: new.add_ons.clone(),
            discount: new.discount.clone(),
            tips: new.tips,
            notes,
            resources: new.resources.clone(),
            series: new.series.clone(),
            override_reason,
            seed: self.seed(),
        };
        Ok((wanted, sealed))
    }

    /// The road of every command: what it is about, what has to be read for it, the decision, and
    /// again when that has to see more.
    async fn book(
        &self,
        task: Task,
        idempotency: Option<Idempotency>,
    ) -> Result<Done<Booking>, Error> {
        let task = Arc::new(task);
        let written = self.carry_out(&task, idempotency).await?;
        self.booked(&task, &written).await
    }

    async fn carry_out(
        &self,
        task: &Arc<Task>,
        idempotency: Option<Idempotency>,
    ) -> Result<Written, Error> {
        let now = self.now();
        // Whether the claims of others are read for a command that does not ask for a slot.
        let mut whole = false;
        for _ in 0..SCOPES_MAX {
            let subject = self.subject(task, whole).await?;
            let scope = self.scope(task, subject.as_ref());
            if subject.is_some() && scope.span.is_none() {
                return Err(quando::booking::Rejection::TimeOutOfRange.into());
            }
            let request = WriteRequest {
                scope: scope.clone(),
                by: task.command.by().clone(),
                now,
                idempotency: idempotency.clone(),
            };
            let shared = Arc::clone(&self.shared);
            let (decided_task, seen) = (Arc::clone(task), subject.clone());
            let answer = self
                .transact(request, move |snapshot| {
                    let about = Attempt {
                        task: &decided_task,
                        subject: seen.as_ref(),
                        scope: &scope,
                        now,
                    };
                    about.write(&shared, snapshot)
                })
                .await;
            if let Err(TransactError::Refused(Refusal::Unseen)) = &answer {
                whole = true;
                continue;
            }
            if let Some(written) = self.settle(task, subject.as_ref(), answer).await? {
                return Ok(written);
            }
        }
        Err(Refusal::Stale.into())
    }

    /// What was written, as the decision made it; read back only when it was written before.
    async fn booked(&self, task: &Task, written: &Written) -> Result<Done<Booking>, Error> {
        let latest = lock(&task.latest).take();
        // Another process may have written it, under terms that were not seen here.
        while written.replayed
            && let Err(Refusal::TermsUnknown(hash)) = self.shared.terms.expand(&written.reply)
        {
            self.learn_terms(&task.key.provider, hash).await?;
        }
        match latest {
            Some(value) if !written.replayed => Ok(Done {
                value,
                json: self.shared.terms.expand(&written.reply)?.into(),
                replayed: false,
            }),
            _ => self.done(written),
        }
    }

    /// What came of an attempt; none when it is to be made again.
    async fn settle(
        &self,
        task: &Task,
        subject: Option<&Subject>,
        answer: Result<Written, TransactError>,
    ) -> Result<Option<Written>, Error> {
        let provider = &task.key.provider;
        match answer {
            Ok(written) => {
                for hash in lock(&task.terms).drain(..) {
                    self.shared.terms.mark_stored(provider, hash);
                }
                Ok(Some(written))
            }
            Err(TransactError::Refused(Refusal::Widen(widen))) => {
                if let Some(subject) = subject {
                    let slot = subject.slot_at_least();
                    self.learn((provider, &subject.service), slot, &widen);
                }
                Ok(None)
            }
            Err(TransactError::Refused(Refusal::TermsUnknown(hash))) => {
                self.learn_terms(provider, hash).await?;
                Ok(None)
            }
            Err(TransactError::Refused(Refusal::Lapsed(ids))) => {
                for id in ids.into_iter().take(LAPSED_MAX) {
                    self.let_expire(provider, id).await?;
                }
                Ok(None)
            }
            Err(TransactError::Refused(Refusal::Stale)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn let_expire(
        &self,
        provider: &ProviderId,
        booking: BookingId,
    ) -> Result<(), Error> {
        let command = Expire {
            by: Actor::System.into(),
            expected_version: None,
        };
        let key = BookingKey {
            provider: provider.clone(),
            booking,
        };
        match Box::pin(self.run(key, command.into())).await {
            // Somebody else was quicker: it is out of the way, too.
            Ok(_) | Err(Error::Rejected(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What a decision is about. For a booking that is there it is read first, because it says
    /// which resources and which time matter.
    async fn subject(&self, task: &Task, whole: bool) -> Result<Option<Subject>, Error> {
        if let Some(wanted) = wanted(&task.command) {
            return Ok(Some(Subject::of_wanted(wanted)));
        }
        if !whole && !asks_for_a_slot(&task.command) {
            return Ok(None);
        }
        let Some(booking) = self.booking(&task.key).await? else {
            return Ok(None);
        };
        Ok(Some(Subject::of_booking(&booking, &task.command)))
    }

    pub(crate) async fn booking(&self, key: &BookingKey) -> Result<Option<Booking>, Error> {
        let scope = Scope::new(key.provider.clone()).booking(key.booking.clone());
        let snapshot = self.store.read(scope).await?;
        let Some(row) = snapshot.booking else {
            return Ok(None);
        };
        self.decode(&row).await.map(Some)
    }

    /// A stored booking, its terms read first when they are new here.
    pub(crate) async fn decode(&self, row: &BookingRow) -> Result<Booking, Error> {
        loop {
            match self.shared.terms.booking(&row.body) {
                Err(Refusal::TermsUnknown(hash)) => self.learn_terms(&row.provider, hash).await?,
                answer => return Ok(answer?),
            }
        }
    }

    fn scope(&self, task: &Task, subject: Option<&Subject>) -> Scope {
        let provider = &task.key.provider;
        let mut scope = match subject {
            Some(subject) => {
                let mut slot = subject.slot_at_least();
                if let Some(left) = subject.left {
                    let (start, end) = (slot.start().min(left.start()), slot.end().max(left.end()));
                    slot = Interval::new(start, end).expect("it begins before it ends");
                }
                self.slot_scope((provider, &subject.service), &subject.customer, slot)
            }
            None => Scope::new(provider.clone()),
        };
        // Nobody has a booking with an id that was drawn just now; if so, it is not written.
        if wanted(&task.command).is_none() {
            scope = scope.booking(task.key.booking.clone());
        }
        if let Some(beside) = &task.beside {
            scope = scope.document(beside.key.clone());
        }
        scope
    }

    /// What a decision about a slot of a service has to see, as far as is known before the service
    /// was read. Without a span when that lies beyond the end of time.
    pub(super) fn slot_scope(
        &self,
        (provider, service): (&ProviderId, &ServiceId),
        customer: &CustomerId,
        slot: Interval,
    ) -> Scope {
        let reach = self.reach(provider, service);
        let mut scope = Scope::new(provider.clone());
        scope.span = Interval::new(slot.start() - reach.before, slot.end() + reach.after).ok();
        scope.service = Some(service.clone());
        scope.customer = Some(customer.clone());
        scope.resources = if reach.all_resources {
            ResourceScope::All
        } else {
            ResourceScope::OfService
        };
        scope.lock = reach.lock;
        scope
    }
}
impl<T> Done<T> {
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Done<U> {
        Done {
            value: change(self.value),
            json: self.json,
            replayed: self.replayed,
        }
    }
}
