import assert from "node:assert/strict";
import { test } from "node:test";
import { fastestPeer, goals, markdown } from "../report.js";
import { median, quantile, summarise, timesAsLong } from "../sums.js";

const [gpu, cpu, auto] = ["ours gpu", "ours cpu", "ours auto"];
const [onnx, tensorflow] = ["ONNX Runtime Web", "TensorFlow.js"];
const webgpu = { dispatches: 4, submits: 1, readbacks: 1, buffers: 0 };
const stages = (ms) => [
  { stage: "interest_extractor", ms, least: ms },
  { stage: "ranking_mlp", ms: 1, least: 1 },
];

/** Warm cells of every engine at T=50, N=1000 and 5000, for both networks, that meet every goal. */
function meeting() {
  const times = {
    [gpu]: 10,
    [cpu]: 4,
    [auto]: 4.4,
    [`${onnx} webgpu`]: 60,
    [`${onnx} wasm`]: 8,
    [`${tensorflow} webgpu`]: 50,
    [`${tensorflow} wasm`]: 9,
  };
  const warm = ["din", "dien"].flatMap((network) =>
    [1000, 5000].flatMap((count) =>
      Object.entries(times).map(([engine, ms]) => ({
        network,
        steps: 50,
        count,
        engine,
        ms: (ms * count) / 1000,
        p95: ms * 2,
        calls: 9,
        ...(engine.includes("gpu") && { webgpu }),
        ...(engine === gpu && { gpuMs: ms, stages: stages(5) }),
        ...(engine.startsWith("ours") && { click: { ms: 3, webgpu, stages: stages(0.1) } }),
      })),
    ),
  );
  const choice = ["din", "dien"].flatMap((network) =>
    [1000, 5000].map((count) => ({ network, steps: 50, count, better: cpu, on: "cpu", ms: [4, 4.4], ratio: 1.1 })),
  );
  const growth = ["din", "dien"].flatMap((network) =>
    [gpu, cpu].map((engine) => ({ engine, network, steps: 50, ms: [10, 55], ratio: 5.5 })),
  );
  const first = ["din", "dien"].flatMap((network) =>
    Object.keys(times).map((engine) => {
      const ms = engine === auto ? 100 : 200;
      return { engine, network, ms, least: ms, most: ms, calls: 3 };
    }),
  );
  first.push({ engine: "Interest Lens, the whole page", network: "dien", ms: 100, least: 90, most: 110, calls: 3 });
  const bytes = first.map(({ engine, network }) => ({ engine, network, raw: 3e6, gzip: 1e6, brotli: 9e5, model: 3e5 }));
  const versions = { [onnx]: "1.2.3", [tensorflow]: "4.5.6" };
  const where = { date: "2026-01-02", browser: "Chromium 1", adapter: "google, swiftshader", machine: "a processor" };
  return { ...where, versions, warm, choice, growth, first, burst: { tasks: [], clicked: 20 }, bytes, failed: {} };
}

const unmet = (results) =>
  goals(results)
    .filter(({ met }) => !met)
    .map(({ goal }) => goal);
const cell = ({ warm }, wanted) => warm.find((one) => Object.entries(wanted).every(([key, value]) => one[key] === value));

test("medians and quantiles take the values in order of size", () => {
  assert.equal(median([10, 9, 2]), 9);
  assert.equal(median([10, 9, 2, 1]), 5.5);
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(quantile(hundred, 0.95), 95);
  assert.equal(quantile([7], 0.95), 7);
});

test("what took turns is compared round by round, and what did not by its medians", () => {
  // From the third round on the machine was half as fast: the medians say 2.5.
  const [one, other] = [{ ms: 15, rounds: [20, 22, 40] }, { ms: 6, rounds: [10, 10, 20, 5] }];
  assert.equal(timesAsLong(one, other), 2);
  assert.equal(timesAsLong({ ms: 15, rounds: [] }, other), 2.5);
  assert.equal(timesAsLong({ ms: 15 }, other), 2.5);
});

test("stages have their medians and quickest calls, and no calls no stages", () => {
  const [extractor, mlp] = summarise([stages(5), stages(1), stages(4)]);
  assert.deepEqual(extractor, { stage: "interest_extractor", ms: 4, least: 1 });
  assert.equal(mlp.stage, "ranking_mlp");
  assert.deepEqual(summarise([]), []);
});

test("the fastest peer is never ours, and of the device asked for", () => {
  const { warm } = meeting();
  const wanted = { network: "din", steps: 50, count: 1000 };
  assert.equal(fastestPeer(warm, wanted, "webgpu").engine, "TensorFlow.js webgpu");
  assert.equal(fastestPeer(warm, wanted, "wasm").engine, "ONNX Runtime Web wasm");
  assert.equal(fastestPeer(warm, wanted).ms, 8);
  assert.equal(fastestPeer(warm, { ...wanted, count: 7 }), undefined);
});

test("every goal is met where it is just met", () => {
  const results = meeting();
  assert.equal(goals(results).length, 14);
  assert.deepEqual(unmet(results), []);
});

test("each goal fails where it is just missed", () => {
  const missed = (change) => {
    const results = meeting();
    change(results);
    return unmet(results);
  };
  const at = { network: "din", steps: 50, count: 1000 };
  const slow = (engine, ms) => (results) => (cell(results, { ...at, engine }).ms = ms);
  assert.match(missed(slow("TensorFlow.js webgpu", 49.9))[0], /Our GPU against the fastest peer on webgpu, DIN/);
  assert.match(missed(slow("ONNX Runtime Web wasm", 7.9))[0], /Our CPU against the fastest peer on wasm, DIN/);
  assert.match(missed(({ choice }) => (choice[3].ratio = 1.11))[0], /chooses by itself/);
  const grown = ({ growth }) => (growth.find(({ engine }) => engine === cpu).ratio = 5.51);
  assert.match(missed(grown)[0], /Our CPU: N=5000 against N=1000/);
  const click = (name, value) => (results) =>
    (cell(results, { ...at, engine: gpu }).click.webgpu = { ...webgpu, [name]: value });
  assert.match(missed(click("dispatches", 7))[0], /Dispatches and readbacks/);
  assert.match(missed(click("readbacks", 2))[0], /Dispatches and readbacks/);
  assert.match(missed(click("buffers", 1))[0], /GPU buffers/);
  const whole = (results) => (cell(results, { ...at, network: "dien", engine: gpu }).click.stages = stages(5));
  assert.match(missed(whole)[0], /A click that appends one item/);
  const late = ({ first }) => (first.find(({ engine, network }) => engine === auto && network === "dien").ms = 101);
  assert.match(missed(late)[0], /first ranking, DIEN/);
  assert.match(missed(({ burst }) => burst.tasks.push(51))[0], /Tasks over 50 ms/);
});

test("what was not measured is no goal", () => {
  const results = meeting();
  results.growth = results.choice = [];
  results.warm = results.warm.filter(({ engine, count }) => count === 1000 && !engine.endsWith("webgpu"));
  assert.equal(
    goals(results).some(({ goal }) => goal.includes("webgpu,") || goal.includes("N=5000")),
    false,
  );
  assert.ok(markdown(results).includes("| 50 | 1000 |"));
});

test("the report names the adapter, warns of an emulation, and tells what failed", () => {
  const results = { ...meeting(), failed: { "TensorFlow.js wasm": "no such kernel" } };
  const text = markdown(results);
  for (const part of [
    "google, swiftshader",
    "ratios, not the times",
    "Chromium 1",
    "no such kernel",
    "interest extractor 5.00",
    "| DIEN | ours gpu | 4 | 1 | 1 | 0 |",
  ]) {
    assert.ok(text.includes(part), part);
  }
  assert.doesNotMatch(text, /undefined|NaN/);
  assert.doesNotMatch(markdown({ ...results, adapter: "nvidia" }), /ratios, not the times/);
});
