//! A small static file server: what GitHub Pages does, on this machine.

use std::io;
use std::net::TcpListener;
use std::path::PathBuf;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, HeaderName};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::step::Error;

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
    let router = mounts.into_iter().fold(Router::new(), |router, mount| {
        let files = ServeDir::new(mount.folder);
        if mount.prefix == "/" { router.fallback_service(files) } else { router.nest_service(&mount.prefix, files) }
    });
    // A rebuilt page shows at the next reload.
    let fresh = header(CACHE_CONTROL, "no-cache");
    // A frame that may run scripts and nothing else is of no origin, and asks as one.
    let to_everybody = header(ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    let serve = || -> io::Result<()> {
        listener.set_nonblocking(true)?;
        tokio::runtime::Runtime::new()?.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, router.layer(fresh).layer(to_everybody)).await
        })
    };
    serve().map_err(|error| Error::Server { port, reason: error.to_string() })
}

/// What gives every answer this header.
fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::thread;

    use super::*;

    #[test]
    fn a_busy_port_is_named() {
        let taken = bind(0).unwrap();
        let port = taken.local_addr().unwrap().port();
        let message = bind(port).unwrap_err().to_string();
        assert!(message.contains(&port.to_string()) && message.contains("--port"), "{message}");
    }

    #[test]
    fn a_folder_is_served_under_its_path() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("outside.txt"), "outside").unwrap();
        let dist = folder.path().join("dist");
        std::fs::create_dir_all(dist.join("assets")).unwrap();
        std::fs::write(dist.join("index.html"), "page").unwrap();
        std::fs::write(dist.join("app.wasm"), [b'x'; 100_000]).unwrap();
        std::fs::write(dist.join("assets/a.json"), "{}").unwrap();
        let listener = bind(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mounts = vec![Mount::new("/sub", dist), Mount::new("other", folder.path().join("nothing"))];
        thread::spawn(move || run(listener, mounts));
        let get = |url: &str| {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(stream, "GET {url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer.to_lowercase()
        };
        let wasm = get("/sub/app.wasm");
        assert!(wasm.starts_with("http/1.1 200") && wasm.ends_with("xxx"), "{wasm:.500}");
        // The length lets the page show how much of a file has arrived; the type lets it compile while it loads.
        let headers = ["content-type: application/wasm", "content-length: 100000", "cache-control: no-cache"];
        for header in headers.into_iter().chain(["access-control-allow-origin: *"]) {
            assert!(wasm.contains(header), "{header} is not in {wasm:.500}");
        }
        assert!(get("/sub/").ends_with("page"));
        assert!(get("/sub/?backend=cpu").ends_with("page"));
        assert!(get("/sub/assets/a.json").contains("content-type: application/json"));
        for url in
            ["/sub/missing.js", "/app.wasm", "/sub/../outside.txt", "/sub/%2e%2e/outside.txt", "/sub//etc/passwd"]
        {
            assert!(get(url).starts_with("http/1.1 404"), "{url}");
        }
    }
}
