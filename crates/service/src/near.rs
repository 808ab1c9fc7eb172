//! Names are near only as long as what they lead to is.

use std::io;
use std::net::SocketAddr;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::address::{is_far, is_near};

/// What a name may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leads {
    /// Anywhere: somebody wrote it down.
    Anywhere,
    /// To this machine and to private networks: what is said is not encrypted.
    Near,
    /// To the open internet: a service said it, and it may not lead us to what only we can reach.
    Far,
}

/// Looks names up, and gives of what they lead to only what they may lead to.
///
/// `localhost` and `gpu.local` are names like all others: a hosts file, a search list or a network's own name server may
/// lead them anywhere, and a key and a script would go there for all to read. A name that a service gave may lead to this
/// machine, to the router, to the machine's own keeper (169.254.169.254).
#[derive(Debug)]
pub(crate) struct NearResolver {
    resolver: DefaultResolver,
    leads: Leads,
}

impl NearResolver {
    pub(crate) fn new(leads: Leads) -> Self {
        Self { resolver: DefaultResolver::default(), leads }
    }
}

impl Resolver for NearResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.resolver.resolve(uri, config, timeout)?;
        sifted(&found, self.leads, self.empty())
    }
}

fn sifted(
    found: &[SocketAddr],
    leads: Leads,
    mut fit: ResolvedSocketAddrs,
) -> Result<ResolvedSocketAddrs, Error> {
    let fits = |ip| match leads {
        Leads::Anywhere => true,
        Leads::Near => is_near(ip),
        Leads::Far => is_far(ip),
    };
    for place in found.iter().filter(|place| fits(place.ip())) {
        fit.push(*place);
    }
    match found.first() {
        Some(other) if fit.is_empty() => {
            let why = match leads {
                Leads::Near => "is not near, and it is not encrypted",
                _ => "is in a private network or no address of the internet",
            };
            Err(Error::Io(io::Error::other(format!("its name leads to {}, which {why}", other.ip()))))
        }
        _ => Ok(fit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_away_is_not_followed() {
        let places =
            |text: &str| -> Vec<SocketAddr> { text.split(' ').map(|place| place.parse().unwrap()).collect() };
        let sifted = |text: &str, leads| sifted(&places(text), leads, DefaultResolver::default().empty());
        let near = sifted("8.8.8.8:80 127.0.0.1:80 [::1]:80 [2001:db8::1]:80", Leads::Near).unwrap();
        assert_eq!(near.to_vec(), places("127.0.0.1:80 [::1]:80"));
        let error = sifted("93.184.216.34:80", Leads::Near).unwrap_err();
        assert!(error.to_string().contains("leads to 93.184.216.34, which is not near"), "{error}");
        let far = sifted("127.0.0.1:80 93.184.216.34:80 169.254.169.254:80", Leads::Far).unwrap();
        assert_eq!(far.to_vec(), places("93.184.216.34:80"));
        let error = sifted("[::ffff:10.0.0.1]:80", Leads::Far).unwrap_err();
        assert!(error.to_string().contains("in a private network"), "{error}");
    }
}
