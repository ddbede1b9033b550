//! Where a request goes: what decides whether a token may go along, and what a redirect names.

use std::net::IpAddr;

use ureq::http::Uri;

/// What decides whether a token may go along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    /// Lower case.
    pub host: String,
    /// Given or usual.
    pub port: u16,
}

impl Origin {
    /// Of an absolute `http` or `https` address without a user in it.
    pub fn of(uri: &Uri) -> Result<Origin, &'static str> {
        let scheme = uri.scheme_str().unwrap_or_default().to_ascii_lowercase();
        let default = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            _ => return Err("must begin with https:// (or http://)"),
        };
        let authority = uri.authority().ok_or("names no host")?;
        if authority.as_str().contains('@') {
            return Err("must not hold a user or password");
        }
        Ok(Origin {
            scheme,
            host: authority.host().to_ascii_lowercase(),
            port: authority.port_u16().unwrap_or(default),
        })
    }

    pub fn is_tls(&self) -> bool {
        self.scheme == "https"
    }

    pub fn is_this_machine(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Whether nobody on the way can read along.
    pub fn is_private(&self) -> bool {
        self.is_tls() || self.is_this_machine()
    }
}

/// The address that a redirect at `from` names.
pub fn resolve(from: &Uri, target: &str) -> String {
    let scheme = from.scheme_str().unwrap_or_default();
    let authority = from.authority().map_or("", |a| a.as_str());
    let has_scheme = target.split_once(':').is_some_and(|(scheme, _)| {
        let word = |b: u8| b.is_ascii_alphanumeric() || b"+.-".contains(&b);
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(word)
    });
    if has_scheme {
        target.to_owned()
    } else if target.starts_with("//") {
        format!("{scheme}:{target}")
    } else if target.starts_with('/') {
        format!("{scheme}://{authority}{target}")
    } else {
        let folder = from
            .path()
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{target}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_are_read_as_browsers_read_them() {
        let from: Uri = "https://hub.test/a/b?c=d".parse().unwrap();
        for (target, expected) in [
            ("https://cdn.test/x?y", "https://cdn.test/x?y"),
            ("HTTP://cdn.test/x", "HTTP://cdn.test/x"),
            ("//cdn.test/x", "https://cdn.test/x"),
            ("/x/y", "https://hub.test/x/y"),
            ("y", "https://hub.test/a/y"),
            ("y/z:1", "https://hub.test/a/y/z:1"),
            ("ftp://cdn.test/x", "ftp://cdn.test/x"),
            ("javascript:1", "javascript:1"),
        ] {
            assert_eq!(resolve(&from, target), expected);
        }
        let origin = |text: &str| Origin::of(&text.parse().unwrap());
        for other in [
            "http://hub.test/",
            "https://hub.test:444/",
            "https://hub.test.evil.test/",
            "https://evil.test/hub.test",
        ] {
            assert_ne!(origin(other), origin("https://hub.test/"), "{other}");
        }
        assert_eq!(
            origin("https://HUB.test:443/x"),
            origin("https://hub.test/")
        );
        for bad in ["https://hub.test@evil.test/", "ftp://hub.test/", "/x"] {
            assert!(origin(bad).is_err(), "{bad}");
        }
        for (host, expected) in [
            ("http://127.0.0.1:8/", true),
            ("http://[::1]/", true),
            ("http://localhost/", true),
            ("http://127.0.0.1.evil.test/", false),
            ("http://10.0.0.1/", false),
            ("https://hub.test/", true),
        ] {
            assert_eq!(origin(host).unwrap().is_private(), expected, "{host}");
        }
    }
}
