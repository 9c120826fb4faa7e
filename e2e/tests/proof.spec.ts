// "Prove it": GPU and CPU side by side, and the table of independent implementations.

import { expect, type Page } from "@playwright/test";

import { repository } from "../support/files.ts";
import { dialogOverflow, expectNoBarriers, THEMES, useTheme } from "../support/layout.ts";
import { attributes, numbers } from "../support/numbers.ts";
import { change, choose, open, state, test } from "../support/page.ts";
import { proofLines } from "../support/proof.ts";
import { ALL } from "../support/reference/index.ts";

/** The rows of a new comparison: stage, numbers compared, greatest difference. */
async function check(page: Page) {
  await page.getByTestId("prove-it-check").click();
  const rows = page.getByTestId("prove-it-table").locator("tbody tr");
  // While it runs there is no table; what it leaves is not old.
  const isNew = async () => (await page.getByTestId("prove-it-old").count()) === 0 && (await rows.count()) > 0;
  await expect.poll(isNew, { timeout: 120_000 }).toBe(true);
  const stages = await rows.locator("th").allTextContents();
  const [counts, differences] = [await numbers(rows, "data-count"), await numbers(rows, "data-difference")];
  return stages.map((stage, row) => ({ stage, count: counts[row]!, difference: differences[row]! }));
}

/** A line with one number a click: scores or, of a network that scores no click, weights. */
const OF_CLICKS = /^Scores s$|^Weights of the clicks$/;

test("every stage of every network on GPU and CPU agrees, and is counted; numbers of an older answer are marked", async ({ page }) => {
  test.setTimeout(600_000);
  await open(page);
  const old = page.getByTestId("prove-it-old");
  for (const network of ALL) {
    const answer = await choose(page, network);
    await page.getByTestId("prove-it").click();
    // Those of the network before.
    await expect(old).toHaveCount(network === ALL[0] ? 0 : 1);
    const rows = await check(page);
    await expect(page.getByTestId("prove-it-dialog")).toContainText(/All [\d,]+ numbers agree/);
    // What computed them is named.
    await expect(page.getByTestId("prove-it-dialog")).toContainText(/WGSL on .*swiftshader/i);
    await expect(page.getByTestId("prove-it-dialog")).toContainText(/WebAssembly/);
    const counts = rows.map(({ stage, count }) => [stage, count]);
    expect(counts).toEqual(proofLines(network, answer).map(([stage, numbers]) => [stage, numbers.length]));
    const attention = counts.find(([stage]) => OF_CLICKS.test(stage as string))!;
    expect(attention[1]).toBe(answer.history.length);
    for (const { stage, difference } of rows) {
      // As between all implementations: 1e-5 for probabilities and attention, 1e-4 for the rest, here of numbers up to 10.
      const tolerance = /probabilit|^Attention a$|^Weights/.test(stage) ? 1e-5 : 1e-3;
      expect(difference, stage).toBeLessThan(tolerance);
      expect(difference, stage).toBeGreaterThanOrEqual(0);
    }
    // Two implementations in 32-bit floats never agree in every bit of thousands of numbers: this was no copy.
    expect(Math.max(...rows.map(({ difference }) => difference))).toBeGreaterThan(0);
    await page.keyboard.press("Escape");
  }

  const before = await state(page);
  await change(page, () => page.getByTestId("shop-item").first().click());
  await page.getByTestId("prove-it").click();
  await expect(old).toBeVisible();
  const renewed = await check(page);
  expect(renewed.find(({ stage }) => OF_CLICKS.test(stage))!.count).toBe(before.history.length + 1);
  await expect(old).toHaveCount(0);
});

test("a page on the GPU is checked by the CPU", async ({ page }) => {
  test.setTimeout(300_000);
  await open(page, "?backend=gpu");
  await page.getByTestId("prove-it").click();
  const rows = await check(page);
  expect(rows.length).toBeGreaterThan(8);
  await expect(page.getByTestId("prove-it-dialog")).toContainText(/numbers agree/);
});

test("without WebGPU it says that no GPU can be checked", async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined }));
  await open(page);
  await page.getByTestId("prove-it").click();
  await page.getByTestId("prove-it-check").click();
  const error = page.getByTestId("prove-it-error");
  await expect(error).toContainText("No GPU can be checked here");
  await expect(error).toContainText("?backend=gpu");
  await expect(page.getByTestId("prove-it-table")).toHaveCount(0);
});

test("the table of independent implementations is the file of the command", async ({ page }) => {
  const file = JSON.parse(repository("assets/verify.json").toString());
  await open(page);
  await page.getByTestId("prove-it").click();
  const rows = page.getByTestId("verify-table").locator("tbody tr");
  await expect(rows).toHaveCount(file.fixtures.length);
  for (const [index, fixture] of file.fixtures.entries()) {
    const row = rows.nth(index);
    await expect(row).toContainText(fixture.peer);
    await expect(row).toContainText(fixture.options);
    const shown = await attributes(row.locator("td"), "title");
    for (const [column, key] of ["burn", "cpu", "wgsl", "aux", "attention", "states"].entries()) {
      const [text, value] = [JSON.parse(shown[column]!), fixture[key] ?? null];
      // The page's reader of JSON may be a bit of a 64-bit float off.
      if (value === null) expect(text).toBeNull();
      else expect(Math.abs(text - value), `${fixture.name}: ${key}`).toBeLessThanOrEqual(1e-12 * value);
    }
    for (const key of ["burn", "cpu", "wgsl"]) if (fixture[key] !== null) expect(fixture[key]).toBeLessThanOrEqual(file.tolerance);
  }
  await expect(page.getByTestId("prove-it-dialog")).toContainText(file.date);
  await expect(page.getByTestId("prove-it-dialog")).toContainText(file.adapter);
});

test("the panel fits a phone, and axe finds no barrier, in both themes", async ({ page }, info) => {
  test.setTimeout(300_000);
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page);
  await page.getByTestId("prove-it").click();
  await check(page);
  for (const theme of THEMES) {
    await useTheme(page, theme);
    const path = info.outputPath(`proof-${theme}.png`);
    await page.screenshot({ path });
    await info.attach(`proof, ${theme}`, { path, contentType: "image/png" });
    await expectNoBarriers(page);
    expect(await dialogOverflow(page)).toBeLessThanOrEqual(0);
  }
});
