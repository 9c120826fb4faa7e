//! The script that loads the parts of a program which come later.
//!
//! What wasm_split writes for this takes a part only from a server that knows the MIME type of WebAssembly, and leaves no reason
//! where one is lost: three calls in it become calls of what is in `parts.js`.

/// What takes the place of what wasm_split calls.
pub const FUNCTIONS: &str = include_str!("parts.js");

/// What wasm_split calls, and what is called in its place.
const CALLS: [(&str, &str); 3] = [
    ("fetch(new URL(", "fetchPart(new URL("),
    ("WebAssembly.instantiateStreaming(src, imports)", "instantiatePart(src, imports)"),
    ("console.error(e);", "await noteLoss(e);"),
];

/// The script that loads parts by [`FUNCTIONS`], from the one that wasm_split wrote.
///
/// # Errors
/// What is missing in that script: wasm_split writes another one by now.
pub fn loader(written: &str) -> Result<String, String> {
    let mut script = written.to_owned();
    for (call, ours) in CALLS {
        if !script.contains(call) {
            return Err(format!("there is no `{call}` in what loads its parts: see xtask/src/parts.rs"));
        }
        script = script.replace(call, ours);
    }
    Ok(script + "\n" + FUNCTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_loaded_by_functions_of_ours() {
        let part = "const src = fetch(new URL(\"./a.wasm\", import.meta.url));\n\
                    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));\n";
        let written = ["catch (e) {\nconsole.error(e);\n}\n", part, part].concat();
        let script = loader(&written).unwrap();
        let (calls, functions) = script.split_at(script.find(FUNCTIONS).unwrap());
        for (call, ours) in CALLS {
            let (name, _) = ours.split_once('(').unwrap();
            let name = name.trim_start_matches("await ");
            assert!(!calls.contains(&format!(" {call}")) && calls.contains(ours), "{call}");
            assert!(functions.contains(&format!("function {name}(")), "{name}");
        }
        assert_eq!(calls.matches("fetchPart(").count(), 2);
    }

    #[test]
    fn a_script_that_loads_parts_otherwise_is_refused() {
        let error = loader("console.error(e); fetch(new URL(\"./a.wasm\")); instantiate(src)").unwrap_err();
        assert!(error.contains("instantiateStreaming"), "{error}");
    }
}
