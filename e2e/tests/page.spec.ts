// What a visitor does, and whether every number shown is the engine's.

import { expect } from "@playwright/test";

import { attributes, expectSame, numbers, sum } from "../support/numbers.ts";
import { answered, button, change, choose, open, state, test } from "../support/page.ts";
import { ALL, OTHERS, START } from "../support/reference/index.ts";
import { weights } from "../support/shop.ts";

test("the first view has an answer already, and says what computed it", async ({ page }) => {
  const { network, history, probabilities } = await open(page);
  expect(network).toBe(START.name);
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

test("every number of every network in the page is the engine's", async ({ page }) => {
  await open(page);
  for (const network of ALL) {
    const options = weights(network).config.network;
    const meaning = network.meaning(options);
    await choose(page, network);
    const engine = await change(page, () => page.getByTestId("shop-item").first().click());
    expect(engine.network).toBe(network.name);

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

    const label = `${network.name}’s ${meaning} of each click`;
    await expect(page.locator(".bars-label")).toContainText(label);
    await expect(page.getByTestId("attention-bar").first()).toHaveAccessibleName(new RegExp(meaning));
    if (network.sharesOfOne(options)) {
      // Shares of one in 32-bit floats over a few steps: rounding is far below 1e-5.
      expect(Math.abs(sum(inspected.attention) - 1)).toBeLessThan(1e-5);
      expect(Math.min(...inspected.attention)).toBeGreaterThanOrEqual(0);
    }
    if (network.weighsAlike) expect(new Set(inspected.attention).size).toBe(1);
    else expect(new Set(inspected.attention).size).toBeGreaterThan(1);

    if (network.evolution) {
      expectSame(await numbers(page.getByTestId("evolution-step"), "data-attention"), inspected.attention);
      await expect(page.getByTestId("evolution-path").first()).toBeVisible();
      expect(inspected.evolution!.path).toHaveLength(engine.history.length + 1);
    } else {
      expect(inspected.evolution).toBeNull();
      await expect(page.getByTestId("evolution-step")).toHaveCount(0);
    }
  }
});

test("the switch changes the network, each with a ranking of its own, and back again gives the same answer", async ({ page }) => {
  const first = await open(page);
  // The page has the networks of `reference/`, each with its equations.
  const buttons = await attributes(page.locator(".switch button"), "data-testid");
  expect(buttons).toEqual(ALL.map(({ id }) => `model-${id}`));
  const answers = new Set([JSON.stringify(first.probabilities)]);
  const rankings = new Set([(await attributes(page.getByTestId("ranking-row"), "data-item")).join()]);
  for (const network of ALL) await expect(button(page, network)).toHaveAccessibleName(network.name);
  for (const network of OTHERS) {
    const { name } = network;
    const other = await choose(page, network);
    expect(other.history).toEqual(first.history);
    const probabilities = Object.values(other.probabilities);
    expect(Math.min(...probabilities)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...probabilities)).toBeLessThanOrEqual(1);
    answers.add(JSON.stringify(other.probabilities));
    await expect(page.getByTestId("status")).toContainText(`${name}’s held-out AUC`);
    await expect(page.locator('.switch [aria-pressed="true"]')).toHaveText(name);
    // Which network has no evolution says why, and leads to the one that has.
    if (!network.evolution) await expect(page.locator("#evolution")).toContainText(new RegExp(`${name} .*no evolution to show`));
    rankings.add((await attributes(page.getByTestId("ranking-row"), "data-item")).join());
  }
  expect(answers.size).toBe(ALL.length);
  expect(rankings.size).toBe(ALL.length);
  const again = await change(page, () => page.getByRole("button", { name: `Switch to ${START.name}` }).click());
  expect(again.network).toBe(START.name);
  expect(again.probabilities).toEqual(first.probabilities);
});

test("the explanation has a part and measured numbers for every network", async ({ page }) => {
  await open(page);
  await page.getByTestId("about").click();
  const dialog = page.getByRole("dialog");
  for (const { name } of ALL) {
    await expect(dialog.getByRole("heading", { name: new RegExp(`^${name},`) })).toBeVisible();
    const row = dialog.getByRole("row", { name: new RegExp(`^${name}, next item`) });
    await expect(row.getByRole("cell").first()).toHaveText(/^0\.\d{3} ± 0\.\d{3}$/);
  }
});

test("an item can be removed, an empty history is answered too, and undo brings the old one back", async ({ page }) => {
  const before = await open(page);
  const undo = async () => {
    const undone = await change(page, () => page.getByTestId("undo").click());
    expect(undone.history).toEqual(before.history);
    expect(undone.probabilities).toEqual(before.probabilities);
  };
  const removed = await change(page, () => page.getByTestId("history-remove").nth(1).click());
  expect(removed.history).toEqual(before.history.filter((_, index) => index !== 1));
  expect(removed.probabilities).not.toEqual(before.probabilities);
  await undo();

  const empty = await change(page, () => page.getByTestId("clear").click());
  expect(empty.history).toEqual([]);
  expect(empty.inspected!.attention).toEqual([]);
  await expect(page.getByTestId("history-item")).toHaveCount(0);
  await expect(page.getByTestId("attention-bar")).toHaveCount(0);
  expect(await page.getByTestId("ranking-row").count()).toBeGreaterThanOrEqual(10);
  await undo();

  // A ready-made shopper replaces the history.
  const second = await change(page, () => page.getByTestId("preset").nth(1).click());
  expect(second.history.length).toBeGreaterThan(0);
  expect(second.history).not.toEqual(before.history);
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
  await expect(items.filter({ hasNotText: /lantern/i })).toHaveCount(0);
  await search.fill("no such product anywhere");
  await expect(items).toHaveCount(0);
  await search.fill("");
  await expect.poll(() => items.count()).toBeGreaterThan(10);
});
