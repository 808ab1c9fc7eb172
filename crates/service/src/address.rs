use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::ServiceError;

/// Where a service is: `https://api.example.com`, `http://localhost:8880/tts`.
///
/// Without user, query and fragment; a `/v1` at its end is taken off, since paths bring their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    server: Server,
    /// Below it: empty, or `/tts`.
    path: String,
    /// Whether it may be spoken to only where it is near.
    only_near: bool,
}

/// Which server of which machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) encrypted: bool,
    pub(crate) host: String,
    port: u16,
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
        let (server, path) = Server::read(trimmed).map_err(bad)?;
        if path.contains(['?', '#']) {
            return Err(bad("is not a plain address"));
        }
        let only_near = !server.encrypted && plain == Plain::OnlyNear;
        if only_near && !is_near_host(&server.host) {
            return Err(ServiceError::PlainAddress { address: text.trim().to_owned() });
        }
        Ok(Self { path: path.to_owned(), server, only_near })
    }

    /// Whether it is this machine itself.
    pub fn is_this_machine(&self) -> bool {
        match ip(&self.server.host) {
            Some(ip) => ip.to_canonical().is_loopback(),
            None => is_localhost(&self.server.host),
        }
    }

    /// Whether it is this machine, or one in a private network.
    pub fn is_near(&self) -> bool {
        is_near_host(&self.server.host)
    }

    /// Whether it may be spoken to only where it is near, whatever its name leads to.
    pub(crate) fn is_only_near(&self) -> bool {
        self.only_near
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// The address of `path`, whose parts are taken as they are, with `query`.
    pub(crate) fn at(&self, path: &[&str], query: &[(&str, &str)]) -> String {
        let mut text = self.to_string();
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
        write!(formatter, "{}{}", self.server, self.path)
    }
}

impl Server {
    /// Where it is looked for in the network.
    pub(crate) fn place(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// Reads a server, and what comes after it: empty, or from the `/` or `?` on.
    pub(crate) fn read(text: &str) -> Result<(Self, &str), &'static str> {
        const NO_SCHEME: &str = "does not begin with https:// or http://";
        let (scheme, rest) = text.split_once("://").ok_or(NO_SCHEME)?;
        let (encrypted, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "https" => (true, 443),
            "http" => (false, 80),
            _ => return Err(NO_SCHEME),
        };
        if !is_plain(rest) {
            return Err("is not a plain address");
        }
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // `http://localhost@elsewhere.example` goes elsewhere.
        if authority.contains('@') {
            return Err("has a user in it; keys belong into an environment variable");
        }
        let (host, port) =
            host_and_port(authority, default_port).ok_or("has no host, or a port that is none")?;
        Ok((Self { encrypted, host, port }, rest))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default_port) = if self.encrypted { ("https", 443) } else { ("http", 80) };
        let host = &self.host;
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        write!(formatter, "{scheme}://{open}{host}{close}")?;
        if self.port == default_port { Ok(()) } else { write!(formatter, ":{}", self.port) }
    }
}

/// Whether nothing in an address reads one way here and another way elsewhere.
pub(crate) fn is_plain(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_graphic()) && !text.contains(['\\', '"', '<', '>'])
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
    // `localhost.` is `localhost`.
    let host = host.strip_suffix('.').unwrap_or(host);
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
pub(crate) fn is_near_host(host: &str) -> bool {
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

/// Whether it is a place in the open internet: no machine of ours, no private network, nothing set aside (IANA's
/// registries of special-purpose addresses).
pub(crate) fn is_far(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_far_v4(ip),
        IpAddr::V6(ip) => is_far_v6(ip),
    }
}

fn is_far_v4(ip: Ipv4Addr) -> bool {
    let set_aside = match ip.octets() {
        // This network, carriers' own networks, protocols, relays, benchmarks; many at once, kept for later, all.
        [0 | 224..=255, ..]
        | [100, 64..=127, ..]
        | [192, 0, 0, _]
        | [192, 88, 99, _]
        | [198, 18..=19, ..] => true,
        _ => ip.is_documentation(),
    };
    !is_near_v4(ip) && !set_aside
}

/// Only global unicast, and of that nothing that carries another address within: that is asked for by itself.
fn is_far_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_far_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
        }
        [0x2002, high, low, ..] => is_far_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))),
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn is_near_v4(ip: Ipv4Addr) -> bool {
    ip.is_loopback() || ip.is_private() || ip.is_link_local()
}

/// One part of a path or query: everything but unreserved letters by its bytes (RFC 3986).
pub(crate) fn encoded(text: &str) -> String {
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
            ("http://localhost./v1", "http://localhost"),
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
    fn only_the_open_internet_is_far() {
        for (text, far) in [
            ("8.8.8.8", true),
            ("100.63.255.255", true),
            ("100.64.0.1", false),
            ("100.127.255.255", false),
            ("0.0.0.0", false),
            ("127.0.0.1", false),
            ("10.0.0.1", false),
            ("172.31.0.1", false),
            ("192.168.0.1", false),
            ("169.254.169.254", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("198.18.0.1", false),
            ("2606:4700::1", true),
            ("::", false),
            ("::1", false),
            ("::127.0.0.1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::808:808", true),
            ("2002:a00:1::", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_far(text.parse().unwrap()), far, "{text}");
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
