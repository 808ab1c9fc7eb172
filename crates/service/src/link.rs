use std::fmt;

use crate::address::{Server, is_near_host, is_plain};
use crate::near::Leads;
use crate::{Address, ServiceError};

/// Hosts that may be spoken to besides a service's own and the open internet: result links may lead there, also without
/// encryption, also into private networks.
pub type Trusted = [String];

/// The whole address of one thing at a service, or of one that it named. Its query may hold a secret of the service's and is
/// not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    server: Server,
    /// From the `/` or `?` on, without a fragment.
    rest: String,
    /// Whether it is on the service's own server, where its key may go.
    own: bool,
    leads: Leads,
}

impl Link {
    /// What lies below a service's own address: `/v1/videos?limit=9`.
    pub fn below(address: &Address, path_and_query: &str) -> Result<Self, ServiceError> {
        let text = format!("{address}{path_and_query}");
        let bad = |why: &str| ServiceError::BadAddress { address: shown(&text), why: why.to_owned() };
        let (server, rest) = Server::read(&text).map_err(bad)?;
        if server != *address.server() || rest.contains('#') {
            return Err(bad("is not below the service's own"));
        }
        Ok(Self { rest: rest.to_owned(), server, own: true, leads: own_leads(address) })
    }

    /// What a service named in an answer: whole, or from its server's root on.
    ///
    /// Refused where it is not encrypted or leads to this machine or into a private network, unless it is on the host of the
    /// service's own address or on one that is trusted. What its name leads to is looked at when it is spoken to.
    pub fn read(text: &str, address: &Address, trusted: &Trusted) -> Result<Self, ServiceError> {
        Self::named(text, address.server(), address, trusted)
    }

    /// Where a link has moved to.
    pub(crate) fn moved(&self, to: &str, address: &Address, trusted: &Trusted) -> Result<Self, ServiceError> {
        Self::named(to, &self.server, address, trusted)
    }

    fn named(text: &str, at: &Server, address: &Address, trusted: &Trusted) -> Result<Self, ServiceError> {
        let text = text.trim();
        let whole = match text.strip_prefix("//") {
            Some(rest) => format!("{}://{rest}", if at.encrypted { "https" } else { "http" }),
            None if text.starts_with('/') => format!("{at}{text}"),
            None => text.to_owned(),
        };
        let no = |why: &str| ServiceError::NotFollowed { link: shown(&whole), why: why.to_owned() };
        let (server, rest) = Server::read(&whole).map_err(no)?;
        let leads = leads(&server, address, trusted).map_err(no)?;
        let rest = rest.split('#').next().unwrap_or_default().to_owned();
        Ok(Self { own: server == *address.server(), server, rest, leads })
    }

    /// Whether the service's key may go there.
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// Whether it may only lead to what is near.
    pub(crate) fn is_only_near(&self) -> bool {
        self.leads == Leads::Near
    }

    /// Where its server is looked for in the network.
    pub(crate) fn place(&self) -> (&str, u16) {
        self.server.place()
    }

    pub(crate) fn leads(&self) -> Leads {
        self.leads
    }

    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.server, self.rest)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&shown(&self.url()))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Link({self})")
    }
}

fn own_leads(address: &Address) -> Leads {
    if address.is_only_near() { Leads::Near } else { Leads::Anywhere }
}

fn leads(server: &Server, address: &Address, trusted: &Trusted) -> Result<Leads, &'static str> {
    let own = address.server();
    if trusted.iter().any(|host| host.eq_ignore_ascii_case(&server.host)) {
        return Ok(Leads::Anywhere);
    }
    if server.host == own.host {
        let as_ours = server.encrypted || !own.encrypted || is_near_host(&server.host);
        return match (as_ours, server.encrypted) {
            (false, _) => Err("is not encrypted"),
            (true, false) if own.encrypted => Ok(Leads::Near),
            _ => Ok(own_leads(address)),
        };
    }
    if !server.encrypted {
        return Err("is not encrypted, on a host that is not the service's own");
    }
    if is_near_host(&server.host) {
        return Err("is on this machine or in a private network");
    }
    Ok(Leads::Far)
}

/// A link without what may be a secret in it, and no longer than anybody reads.
fn shown(text: &str) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let start: String = text[..end].chars().take(200).filter(|letter| !letter.is_control()).collect();
    let start = match start.split_once("://").map(|(scheme, rest)| (scheme, rest.rsplit_once('@'))) {
        Some((scheme, Some((_, rest)))) => format!("{scheme}://…{rest}"),
        _ => start,
    };
    if end == text.len() { start } else { format!("{start}?…") }
}

/// One part of a path out of what a service or a film says, so that it stays one part: never empty, never `..`.
pub fn path_part(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text != "." && text != ".." && text.len() <= 1024;
    fits.then(|| crate::address::encoded(text))
}

/// Whether `text` can stand in a link as it is.
pub fn is_plain_path(text: &str) -> bool {
    is_plain(text) && !text.contains('#') && !text.split(['/', '?']).any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plain;

    fn read(own: &str, text: &str, trusted: &[&str]) -> Result<Link, String> {
        let address = Address::read(own, Plain::OnlyNear).unwrap();
        let trusted: Vec<String> = trusted.iter().map(|host| (*host).to_owned()).collect();
        Link::read(text, &address, &trusted).map_err(|error| error.to_string())
    }

    #[test]
    fn the_key_goes_to_the_services_own_server_alone() {
        for (own, text, is_own) in [
            ("https://api.example.com", "https://api.example.com/jobs/1?x=y", true),
            ("https://api.example.com", "/jobs/1", true),
            ("https://api.example.com", "https://API.example.com:443/jobs", true),
            ("https://api.example.com", "https://api.example.com:444/jobs", false),
            ("https://api.example.com", "https://api.example.com.evil.net/jobs", false),
            ("https://api.example.com", "//cdn.example.com/jobs", false),
            ("http://localhost:8000", "http://localhost:8001/v", false),
        ] {
            assert_eq!(read(own, text, &[]).map(|link| link.is_own()), Ok(is_own), "{text}");
        }
    }

    #[test]
    fn links_lead_nowhere_that_only_we_can_reach() {
        let far = "https://api.example.com";
        for text in [
            "http://cdn.example.com/clip.mp4",
            "http://api.example.com/clip.mp4",
            "https://127.0.0.1/clip.mp4",
            "https://[::ffff:127.0.0.1]/clip.mp4",
            "https://localhost/clip.mp4",
            "https://192.168.1.1/clip.mp4",
            "https://169.254.169.254/latest/meta-data",
            "https://gpu.local/clip.mp4",
            "file:///etc/passwd",
            "clip.mp4",
            "https://user@cdn.example.com/clip.mp4",
            "https://cdn.example.com\\@api.example.com/",
        ] {
            assert!(read(far, text, &[]).is_err(), "{text}");
        }
        assert_eq!(read(far, "https://cdn.example.com/a", &[]).unwrap().leads(), Leads::Far);
        let trusting = read(far, "http://192.168.1.1/clip.mp4", &["192.168.1.1"]).unwrap();
        assert!(trusting.leads() == Leads::Anywhere && !trusting.is_own());
        let near = read("http://127.0.0.1:8188", "http://127.0.0.1:9000/clip.mp4", &[]).unwrap();
        assert_eq!(near.leads(), Leads::Near);
        assert!(read("http://127.0.0.1:8188", "http://127.0.0.2:9000/clip.mp4", &[]).is_err());
    }

    #[test]
    fn what_may_be_secret_in_a_link_is_not_shown() {
        let link = read("https://a.example", "https://b.example/c?sig=secret#secret", &[]).unwrap();
        assert_eq!(format!("{link} {link:?}"), "https://b.example/c?… Link(https://b.example/c?…)");
        assert_eq!(link.url(), "https://b.example/c?sig=secret");
        for text in ["http://b.example/c?sig=secret", "https://secret@b.example/c", "secret://x?secret"] {
            let error = read("https://a.example", text, &[]).unwrap_err();
            assert!(!error.contains("sig=secret") && !error.contains("secret@"), "{error}");
        }
    }

    #[test]
    fn what_lies_below_stays_below() {
        let address = Address::read("https://a.example/api", Plain::OnlyNear).unwrap();
        let below = |path: &str| Link::below(&address, path).map(|link| link.url());
        assert_eq!(below("/v1/videos?x=y").unwrap(), "https://a.example/api/v1/videos?x=y");
        for path in ["/a b", "/a#b", "/a\r\nhost: b"] {
            assert!(below(path).is_err(), "{path:?}");
        }
        let root = Address::read("https://a.example", Plain::OnlyNear).unwrap();
        assert!(Link::below(&root, ".evil.net/").is_err());
        assert_eq!(path_part("../x").as_deref(), Some("..%2Fx"));
        assert_eq!(path_part(".."), None);
    }
}
