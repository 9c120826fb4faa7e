// What every test of the page shares: a page that may not log errors, and a look at the engine's own numbers.

import { expect, test as base, type Locator, type Page } from "@playwright/test";

/** The networks of the switch, in its order; where the page begins is DIEN. */
export const NETWORKS = [
  { name: "Embedding & MLP", id: "embedding-mlp" },
  { name: "DIN", id: "din" },
  { name: "DIEN", id: "dien" },
  { name: "TIN", id: "tin" },
] as const;

/** One product and what the network computed for it, as `window.interestLens.state()` tells. */
export interface Inspected {
  item: string;
  logit: number;
  probability: number;
  /** The weight of each click, [step]: w_j of a sum, TIN's α_j, DIEN's a_t. */
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

/** The engine's latest answer. */
export interface State {
  backend: "gpu" | "cpu" | null;
  adapter: string | null;
  busy: boolean;
  problem: string | null;
  network: (typeof NETWORKS)[number]["name"] | "Your model" | null;
  history: string[];
  probabilities: Record<string, number>;
  inspected: Inspected | null;
  compared: Inspected | null;
  totalMs: number | null;
  gpuMs: number | null;
}

declare global {
  interface Window {
    interestLens?: {
      state(): State;
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

/** Waits until the engine has nothing left to do and no part of the page is behind, and returns the engine's answer. */
export async function answered(page: Page): Promise<State> {
  await page.waitForFunction(
    () => {
      const state = window.interestLens?.state();
      return state && !state.busy && (state.network !== null || state.problem !== null);
    },
    undefined,
    { timeout: 100_000 },
  );
  return state(page);
}

/** Waits until what follows an answer, the pointer or the width of the page is drawn: observers of sizes take a frame more. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let quiet = 0; quiet < 3; quiet++) {
      await new Promise(requestAnimationFrame);
      if (window.interestLens!.state().busy) quiet = -1;
    }
  });
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
      const state = window.interestLens!.state();
      if (state.problem !== null) return true;
      // Without a network there is no answer yet: its weights are on their way.
      if (state.busy || state.network === null) return false;
      return JSON.stringify(state.history) !== history || state.network !== network;
    },
    [JSON.stringify(before.history), before.network],
    { timeout: 100_000 },
  );
  const after = await state(page);
  expect(after.problem).toBeNull();
  return after;
}

/** One attribute of every element, in the order of the page. */
export async function attributes(elements: Locator, name: string): Promise<string[]> {
  return elements.evaluateAll((all, name) => all.map((element) => element.getAttribute(name) ?? ""), name);
}

/** The numbers in one attribute of every element. */
export async function numbers(elements: Locator, name: string): Promise<number[]> {
  return (await attributes(elements, name)).map((text) => Number(text || "NaN"));
}

/** Fails unless both lists are equal as 32-bit floats, in which the engine computes. */
export function expectSame(actual: number[], expected: number[]): void {
  expect(actual.map(Math.fround)).toEqual(expected.map(Math.fround));
}

/** The greatest absolute difference between two lists of the same length. To be expected once: an `expect` takes 2 ms. */
export function distance(a: number[], b: number[]): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

export function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What sticks out of the screen at a side, or is cut off by its own box, and cannot be scrolled to. */
export async function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    // Inside a box that scrolls sideways, or that is a picture with a frame of its own, nothing is lost.
    const reachable = (element: Element) => {
      for (let one = element.parentElement; one; one = one.parentElement) {
        if (one instanceof SVGElement || /auto|scroll/.test(getComputedStyle(one).overflowX)) return true;
      }
      return false;
    };
    const name = (element: Element) =>
      `<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> ${element.textContent?.trim().slice(0, 40)}`;
    for (const element of document.body.querySelectorAll<HTMLElement>("*")) {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      // What is there for screen readers alone is a pixel wide on purpose.
      if (box.width <= 1 || box.height <= 1 || style.visibility === "hidden") continue;
      if (!reachable(element) && (box.left < -1 || box.right > innerWidth + 1)) found.push(`beside: ${name(element)}`);
      const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim());
      // An ellipsis, of one line or of several, says that there is more.
      const ellipsis = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
      const clips = /hidden|clip/.test(style.overflowX) && !ellipsis;
      if (hasText && clips && element.scrollWidth > element.clientWidth + 1) found.push(`cut: ${name(element)}`);
    }
    return found;
  });
}

/** Remembers every GPU device that the page opens, for `loseGpu`. Before the page is opened. */
export async function noteGpu(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const request = GPUAdapter.prototype.requestDevice;
    const devices: GPUDevice[] = [];
    Object.assign(window, { devices });
    GPUAdapter.prototype.requestDevice = async function (...options) {
      const device = await request.apply(this, options);
      devices.push(device);
      return device;
    };
  });
}

/** Destroys the page's GPU devices, as a driver reset would: how many there were. */
export async function loseGpu(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { devices } = window as unknown as { devices: GPUDevice[] };
    for (const device of devices) device.destroy();
    return devices.length;
  });
}
