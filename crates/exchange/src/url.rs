//! Files as relative addresses.

/// `file` as a relative URL: what is not plain is written as `%` and its bytes.
pub(crate) fn url(file: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    file.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
