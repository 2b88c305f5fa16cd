//! What the engine says no to, in the words of the command line.

use quando::availability::Reason;
use quando::booking::Rejection;
use quando_engine::Error;

use crate::input::Problem;
use crate::output::{Failure, problem_of};

/// An error of the engine as a problem: code, message, and the field where one is at fault.
pub(crate) fn problem(error: &Error) -> Problem {
    let mut problem = problem_of(error.code(), error);
    if let Error::Rejected(rejection) = error {
        match &**rejection {
            Rejection::SlotNotFree { reasons } if !reasons.is_empty() => {
                let reasons: Vec<String> = reasons.iter().map(reason).collect();
                problem.message += &format!(": {}", reasons.join(", "));
            }
            Rejection::Query(fault) => problem.pointer.clone_from(&fault.pointer),
            _ => {}
        }
    }
    problem
}

fn reason(reason: &Reason) -> String {
    let who = reason.resource.as_ref().or(reason.scope.as_ref());
    match who {
        Some(who) => format!("{} of {who}", reason.code.as_str()),
        None => reason.code.as_str().to_owned(),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Declined(Box::new(problem(&error)))
    }
}

/// That something is not there.
pub(crate) fn missing(what: &'static str) -> Failure {
    Error::NotFound { what }.into()
}
