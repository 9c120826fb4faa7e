// Makes the script of a page.

import { build } from "esbuild";

/** Writes page.js into `folder`, of the script `entry` and all that it imports; `options` are esbuild's, beside those of every page. */
export function bundle(entry, folder, options = {}) {
  return build({
    entryPoints: { page: entry },
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    target: "chrome128",
    legalComments: "none",
    mainFields: ["module", "main"],
    logLevel: "warning",
    ...options,
  });
}
