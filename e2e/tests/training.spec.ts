// The trainer in its worker: every network trains with the losses that it has natively, which a native program wrote, and a
// training goes on from a checkpoint to the bit. `cargo xtask e2e` builds both programs.

import { expect, type Page } from "@playwright/test";

import { stagesUrl, trainerUrl } from "../playwright.config.ts";
import { test } from "../support/page.ts";
import { ALL } from "../support/reference/index.ts";

/** What `training_fixture` writes: a training of two epochs. */
interface Case {
  network: string;
  /** `Start` of training/src/messages.rs, with arrays of numbers for bytes. */
  start: object;
  losses: number[];
  gauc: [number, number][];
}

/** What a worker reported of a training. */
interface Trained {
  losses: number[];
  gauc: [number, number][];
  /** The fields of the reports, in their order. */
  reports: string[];
}

test.beforeEach(async ({ page }) => {
  await page.route(stagesUrl, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Training</title>" }));
  await page.goto(stagesUrl);
  await page.evaluate(async (url) => {
    const wasm = await (await fetch(`${url}trainer_bg.wasm`)).arrayBuffer();
    const bytes = (value: unknown) => (Array.isArray(value) ? new Uint8Array(value) : value);
    // Trains to the end, or until there are enough losses; with `interrupted`, waits once, gives a checkpoint, and another worker
    // goes on from it.
    Object.assign(window, {
      train: (start: Record<string, unknown>, enough: number, interrupted: boolean): Promise<Trained> =>
        new Promise((resolve, reject) => {
          const trained: Trained = { losses: [], gauc: [], reports: [] };
          const begin = (checkpoint: unknown) => {
            const worker = new Worker(`${url}trainer_worker.js`);
            const ask = (command: unknown) => worker.postMessage([null, command]);
            let asks = interrupted && checkpoint === null;
            worker.onerror = reject;
            worker.onmessage = ({ data }) => {
              const [kind, report] = Object.entries<any>(data)[0] ?? [];
              if (kind === undefined) return reject(new Error("a report of nothing"));
              trained.reports.push(kind);
              if (kind === "step") trained.losses.push(...report.losses);
              if (kind === "evaluated") trained.gauc.push(report.scores.map((scores: { gauc: number }) => scores.gauc));
              if (kind === "failed") reject(new Error(report.problem));
              if (kind === "step" && asks) {
                asks = false;
                for (const command of ["pause", "resume", "checkpoint", "pause"]) ask(command);
              } else if (kind === "step" && trained.losses.length >= enough) {
                ask("stop");
              }
              if (kind === "checkpoint" || kind === "finished") worker.terminate();
              if (kind === "checkpoint") begin(report);
              if (kind === "finished") resolve(trained);
            };
            const files = Object.fromEntries(["catalogue", "training", "validation"].map((name) => [name, bytes(start[name])]));
            worker.postMessage([wasm, { start: { ...start, ...files, checkpoint } }]);
          };
          begin(null);
        }),
    });
  }, trainerUrl);
});

/** The trainings of the fixture, and one of them in a worker. */
async function cases(page: Page): Promise<Case[]> {
  return page.evaluate(async () => (await fetch("training.json")).json());
}

function train(page: Page, start: object, enough = Infinity, interrupted = false): Promise<Trained> {
  return page.evaluate(([start, enough, interrupted]) => (window as any).train(start, enough, interrupted), [start, enough, interrupted] as const);
}

test("every network trains in the worker as it does natively", async ({ page }) => {
  test.setTimeout(600_000);
  const all = await cases(page);
  expect([...new Set(all.map(({ network }) => network))]).toEqual(expect.arrayContaining(ALL.map(({ id }) => id)));
  for (const one of all) {
    const { losses, gauc, reports } = await train(page, one.start);
    expect(losses.length).toBe(one.losses.length);
    expect(losses.length).toBeGreaterThanOrEqual(50);
    // Relative. One step differs by roundings of some 1e-7; 50 steps of Adam make a thousand times as much of them.
    const apart = losses.slice(0, 50).map((loss, step) => Math.abs(loss / (one.losses[step] ?? NaN) - 1));
    expect(apart.filter((difference) => !(difference <= 1e-4))).toEqual([]);
    // Some hundred questions, of whose 50 negatives a few may change places.
    for (const [epoch, scores] of gauc.entries()) {
      for (const [set, score] of scores.entries()) expect(score).toBeCloseTo(one.gauc[epoch]?.[set] ?? NaN, 2);
    }
    expect(reports[0]).toBe("started");
    expect(reports.at(-1)).toBe("finished");
  }
});

test("a training goes on from a checkpoint in another worker with the same losses to the bit", async ({ page }) => {
  test.setTimeout(600_000);
  for (const { start } of await cases(page)) {
    // So many epochs that none of the trainings is over before its checkpoint is asked for.
    const train1000 = { ...start, train: { ...(start as { train: object }).train, epochs: 1000, patience: 1000 } };
    const broken = await train(page, train1000, 200, true);
    const kinds = broken.reports.filter((report) => report === "checkpoint" || report === "started");
    expect(kinds).toEqual(["started", "checkpoint", "started"]);
    const unbroken = await train(page, train1000, broken.losses.length);
    const common = Math.min(broken.losses.length, unbroken.losses.length);
    expect(common).toBeGreaterThanOrEqual(200);
    expect(broken.losses.slice(0, common)).toEqual(unbroken.losses.slice(0, common));
  }
});
