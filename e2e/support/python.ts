// Notebooks in Python, which `cargo xtask test` finds or installs.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SCRIPT = fileURLToPath(new URL("../../testing/run_notebooks.py", import.meta.url));

/** Does with files what the script says of `task`; what it prints. Rejects where something fails. */
export async function python(task: "run" | "spoil" | "validate", ...files: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.env.PYTHON ?? "python3", [SCRIPT, task, ...files], { maxBuffer: 1 << 26 });
  return stdout;
}
