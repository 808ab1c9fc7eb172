//! A server behind encryption whose certificate nobody should trust.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

/// Signed by itself for `elsewhere.example`, made for this and good until 2126.
const CERTIFICATE: &[u8] = include_bytes!("certificate.der");
const KEY: &[u8] = include_bytes!("key.der");

/// A server on this machine that shows a certificate for another name, signed by nobody.
#[derive(Debug, Clone)]
pub struct Impostor {
    port: u16,
    heard: Arc<AtomicUsize>,
}

impl Impostor {
    /// Starts it. It lives as long as the process.
    ///
    /// # Panics
    /// When this machine gives it no port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on this machine");
        let port = listener.local_addr().expect("its own address").port();
        let heard = Arc::new(AtomicUsize::new(0));
        let (count, config) = (Arc::clone(&heard), config());
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let (count, config) = (Arc::clone(&count), Arc::clone(&config));
                thread::spawn(move || {
                    let Ok(mut talk) = ServerConnection::new(config) else { return };
                    let said = Stream::new(&mut talk, &mut stream).read(&mut [0; 64]);
                    count.fetch_add(usize::from(said.is_ok_and(|bytes| bytes > 0)), Ordering::SeqCst);
                });
            }
        });
        Self { port, heard }
    }

    /// Where it is: `https://127.0.0.1:40123`.
    pub fn address(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// How many trusted it, and said something.
    pub fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }
}

fn config() -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(KEY));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions that ring knows").with_no_client_auth();
    Arc::new(
        config.with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key).expect("the key is its own"),
    )
}
