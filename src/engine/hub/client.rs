//! Requests to the hub.
//!
//! Invariant: redirects are followed here, one by one, so that every request is looked at before it is
//! sent: the token goes only to the hub's own scheme, host and port, and only over TLS or to this
//! machine; from TLS no redirect leads to plain HTTP. Addresses are shown without their query (which may
//! hold a signature), and nothing that is shown holds the token.

use ureq::http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, ETAG, HeaderMap, LOCATION, RANGE,
};
use ureq::http::{Response, StatusCode, Uri};
use ureq::{Agent, Body};

use super::error::HubError;
use super::name::RepoId;
use super::origin::{Origin, resolve};
use super::settings::{Settings, Token};
use super::store::Etag;

/// More redirects than this lead nowhere.
const HOPS_MAX: usize = 8;
/// Listings are a few hundred kilobytes at most.
const LISTING_MAX_BYTES: u64 = 32 << 20;
/// Of a server's own words, so much is shown.
const WORDS_MAX: usize = 300;

/// The hub, and who is asking.
pub(super) struct Client<'a> {
    agent: Agent,
    /// Without a slash at its end.
    base: String,
    origin: Origin,
    token: Option<&'a Token>,
    settings: &'a Settings,
}

/// What a server says about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meta {
    /// The content's name; a SHA-256 for large files.
    pub etag: Etag,
    /// The content's size.
    pub bytes: u64,
}

/// How an answer is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// Headers; redirects to other hosts are not followed, what was said on the way is enough.
    Head,
    /// The content from this byte on.
    Get(u64),
}

/// An answer, and the headers said on the way to it (the earlier counts).
pub(super) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
    /// For messages.
    pub url: String,
    on_the_way: Vec<HeaderMap>,
}

impl<'a> Client<'a> {
    /// Checks the address and the token of the settings.
    pub fn new(settings: &'a Settings) -> Result<Client<'a>, HubError> {
        let wrong = |why: &str| HubError::Setting {
            name: "HF_ENDPOINT".to_owned(),
            why: format!("{why}, like https://huggingface.co"),
        };
        let base = settings.endpoint.trim_end_matches('/').to_owned();
        let uri = base.parse::<Uri>().map_err(|e| wrong(&e.to_string()))?;
        let origin = Origin::of(&uri).map_err(wrong)?;
        if uri.query().is_some() {
            return Err(wrong("must not hold a query"));
        }
        let token = settings.token.as_ref().map_err(|why| HubError::Setting {
            name: "token".to_owned(),
            why: why.clone(),
        })?;
        let wait = &settings.patience;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("recant/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(wait.connect))
            .timeout_connect(Some(wait.connect))
            .timeout_recv_response(Some(wait.silence))
            .timeout_per_read(Some(wait.silence));
        if origin.is_this_machine() {
            // A proxy would see a token that was meant to stay here.
            config = config.proxy(None);
        }
        Ok(Client {
            agent: config.build().new_agent(),
            base,
            token: token.as_ref().filter(|_| origin.is_private()),
            origin,
            settings,
        })
    }

    /// Waiting.
    pub fn patience(&self) -> &super::settings::Patience {
        &self.settings.patience
    }

    /// The newest version of a repository, as the hub describes it.
    pub fn listing(&self, repo: &RepoId) -> Result<serde_json::Value, HubError> {
        let reply = self.send(&format!("/api/models/{repo}/revision/main"), Ask::Get(0))?;
        if !reply.status.is_success() {
            return Err(self.refusal(&reply, repo, &repo.to_string()));
        }
        let bytes = reply
            .body
            .into_with_config()
            .limit(LISTING_MAX_BYTES)
            .read_to_vec();
        let bytes = bytes.map_err(|e| self.broken(&reply.url, &e))?;
        let text = self.scrub(&String::from_utf8_lossy(&bytes));
        serde_json::from_str(&text).map_err(|e| HubError::Server {
            url: reply.url,
            why: format!("the answer is not the hub's listing ({e}); is HF_ENDPOINT right?"),
        })
    }

    /// Size and name of a file's content. `path` is below the hub's address.
    pub fn meta(&self, path: &str, repo: &RepoId, file: &str) -> Result<Meta, HubError> {
        let reply = self.send(path, Ask::Head)?;
        if !reply.status.is_success() && !reply.status.is_redirection() {
            return Err(self.refusal(&reply, repo, file));
        }
        let wrong = |what: &str| HubError::Server {
            url: reply.url.clone(),
            why: format!("the server does not say {what} of the file; is HF_ENDPOINT a hub?"),
        };
        // Of a redirect's own content nothing can be learnt.
        let own = |name: &str| reply.own(name).filter(|_| reply.status.is_success());
        let bytes = reply
            .linked("x-linked-size")
            .or_else(|| own(CONTENT_LENGTH.as_str()));
        let bytes = bytes.and_then(|n| n.trim().parse().ok());
        let etag = reply.linked("x-linked-etag").or_else(|| own(ETAG.as_str()));
        Ok(Meta {
            bytes: bytes.ok_or_else(|| wrong("the size"))?,
            etag: etag
                .and_then(Etag::parse)
                .ok_or_else(|| wrong("a usable ETag"))?,
        })
    }

    /// The content of a file from byte `from` on; the caller looks at the status.
    pub fn content(&self, path: &str, from: u64) -> Result<Reply, HubError> {
        self.send(path, Ask::Get(from))
    }

    fn send(&self, path: &str, ask: Ask) -> Result<Reply, HubError> {
        let mut url = format!("{}{path}", self.base);
        let mut on_the_way = Vec::new();
        for _ in 0..HOPS_MAX {
            let uri = url
                .parse::<Uri>()
                .map_err(|e| self.astray(&url, &e.to_string()))?;
            let origin = Origin::of(&uri).map_err(|why| self.astray(&url, why))?;
            let shown = self.shown(&uri);
            let (response, private) = (self.one(&uri, &origin, ask), origin.is_private());
            let response = response.map_err(|e| self.broken(&shown, &e))?;
            let target = response.headers().get(LOCATION).filter(|_| {
                let status = response.status().as_u16();
                matches!(status, 301 | 302 | 303 | 307 | 308)
            });
            let Some(target) = target else {
                return Ok(Reply::new(response, shown, on_the_way));
            };
            let target = target
                .to_str()
                .map_err(|_| self.astray(&shown, "not an address"))?;
            let target = resolve(&uri, target);
            let next = target
                .parse::<Uri>()
                .map_err(|e| self.astray(&shown, &e.to_string()))?;
            let next = Origin::of(&next).map_err(|why| self.astray(&shown, why))?;
            if origin.is_tls() && !next.is_tls() {
                return Err(self.astray(&shown, "it leads from https to plain http"));
            }
            if !private && next.is_this_machine() {
                return Err(self.astray(&shown, "it leads from another machine to this one"));
            }
            if ask == Ask::Head && next != origin {
                return Ok(Reply::new(response, shown, on_the_way));
            }
            on_the_way.push(response.headers().clone());
            url = target;
        }
        Err(self.astray(&self.base, "too many redirects"))
    }

    /// One request, with the token where it belongs.
    fn one(&self, uri: &Uri, origin: &Origin, ask: Ask) -> Result<Response<Body>, ureq::Error> {
        let mut request = match ask {
            Ask::Head => self.agent.head(uri.clone()),
            Ask::Get(_) => self.agent.get(uri.clone()),
        };
        // Sizes and hashes are those of the file itself.
        request = request.header(ACCEPT_ENCODING, "identity");
        if let Ask::Get(from @ 1..) = ask {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        if let Some(token) = self.token.filter(|_| *origin == self.origin) {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.secret()));
        }
        request.call()
    }

    /// Why the server refused, and what to do.
    pub fn refusal(&self, reply: &Reply, repo: &RepoId, name: &str) -> HubError {
        let said = |name: &str| {
            let value = reply.headers.get(name).and_then(|v| v.to_str().ok());
            value.map(|v| self.scrub(v).chars().take(WORDS_MAX).collect::<String>())
        };
        let code = said("x-error-code").unwrap_or_default();
        let (name, repo) = (name.to_owned(), repo.to_string());
        let (hub, token) = (self.base.clone(), self.about_token());
        match (reply.status.as_u16(), code.as_str()) {
            (_, "GatedRepo") | (403, _) => HubError::Gated {
                name,
                repo,
                hub,
                token,
            },
            (404, "EntryNotFound") => HubError::NoFile {
                repo,
                wanted: name,
                there: String::new(),
            },
            (401 | 404, _) => HubError::NotFound { name, hub, token },
            (429, _) => HubError::Server {
                url: reply.url.clone(),
                why: format!("too many requests; wait some minutes and try again. {token}"),
            },
            (status, _) => {
                let words = said("x-error-message").map(|w| format!(": {w}"));
                let url = reply.url.clone();
                let why = format!("the server answered {status}{}", words.unwrap_or_default());
                match status {
                    // May be over in a moment: tried again like a cut connection.
                    500..=599 => HubError::Network { url, why },
                    _ => HubError::Server { url, why },
                }
            }
        }
    }

    fn about_token(&self) -> String {
        let given = matches!(self.settings.token, Ok(Some(_)));
        match (given, self.token.is_some()) {
            (_, true) => "a token was sent; check that it is valid and may read this".to_owned(),
            (true, false) => format!(
                "the token was not sent, because {} is plain http",
                self.base
            ),
            (false, _) => "set HF_TOKEN to a token from huggingface.co/settings/tokens".to_owned(),
        }
    }

    /// A failed connection.
    fn broken(&self, url: &str, error: &ureq::Error) -> HubError {
        HubError::Network {
            url: url.to_owned(),
            why: self.scrub(&error.to_string()),
        }
    }

    /// A redirect that is not followed.
    fn astray(&self, url: &str, why: &str) -> HubError {
        let url = url.split(['?', '#']).next().unwrap_or_default();
        HubError::Server {
            url: self.scrub(url),
            why: format!("the redirect is not followed: {}", self.scrub(why)),
        }
    }

    /// An address without its query.
    fn shown(&self, uri: &Uri) -> String {
        let authority = uri.authority().map_or("", |a| a.as_str());
        let scheme = uri.scheme_str().unwrap_or_default();
        self.scrub(&format!("{scheme}://{authority}{}", uri.path()))
    }

    /// Takes the token out of a text: a server may have put it into an address or a message.
    pub fn scrub(&self, text: &str) -> String {
        match &self.settings.token {
            Ok(Some(token)) => text.replace(token.secret(), "(token)"),
            _ => text.to_owned(),
        }
    }
}

impl Reply {
    fn new(response: Response<Body>, url: String, on_the_way: Vec<HeaderMap>) -> Reply {
        let (parts, body) = response.into_parts();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body,
            url,
            on_the_way,
        }
    }

    /// A header of the answer itself.
    pub fn own(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// A header of the answer or of a redirect before it, the first that has it.
    fn linked(&self, name: &str) -> Option<&str> {
        let all = self.on_the_way.iter().chain([&self.headers]);
        all.filter_map(|h| h.get(name))
            .find_map(|v| v.to_str().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_plain_http_a_token_stays_here() {
        for (endpoint, is_sent) in [
            ("https://hub.test", true),
            ("http://127.0.0.1:80/mirror/", true),
            ("http://hub.test", false),
            ("http://192.168.0.1", false),
        ] {
            let settings = Settings {
                cache: "none".into(),
                endpoint: endpoint.to_owned(),
                token: Ok(Some(Token::parse("hf_canary", "test").unwrap())),
                offline: false,
                patience: crate::engine::hub::Patience::default(),
            };
            let client = Client::new(&settings).unwrap();
            assert_eq!(client.token.is_some(), is_sent, "{endpoint}");
            let about = client.about_token();
            assert_eq!(about.contains("plain http"), !is_sent, "{about}");
        }
    }
}
