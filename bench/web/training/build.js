// Builds the pages that train, and what they train on.

import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../bundle.js";
import { trainingSets } from "../src/training/sets.js";
import { TRAINED } from "../src/training/sizes.js";
import { readWeights } from "../src/weights.js";

const source = fileURLToPath(new URL("../src/training", import.meta.url));
const assets = fileURLToPath(new URL("../../../assets", import.meta.url));
const TENSORFLOW_WASM = createRequire(import.meta.url).resolve(
  "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
);
const PAGES = { "training-ours": ["ours.js"], "training-tensorflow": ["tensorflow.js", TENSORFLOW_WASM] };

/** Writes the pages and a folder `training` under `output`. */
export async function buildTraining(output) {
  for (const [name, [entry, ...files]] of Object.entries(PAGES)) {
    const folder = join(output, name);
    await bundle(join(source, entry), folder);
    for (const file of files) await copyFile(file, join(folder, basename(file)));
    const html = `<!doctype html><meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,">`;
    await writeFile(join(folder, "index.html"), `${html}<script type="module" src="page.js"></script>\n`);
  }
  await writeSets(join(output, "training"));
}

/** What is trained on, with the networks and the catalogue. */
async function writeSets(folder) {
  await mkdir(folder, { recursive: true });
  const asset = (name) => join(assets, name);
  const contents = async (path) => {
    const { buffer, byteOffset, length } = await readFile(path);
    return buffer.slice(byteOffset, byteOffset + length);
  };
  const networks = {};
  for (const network of TRAINED) {
    const { config, notes } = readWeights(await contents(asset(`${network}.safetensors`)));
    networks[network] = { config, train: JSON.parse(notes.training) };
  }
  const purchases = "purchases-training.bin";
  const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
  const { files, trainings } = trainingSets(purchases, await contents(asset(purchases)), networks, sha256);
  for (const name of ["catalogue.csv", ...TRAINED.map((network) => `${network}.safetensors`)]) {
    await copyFile(asset(name), join(folder, name));
  }
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  for (const [set, ofNetworks] of Object.entries(trainings)) {
    for (const [network, training] of Object.entries(ofNetworks)) {
      await writeFile(join(folder, `${set}-${network}.json`), JSON.stringify(training));
    }
  }
}
