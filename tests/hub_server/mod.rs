//! A hub and its second host on this machine: std's `TcpListener` and as much HTTP as the client uses.
#![allow(clippy::unwrap_used, dead_code, missing_docs)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub const REPO: &str = "org/tiny";

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub host: Host,
    pub method: String,
    pub path: String,
    pub token: Option<String>,
    pub range: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    Hub,
    Other,
}

/// How the content of a file comes.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The connection ends after so many bytes of the answer's body.
    CutAfter(usize),
    /// After so many bytes nothing comes any more.
    SilentAfter(usize),
    /// Ranges are not understood: always the whole file.
    NoRanges,
    /// The length said is that of a file so much longer.
    Longer(usize),
    /// No length is said, and so many bytes too many come.
    Unsaid(usize),
    /// Another status.
    Status(u16),
}

#[derive(Default)]
pub struct World {
    pub files: HashMap<String, Vec<u8>>,
    /// Names of files that lie on the other host, under their SHA-256.
    pub large: Vec<String>,
    /// Faults of the next answers with a large file's content, one each.
    pub faults: Vec<Fault>,
    /// What the listing, ETags and sizes say instead of the truth.
    pub listing: Option<Value>,
    pub etags: HashMap<String, String>,
    pub sizes: HashMap<String, u64>,
    /// Every answer of the hub: status and X-Error-Code.
    pub refusal: Option<(u16, &'static str)>,
    /// Instead of the other host: redirects lead here.
    pub redirect: Option<String>,
    /// Every path below the repository is a file.
    pub has_anything: bool,
    /// More headers of every answer of the hub.
    pub headers: String,
    pub asked: Vec<Asked>,
}

pub struct Server {
    pub world: Arc<Mutex<World>>,
    pub endpoint: String,
    pub other: String,
}

pub fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|b| format!("{b:02x}")).collect()
}

impl Server {
    pub fn new(files: &[(&str, &[u8])], large: &[&str]) -> Server {
        let world = World {
            files: files
                .iter()
                .map(|(n, b)| ((*n).to_owned(), b.to_vec()))
                .collect(),
            large: large.iter().map(|n| (*n).to_owned()).collect(),
            ..World::default()
        };
        let world = Arc::new(Mutex::new(world));
        let hub = TcpListener::bind("127.0.0.1:0").unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = |l: &TcpListener| format!("http://{}", l.local_addr().unwrap());
        let server = Server {
            world: world.clone(),
            endpoint: address(&hub),
            other: address(&other),
        };
        for (listener, host) in [(hub, Host::Hub), (other, Host::Other)] {
            let (world, other) = (world.clone(), server.other.clone());
            // Ends with the test's process.
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    let (world, other) = (world.clone(), other.clone());
                    std::thread::spawn(move || serve(stream.unwrap(), host, &world, &other));
                }
            });
        }
        server
    }

    pub fn set(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.world.lock().unwrap().asked.clone()
    }

    /// Requests for content, by the end of their paths.
    pub fn contents(&self, end: &str) -> Vec<Asked> {
        let all = self.asked().into_iter();
        all.filter(|a| a.method == "GET" && a.path.ends_with(end))
            .collect()
    }
}

fn serve(stream: TcpStream, host: Host, world: &Mutex<World>, other: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if !matches!(reader.read_line(&mut line), Ok(1..)) {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            lines.push(line.trim().to_owned());
        }
        let mut words = lines[0].split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let header = |name: &str| {
            lines.iter().skip(1).find_map(|l| {
                let (n, v) = l.split_once(": ")?;
                n.eq_ignore_ascii_case(name).then(|| v.to_owned())
            })
        };
        let asked = Asked {
            host,
            method: method.to_owned(),
            path: path.to_owned(),
            token: header("authorization"),
            range: header("range"),
        };
        let (answer, ends) = {
            let mut world = world.lock().unwrap();
            world.asked.push(asked.clone());
            answer(&mut world, &asked, other)
        };
        if stream.write_all(&answer).is_err() {
            return;
        }
        match ends {
            End::Next => {}
            End::Close => return,
            End::Silent => {
                // Until the other side has had enough.
                let mut line = String::new();
                let _ = reader.read_line(&mut line);
                return;
            }
        }
    }
}

enum End {
    Next,
    Close,
    Silent,
}

fn plain(status: u16, headers: &str, body: &[u8], is_head: bool) -> Vec<u8> {
    let length = body.len();
    let mut out =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{headers}\r\n").into_bytes();
    if !is_head {
        out.extend(body);
    }
    out
}

fn answer(world: &mut World, asked: &Asked, other: &str) -> (Vec<u8>, End) {
    let is_head = asked.method == "HEAD";
    let path = asked.path.split('?').next().unwrap().to_owned();
    let headers = world.headers.clone();
    if asked.host == Host::Other {
        let name = path.trim_start_matches("/blobs/").to_owned();
        return content(world, &name, asked, "");
    }
    if let Some((status, code)) = world.refusal {
        let headers = format!("{headers}X-Error-Code: {code}\r\n");
        return (plain(status, &headers, b"no", is_head), End::Next);
    }
    if path == format!("/api/models/{REPO}/revision/main") {
        let siblings: Vec<Value> = world
            .files
            .keys()
            .map(|n| json!({"rfilename": n}))
            .collect();
        let listing = json!({"sha": COMMIT, "siblings": siblings});
        let listing = world.listing.clone().unwrap_or(listing).to_string();
        return (plain(200, &headers, listing.as_bytes(), is_head), End::Next);
    }
    let Some(name) = path.strip_prefix(&format!("/{REPO}/resolve/{COMMIT}/")) else {
        let headers = format!("{headers}X-Error-Code: RepoNotFound\r\n");
        return (plain(401, &headers, b"", is_head), End::Next);
    };
    if world.has_anything && !world.files.contains_key(name) {
        world.files.insert(name.to_owned(), b"evil".to_vec());
    }
    let Some(bytes) = world.files.get(name) else {
        let headers = format!("{headers}X-Error-Code: EntryNotFound\r\n");
        return (plain(404, &headers, b"", is_head), End::Next);
    };
    let is_large = world.large.iter().any(|n| n == name);
    let hash = sha256(bytes);
    let etag = world.etags.get(name).cloned();
    let etag = etag.unwrap_or(if is_large {
        hash
    } else {
        hash[..40].to_owned()
    });
    let size = world.sizes.get(name).copied().unwrap_or(bytes.len() as u64);
    if !is_large {
        let headers = format!("{headers}ETag: \"{etag}\"\r\n");
        return content(world, name, asked, &headers);
    }
    let target = world
        .redirect
        .clone()
        .unwrap_or(format!("{other}/blobs/{name}?signature=secret"));
    let headers = format!(
        "{headers}Location: {target}\r\nX-Linked-Etag: \"{etag}\"\r\nX-Linked-Size: {size}\r\n"
    );
    (plain(302, &headers, b"Found", is_head), End::Next)
}

fn content(world: &mut World, name: &str, asked: &Asked, headers: &str) -> (Vec<u8>, End) {
    let is_head = asked.method == "HEAD";
    let Some(bytes) = world.files.get(name) else {
        return (plain(404, headers, b"", is_head), End::Next);
    };
    let is_large = world.large.iter().any(|n| n == name);
    let fault = match is_large && !is_head && !world.faults.is_empty() {
        true => Some(world.faults.remove(0)),
        false => None,
    };
    if let Some(Fault::Status(status)) = fault {
        return (plain(status, headers, b"", is_head), End::Next);
    }
    let range = asked
        .range
        .as_deref()
        .and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-'));
    let from: usize = range.map_or(0, |r| r.parse().unwrap());
    let from = if fault == Some(Fault::NoRanges) {
        0
    } else {
        from
    };
    let size = world.sizes.get(name).map_or(bytes.len(), |s| *s as usize);
    let body = &bytes[from..];
    let (status, range) = match from {
        0 => (200, String::new()),
        _ => (
            206,
            format!(
                "Content-Range: bytes {from}-{}/{}\r\n",
                bytes.len() - 1,
                bytes.len()
            ),
        ),
    };
    let length = match fault {
        Some(Fault::Longer(more)) => Some(body.len() + more),
        Some(Fault::Unsaid(_)) => None,
        _ if is_head => Some(size),
        _ => Some(body.len()),
    };
    let length = length.map_or(String::new(), |n| format!("Content-Length: {n}\r\n"));
    let mut out = format!("HTTP/1.1 {status} X\r\n{length}{range}{headers}\r\n").into_bytes();
    if is_head {
        return (out, End::Next);
    }
    match fault {
        Some(Fault::CutAfter(n)) => {
            out.extend(&body[..n]);
            (out, End::Close)
        }
        Some(Fault::SilentAfter(n)) => {
            out.extend(&body[..n]);
            (out, End::Silent)
        }
        Some(Fault::Unsaid(more)) => {
            out.extend(body);
            out.resize(out.len() + more, 0);
            (out, End::Close)
        }
        _ => {
            out.extend(body);
            (out, End::Next)
        }
    }
}
