//! Which URLs and addresses may be asked.
//!
//! A feed is text that others write, and its URLs are fetched from inside our network: without rules a record could make this program read the
//! cloud's metadata service or an internal server. So only `http` and `https` URLs without credentials are fetched, and only from addresses of the
//! public internet (IANA special-purpose address registries, RFC 6890), unless private hosts are allowed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Says what forbids this URL, if anything does. Names are not resolved here: the addresses they resolve to are checked when connecting.
///
/// ```
/// use skyfeed_pipeline::http::rules;
/// use url::Url;
///
/// assert!(rules::problem(&Url::parse("https://esahubble.org/images/")?, false).is_none());
/// assert!(rules::problem(&Url::parse("http://169.254.169.254/latest/meta-data")?, false).is_some());
/// assert!(rules::problem(&Url::parse("file:///etc/passwd")?, true).is_some());
/// # Ok::<(), url::ParseError>(())
/// ```
pub fn problem(url: &Url, allow_private_hosts: bool) -> Option<&'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Some("only http and https URLs are fetched");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("credentials in URLs are not supported");
    }
    let address = match url.host()? {
        Host::Domain(_) => return None,
        Host::Ipv4(address) => IpAddr::V4(address),
        Host::Ipv6(address) => IpAddr::V6(address),
    };
    (!allow_private_hosts && !is_public(address)).then_some(PRIVATE)
}

/// What is said of an address that the rules forbid.
pub(super) const PRIVATE: &str =
    "its address is not on the public internet; if that is meant, set `allow_private_hosts: true`";

/// Whether the host of this URL is, by its text alone, this machine or in a private network.
///
/// A feed whose own URL is so may use private hosts unless it is told otherwise.
pub fn is_private_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        None => false,
    }
}

/// Whether an address is on the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || matches!((a, b, c), (0 | 224.., ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4(embedded(high, low))
        }
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// The URL as it may be shown: without credentials, the values of its query, and its fragment.
///
/// ```
/// let url = url::Url::parse("https://me:pw@example.org/feed?key=secret#x")?;
/// assert_eq!(skyfeed_pipeline::http::rules::redacted(&url), "https://example.org/feed?…");
/// # Ok::<(), url::ParseError>(())
/// ```
pub fn redacted(url: &Url) -> String {
    let scheme = url.scheme();
    let Some(host) = url.host_str() else { return format!("{scheme}:…") };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{scheme}://{host}{port}{}{query}", url.path())
}

#[cfg(test)]
mod tests {
    use super::{is_private_host, is_public, problem, redacted};
    use url::Url;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn addresses_off_the_public_internet_are_refused_however_they_are_written() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "100.100.100.200",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::7f00:1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[ff02::1]",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2001:db8::1]",
            "[2001::1]",
        ] {
            let url = url(&format!("http://{host}/"));
            assert!(problem(&url, false).is_some(), "{host} was allowed");
            assert!(is_private_host(&url), "{host}");
            assert!(problem(&url, true).is_none(), "{host} was refused though private hosts are allowed");
        }
    }

    #[test]
    fn public_addresses_and_names_are_allowed() {
        for host in [
            "1.1.1.1",
            "100.63.255.255",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "[2606:4700::1111]",
            "[2a00:1450::1]",
            "[64:ff9b::1.1.1.1]",
            "[2002:101:101::]",
            "example.org",
        ] {
            assert!(problem(&url(&format!("https://{host}/")), false).is_none(), "{host} was refused");
        }
    }

    #[test]
    fn localhost_is_private_by_its_name() {
        assert!(is_private_host(&url("http://localhost:8000/")));
        assert!(is_private_host(&url("http://feed.localhost/")));
        assert!(!is_private_host(&url("http://localhost.example.org/")));
    }

    #[test]
    fn other_schemes_and_credentials_are_refused_even_where_private_hosts_are_allowed() {
        for text in
            ["file:///etc/passwd", "ftp://example.org/", "data:,x", "http://me@example.org/", "http://:pw@example.org/"]
        {
            assert!(problem(&url(text), true).is_some(), "{text} was allowed");
        }
    }

    #[test]
    fn a_shown_url_has_no_secrets() {
        assert_eq!(redacted(&url("http://a:b@[::1]:8080/x%20y?z#w")), "http://[::1]:8080/x%20y?…");
        assert_eq!(redacted(&url("data:secret")), "data:…");
    }

    #[test]
    fn the_ranges_end_where_the_registries_say() {
        for (inside, outside) in
            [("100.127.255.255", "100.128.0.0"), ("198.19.255.255", "198.20.0.0"), ("192.0.0.255", "192.0.1.0")]
        {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }
}
