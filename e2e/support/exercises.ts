// The exercises as a visitor meets them, and somebody who asks the engine on another page before answering.

import { expect, type Page } from "@playwright/test";

import { asset } from "./shop.ts";
import type { State } from "./page.ts";

/** A question as the data have it. */
export interface Question {
  state: string;
  products?: string[];
  index?: number;
  click?: string;
  other?: string[];
  networks?: string[];
  offers?: string[];
  most?: number;
}

/** An exercise as the data have it. */
export interface Exercise {
  id: string;
  kind: "order" | "goes" | "comes" | "attention" | "reordered" | "find";
  variants: Question[];
}

/** Every exercise, in its order. */
export const EXERCISES = JSON.parse(asset("lesson/exercises.json").toString()) as Exercise[];

/** What a question says of the page: its network, its clicks and its product. */
export function said({ state }: Question): { network: string; history: string[]; inspect: string } {
  const { network = "", history = "", inspect = "" } = Object.fromEntries(new URLSearchParams(state));
  return { network, history: history.split(",").filter(Boolean), inspect };
}

/** A page that is asked what its engine says, behind another one: a browser hardly draws what is behind. */
export async function engine(page: Page, front: Page): Promise<Ask> {
  await page.goto("./?backend=cpu");
  await page.waitForFunction(() => window.interestLens?.now().network);
  await front.bringToFront();
  return async (network, history, inspect = "") => {
    const address = `v=1&network=${network}&history=${history.join(",")}${inspect && `&inspect=${inspect}`}`;
    await page.evaluate((address) => (location.hash = address), address);
    const answer = await page.waitForFunction(
      ([network, history, inspect]) => {
        const now = window.interestLens!.now();
        const pressed = document.querySelector(`[data-testid="model-${network}"]`)?.getAttribute("aria-pressed");
        if (pressed !== "true" || now.busy || !now.network || now.history.join() !== history) return null;
        const state = window.interestLens!.state();
        return !inspect || state.inspected?.item === inspect ? state : null;
      },
      [network, history.join(), inspect] as const,
      { polling: 50 },
    );
    return (await answer.jsonValue()) as State;
  };
}

/** What a network says after a history. */
export type Ask = (network: string, history: string[], inspect?: string) => Promise<State>;

/** A prediction, in the terms of its kind. */
export type Guess =
  | { order: string[] }
  | { up: boolean }
  | { bars: number[] }
  | { notice: Record<string, boolean> }
  | { clicks: string[] };

/** The right answer, by the engine. */
export async function solved(ask: Ask, kind: Exercise["kind"], question: Question): Promise<Guess> {
  const { network, history, inspect } = said(question);
  const probability = async (network: string, history: string[]) => (await ask(network, history, inspect)).probabilities[inspect]!;
  switch (kind) {
    case "order": {
      const { probabilities } = await ask(network, history);
      return { order: question.products!.toSorted((a, b) => probabilities[b]! - probabilities[a]!) };
    }
    case "goes":
      return { up: (await probability(network, history.toSpliced(question.index!, 1))) > (await probability(network, history)) };
    case "comes":
      return { up: (await probability(network, [...history, question.click!])) > (await probability(network, history)) };
    case "attention": {
      const { attention } = (await ask(network, history, inspect)).inspected!;
      const most = Math.max(...attention);
      return { bars: attention.map((weight) => Math.round((100 * Math.max(weight, 0)) / most)) };
    }
    case "reordered": {
      const notice: Record<string, boolean> = {};
      for (const network of question.networks!) {
        const change = (await probability(network, question.other!)) - (await probability(network, history));
        notice[network] = Math.abs(change) > 1e-4;
      }
      return { notice };
    }
    case "find":
      for (const offer of question.offers!) {
        const clicks = [...history, offer];
        const { probabilities } = await ask(network, clicks);
        const others = Object.entries(probabilities).filter(([id]) => !clicks.includes(id));
        const [first] = others.reduce((best, next) => (next[1] > best[1] ? next : best));
        if (first === inspect) return { clicks: [offer] };
      }
      throw new Error(`nothing makes ${inspect} the first`);
  }
}

/** A guess, each as likely as any other, by numbers from 0 to 1. */
export function guessed(uniform: () => number, kind: Exercise["kind"], question: Question): Guess {
  const below = (end: number) => Math.floor(uniform() * end);
  const drawn = (things: string[], count: number) => {
    const left = [...things];
    return Array.from({ length: count }, () => left.splice(below(left.length), 1)[0]!);
  };
  switch (kind) {
    case "order":
      return { order: drawn(question.products!, question.products!.length) };
    case "goes":
    case "comes":
      return { up: below(2) === 0 };
    case "attention":
      return { bars: said(question).history.map(() => below(101)) };
    case "reordered":
      return { notice: Object.fromEntries(question.networks!.map((network) => [network, below(2) === 0])) };
    case "find":
      return { clicks: drawn(question.offers!, 1 + below(question.most!)) };
  }
}

/** The exercise that is open. */
export const exercise = (page: Page) => page.getByTestId("exercise");
/** What is revealed of it. */
export const reveal = (page: Page) => page.getByTestId("exercise-reveal");

/** Opens a question by its address, and waits until it can be answered. */
export async function openExercise(page: Page, address: string, query = "?backend=cpu"): Promise<void> {
  await page.goto(`./${query}#exercise=${address}`);
  await expect(page.getByTestId("exercise-question")).not.toBeEmpty();
  await expect(reveal(page)).toHaveCount(0);
}

/** Predicts, with what the page offers for it. */
export async function predict(page: Page, guess: Guess): Promise<void> {
  if ("order" in guess) {
    const products = page.getByTestId("exercise-product");
    for (const [place, id] of guess.order.entries()) {
      const row = page.locator(`[data-testid=exercise-product][data-item="${id}"]`);
      for (;;) {
        const now = await products.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-item")));
        if (now.indexOf(id) <= place) break;
        await row.getByTestId("exercise-up").click();
        await expect(products.nth(now.indexOf(id) - 1)).toHaveAttribute("data-item", id);
      }
    }
  } else if ("up" in guess) {
    await page.getByTestId(`exercise-way-${guess.up ? "up" : "down"}`).check();
  } else if ("bars" in guess) {
    const sliders = exercise(page).locator("input[type=range]");
    for (const [place, bar] of guess.bars.entries()) await sliders.nth(place).fill(String(bar));
  } else if ("notice" in guess) {
    for (const [network, notices] of Object.entries(guess.notice)) {
      await page.locator(`[data-testid=exercise-notice][data-network="${network}"]`).setChecked(notices);
    }
  } else {
    for (const id of guess.clicks) await page.locator(`[data-testid=exercise-offer][data-item="${id}"]`).click();
  }
}

/** Commits, and returns what the prediction was worth, and what a guess is worth. */
export async function commit(page: Page): Promise<{ score: number; chance: number }> {
  await page.getByTestId("exercise-commit").click();
  await expect(reveal(page)).toBeVisible();
  const number = async (name: string) => Number(await reveal(page).getAttribute(name));
  return { score: await number("data-score"), chance: await number("data-chance") };
}
