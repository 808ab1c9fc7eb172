//! A connection for what is no question and answer: a service that tells as it goes.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::address::is_near;
use crate::{Link, ServiceError};

impl Link {
    /// A connection to where it leads, without encryption, and what is asked for there, as `ws://…`: for websockets.
    ///
    /// `None` where the link is encrypted. It leads nowhere that a question could not go; no key goes along.
    pub fn wire(&self, wait: Duration) -> Result<Option<(TcpStream, String)>, ServiceError> {
        let url = self.url();
        let Some(rest) = url.strip_prefix("http://") else { return Ok(None) };
        let no = |why: String| ServiceError::NotReached { address: self.to_string(), why };
        let found: Vec<SocketAddr> =
            self.place().to_socket_addrs().map_err(|error| no(error.to_string()))?.collect();
        let mut last = io::Error::other("its name leads to no place that may be spoken to");
        for place in found.into_iter().filter(|place| !self.is_only_near() || is_near(place.ip())) {
            match TcpStream::connect_timeout(&place, wait) {
                Ok(stream) => return Ok(Some((stream, format!("ws://{rest}")))),
                Err(error) => last = error,
            }
        }
        Err(no(last.to_string()))
    }
}
