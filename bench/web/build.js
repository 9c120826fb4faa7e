// Builds the pages: `node build.js <folder with the engine's wasm and the models> <folder to write>`.

import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.js";
import * as onnx from "./src/onnx-networks.js";
import { readWeights } from "./src/weights.js";
import { FIRST, LENGTHS, NETWORKS, modelFiles } from "./src/sizes.js";
import { buildTraining } from "./training/build.js";

const source = fileURLToPath(new URL("src", import.meta.url));
const packageFile = (path) => createRequire(import.meta.url).resolve(path);
const [engine, models, output] = process.argv.slice(2);

const wasm = "ort-wasm-simd-threaded.wasm";
const webgpu = "ort-wasm-simd-threaded.asyncify.wasm";
const tensorflow = "tfjs-backend-wasm-simd.wasm";
const onnxruntime = (part, provider, file) => ({
  entry: "onnxruntime.js",
  alias: { onnxruntime: `onnxruntime-web/${part}` },
  define: { PROVIDER: JSON.stringify(provider), WASM_FILE: JSON.stringify(file) },
  files: [packageFile(`onnxruntime-web/${file}`)],
});
const PAGES = {
  nothing: { entry: "nothing.js" },
  ours: {
    entry: "ours.js",
    alias: { bench_engine: join(engine, "bench_engine.js") },
    files: [join(engine, "bench_engine_bg.wasm")],
    later: [join(engine, "split_gpu.wasm")],
  },
  "onnxruntime-webgpu": onnxruntime("webgpu", "webgpu", webgpu),
  "onnxruntime-wasm": onnxruntime("wasm", "wasm", wasm),
  "tensorflow-webgpu": {
    entry: "tensorflow.js",
    alias: { "tensorflow-backend": "@tensorflow/tfjs-backend-webgpu" },
    define: { BACKEND: '"webgpu"' },
  },
  "tensorflow-wasm": {
    entry: "tensorflow.js",
    alias: { "tensorflow-backend": join(source, "tensorflow-wasm.js") },
    define: { BACKEND: '"wasm"' },
    files: [packageFile(`@tensorflow/tfjs-backend-wasm/dist/${tensorflow}`)],
  },
};

for (const [name, { entry, alias, define, files = [], later = [] }] of Object.entries(PAGES)) {
  const folder = join(output, name);
  await mkdir(folder, { recursive: true });
  await bundle(join(source, entry), folder, { alias, define: { ...define, PAGE: JSON.stringify(name) } });
  for (const file of [...files, ...later]) await copyFile(file, join(folder, basename(file)));
  // The wasm is on its way while the script that asks for it is, and the files of the network that is called first too.
  const preloads = files.map((file) => `<link rel="preload" as="fetch" crossorigin href="${basename(file)}">`);
  const models = Object.fromEntries(NETWORKS.map((network) => [network, modelFiles(name, network, FIRST.history)]));
  const early = `for (const file of ${JSON.stringify(models)}[new URLSearchParams(location.search).get("first")] ?? [])
  document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "fetch", crossOrigin: "", href: "../models/" + file }));`;
  const html = `<!doctype html><meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,">${preloads.join("")}<script>${early}</script>`;
  await writeFile(join(folder, "index.html"), `${html}<script type="module" src="page.js"></script>\n`);
}

const folder = join(output, "models");
await mkdir(folder, { recursive: true });
for (const file of await readdir(models)) await copyFile(join(models, file), join(folder, file));
const categories = JSON.parse(await readFile(join(models, "categories.json"), "utf8"));
const weights = async (name) => {
  const { buffer, byteOffset, length } = await readFile(join(models, `${name}.safetensors`));
  return readWeights(buffer.slice(byteOffset, byteOffset + length));
};
const [din, dien] = [await weights("din"), await weights("dien")];
const write = (name, bytes) => writeFile(join(folder, `${name}.onnx`), bytes);
for (const provider of ["webgpu", "wasm"]) await write(`din-${provider}`, onnx.din(din, categories, provider));
await write("dien-wasm", onnx.dien(dien, categories));
for (const steps of LENGTHS) await write(`dien-webgpu-${steps}`, onnx.dien(dien, categories, steps));
await buildTraining(output);
