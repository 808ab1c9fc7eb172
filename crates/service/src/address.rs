use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::ServiceError;

/// Where a service is: `https://api.example.com`, `http://localhost:8880/tts`.
///
/// Without user, query and fragment; a `/v1` at its end is taken off, since paths bring their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    host: String,
    /// Whether it may be spoken to only where it is near.
    only_near: bool,
}

/// Where `http` without encryption may go: what is said there, a key among it, can be read on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// To this machine and to private networks.
    OnlyNear,
    /// Anywhere, because somebody said so.
    Anywhere,
}

impl Address {
    /// Reads an address and checks that it may be used.
    pub fn read(text: &str, plain: Plain) -> Result<Self, ServiceError> {
        let bad = |why: &str| ServiceError::BadAddress { address: showable(text), why: why.to_owned() };
        let trimmed = text.trim().trim_end_matches('/');
        let trimmed = trimmed.strip_suffix("/v1").unwrap_or(trimmed).trim_end_matches('/');
        let (scheme, rest) =
            trimmed.split_once("://").ok_or_else(|| bad("does not begin with https:// or http://"))?;
        let default_port = match scheme.to_ascii_lowercase().as_str() {
            "https" => 443,
            "http" => 80,
            _ => return Err(bad("does not begin with https:// or http://")),
        };
        if !rest.chars().all(|letter| letter.is_ascii_graphic())
            || rest.contains(['?', '#', '\\', '"', '<', '>'])
        {
            return Err(bad("is not a plain address"));
        }
        let (authority, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
        // `http://localhost@elsewhere.example` goes elsewhere.
        if authority.contains('@') {
            return Err(bad("has a user in it; keys belong into an environment variable"));
        }
        let (host, port) = host_and_port(authority, default_port)
            .ok_or_else(|| bad("has no host, or a port that is none"))?;
        let only_near = default_port == 80 && plain == Plain::OnlyNear;
        if only_near && !is_near_host(&host) {
            return Err(ServiceError::PlainAddress { address: text.trim().to_owned() });
        }
        let path = path.map(|path| format!("/{path}")).unwrap_or_default();
        let shown = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let port = if port == default_port { String::new() } else { format!(":{port}") };
        Ok(Self { text: format!("{}://{shown}{port}{path}", scheme.to_ascii_lowercase()), host, only_near })
    }

    /// Whether it is this machine itself.
    pub fn is_this_machine(&self) -> bool {
        match ip(&self.host) {
            Some(ip) => ip.to_canonical().is_loopback(),
            None => is_localhost(&self.host),
        }
    }

    /// Whether it is this machine, or one in a private network.
    pub fn is_near(&self) -> bool {
        is_near_host(&self.host)
    }

    /// Whether it may be spoken to only where it is near, whatever its name leads to.
    pub(crate) fn is_only_near(&self) -> bool {
        self.only_near
    }

    /// The address of `path`, whose parts are taken as they are, with `query`.
    pub(crate) fn at(&self, path: &[&str], query: &[(&str, &str)]) -> String {
        let mut text = self.text.clone();
        for part in path {
            text.push('/');
            text.push_str(&encoded(part));
        }
        for (number, (name, value)) in query.iter().enumerate() {
            text.push(if number == 0 { '?' } else { '&' });
            text.extend([&encoded(name), "=", &encoded(value)]);
        }
        text
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// An address that cannot be used, without what may be a secret in it: a user, a query.
fn showable(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..end].rsplit_once('@').map_or(&rest[..end], |(_, host)| host);
    let hidden = host.len() < end || rest[end..].contains(['?', '#', '@']);
    let path = rest[end..].split(['?', '#', '@']).next().unwrap_or_default();
    if !hidden {
        return text.to_owned();
    }
    format!("{scheme}{}{host}{path}…", if scheme.is_empty() { "" } else { "://" })
}

fn host_and_port(authority: &str, default_port: u16) -> Option<(String, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(inside) => {
            let (host, after) = inside.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, after.strip_prefix(':').or_else(|| after.is_empty().then_some("")).map(Some)?)
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port = match port {
        None | Some("") => default_port,
        Some(port) => port.parse().ok().filter(|port| *port > 0)?,
    };
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | ':');
    (!host.is_empty() && host.chars().all(is_name)).then(|| (host.to_ascii_lowercase(), port))
}

fn ip(host: &str) -> Option<IpAddr> {
    host.parse().ok()
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether a host is this machine or in a private network. Of names only `localhost` and those of the local link are.
fn is_near_host(host: &str) -> bool {
    match ip(host) {
        Some(ip) => is_near(ip),
        None => is_localhost(host) || host.rsplit_once('.').is_some_and(|(_, last)| last == "local"),
    }
}

/// Whether it is this machine or one in a private network.
pub(crate) fn is_near(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_near_v4(ip),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

fn is_near_v4(ip: Ipv4Addr) -> bool {
    ip.is_loopback() || ip.is_private() || ip.is_link_local()
}

/// One part of a path or query: everything but unreserved letters by its bytes (RFC 3986).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        Address::read(text, Plain::OnlyNear)
            .map(|address| address.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn addresses_are_read_without_what_paths_bring() {
        for (text, address) in [
            ("https://api.example.com", "https://api.example.com"),
            (" https://api.example.com/v1/ ", "https://api.example.com"),
            ("HTTP://localhost:8880/v1", "http://localhost:8880"),
            ("https://example.com/tts/v1", "https://example.com/tts"),
            ("http://[::1]:8880", "http://[::1]:8880"),
            ("http://[0:0:0:0:0:0:0:1]:8880", "http://[0:0:0:0:0:0:0:1]:8880"),
            ("http://LocalHost:", "http://localhost"),
            ("https://example.com:443/a", "https://example.com/a"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(address), "{text}");
        }
        let address = Address::read("http://127.0.0.1:9/a", Plain::OnlyNear).unwrap();
        assert_eq!(
            address.at(&["v1", "../x?y", "가"], &[("f", "a b&c")]),
            "http://127.0.0.1:9/a/v1/..%2Fx%3Fy/%EA%B0%80?f=a%20b%26c"
        );
        assert!(address.is_only_near());
    }

    #[test]
    fn plain_http_stays_near() {
        for near in [
            "localhost",
            "tts.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "10.1.2.3",
            "172.16.0.9",
            "192.168.1.2",
            "169.254.1.1",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
            "gpu.local",
            "LOCALHOST",
        ] {
            assert!(read(&format!("http://{near}:80")).is_ok(), "{near}");
        }
        for far in [
            "example.com",
            "8.8.8.8",
            "172.32.0.1",
            "localhost.example.com",
            "2130706433",
            "0x7f.1",
            "0.0.0.0",
            "[2001:db8::1]",
            "[::ffff:8.8.8.8]",
            "kokoro",
        ] {
            let text = format!("http://{far}");
            assert!(
                matches!(Address::read(&text, Plain::OnlyNear), Err(ServiceError::PlainAddress { .. })),
                "{far}"
            );
            assert!(Address::read(&text, Plain::Anywhere).is_ok(), "{far}");
            assert!(read(&format!("https://{far}")).is_ok(), "{far}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "localhost:8880",
            "ftp://example.com",
            "https://",
            "https://:80",
            "http://localhost@example.com",
            "https://a b.com",
            "https://example.com?key=1",
            "https://example.com#x",
            "https://example.com:0",
            "https://example.com:99999",
            "https://[::1",
            "https://[nonsense]",
            "file:///etc/passwd",
            "https://ex\nample",
        ] {
            assert!(
                matches!(Address::read(text, Plain::Anywhere), Err(ServiceError::BadAddress { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn what_may_be_secret_in_an_address_is_not_repeated() {
        for text in [
            "https://user:sk-secret@example.com/a",
            "https://sk-secret@example.com",
            "https://example.com/a?key=sk-secret",
            "https://example.com/a#sk-secret",
            "sk-secret@example.com",
            "https://a@b/sk-secret@example.com",
        ] {
            let error = Address::read(text, Plain::OnlyNear).unwrap_err();
            let shown = format!("{error} {error:?}");
            let secret = !text.contains("b/sk-secret") && shown.contains("sk-secret");
            assert!(!secret && shown.contains('…'), "{shown}");
        }
    }

    #[test]
    fn this_machine_is_known() {
        for (text, is_this) in [
            ("http://localhost:1", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:5", true),
            ("http://[0:0:0:0:0:0:0:1]:5", true),
            ("http://[::ffff:127.0.0.1]:5", true),
            ("http://[::ffff:10.0.0.1]:5", false),
            ("http://192.168.0.2", false),
            ("https://example.com", false),
        ] {
            assert_eq!(Address::read(text, Plain::OnlyNear).unwrap().is_this_machine(), is_this, "{text}");
        }
    }
}
