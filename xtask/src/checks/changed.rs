//! Which packages a change concerns.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::step::{self, Error};
use crate::workspace::Workspace;

/// Files outside of packages that tests of packages read, or that decide how they are compiled.
const SHARED: [&str; 6] = [".cargo", "assets", "clippy.toml", "Cargo.lock", "Cargo.toml", "index.html"];

/// A package of the workspace.
struct Package {
    /// Its folder.
    folder: PathBuf,
    /// The folders of the packages that it uses.
    uses: Vec<PathBuf>,
}

/// The folders of the packages that have changed, and of those that use them: since the branch left main, or, on main, since the
/// commit before the last. What is not committed counts.
///
/// # Errors
/// Where git or cargo fails.
pub fn packages(workspace: &Workspace) -> Result<BTreeSet<PathBuf>, Error> {
    let packages = members(workspace)?;
    Ok(match files(workspace)? {
        Some(files) => concerned(&workspace.root, &packages, &files),
        None => packages.into_iter().map(|package| package.folder).collect(),
    })
}

/// The files that have changed, relative to the root; none where git does not know what came before.
fn files(workspace: &Workspace) -> Result<Option<Vec<String>>, Error> {
    let git = |arguments: &[&str]| workspace.command("git").args(arguments).output().ok();
    let commit = |arguments: &[&str]| {
        let output = git(arguments).filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let head = commit(&["rev-parse", "HEAD"]);
    let left = ["origin/main", "main"].into_iter().find_map(|main| commit(&["merge-base", "HEAD", main]));
    let before = left.filter(|left| Some(left) != head.as_ref()).or_else(|| commit(&["rev-parse", "HEAD^"]));
    let Some(before) = before else { return Ok(None) };
    let list = |command: &mut Command| step::output(command);
    let changed = list(workspace.command("git").args(["diff", "--name-only", "--no-renames", &before]))?;
    let new = list(workspace.command("git").args(["ls-files", "--others", "--exclude-standard"]))?;
    Ok(Some(changed.lines().chain(new.lines()).map(str::to_owned).collect()))
}

/// The packages of the workspace.
fn members(workspace: &Workspace) -> Result<Vec<Package>, Error> {
    let mut cargo = workspace.cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let text = step::output(&mut cargo)?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| step::unreadable(&cargo, error))?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    Ok(packages
        .map(|package| Package {
            folder: Path::new(package["manifest_path"].as_str().unwrap_or_default())
                .parent()
                .unwrap_or(&workspace.root)
                .to_path_buf(),
            uses: package["dependencies"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|dependency| dependency["path"].as_str().map(PathBuf::from))
                .collect(),
        })
        .collect())
}

/// The packages in which one of these files lies, and those that use them.
fn concerned(root: &Path, packages: &[Package], files: &[String]) -> BTreeSet<PathBuf> {
    let shared = files.iter().any(|file| SHARED.iter().any(|shared| Path::new(file).starts_with(shared)));
    let mut concerned: BTreeSet<PathBuf> = packages
        .iter()
        .filter(|package| shared || files.iter().any(|file| root.join(file).starts_with(&package.folder)))
        .map(|package| package.folder.clone())
        .collect();
    loop {
        let users = packages.iter().filter(|package| package.uses.iter().any(|used| concerned.contains(used)));
        let more: Vec<_> = users.map(|user| user.folder.clone()).filter(|folder| !concerned.contains(folder)).collect();
        if more.is_empty() {
            return concerned;
        }
        concerned.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[&str]) -> Vec<String> {
        let package = |name: &str, uses: &[&str]| Package {
            folder: Path::new("/root").join(name),
            uses: uses.iter().map(|used| Path::new("/root").join(used)).collect(),
        };
        let packages = [
            package("app", &["shaders"]),
            package("model", &[]),
            package("shaders", &["model"]),
            package("xtask", &[]),
        ];
        let files: Vec<_> = files.iter().map(|file| (*file).to_owned()).collect();
        let folders = concerned(Path::new("/root"), &packages, &files);
        folders.iter().map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_change_concerns_its_package_and_all_that_use_it() {
        assert_eq!(names(&["model/src/lib.rs"]), ["app", "model", "shaders"]);
        assert_eq!(names(&["app/src/lib.rs", "README.md"]), ["app"]);
        assert_eq!(names(&["xtask/src/main.rs"]), ["xtask"]);
    }

    #[test]
    fn what_all_packages_share_concerns_all_and_other_files_none() {
        assert_eq!(names(&["Cargo.lock"]), ["app", "model", "shaders", "xtask"]);
        assert_eq!(names(&["assets/catalogue.csv"]), ["app", "model", "shaders", "xtask"]);
        assert!(names(&["README.md", "e2e/tests/page.spec.ts", "apple/file"]).is_empty());
    }

    #[test]
    fn this_program_is_a_package_that_uses_only_what_reads_texts() {
        let workspace = Workspace::new(false);
        let packages = members(&workspace).unwrap();
        let xtask = packages.iter().find(|package| package.folder == workspace.root.join("xtask")).unwrap();
        assert_eq!(xtask.uses, [workspace.root.join("words")]);
        let app = packages.iter().find(|package| package.folder == workspace.root.join("app")).unwrap();
        assert!(app.uses.contains(&workspace.root.join("shaders")));
    }
}
