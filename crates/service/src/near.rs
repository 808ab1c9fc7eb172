//! Names are near only as long as what they lead to is.

use std::io;
use std::net::SocketAddr;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::address::is_near;

/// Looks names up; where an address may only be spoken to because it is near, gives only near ones.
///
/// `localhost` and `gpu.local` are names like all others: a hosts file, a search list or a network's own name server may
/// lead them anywhere, and a key and a script would go there for all to read.
#[derive(Debug)]
pub(crate) struct NearResolver {
    resolver: DefaultResolver,
    only_near: bool,
}

impl NearResolver {
    pub(crate) fn new(only_near: bool) -> Self {
        Self { resolver: DefaultResolver::default(), only_near }
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
        if self.only_near { only_near(&found, self.empty()) } else { Ok(found) }
    }
}

fn only_near(found: &[SocketAddr], mut near: ResolvedSocketAddrs) -> Result<ResolvedSocketAddrs, Error> {
    for place in found.iter().filter(|place| is_near(place.ip())) {
        near.push(*place);
    }
    match found.first() {
        Some(far) if near.is_empty() => {
            let why = format!("its name leads to {}, which is not near, and it is not encrypted", far.ip());
            Err(Error::Io(io::Error::other(why)))
        }
        _ => Ok(near),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_away_is_not_followed() {
        let places =
            |text: &str| -> Vec<SocketAddr> { text.split(' ').map(|place| place.parse().unwrap()).collect() };
        let sifted = |text: &str| only_near(&places(text), DefaultResolver::default().empty());
        let near = sifted("8.8.8.8:80 127.0.0.1:80 [::1]:80 [2001:db8::1]:80").unwrap();
        assert_eq!(near.to_vec(), places("127.0.0.1:80 [::1]:80"));
        let error = sifted("93.184.216.34:80").unwrap_err();
        assert!(error.to_string().contains("leads to 93.184.216.34, which is not near"), "{error}");
    }
}
