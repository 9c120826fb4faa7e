import assert from "node:assert/strict";
import { test } from "node:test";
import { trainingGoals, trainingSection } from "../training/report.js";

const [own, derived] = ["TensorFlow.js wasm, own gradients", "TensorFlow.js wasm, derived gradients"];

/** Results that just meet every goal. */
function meeting() {
  const time = (network, engine, ms) => ({ network, engine, ms, rounds: [ms, ms, ms], losses: [0.5, 0.4] });
  return {
    trials: [
      { network: "din", backend: "wasm", gradients: "own", ms: 30 },
      { network: "din", backend: "webgl", gradients: "own" },
      { network: "din", backend: "cpu", gradients: "own", error: "no such kernel" },
    ],
    losses: [{ network: "din", ours: [1, 0.5], apart: 3e-6 }],
    times: [
      ...[time("embedding-mlp", "ours", 1), time("embedding-mlp", own, 4), time("embedding-mlp", derived, 6)],
      ...[time("tin", "ours", 2), time("tin", own, 9), time("tin", derived, 8)],
      ...[time("din", "ours", 10), time("din", own, 30), time("din", derived, 50), time("din", "ours, native", 10 / 1.5)],
      ...[time("dien", "ours", 20), time("dien", "ours, native", 10)],
    ],
    memory: { network: "din", oneWorker: [10, 100, 100, 110], ownWorkers: [10, 100, 99, 105] },
  };
}

const timeOf = ({ times }, network, engine) => times.find((time) => time.network === network && time.engine === engine);
const unmet = (results) =>
  trainingGoals(results)
    .filter(({ met }) => !met)
    .map(({ goal }) => goal);

test("every goal is met where it is just met, against the fastest peer", () => {
  const goals = trainingGoals(meeting());
  assert.equal(goals.length, 6);
  assert.deepEqual(unmet(meeting()), []);
  const tin = goals.find(({ goal }) => goal.includes("TIN"));
  assert.match(tin.found, /^4.00 times .* derived gradients\); 4.50 times .* own gradients\)$/);
});

test("each goal fails where it is just missed", () => {
  const missed = (change) => {
    const results = meeting();
    change(results);
    return unmet(results);
  };
  const slower = (network) => (results) => timeOf(results, network, "ours").rounds.fill(10.01);
  assert.deepEqual(missed(slower("din")).length, 2);
  assert.match(missed(slower("tin"))[0], /fastest of TensorFlow.js, TIN/);
  assert.match(missed(slower("embedding-mlp"))[0], /Embedding & MLP/);
  const native = (results) => timeOf(results, "dien", "ours, native").rounds.fill(9.9);
  assert.match(missed(native)[0], /native one on one thread, DIEN/);
  assert.match(missed(({ memory }) => (memory.oneWorker[3] = 111))[0], /Memory/);
  assert.match(missed(({ memory }) => (memory.ownWorkers[3] = 111))[0], /Memory/);
});

test("what was not measured is no goal", () => {
  const results = meeting();
  results.times = results.times.filter(({ engine }) => engine === "ours");
  delete results.memory.ownWorkers;
  const goals = trainingGoals(results);
  assert.equal(goals.length, 1);
  assert.match(goals[0].found, /^1.10 times in one worker$/);
});

test("the section tells of each engine, of what was tried, and nothing that is not there", () => {
  const text = trainingSection(meeting()).join("\n\n");
  for (const part of [
    "| Embedding & MLP | 1.00 | 4.00 (4.00) | 6.00 (6.00) | – |",
    "| DIEN | 20.0 | – | – | 10.0 (0.50) |",
    "| DIN | TensorFlow.js cpu, own gradients | failed: no such kernel |",
    "more than 20 s",
    "within 3e-6",
  ]) {
    assert.ok(text.includes(part), part);
  }
  assert.doesNotMatch(text, /undefined|NaN/);
  const alone = meeting();
  alone.times = alone.times.filter(({ engine }) => engine === "ours");
  delete alone.memory.ownWorkers;
  assert.doesNotMatch(trainingSection(alone).join("\n"), /undefined|NaN/);
});
