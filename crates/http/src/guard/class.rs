//! What a request is for, as far as limits are concerned.

use axum::http::Method;

/// What a request is for, as far as limits are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Asks how the server is.
    Probe,
    /// Books, holds, acts on a booking or moves money.
    Book,
    /// Writes anything else.
    Edit,
    /// Reads one thing or a list.
    Read,
    /// Looks for providers, slots or prices, which costs most.
    Search,
}

/// What is done to anything under these is about bookings or money.
const BOOKING_PATHS: [&str; 6] = [
    "/api/bookings",
    "/api/holds",
    "/api/payments",
    "/api/refund-requests",
    "/api/series",
    "/api/disputes",
];

impl Class {
    /// Of a request, by its method and the template of its path.
    pub(crate) fn of(method: &Method, route: Option<&str>) -> Class {
        let Some(route) = route else {
            return Class::Read;
        };
        if matches!(route, "/healthz" | "/readyz" | "/metrics") {
            return Class::Probe;
        }
        let is_search =
            route == "/api/providers" || route.contains("/slots") || route == "/api/search";
        let under = |path: &&str| {
            let rest = route.strip_prefix(*path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match method.is_safe() {
            true if is_search => Class::Search,
            true => Class::Read,
            false if route == "/api/quotes" || route.starts_with("/api/compute/") => Class::Search,
            false if BOOKING_PATHS.iter().any(under) => Class::Book,
            false => Class::Edit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_has_its_class() {
        let check = |method: Method, route: &str, expected: Class| {
            assert_eq!(
                Class::of(&method, Some(route)),
                expected,
                "{method} {route}"
            );
        };
        check(Method::GET, "/readyz", Class::Probe);
        check(Method::GET, "/api/providers", Class::Search);
        check(Method::POST, "/api/providers", Class::Edit);
        check(Method::GET, "/api/providers/{provider}", Class::Read);
        check(
            Method::GET,
            "/api/providers/{provider}/slots/next",
            Class::Search,
        );
        check(Method::POST, "/api/quotes", Class::Search);
        check(Method::POST, "/api/compute/slots", Class::Search);
        check(Method::POST, "/api/bookings", Class::Book);
        check(Method::GET, "/api/bookings", Class::Read);
        check(Method::POST, "/api/bookings/{booking}/cancel", Class::Book);
        check(Method::DELETE, "/api/holds/{hold}", Class::Book);
        check(Method::POST, "/api/bookings-of-mine", Class::Edit);
        check(Method::DELETE, "/api/webhooks/{webhook}", Class::Edit);
        assert_eq!(Class::of(&Method::POST, None), Class::Read);
    }
}
