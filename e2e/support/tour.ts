// The guided tour, as its data says it: its stops, the way to them, and what each asks for.

import { expect, type Page } from "@playwright/test";

import { repository } from "./files.ts";
import { answered, drawn, type State } from "./page.ts";

export interface Stop {
  id: string;
  /** The test id of the element that the stop is about, and its place among several. */
  anchor: string;
  nth?: number;
  /** The page, as an address says it. */
  state: string;
  /** The name of the predicate that says when the task is done. */
  done: string;
}

export const STOPS: Stop[] = JSON.parse(repository("assets/lesson/tour.json").toString());

/** The languages of the tour, as addresses name them. */
export const LANGUAGES = ["en", "zh"] as const;

/** The titles of the stops in a language, by id. */
export const titles = (language: string): Record<string, { title: string }> =>
  JSON.parse(repository(`assets/lesson/tour.${language}.json`).toString());

export const card = (page: Page) => page.getByTestId("tour-card");
export const anchor = (page: Page, { anchor, nth }: Stop) => page.getByTestId(anchor).nth(nth ?? 0);

/** Waits until the stop is there with everything that it is about, and returns the answer there. */
export async function at(page: Page, stop: Stop): Promise<State> {
  await expect(card(page)).toHaveAttribute("data-stop", stop.id);
  await expect(anchor(page, stop)).toBeVisible();
  // The numbers in its texts are of the answer with which it begins.
  const texts = card(page).locator(".tour-text p").filter({ hasNot: page.locator("math") });
  await expect(texts.filter({ hasText: "…" })).toHaveCount(0);
  const found = await answered(page);
  await drawn(page);
  return found;
}

/** Does what a stop asks for. */
export async function act(page: Page, { done }: Stop): Promise<void> {
  const acts: Record<string, () => Promise<void>> = {
    inspected: () => page.getByTestId("inspect").nth(3).click(),
    clicked: () => page.getByTestId("shop-item").nth(3).click(),
    switched: () => page.getByTestId("model-tin").click(),
    equation: () => page.getByTestId("shader-equation").first().click(),
    stage: () => page.getByTestId("model-stage").nth(1).click(),
    "looked-up": async () => {
      await page.getByTestId("embedding-search").fill("cake cases");
      await page.getByTestId("embedding-found").first().click();
    },
    stepped: () => page.getByTestId("step-back").click(),
    sampled: () => page.getByTestId("sample-again").click(),
    path: () => page.getByTestId("map-product").nth(1).click(),
    setting: async () => void (await page.getByTestId("compare-evolution").first().selectOption({ index: 1 })),
    reversed: () => page.getByTestId("read-in-reverse").click(),
    muted: () => page.getByTestId("what-if-mute").click(),
    "set-training": async () => {
      await page.getByTestId("train-seed").fill("2");
      await page.getByTestId("train-seed").blur();
    },
  };
  await acts[done]!();
}

/** Whether the middle of the element is on the screen with nothing over it, and the card lies beside all of it. */
export async function lies(page: Page, stop: Stop): Promise<{ uncovered: boolean; beside: boolean }> {
  return anchor(page, stop).evaluate((element) => {
    const box = element.getBoundingClientRect();
    const found = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const over = document.querySelector(".lesson > *")!.getBoundingClientRect();
    const beside = box.right <= over.left || box.left >= over.right || box.bottom <= over.top || box.top >= over.bottom;
    return { uncovered: found !== null && element.contains(found), beside };
  });
}

/** What two people see who are at the same stop. */
export const seen = ({ network, history, probabilities, inspected, compared }: State) => ({ network, history, probabilities, inspected, compared });
