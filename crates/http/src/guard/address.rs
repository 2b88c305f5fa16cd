//! Where a request comes from, also behind proxies.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

/// Proxies whose word about the client counts, and in which header they give it.
///
/// A proxy passes on headers that it does not know, so that only the one that it sets may be read.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Their networks; with none, the address of the socket counts.
    pub networks: Vec<IpNet>,
    /// Which header they set.
    pub by: ForwardedBy,
}

/// The header that a proxy names the client in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedBy {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Most addresses that are looked at, from the nearest on: a way through that many proxies is none.
const HOPS_MAX: usize = 16;

impl Proxies {
    /// The client's address: the first that is no trusted proxy's, from this server outwards.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        if !self.trusts(nearest) {
            return nearest;
        }
        let name = match self.by {
            ForwardedBy::XForwardedFor => X_FORWARDED_FOR,
            ForwardedBy::Forwarded => header::FORWARDED,
        };
        let values = headers.get_all(name);
        let mut texts: Vec<&str> = Vec::new();
        for value in values {
            // What is not text says nothing, and neither does what was before it.
            match value.to_str() {
                Ok(text) => texts.extend(text.split(',')),
                Err(_) => texts.clear(),
            }
        }
        for text in texts.into_iter().rev().take(HOPS_MAX) {
            let address = match self.by {
                ForwardedBy::XForwardedFor => address(text.trim()),
                ForwardedBy::Forwarded => forwarded_for(text),
            };
            // A proxy that does not say from whom it has the request is where it comes from.
            let Some(address) = address else {
                return nearest;
            };
            nearest = address;
            if !self.trusts(nearest) {
                return nearest;
            }
        }
        nearest
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }
}

/// What limits are counted by: an address of IPv4, and of IPv6 the network of 64 bits that one
/// subscriber has.
pub(super) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
    }
}

/// `for=192.0.2.43;proto=http`, where an address of IPv6 is quoted and in brackets.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    let (_, value) = named.next()?;
    address(value.trim().trim_matches('"'))
}

/// An address, perhaps with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => host,
            _ => text,
        },
    };
    let address: IpAddr = bare.parse().ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(by: ForwardedBy, peer: &str, values: &[&str]) -> String {
        let networks = ["10.0.0.0/8", "2001:db8:ffff::/48"];
        let networks = networks.iter().map(|each| each.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for value in values {
            let name = match by {
                ForwardedBy::XForwardedFor => X_FORWARDED_FOR,
                ForwardedBy::Forwarded => header::FORWARDED,
            };
            headers.append(name, value.parse().unwrap());
        }
        let proxies = Proxies { networks, by };
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let check = |peer: &str, values: &[&str], expected: &str| {
            let found = client(ForwardedBy::XForwardedFor, peer, values);
            assert_eq!(found, expected, "{peer} {values:?}");
        };
        check("192.0.2.1", &["198.51.100.7"], "192.0.2.1");
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &["198.51.100.7"], "198.51.100.7");
        check("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7");
        // What a client claims stands to the left of what a proxy saw.
        check("10.0.0.1", &["127.0.0.1, 198.51.100.7"], "198.51.100.7");
        check("10.0.0.1", &["127.0.0.1", "198.51.100.7"], "198.51.100.7");
        check("10.0.0.1", &["198.51.100.7, 10.9.9.9"], "198.51.100.7");
        check("10.0.0.1", &["198.51.100.7, nonsense"], "10.0.0.1");
        check("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7");
        check("10.0.0.1", &["2001:db8::1"], "2001:db8::1");
        check("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1");
        check("2001:db8:ffff::2", &["2001:db8::1"], "2001:db8::1");
        check("10.0.0.1", &[&["10.1.1.1"; 40].join(",")], "10.1.1.1");
    }

    #[test]
    fn the_standard_header_is_read_where_it_is_the_one() {
        let check = |values: &[&str], expected: &str| {
            let found = client(ForwardedBy::Forwarded, "10.0.0.1", values);
            assert_eq!(found, expected, "{values:?}");
        };
        check(&["for=192.0.2.43;proto=http"], "192.0.2.43");
        check(
            &["for=127.0.0.1, For=\"[2001:db8:cafe::17]:4711\""],
            "2001:db8:cafe::17",
        );
        check(&["for=192.0.2.43, for=unknown"], "10.0.0.1");
        check(&["proto=https"], "10.0.0.1");
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one() {
        let network = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
