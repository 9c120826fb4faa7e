// Whether our trainer's memory stays as it is, training after training.

import { readFile } from "node:fs/promises";
import { open } from "../browser.js";
import { RUNS } from "../src/training/sizes.js";
import { begin, epoch } from "./pages.js";

/** A network with large steps. */
const NETWORK = "din";
/** Bytes of a page of memory, of which Linux counts those of a process. */
const PAGE = 4096;
const END_MS = 500;

/** In the trainer's worker: what wasm-bindgen's function gives once the wasm is there has its memory. */
const WASM_BYTES = "wasm_bindgen().then(({ memory }) => memory.buffer.byteLength)";

/**
 * Bytes after each training of an epoch of this set: of the wasm's memory, where all of them run in one worker; and, on Linux, of
 * the browser's processes with pages and their workers, where each has a worker of its own, as in the app.
 */
export async function watchMemory(launch, address, set) {
  const oneWorker = await watch(launch, address, set, async (page, run) => {
    if (run) await page.evaluate(() => window.training.again());
    await epoch(page);
    return page.workers()[0].evaluate(WASM_BYTES);
  });
  if (process.platform !== "linux") return { network: NETWORK, oneWorker };
  const ownWorkers = await watch(launch, address, set, async (page, run) => {
    if (run) await page.evaluate(([set, network]) => window.training.open(set, network), [set, NETWORK]);
    await epoch(page);
    await page.evaluate(() => window.training.close());
    // A worker takes a moment to end.
    await page.waitForTimeout(END_MS);
    await page.requestGC();
    return resident(page.context().browser());
  });
  return { network: NETWORK, oneWorker, ownWorkers };
}

/** What `train` gives after each training. */
async function watch(launch, address, set, train) {
  const browser = await open(launch);
  try {
    const page = await begin(browser, address, set, NETWORK);
    const bytes = [];
    for (let run = 0; run < RUNS; run++) bytes.push(await train(page, run));
    return bytes;
  } finally {
    await browser.close();
  }
}

/** Bytes that the browser's processes with pages have in memory. */
async function resident(browser) {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  await devtools.detach();
  let bytes = 0;
  for (const { id } of processInfo.filter(({ type }) => type === "renderer")) {
    const [, pages] = (await readFile(`/proc/${id}/statm`, "utf8")).split(" ");
    bytes += Number(pages) * PAGE;
  }
  return bytes;
}
