//! A small static file server: what GitHub Pages does, on this machine.

use std::fs::File;
use std::io;
use std::net::TcpListener;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;

use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

use crate::step::Error;

/// A browser opens six connections at a time.
const THREADS: usize = 6;

/// A folder that is served under a path.
pub struct Mount {
    prefix: String,
    folder: PathBuf,
}

impl Mount {
    /// Serves `folder` under `base`: `interest-lens`, `/interest-lens` and `/interest-lens/` are the same.
    pub fn new(base: &str, folder: PathBuf) -> Self {
        let base = base.trim_matches('/');
        let prefix = if base.is_empty() { "/".to_owned() } else { format!("/{base}/") };
        Self { prefix, folder }
    }

    /// The path under which the folder is served, with a slash at each end.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The file that a request's URL asks for, if it is under this mount and not outside its folder.
    fn file(&self, url: &str) -> Option<PathBuf> {
        let path = url.split(['?', '#']).next()?.strip_prefix(&self.prefix)?;
        let relative = Path::new(if path.is_empty() { "index.html" } else { path });
        let inside = relative.components().all(|component| matches!(component, Component::Normal(_)));
        inside.then(|| self.folder.join(relative))
    }
}

/// Takes the port; 0 takes any free one.
pub fn bind(port: u16) -> Result<TcpListener, Error> {
    TcpListener::bind(("127.0.0.1", port)).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Error::PortBusy(port),
        _ => Error::Server { port, reason: error.to_string() },
    })
}

/// Serves the folders until the process ends.
pub fn run(listener: TcpListener, mounts: Vec<Mount>) -> Result<(), Error> {
    let port = listener.local_addr().map_or(0, |address| address.port());
    let server =
        Server::from_listener(listener, None).map_err(|error| Error::Server { port, reason: error.to_string() })?;
    let shared = Arc::new((server, mounts));
    let workers: Vec<_> = (0..THREADS)
        .map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (server, mounts) = &*shared;
                for request in server.incoming_requests() {
                    respond(request, mounts);
                }
            })
        })
        .collect();
    for worker in workers {
        let _ = worker.join();
    }
    Ok(())
}

fn respond(request: Request, mounts: &[Mount]) {
    let result = if !matches!(request.method(), Method::Get | Method::Head) {
        request.respond(Response::empty(StatusCode(405)))
    } else {
        let path = mounts.iter().find_map(|mount| mount.file(request.url()));
        match path.and_then(|path| Some((File::open(&path).ok().filter(|_| path.is_file())?, path))) {
            Some((file, path)) => {
                // Whole, with its length: the page shows how much of a file has arrived.
                let mut response = Response::from_file(file).with_chunked_threshold(usize::MAX);
                // A rebuilt page shows at the next reload.
                for (name, value) in [("Content-Type", media_type(&path)), ("Cache-Control", "no-cache")] {
                    if let Ok(header) = Header::from_bytes(name, value) {
                        response.add_header(header);
                    }
                }
                request.respond(response)
            }
            None => request.respond(Response::from_string("not found").with_status_code(404)),
        }
    };
    // A browser that went away is no failure of the server.
    drop(result);
}

/// The media type of a file; WebAssembly is compiled while it loads only under its own.
fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "txt" | "md" | "wgsl" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_url_is_a_file_under_its_mount() {
        let mount = Mount::new("interest-lens", PathBuf::from("dist"));
        assert_eq!(mount.prefix(), "/interest-lens/");
        assert_eq!(mount.file("/interest-lens/"), Some(PathBuf::from("dist/index.html")));
        assert_eq!(mount.file("/interest-lens/?backend=cpu"), Some(PathBuf::from("dist/index.html")));
        assert_eq!(mount.file("/interest-lens/assets/a.json"), Some(PathBuf::from("dist/assets/a.json")));
        assert_eq!(mount.file("/app.wasm"), None);
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let mount = Mount::new("/", PathBuf::from("dist"));
        for url in ["/../Cargo.toml", "/a/../../Cargo.toml", "//etc/passwd"] {
            assert_eq!(mount.file(url), None, "{url}");
        }
    }

    #[test]
    fn a_busy_port_is_named() {
        let taken = bind(0).unwrap();
        let port = taken.local_addr().unwrap().port();
        let message = bind(port).unwrap_err().to_string();
        assert!(message.contains(&port.to_string()) && message.contains("--port"), "{message}");
    }

    #[test]
    fn wasm_is_served_with_its_type_and_length_and_a_missing_file_is_404() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("app.wasm"), [b'x'; 100_000]).unwrap();
        let listener = bind(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mount = Mount::new("/sub", folder.path().to_path_buf());
        thread::spawn(move || run(listener, vec![mount]));
        let get = |url: &str| {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(stream, "GET {url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        let wasm = get("/sub/app.wasm");
        assert!(wasm.starts_with("HTTP/1.1 200") && wasm.ends_with("xxx"), "{wasm}");
        for header in ["Content-Type: application/wasm", "Content-Length: 100000"] {
            assert!(wasm.contains(header), "{header} is not in {wasm:.500}");
        }
        assert!(get("/sub/missing.js").starts_with("HTTP/1.1 404"));
    }
}
