//! wasm-opt, which makes programs small: the one on PATH if it is the right one, else Binaryen's published program, else npm's.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::npm;
use crate::step::{self, Error, step};
use crate::workspace::Workspace;

/// The release of Binaryen. Others make other files of the same program.
const VERSION: &str = "132";

/// Where Binaryen publishes its programs.
const RELEASES: &str = "https://github.com/WebAssembly/binaryen/releases/download";

/// Binaryen's archives of release [`VERSION`]: operating system and processor as Rust calls them, the archive's platform, and its
/// SHA-256 checksum.
const ARCHIVES: [(&str, &str, &str, &str); 5] = [
    ("linux", "aarch64", "aarch64-linux", "c58562417836c5d0493d89bdefc434933bdc097db641b483df86bcfa557a107f"),
    ("linux", "x86_64", "x86_64-linux", "195ddc94f9bc89f45abdabb0b9eea86023d727ba90eac8b35b80f2544fc30572"),
    ("macos", "aarch64", "arm64-macos", "98aad827847af7ef990ed7098d885725c8e5b5aae75073403635617ae4e259aa"),
    ("macos", "x86_64", "x86_64-macos", "40c3de90bb3766bd0282a895e139a6f50253dba49b4f5bb89e66faca162d832e"),
    ("windows", "x86_64", "x86_64-windows", "2089428ec98c899b45ee5d00636ddd6e2da8636cc473ef50b165cc25793ef7cb"),
];

/// The path of wasm-opt, fetched if it is nowhere.
///
/// # Errors
/// Where there is none and npm cannot install one.
pub fn prepare(workspace: &Workspace) -> Result<PathBuf, Error> {
    let published = workspace.tools().join("binaryen");
    let npm_folder = workspace.root.join("xtask/binaryen");
    let npms = npm_folder.join("node_modules/.bin").join(if cfg!(windows) { "wasm-opt.cmd" } else { "wasm-opt" });
    let on_path = PathBuf::from("wasm-opt");
    let here = [on_path, program_in(&published), npms.clone()].into_iter().find(|program| is_right(program));
    if let Some(program) = here {
        return Ok(program);
    }
    for (system, processor, platform, checksum) in ARCHIVES {
        if (system, processor) == (env::consts::OS, env::consts::ARCH) {
            let name = format!("binaryen-version_{VERSION}-{platform}.tar.gz");
            let url = format!("{RELEASES}/version_{VERSION}/{name}");
            let fetched = step("Fetch Binaryen's wasm-opt", || fetch(&url, checksum, &published));
            match fetched {
                Ok(()) if is_right(&program_in(&published)) => return Ok(program_in(&published)),
                Ok(()) => println!("it does not run here; npm's is taken instead"),
                Err(error) => println!("{error}; npm's is taken instead"),
            }
        }
    }
    npm::install_packages(workspace, &npm_folder)?;
    if is_right(&npms) { Ok(npms) } else { Err(Error::NoWasmOpt { program: npms, release: VERSION }) }
}

/// wasm-opt in the folder of an unpacked archive.
fn program_in(folder: &Path) -> PathBuf {
    folder.join("bin/wasm-opt").with_extension(env::consts::EXE_EXTENSION)
}

/// Whether this is wasm-opt of the right release.
fn is_right(program: &Path) -> bool {
    step::version(program).is_some_and(|version| version.contains(&format!("version {VERSION} ")))
}

/// Fetches an archive, compares its checksum, and unpacks what is in its one folder into `folder`.
///
/// curl and tar come with Linux, macOS and Windows. Where the server cannot be reached, curl gives up soon.
fn fetch(url: &str, checksum: &str, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let archive = folder.join("archive.tar.gz");
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--silent", "--show-error", "--location", "--connect-timeout", "5"]);
    // Slower than 200 kB a second is slower than npm's.
    curl.args(["--speed-limit", "200000", "--speed-time", "10", "--max-time", "300"]);
    step::run(curl.arg("--output").arg(&archive).arg(url))?;
    let bytes = fs::read(&archive).map_err(Error::file(&archive))?;
    let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let unpacked = if found == checksum {
        let mut tar = Command::new("tar");
        step::run(tar.args(["-x", "-z", "--strip-components=1", "-f"]).arg(&archive).arg("-C").arg(folder))
    } else {
        Err(Error::Checksum { url: url.to_owned(), expected: checksum.to_owned(), found })
    };
    fs::remove_file(&archive).map_err(Error::file(&archive))?;
    unpacked
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::serve::{self, Mount};

    /// An archive of one folder with one program in it, on a server of this machine: its address and its checksum.
    fn published() -> (tempfile::TempDir, String, String) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("binaryen/bin")).unwrap();
        fs::write(folder.path().join("binaryen/bin/wasm-opt"), "a program").unwrap();
        let mut tar = Command::new("tar");
        tar.current_dir(folder.path()).args(["-c", "-z", "-f", "archive.tar.gz", "binaryen"]);
        step::run(&mut tar).unwrap();
        let bytes = fs::read(folder.path().join("archive.tar.gz")).unwrap();
        let checksum = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let listener = serve::bind(0).unwrap();
        let url = format!("http://{}/archive.tar.gz", listener.local_addr().unwrap());
        let mounts = vec![Mount::new("/", folder.path().to_path_buf())];
        thread::spawn(move || serve::run(listener, mounts));
        (folder, url, checksum)
    }

    #[test]
    fn an_archive_with_the_expected_checksum_is_unpacked() {
        let (_server, url, checksum) = published();
        let folder = tempfile::tempdir().unwrap();
        fetch(&url, &checksum, folder.path()).unwrap();
        assert_eq!(fs::read(folder.path().join("bin/wasm-opt")).unwrap(), b"a program");
        assert!(!folder.path().join("archive.tar.gz").exists());
    }

    #[test]
    fn an_archive_with_another_checksum_is_thrown_away() {
        let (_server, url, checksum) = published();
        let folder = tempfile::tempdir().unwrap();
        let other = "0".repeat(64);
        let error = fetch(&url, &other, folder.path()).unwrap_err().to_string();
        assert!([&url, &checksum, &other].iter().all(|part| error.contains(*part)), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_server_that_has_no_such_archive_or_does_not_answer_is_an_error() {
        let (_server, url, checksum) = published();
        let folder = tempfile::tempdir().unwrap();
        let missing = url.replace("archive", "missing");
        assert!(matches!(fetch(&missing, &checksum, folder.path()), Err(Error::Failed { .. })));
        let closed = serve::bind(0).unwrap().local_addr().unwrap();
        assert!(matches!(fetch(&format!("http://{closed}/"), &checksum, folder.path()), Err(Error::Failed { .. })));
    }

    #[test]
    fn each_archive_has_a_whole_checksum_and_the_release_is_that_of_npm() {
        for (system, processor, platform, checksum) in ARCHIVES {
            let is_hexadecimal = checksum.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
            assert!(checksum.len() == 64 && is_hexadecimal, "{system} {processor} {platform}");
        }
        let lock: serde_json::Value = serde_json::from_str(include_str!("../binaryen/package-lock.json")).unwrap();
        assert_eq!(lock["packages"]["node_modules/binaryen"]["version"], format!("{VERSION}.0.0"));
    }

    #[test]
    fn only_the_right_release_is_used() {
        assert!(!is_right(Path::new("/no/such/program")));
        assert!(!is_right(Path::new("cargo")));
    }
}
