use quando::booking::{Actor, By};
use quando::id::ActorId;
use quando::idempotency::IdempotencyKey;

/// Who asks, and under which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Who acts; it is written into the journal.
    pub by: By,
    /// What makes the request happen once, however often it is sent. Without it, each sending is a
    /// request of its own.
    pub key: Option<IdempotencyKey>,
}

impl Context {
    /// Somebody in a role, without a name and a key.
    pub fn new(actor: Actor) -> Context {
        Context {
            by: actor.into(),
            key: None,
        }
    }

    /// Somebody in a role, by name.
    pub fn named(actor: Actor, id: ActorId) -> Context {
        let by = By {
            actor,
            id: Some(id),
        };
        Context { by, key: None }
    }

    /// The engine itself.
    pub fn system() -> Context {
        Context::new(Actor::System)
    }

    /// With a key.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Context {
        self.key = Some(key);
        self
    }

    /// Whose keys these are: role and name.
    pub(crate) fn principal(&self) -> Box<str> {
        let id = self.by.id.as_ref().map_or("", |id| id.as_str());
        format!("{}/{id}", self.by.actor.name()).into()
    }
}
