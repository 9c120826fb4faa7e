// What a visitor does, and whether every number shown is the engine's.

import { expect } from "@playwright/test";

import { answered, attributes, change, expectSame, numbers, open, state, sum, test } from "./lens.ts";

test("the first view has an answer already, and says what computed it", async ({ page }) => {
  const { network, history, probabilities } = await open(page);
  expect(network).toBe("DIEN");
  expect(history.length).toBeGreaterThan(0);
  expect(Object.keys(probabilities).length).toBeGreaterThan(1000);
  for (const probability of Object.values(probabilities)) {
    expect(probability).toBeGreaterThan(0);
    expect(probability).toBeLessThan(1);
  }
  await expect(page.getByTestId("preset")).toHaveCount(3);
  await expect(page.getByTestId("history-item")).toHaveCount(history.length);
  await expect(page.getByTestId("status")).toContainText(/CPU/);
  await expect(page.getByTestId("status")).toContainText(/AUC/);
  await expect(page.getByTestId("status")).toContainText(/answered in [\d.,]+ m?s/);
});

test("ten clicks change the ranking ten times", async ({ page }) => {
  let before = await open(page);
  for (let click = 0; click < 10; click++) {
    const rows = await attributes(page.getByTestId("ranking-row"), "data-item");
    const item = page.getByTestId("shop-item").nth(click);
    const id = await item.getAttribute("data-item");
    const now = await change(page, () => item.click());
    expect(now.history).toEqual([...before.history, id]);
    expect(now.probabilities).not.toEqual(before.probabilities);
    await expect(page.getByTestId("history-item")).toHaveCount(now.history.length);
    if (click === 0) {
      await expect.poll(() => attributes(page.getByTestId("ranking-row"), "data-item")).not.toEqual(rows);
    }
    before = now;
  }
});

for (const network of ["DIEN", "DIN"] as const) {
  test(`every number of ${network} in the page is the engine's`, async ({ page }) => {
    await open(page);
    if (network === "DIN") await change(page, () => page.getByTestId("model-din").click());
    const engine = await change(page, () => page.getByTestId("shop-item").first().click());
    expect(engine.network).toBe(network);

    const rows = page.getByTestId("ranking-row");
    const shown = await attributes(rows, "data-item");
    expect(shown.length).toBeGreaterThanOrEqual(10);
    expectSame(await numbers(rows, "data-probability"), shown.map((item) => engine.probabilities[item]!));
    const best = Object.entries(engine.probabilities)
      .filter(([item]) => !engine.history.includes(item))
      .map(([, probability]) => probability)
      .sort((a, b) => b - a);
    // The compared product is of another category, and may come from further down.
    expectSame((await numbers(rows, "data-probability")).slice(0, 20), best.slice(0, 20));

    const inspected = engine.inspected!;
    expect(Math.abs(inspected.probability - engine.probabilities[inspected.item]!)).toBeLessThan(1e-5);
    expect(Math.abs(inspected.probability - 1 / (1 + Math.exp(-inspected.logit)))).toBeLessThan(1e-6);
    expect(inspected.attention).toHaveLength(engine.history.length);
    expectSame(await numbers(page.getByTestId("attention-bar"), "data-weight"), inspected.attention);

    if (network === "DIEN") {
      // A softmax in 32-bit floats over a few steps: rounding is far below 1e-5.
      expect(Math.abs(sum(inspected.attention) - 1)).toBeLessThan(1e-5);
      expectSame(await numbers(page.getByTestId("evolution-step"), "data-attention"), inspected.attention);
      await expect(page.getByTestId("evolution-path").first()).toBeVisible();
      expect(inspected.evolution!.path).toHaveLength(engine.history.length + 1);
    } else {
      expect(inspected.evolution).toBeNull();
      await expect(page.getByTestId("evolution-step")).toHaveCount(0);
    }
  });
}

test("the switch changes the network, and back again gives the same answer", async ({ page }) => {
  const dien = await open(page);
  const din = await change(page, () => page.getByTestId("model-din").click());
  expect(din.network).toBe("DIN");
  expect(din.history).toEqual(dien.history);
  expect(din.probabilities).not.toEqual(dien.probabilities);
  await expect(page.getByTestId("status")).toContainText("DIN");
  const again = await change(page, () => page.getByTestId("model-dien").click());
  expect(again.probabilities).toEqual(dien.probabilities);
});

test("an item can be removed, and undo brings it back", async ({ page }) => {
  const before = await open(page);
  const removed = await change(page, () => page.getByTestId("history-remove").nth(1).click());
  expect(removed.history).toEqual(before.history.filter((_, index) => index !== 1));
  expect(removed.probabilities).not.toEqual(before.probabilities);
  const undone = await change(page, () => page.getByTestId("undo").click());
  expect(undone.history).toEqual(before.history);
  expect(undone.probabilities).toEqual(before.probabilities);
});

test("an empty history is answered too", async ({ page }) => {
  const before = await open(page);
  const empty = await change(page, () => page.getByTestId("clear").click());
  expect(empty.history).toEqual([]);
  expect(empty.inspected!.attention).toEqual([]);
  await expect(page.getByTestId("history-item")).toHaveCount(0);
  await expect(page.getByTestId("attention-bar")).toHaveCount(0);
  expect(await page.getByTestId("ranking-row").count()).toBeGreaterThanOrEqual(10);
  const undone = await change(page, () => page.getByTestId("undo").click());
  expect(undone.history).toEqual(before.history);
});

test("a ready-made shopper replaces the history", async ({ page }) => {
  const first = await open(page);
  const second = await change(page, () => page.getByTestId("preset").nth(1).click());
  expect(second.history.length).toBeGreaterThan(0);
  expect(second.history).not.toEqual(first.history);
  await expect(page.getByTestId("history-item")).toHaveCount(second.history.length);
});

test("inspecting another product shows its attention", async ({ page }) => {
  await open(page);
  const row = page.getByTestId("ranking-row").nth(3);
  const item = await row.getAttribute("data-item");
  await row.getByTestId("inspect").click();
  await expect.poll(async () => (await state(page)).inspected?.item).toBe(item);
  const engine = await answered(page);
  await expect
    .poll(async () => (await numbers(page.getByTestId("attention-bar"), "data-weight")).map(Math.fround))
    .toEqual(engine.inspected!.attention.map(Math.fround));
});

test("the search narrows the shop", async ({ page }) => {
  await open(page);
  const search = page.getByTestId("search");
  await search.fill("lantern");
  const items = page.getByTestId("shop-item");
  await expect(items.first()).toContainText(/lantern/i);
  for (const text of await items.allTextContents()) expect(text).toMatch(/lantern/i);
  await search.fill("no such product anywhere");
  await expect(items).toHaveCount(0);
  await search.fill("");
  expect(await items.count()).toBeGreaterThan(10);
});
