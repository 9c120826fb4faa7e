// Times every engine in Chromium: `node run.js <address of the pages> <folder of its own> <folder for results.json and
// results.md> [--quick] [--gpu] [flags for Chromium …]`. In NATIVE_TRAINING may be the command of the native trainer, a JSON array of
// the program and its arguments: see training/native.js.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { adapterName, askedFor, call, countWebGpu, noteFirstRanking, open } from "./browser.js";
import { timeBurst } from "./burst.js";
import { markdown } from "./report.js";
import { median, quantile, summarise, timesAsLong } from "./sums.js";
import { timeTraining } from "./training/measure.js";
import { COUNTS, ENGINES, FIRST, GROWTH, LENGTHS, NETWORKS, NO_ENGINE, QUICK, TOLERANCE, WHOLE_PAGE } from "./src/sizes.js";

const [address, memory, folder, ...options] = process.argv.slice(2);
const taken = (option) => options.includes(option) && options.splice(options.indexOf(option), 1).length > 0;
const [quick, gpu] = [taken("--quick"), taken("--gpu")];
const launch = { gpu, flags: options };
const [lengths, counts] = quick ? [QUICK.lengths, QUICK.counts] : [LENGTHS, COUNTS];
const url = (engine, more = {}) => {
  const [page, backend] = engine === NO_ENGINE ? ["nothing"] : ENGINES[engine].page;
  const query = new URLSearchParams({ ...(backend && { backend }), ...more });
  return new URL(`${page}/?${query}`, address).href;
};

/** How often each engine has its turn for each size. */
const ROUNDS = 8;
/** And how often the engine that chooses and the better of those it chooses from, which are to differ by a tenth at most. */
const CHOICES = 40;
/** What a browser needs before a navigation to be done with its own start, and after it not to be disturbed. */
const QUIET_MS = 1500;

const failed = {};
const results = {
  quick,
  date: new Date().toISOString().slice(0, 10),
  machine: `${os.cpus()[0]?.model.trim()}, ${os.cpus().length} cores, ${os.type()}`,
  ...versions(),
};
const start = performance.now();
const progress = (text) => console.log(`${((performance.now() - start) / 1000).toFixed(0).padStart(4)} s  ${text}`);

const { warm, choice, growth } = await timeWarm();
const first = await timeFirst();
const burst = await timeBurst(launch, new URL("/interest-lens/", address).href);
progress(`a burst of clicks: ${burst.tasks.length} long tasks`);
const bytes = await weigh(first);
const native = process.env.NATIVE_TRAINING && JSON.parse(process.env.NATIVE_TRAINING);
const training = await timeTraining({ launch, address, quick, native, progress });
Object.assign(results, { warm, choice, growth, first: first.times, burst, bytes, training, failed });
results.seconds = Math.round((performance.now() - start) / 1000);
const text = markdown(results);
await writeFile(join(folder, "results.json"), `${JSON.stringify(results, null, 1)}\n`);
await writeFile(join(folder, "results.md"), text);
console.log(text);

/** The packages that are compared. */
function versions() {
  const { devDependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  const version = (name) => devDependencies[name];
  return { versions: { "ONNX Runtime Web": version("onnxruntime-web"), "TensorFlow.js": version("@tensorflow/tfjs-core") } };
}

/** Remembers that an engine failed, to go on with the others; ours must not. */
function fail(engine, error) {
  if (!ENGINES[engine] || ENGINES[engine].ours) throw error;
  failed[engine] = String(error.message ?? error)
    .split("\n")[0]
    .slice(0, 300);
  progress(`${engine} failed: ${failed[engine]}`);
}

/** Warm calls, of all engines in turn for each size, so that whatever slows the machine slows them all. */
async function timeWarm() {
  const browser = await open(launch);
  const context = await browser.newContext();
  await context.addInitScript(countWebGpu);
  const pages = {};
  for (const engine of Object.keys(ENGINES)) {
    const page = await context.newPage();
    await page.goto(url(engine));
    await page.waitForFunction("window.bench");
    pages[engine] = page;
  }
  results.browser = `Chromium ${browser.version()}`;
  results.adapter = await Object.values(pages)[0].evaluate(adapterName);
  const cells = [];
  const choice = [];
  const growth = [];
  const ask = async (engine, question) => {
    await pages[engine].bringToFront();
    return pages[engine].evaluate(call, question);
  };
  /**
   * How many times the time of the first question that of the second is, as they take turns, since a minute apart they would
   * compare two states of the machine; and the median of either. A round's calls are averaged, and with them the ticks of the
   * clock.
   */
  const inTurns = async (rounds, questions) => {
    const turns = [[], []];
    for (let round = 0; round < rounds; round++) {
      for (const which of round % 2 ? [1, 0] : [0, 1]) {
        const { engine, ...question } = questions[which];
        const { times } = await ask(engine, { ...question, seed: 5000 + round, least: 1 });
        turns[which].push(times.reduce((sum, time) => sum + time, 0) / times.length);
      }
    }
    const [first, second] = turns.map((rounds) => ({ ms: median(rounds), rounds }));
    return { ms: [first.ms, second.ms], ratio: timesAsLong(second, first) };
  };
  for (const network of NETWORKS) {
    for (const steps of lengths) {
      for (const count of counts) {
        const question = { network, steps, count };
        const seed = cells.length + 1;
        const engines = Object.keys(ENGINES).filter((engine) => !failed[engine]);
        const timed = {};
        let expected;
        for (const engine of engines) {
          try {
            const answer = await ask(engine, { ...question, seed, least: 1, most: 1, budgetMs: 0 });
            expected ??= answer;
            check(engine, question, answer, expected);
            await pages[engine].evaluate(async () => void (await window.warm));
            const warm = await ask(engine, { ...question, seed: seed + 1, least: 1, most: 20, budgetMs: 300 });
            const last = warm.times.at(-1);
            // A call of many seconds is not repeated.
            timed[engine] = { rounds: [], ...(last > 5000 ? warm : { times: [], gpuTimes: [], stages: [] }), last };
          } catch (error) {
            fail(engine, error);
          }
        }
        for (let round = 0; round < ROUNDS; round++) {
          const names = Object.keys(timed);
          const turn = (cells.length + round) % names.length;
          for (const engine of [...names.slice(turn), ...names.slice(0, turn)]) {
            const entry = timed[engine];
            if (round >= (entry.last > 5000 ? 0 : entry.last > 2500 ? 1 : entry.last > 300 ? 3 : ROUNDS)) continue;
            const answer = await ask(engine, { ...question, seed: 1000 * seed + round, least: 1, most: 8, budgetMs: 100 });
            entry.rounds.push(median(answer.times));
            for (const name of ["times", "gpuTimes", "stages"]) entry[name].push(...answer[name]);
            Object.assign(entry, { counts: answer.counts, on: answer.on });
          }
        }
        for (const [engine, { times, rounds, gpuTimes, counts, on, stages }] of Object.entries(timed)) {
          const cell = { ...question, engine, ms: median(times), p95: quantile(times, 0.95) };
          Object.assign(cell, { calls: times.length, rounds, on });
          if (gpuTimes.length) Object.assign(cell, { gpuMs: median(gpuTimes), stages: summarise(stages) });
          if (ENGINES[engine].device === "webgpu" || on === "gpu") cell.webgpu = counts;
          if (ENGINES[engine].ours) {
            const click = await ask(engine, { ...question, seed, least: 3, most: 20, budgetMs: 400, click: true });
            cell.click = { ms: median(click.times), webgpu: click.counts, stages: summarise(click.stages) };
          }
          cells.push(cell);
        }
        const here = cells.slice(-Object.keys(timed).length);
        const shown = here.map(({ engine, ms }) => `${engine} ${ms.toFixed(1)}`);
        progress(`${network}, T=${steps}, N=${count}: ${shown.join(", ")} ms`);
        const [better] = here.filter(({ engine }) => ["ours cpu", "ours gpu"].includes(engine)).sort((a, b) => a.ms - b.ms);
        const asked = [better.engine, "ours auto"].map((engine) => ({ ...question, engine, most: 1000, budgetMs: 50 }));
        choice.push({ ...question, better: better.engine, on: timed["ours auto"].on, ...(await inTurns(CHOICES, asked)) });
      }
      if (GROWTH.some((count) => !counts.includes(count))) continue;
      for (const engine of ["ours cpu", "ours gpu"]) {
        const asked = GROWTH.map((count) => ({ engine, network, steps, count, most: 8, budgetMs: 200, change: true }));
        growth.push({ engine, network, steps, ...(await inTurns(ROUNDS, asked)) });
      }
    }
  }
  await browser.close();
  return { warm: cells, choice, growth };
}

/** Every engine must compute the same. */
function check(engine, { network, steps, count }, answer, expected) {
  for (const part of ["p", "attention"]) {
    const difference = answer[part].reduce((most, value, index) => {
      const apart = Math.abs(value - expected[part][index]);
      return apart <= most ? most : apart;
    }, 0);
    if (answer[part].length === expected[part].length && difference <= TOLERANCE) continue;
    console.error(`${engine} computes another ${part} than ours: ${network}, T=${steps}, N=${count}, by ${difference}`);
    process.exit(1);
  }
}

/** From the navigation to the first ranking, each time in a new browser with a new profile. */
async function timeFirst() {
  const rounds = quick ? 3 : 7;
  const times = [];
  const requests = {};
  const visit = async (engine, network, address) => {
    const browser = await open(launch);
    try {
      const page = await browser.newPage();
      await page.addInitScript(noteFirstRanking);
      await page.waitForTimeout(QUIET_MS);
      await page.goto(address, { waitUntil: "commit" });
      // Asking is work of the page's own thread.
      await page.waitForTimeout(QUIET_MS);
      const { ms, error } = await (await page.waitForFunction("window.first", null, { timeout: 120_000 })).jsonValue();
      if (error) throw new Error(error);
      times.push({ engine, network, ms });
      const asked = await page.evaluate(askedFor);
      (requests[engine] ??= {})[network] ??= asked.filter((address) => address.startsWith("http"));
    } catch (error) {
      fail(engine, error);
    } finally {
      await browser.close();
    }
  };
  for (let round = 0; round < rounds; round++) {
    await visit(WHOLE_PAGE, "dien", new URL("/interest-lens/", address).href);
    for (const network of NETWORKS) {
      for (const engine of [NO_ENGINE, ...Object.keys(ENGINES)].filter((engine) => !failed[engine])) {
        // What takes seconds shows little spread.
        if (round >= 3 && ENGINES[engine]?.device === "webgpu") continue;
        await visit(engine, network, url(engine, { first: network, ...FIRST }));
      }
    }
    progress(`first rankings, round ${round + 1} of ${rounds}`);
  }
  const grouped = Object.keys(requests).flatMap((engine) => {
    return Object.keys(requests[engine]).map((network) => {
      const all = times.filter((time) => time.engine === engine && time.network === network).map(({ ms }) => ms);
      return { engine, network, ms: median(all), least: Math.min(...all), most: Math.max(...all), calls: all.length };
    });
  });
  return { times: grouped, requests };
}

/** The bytes of what the pages asked for until the first ranking: as they are, and as a server would compress them. */
async function weigh({ requests }) {
  const brotli = (body) =>
    promisify(brotliCompress)(body, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
    });
  // Brotli takes a minute for the largest file, so what was once compressed is remembered by its hash.
  const remembered = join(memory, "sizes.json");
  const known = JSON.parse(await readFile(remembered, "utf8").catch(() => "{}"));
  const sizeOf = async (address) => {
    const body = Buffer.from(await (await fetch(address)).arrayBuffer());
    const hash = createHash("sha256").update(body).digest("hex");
    if (!known[hash]) {
      const [gzipped, brotlied] = await Promise.all([promisify(gzip)(body, { level: 9 }), brotli(body)]);
      known[hash] = { raw: body.length, gzip: gzipped.length, brotli: brotlied.length };
      await writeFile(remembered, JSON.stringify(known));
    }
    return known[hash];
  };
  const sizes = new Map();
  const totals = [];
  for (const [engine, networks] of Object.entries(requests)) {
    for (const [network, addresses] of Object.entries(networks)) {
      const total = { engine, network, raw: 0, gzip: 0, brotli: 0, model: 0 };
      for (const address of addresses) {
        const { pathname } = new URL(address);
        if (!sizes.has(pathname)) sizes.set(pathname, await sizeOf(address));
        const size = sizes.get(pathname);
        for (const way of ["raw", "gzip", "brotli"]) total[way] += size[way];
        if (/\/(models|assets)\//.test(pathname)) total.model += size.gzip;
      }
      totals.push(total);
    }
  }
  progress("bytes");
  return totals;
}
