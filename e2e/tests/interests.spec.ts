// Interests side by side: which click is in which of them, and what a product reads, by the equations once more.

import { expect, type Page } from "@playwright/test";

import { distance, numbers, sum } from "../support/numbers.ts";
import { change, choose, open, state, test } from "../support/page.ts";
import { comirecSa } from "../support/reference/comirec_sa.ts";
import { START } from "../support/reference/index.ts";
import { dot, Layers, type Vector } from "../support/reference/layers.ts";
import { ask, CATEGORIES, IDS, SHOP, weights } from "../support/shop.ts";
import { shownTable } from "../support/table.ts";

const COMIREC = weights(comirecSa);
const { interests: K } = COMIREC.config.network as typeof comirecSa.small;
const layers = new Layers(COMIREC);
const title = (row: number) => SHOP[row]!.title;
const products = IDS.map((_, row) => [
  ...layers.row("embedding.item.weight", row),
  ...layers.row("embedding.category.weight", CATEGORIES[row]!),
]);
const cosine = (a: Vector, b: Vector) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

const view = (page: Page) => page.getByTestId("view-interests");
const list = (page: Page) => view(page).getByTestId("interest-list").locator("li");
const tiles = (page: Page) => view(page).getByTestId("interest-clicks").locator("li");

/** Holds all that the view shows against the equations. */
async function check(page: Page): Promise<void> {
  const { history, inspected } = await state(page);
  const answer = ask(COMIREC)(history)(inspected!.item);
  const [attention, vectors] = [answer.parts.interest_attention as Vector[], answer.parts.interests as Vector[]];
  const choice = answer.parts.choice as Vector;
  await expect(tiles(page)).toHaveCount(history.length);
  // Some roundings of numbers below 1.
  const near = async (found: Promise<number[]>, wanted: number[]) => expect(distance(await found, wanted)).toBeLessThan(1e-5);
  await near(numbers(list(page), "data-choice"), choice);
  const shares = history.flatMap((_, j) => {
    const parts = attention.map((of) => of[j]!);
    return parts.map((part) => part / sum(parts));
  });
  await near(numbers(tiles(page).locator("[data-share]"), "data-share"), shares);

  // Each interest bears the names of the two products nearest to it.
  const names = vectors.map((v) => {
    const near = products.map((product, row) => [cosine(v, product), row] as const).sort(([a], [b]) => b - a);
    return `${title(near[0]![1])} · ${title(near[1]![1])}`;
  });
  expect(await list(page).locator(".interest-names").allTextContents()).toEqual(names);
  const pairs = vectors.flatMap((v, a) => vectors.slice(a + 1).map((other) => cosine(v, other)));
  await near(numbers(view(page).getByTestId("interest-pairs").locator("[data-cosine]"), "data-cosine"), pairs);

  await view(page).getByTestId("table-toggle").click();
  const { rows } = await shownTable(view(page));
  await view(page).getByTestId("table-toggle").click();
  expect(rows.map((row) => [row[0], row[2], row[3]])).toEqual(
    history.flatMap((id, j) => vectors.map((_, k) => [String(j + 1), id, String(k + 1)])),
  );
  const column = (place: number) => Promise.resolve(rows.map((row) => Number(row[place])));
  await near(column(4), history.flatMap((_, j) => attention.map((of) => of[j]!)));
  await near(column(5), shares);
  await near(column(6), history.flatMap(() => choice));
  await near(column(7), history.flatMap((_, j) => vectors.map(() => answer.attention[j]!)));
}

test("clicks are filled by the interests that they belong to, and the product reads what fits it", async ({ page }) => {
  await open(page, "#inside=interests");
  // A network without such interests says so, and leads to one that has them.
  await expect(view(page)).toContainText(`${START.name} makes one interest of all clicks`);
  await change(page, () => view(page).getByRole("button", { name: `Switch to ${comirecSa.name}` }).click());
  await expect(list(page)).toHaveCount(K);
  await check(page);
  const before = await numbers(tiles(page).locator("[data-share]"), "data-share");
  await change(page, () => page.getByTestId("shop-item").nth(4).click());
  await check(page);
  expect(await numbers(tiles(page).locator("[data-share]"), "data-share")).not.toEqual(before);
  await expect(tiles(page).first()).toHaveAttribute("aria-label", /^Click 1: .+; interest 1 [\d.]+%, .+; weight for the inspected product /);
});

test("without clicks there are no interests, and one click is in all of them", async ({ page }) => {
  await open(page, "#inside=interests");
  await choose(page, comirecSa);
  await change(page, () => page.getByTestId("clear").click());
  await expect(view(page)).toContainText("Without clicks there are no interests");
  await change(page, () => page.getByTestId("shop-item").first().click());
  await check(page);
  expect(distance(await numbers(tiles(page).locator("[data-share]"), "data-share"), Array(K).fill(1 / K))).toBeLessThan(1e-6);
});
