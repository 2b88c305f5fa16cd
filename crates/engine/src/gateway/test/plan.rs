//! What the test processor does with an instruction, and how it chooses.

/// What happens to one sending of an instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Behaviour {
    /// It is carried out and answered at once.
    #[default]
    Succeed,
    /// It does not work, as when a card is declined, and is answered so at once.
    Fail,
    /// The request is lost: nothing is done, and the sender hears nothing.
    DropRequest,
    /// The reply is lost: it is carried out, and the sender hears nothing.
    DropReply,
    /// It is carried out and taken, and the answer comes an hour later.
    AnswerLater,
    /// It is carried out and answered at once, and the same answer comes twice more later.
    AnswerAgain,
    /// As [`Behaviour::Succeed`]; two days after a capture the customer's bank takes the money back,
    /// and it decides seven days later, in favour of either side.
    Dispute,
}

/// How often each [`Behaviour`] is chosen, in percent; what is left to a hundred succeeds.
///
/// The choice follows from the seed, the key and how often the key was sent before, and from nothing
/// else: the same story has the same course.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chances {
    /// What all choices follow from.
    pub seed: u64,
    /// Of [`Behaviour::Fail`].
    pub fail: u8,
    /// Of [`Behaviour::DropRequest`].
    pub drop_request: u8,
    /// Of [`Behaviour::DropReply`].
    pub drop_reply: u8,
    /// Of [`Behaviour::AnswerLater`].
    pub answer_later: u8,
    /// Of [`Behaviour::AnswerAgain`].
    pub answer_again: u8,
    /// Of [`Behaviour::Dispute`].
    pub dispute: u8,
}

impl Chances {
    pub(super) fn choose(&self, key: &str, sent_before: u32) -> Behaviour {
        let mut rest = draw(self.seed, key, sent_before) % 100;
        let chances = [
            (self.fail, Behaviour::Fail),
            (self.drop_request, Behaviour::DropRequest),
            (self.drop_reply, Behaviour::DropReply),
            (self.answer_later, Behaviour::AnswerLater),
            (self.answer_again, Behaviour::AnswerAgain),
            (self.dispute, Behaviour::Dispute),
        ];
        for (chance, behaviour) in chances {
            let chance = u64::from(chance);
            if rest < chance {
                return behaviour;
            }
            rest -= chance;
        }
        Behaviour::Succeed
    }

    /// Whether the customer's bank gives the money of a dispute back.
    pub(super) fn dispute_is_won(&self, dispute: &str) -> bool {
        draw(self.seed, dispute, 0).is_multiple_of(2)
    }
}

/// SplitMix64 over the letters of a text.
fn draw(seed: u64, text: &str, count: u32) -> u64 {
    let letters = text.bytes().map(u64::from);
    letters
        .chain([u64::from(count)])
        .fold(mixed(seed), |state, letter| mixed(state ^ letter))
}

fn mixed(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
