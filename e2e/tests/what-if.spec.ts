// What if: the numbers of a changed history are those of the networks' equations, and the real history stays as it is.

import { expect, type Locator, type Page } from "@playwright/test";

import { attributes, distance, expectSame, numbers } from "../support/numbers.ts";
import { change, choose, open, state, test } from "../support/page.ts";
import { dien } from "../support/reference/dien.ts";
import { din } from "../support/reference/din.ts";
import { ALL, START } from "../support/reference/index.ts";
import { ask, weights } from "../support/shop.ts";

const view = (page: Page) => page.getByTestId("view-what-if");
const without = (history: string[], at: number) => history.filter((_, index) => index !== at);

/** Polls until the numbers in an attribute are close to `wanted`, and as many. */
async function expectClose(elements: Locator, attribute: string, wanted: number[]): Promise<void> {
  await expect(async () => {
    expect(distance(await numbers(elements, attribute), wanted)).toBeLessThanOrEqual(1e-5);
  }).toPass({ timeout: 60_000 });
}

/** Pearson's correlation. */
function correlation(x: number[], y: number[]): number {
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const sum = (of: (index: number) => number) => x.reduce((total, _, index) => total + of(index), 0);
  const covariance = sum((index) => (x[index]! - mx) * (y[index]! - my));
  return covariance / Math.sqrt(sum((index) => (x[index]! - mx) ** 2) * sum((index) => (y[index]! - my) ** 2));
}

/** Holds every leave-one-out number against the equations, for the history and the inspected product of now. */
async function checkLeaveOneOut(page: Page, network: { id: string }): Promise<void> {
  const { history, inspected } = await state(page);
  const says = ask(weights(network));
  const item = inspected!.item;
  const { probability, attention } = says(history)(item);
  const deltas = history.map((_, at) => probability - says(without(history, at))(item).probability);
  await expectClose(view(page).getByTestId("leave-one-out"), "data-delta", deltas);
  expectSame(await numbers(view(page).getByTestId("what-if-attention"), "data-attention"), inspected!.attention);
  const r = view(page).getByTestId("correlation");
  if (attention.every((weight) => weight === attention[0])) {
    await expect(r).not.toHaveAttribute("data-r");
  } else {
    await expect(r).toHaveAttribute("data-r", /./);
    await expect.poll(async () => Number(await r.getAttribute("data-r"))).toBeCloseTo(correlation(attention, deltas), 2);
  }
}

for (const backend of ["cpu", "gpu"]) {
  test(`leave-one-out is what the equations give, for every network, on the ${backend}`, async ({ page }) => {
    await open(page, `?backend=${backend}#inside=what-if`);
    for (const network of ALL) {
      await choose(page, network);
      await checkLeaveOneOut(page, network);
    }
    // It follows the next click.
    await change(page, () => page.getByTestId("shop-item").nth(2).click());
    await checkLeaveOneOut(page, ALL.at(-1)!);
  });
}

test("each change shows what the network would say, and touches the history only once it is applied", async ({ page }) => {
  const { history, inspected } = await open(page, "#inside=what-if");
  const says = ask(weights(START));
  const item = inspected!.item;
  const probability = view(page).getByTestId("what-if-probability");
  const slots = view(page).getByTestId("what-if-item");
  const check = async (wanted: string[], shown = wanted) => {
    await expect.poll(() => attributes(slots, "data-item")).toEqual(shown);
    await expectClose(probability, "data-after", [says(wanted)(item).probability]);
    await expectClose(probability, "data-before", [says(history)(item).probability]);
    expect((await state(page)).history).toEqual(history);
  };
  const press = (name: string) => view(page).getByTestId(`what-if-${name}`).click();
  await check(history);
  await expect(view(page).getByTestId("what-if-apply")).toBeDisabled();

  await slots.nth(1).click();
  await press("mute");
  await check(without(history, 1), history);
  await press("mute");
  await check(history);
  await press("earlier");
  await check([history[1]!, history[0]!, ...history.slice(2)]);
  await press("later");
  await press("later");
  await check([history[0]!, history[2]!, history[1]!, ...history.slice(3)]);
  await press("reset");
  await slots.nth(0).click();
  await press("repeat");
  await check([history[0]!, ...history]);
  await press("remove");
  await press("remove");
  await check(history.slice(1));
  await press("reverse");
  await check(history.slice(1).reverse());
  await press("reset");
  await check(history);

  await slots.nth(2).click();
  await press("swap");
  await view(page).getByTestId("what-if-search").fill("lunch box");
  const offer = view(page).getByTestId("what-if-offer").nth(1);
  await expect(offer).toContainText(/lunch box/i);
  const other = (await offer.getAttribute("data-item"))!;
  await offer.click();
  const swapped = history.with(2, other);
  await check(swapped);
  const place = await view(page).getByTestId("what-if-place").getAttribute("data-after");

  const after = await change(page, () => press("apply"));
  expect(after.history).toEqual(swapped);
  await expect(view(page).getByTestId("what-if-apply")).toBeDisabled();
  // What was foretold has come true, and can be taken back.
  await page.getByTestId("open-ranking").click();
  await expect(page.locator(`[data-testid=ranking-row][data-item="${item}"] .place`)).toHaveText(place!);
  expect((await change(page, () => page.getByTestId("undo").click())).history).toEqual(history);
});

test("a history is changed with the keyboard alone", async ({ page }) => {
  const { history } = await open(page, "#inside=what-if");
  const slots = view(page).getByTestId("what-if-item");
  await slots.last().focus();
  await page.keyboard.press("Home");
  await expect(slots.first()).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(slots.nth(1)).toBeFocused();
  await expect(slots.nth(1)).toHaveAttribute("aria-checked", "true");
  await page.keyboard.press("Delete");
  await expect(slots).toHaveCount(history.length - 1);
  expect(await attributes(slots, "data-item")).toEqual(without(history, 1));
  await expect(slots.nth(1)).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(view(page).getByTestId("what-if-mute")).toBeFocused();
  await page.keyboard.press("Space");
  await expect(view(page).getByTestId("what-if-mute")).toHaveAttribute("aria-pressed", "true");
  const says = ask(weights(START));
  const muted = without(without(history, 1), 1);
  const { inspected } = await state(page);
  await expectClose(view(page).getByTestId("what-if-probability"), "data-after", [says(muted)(inspected!.item).probability]);
  for (let left = history.length - 1; left > 0; left--) {
    await slots.first().focus();
    await page.keyboard.press("Delete");
    await expect(slots).toHaveCount(left - 1);
  }
  await expect(view(page)).toContainText("no click left");
  await expectClose(view(page).getByTestId("what-if-probability"), "data-after", [says([])(inspected!.item).probability]);
});

test("in reverse DIN says the same and DIEN does not", async ({ page }) => {
  const { history, inspected } = await open(page, "#inside=what-if");
  await view(page).getByTestId("read-in-reverse").click();
  const rows = view(page).getByTestId("reversed");
  await expect(rows).toHaveCount(2);
  expect(await attributes(rows, "data-network")).toEqual([din.id, dien.id]);
  const reversed = history.toReversed();
  const of = (history: string[]) => [din, dien].map((network) => ask(weights(network))(history)(inspected!.item).probability);
  await expectClose(rows, "data-before", of(history));
  await expectClose(rows, "data-after", of(reversed));
  await expect(rows.first()).toContainText("±0.00");
  await expect(rows.last()).not.toContainText("±0.00");
});

test("it says that attention is not attribution", async ({ page }) => {
  await open(page, "#inside=what-if");
  await expect(view(page)).toContainText("Attention is not attribution");
});
