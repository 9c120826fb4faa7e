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

/** What trainer.js defines in a page. */
declare const wasm_bindgen: any;

/** A tensor's gradient as the trainer has it, held against differences of the loss. */
interface Slope {
  tensor: string;
  norm: number;
  /** Along the gradient itself and along a random direction: what the trainer says, and what the losses say. */
  along: [number, number][];
}

test("the trainer's gradients are the slopes of its loss, for every tensor of every network", async ({ page }) => {
  test.setTimeout(600_000);
  await page.addScriptTag({ url: `${trainerUrl}trainer.js` });
  // The small network of each kind comes first.
  const all = await cases(page);
  for (const { network, start } of all.filter((one, place) => all.findIndex(({ network }) => network === one.network) === place)) {
    const slopes: Slope[] = await page.evaluate(
      async ([url, start]) => {
        await wasm_bindgen({ module_or_path: `${url}trainer_bg.wasm` });
        const files = ["catalogue", "training", "validation"].map((name) => [name, new Uint8Array((start as any)[name])]);
        // What a step made of weights: the loss before it, and what it went on from.
        const step = async (change: (checkpoint: any) => void) => {
          const trainer = new wasm_bindgen.Trainer();
          const whole = { ...(start as object), ...Object.fromEntries(files) };
          await trainer.command({ start: { ...whole, checkpoint: null } }, 0);
          const { checkpoint } = (await trainer.command("checkpoint", 0)).at(-1);
          change(checkpoint);
          await trainer.command({ start: { ...whole, checkpoint } }, 0);
          await trainer.work(0);
          const reports = await trainer.command("checkpoint", 1);
          trainer.free();
          return { loss: reports[0].step.losses[0] as number, after: reports[1].checkpoint };
        };
        // Where each tensor's numbers are in a safetensors file.
        const tensors = (file: Uint8Array) => {
          const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
          const { __metadata__, ...all } = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
          const place = ([name, { data_offsets }]: [string, any]): [string, [number, number]] => [name, data_offsets.map((at: number) => 8 + length + at)];
          return new Map(Object.entries<any>(all).map(place));
        };
        const numbers = (file: Uint8Array, [from, until]: [number, number]) => new Float32Array(file.slice(from, until).buffer);
        const { after } = await step(() => {});
        const found: Slope[] = [];
        let seed = 7;
        const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5;
        for (const [name, place] of tensors(after.optimizer)) {
          if (!name.endsWith(".moment_1")) continue;
          const tensor = name.slice(0, -".moment_1".length);
          // The first moment begins at 0 and moves a tenth of the way to the gradient.
          const gradient = numbers(after.optimizer, place).map((moment) => moment / 0.1);
          const norm = Math.hypot(...gradient);
          const along: [number, number][] = [];
          for (const direction of [gradient, gradient.map(random)]) {
            const unit = direction.map((one) => one / (Math.hypot(...direction) || 1));
            const at = async (way: number) =>
              (
                await step(({ now }) => {
                  const [from] = tensors(now).get(tensor)!;
                  const view = new DataView(now.buffer, now.byteOffset);
                  unit.forEach((one, row) => view.setFloat32(from + 4 * row, view.getFloat32(from + 4 * row, true) + way * one, true));
                })
              ).loss;
            const slope = unit.reduce((sum, one, row) => sum + one * gradient[row]!, 0);
            along.push([slope, ((await at(0.03)) - (await at(-0.03))) / 0.06]);
          }
          found.push({ tensor, norm, along });
        }
        return found;
      },
      [trainerUrl, start] as const,
    );
    expect(slopes.length).toBeGreaterThan(8);
    for (const { tensor, norm, along } of slopes) {
      // What is clipped, above 5, would be another length.
      expect(norm, `${network}: ${tensor}`).toBeLessThan(4.9);
      for (const [slope, difference] of along) {
        // A loss of float32 is known to 1e-7, and its difference over 0.06 to 4e-6; and the loss is no parabola.
        expect(Math.abs(slope - difference), `${network}: ${tensor}, ${slope} and ${difference}`).toBeLessThan(0.02 * norm + 1e-5);
      }
    }
    // Most tensors have something to learn.
    expect(slopes.filter(({ norm }) => norm > 1e-4).length).toBeGreaterThan(slopes.length / 2);
  }
});
