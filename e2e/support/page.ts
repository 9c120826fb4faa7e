// What every test of the page shares: a page that may not log errors, and a look at the engine's own numbers.

import { expect, test as base, type Page } from "@playwright/test";

/** One product and what the network computed for it, as `window.interestLens.state()` tells. */
export interface Inspected {
  item: string;
  logit: number;
  probability: number;
  /** The weight of each click, [step]: w_j, α_j or a_t, as the network's paper has it. */
  attention: number[];
  /** Before normalisation, [step]. */
  scores: number[];
  /** v, [H]; null of DIEN, whose interest is a state. */
  interest: number[] | null;
  evolution: Evolution | null;
}

/** DIEN's interest evolution: h, r, u, ũ, n and h′, [step][hidden], and the projected states after the zero state. */
export interface Evolution {
  interestStates: number[][];
  reset: number[][];
  update: number[][];
  attentionalUpdate: number[][];
  candidate: number[][];
  states: number[][];
  path: [number, number][];
}

/** What the engine's latest answer is about. */
export interface Now {
  busy: boolean;
  problem: string | null;
  backend: "gpu" | "cpu" | null;
  /** The network's name, or "Your model"; null without an answer. */
  network: string | null;
  history: string[];
  /** The open view, as the address names it; null for the ranking. */
  view: string | null;
}

/** The engine's latest answer. */
export interface State extends Now {
  adapter: string | null;
  probabilities: Record<string, number>;
  inspected: Inspected | null;
  compared: Inspected | null;
  /** What is set in the view, by its name in the address, where that is not as the view begins. */
  settings: Record<string, string>;
  totalMs: number | null;
  gpuMs: number | null;
}

/** Named parts; values in row order. */
export type Trace = Record<string, { letter: string; shape: number[]; values: number[] }>;

declare global {
  interface Window {
    interestLens?: {
      /** Cheap enough to be asked for with every frame; the probabilities of all products are not. */
      now(): Now;
      state(): State;
      /** What the network computed on the way to the inspected product's probability. */
      trace(): Trace;
      /** Bytes of the program's memory. */
      memory(): number;
    };
  }
}

interface Options {
  /** Errors that the test provokes; every other one on the console fails it. */
  expectedErrors: RegExp[];
}

export const test = base.extend<Options>({
  expectedErrors: [[], { option: true }],
  page: async ({ page, expectedErrors }, use) => {
    const errors: string[] = [];
    const note = (text: string) => {
      if (!expectedErrors.some((expected) => expected.test(text))) errors.push(text);
    };
    page.on("console", (message) => {
      if (message.type() === "error") note(`${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => note(String(error)));
    await use(page);
    expect(errors, "errors on the console").toEqual([]);
  },
});

/** Opens the page and waits for its first answer, which must come without a problem, and for the view that `query` names. */
export async function open(page: Page, query = ""): Promise<State> {
  await page.goto(`./${query}`);
  // It is loaded apart from the page, and may come after the answer.
  const view = /#inside=(.+)/.exec(query)?.[1];
  if (view) await page.getByTestId(`view-${view}`).waitFor();
  const first = await answered(page);
  expect(first.problem).toBeNull();
  return first;
}

/** In the page: whether the engine has nothing left to do, and no part of the page is behind. */
export const isAnswered = () => {
  const now = window.interestLens?.now();
  return now && !now.busy && (now.network !== null || now.problem !== null);
};

/** Waits until the engine has nothing left to do and no part of the page is behind, and returns the engine's answer. */
export async function answered(page: Page): Promise<State> {
  await page.waitForFunction(isAnswered, undefined, { timeout: 100_000 });
  return state(page);
}

/**
 * Waits until what follows an answer, the pointer or the width of the page is drawn: observers of sizes take a frame more. An answer
 * that is on its way is waited for, unless one looks at the page `meanwhile`.
 */
export async function drawn(page: Page, meanwhile = false): Promise<void> {
  await page.evaluate(async (meanwhile) => {
    for (let quiet = 0; quiet < 3; quiet++) {
      await new Promise(requestAnimationFrame);
      if (!meanwhile && window.interestLens!.now().busy) quiet = -1;
    }
  }, meanwhile);
}

/** The engine's answer at this moment. */
export async function state(page: Page): Promise<State> {
  return page.evaluate(() => window.interestLens!.state());
}

/** Does something that changes the history or the network, and waits for the answer, which must come without a problem. */
export async function change(page: Page, action: () => Promise<void>): Promise<State> {
  const before = await state(page);
  await action();
  await page.waitForFunction(
    ([history, network]) => {
      const now = window.interestLens!.now();
      if (now.problem !== null) return true;
      // Without a network there is no answer yet: its weights are on their way.
      if (now.busy || now.network === null) return false;
      return JSON.stringify(now.history) !== history || now.network !== network;
    },
    [JSON.stringify(before.history), before.network],
    { timeout: 100_000 },
  );
  const after = await state(page);
  expect(after.problem).toBeNull();
  return after;
}

/** The page's switch: chooses a network, unless it is in use, and waits for its answer. */
export async function choose(page: Page, network: { id: string; name: string }): Promise<State> {
  const now = await state(page);
  if (now.network === network.name) return now;
  const chosen = await change(page, () => button(page, network).click());
  expect(chosen.network).toBe(network.name);
  return chosen;
}

/** The button of a network in the page's switch. */
export const button = (page: Page, { id }: { id: string }) => page.getByTestId(`model-${id}`);
