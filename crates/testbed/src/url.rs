//! URLs of databases with another database or another address in them.

use crate::TestbedError;

/// The parts of `postgres://user:password@host:port/database?parameters`.
struct Parts<'a> {
    /// With the `@`, or empty.
    user: &'a str,
    address: &'a str,
    database: &'a str,
    /// With the `?`, or empty.
    parameters: &'a str,
}

/// The same server, another database.
pub(crate) fn with_database(url: &str, database: &str) -> Result<String, TestbedError> {
    let parts = split(url)?;
    Ok(format!(
        "postgres://{}{}/{database}{}",
        parts.user, parts.address, parts.parameters
    ))
}

/// The same database and user, behind another address.
pub(crate) fn with_address(url: &str, address: &str) -> Result<String, TestbedError> {
    let parts = split(url)?;
    Ok(format!(
        "postgres://{}{address}/{}{}",
        parts.user, parts.database, parts.parameters
    ))
}

/// The address alone, as `host:port`; only one that TCP reaches.
pub(crate) fn address(url: &str) -> Result<String, TestbedError> {
    let address = split(url)?.address;
    let malformed = address.is_empty() || address.contains([',', '%']);
    if malformed {
        return Err(TestbedError::UrlMalformed(url.to_owned()));
    }
    let has_port = address
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Ok(if has_port {
        address.to_owned()
    } else {
        format!("{address}:5432")
    })
}

/// Everything but letters, digits, dots, hyphens and underscores as `%` and two digits.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// Takes a text as a database's name if it needs no quotes anywhere.
pub(crate) fn check_name(name: &str) -> Result<(), TestbedError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let fits = (1..=63).contains(&name.len()) && name.bytes().all(plain);
    if fits {
        Ok(())
    } else {
        Err(TestbedError::NameMalformed(name.to_owned()))
    }
}

fn split(url: &str) -> Result<Parts<'_>, TestbedError> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
        .ok_or_else(|| TestbedError::UrlMalformed(url.to_owned()))?;
    let (rest, parameters) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, address) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
    Ok(Parts {
        user,
        address,
        database,
        parameters,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_part_changes() {
        let url = "postgresql://me:s%40e@db.test:7/old?connect_timeout=3";
        assert_eq!(
            with_database(url, "new").unwrap(),
            "postgres://me:s%40e@db.test:7/new?connect_timeout=3"
        );
        assert_eq!(
            with_address(url, "127.0.0.1:9").unwrap(),
            "postgres://me:s%40e@127.0.0.1:9/old?connect_timeout=3"
        );
        assert_eq!(address(url).unwrap(), "db.test:7");
        assert_eq!(address("postgres://localhost").unwrap(), "localhost:5432");
        assert_eq!(
            with_database("postgres://localhost", "d").unwrap(),
            "postgres://localhost/d"
        );
    }

    #[test]
    fn what_is_no_url_of_a_tcp_server_is_refused() {
        for text in ["host=localhost", "postgres://%2Ftmp/d", "postgres:///d"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_that_need_quotes_are_refused() {
        assert!(check_name("quando_1").is_ok());
        for name in ["", "a b", "Name", "a\"b", &"x".repeat(64)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
