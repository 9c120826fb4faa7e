// The start: little is loaded, nothing twice, and the page is of use before an engine is.

import { gzipSync } from "node:zlib";

import { expect, type Page } from "@playwright/test";

import { distance } from "../support/numbers.ts";
import { answered, open, state, test } from "../support/page.ts";
import { START } from "../support/reference/index.ts";

/** As in xtask/src/page.rs, where the files are counted as they lie in dist/. */
const LIMIT_KB = 1200;
/** The weights that the first ranking needs. */
const FILE = `${START.id}.safetensors`;
const WEIGHTS = `**/assets/${FILE}`;

test("the first ranking needs little, and nothing twice", async ({ page }) => {
  const bodies: Promise<[string, Buffer]>[] = [];
  page.on("response", (response) => {
    const body = response.body().then((body): [string, Buffer] => [new URL(response.url()).pathname.split("/interest-lens/")[1]!, body]);
    // What comes after the first ranking may still be on its way when the test ends.
    body.catch(() => {});
    bodies.push(body);
  });
  await page.goto("./");
  await page.getByTestId("ranking-row").first().waitFor();
  const loaded = await Promise.all(bodies);
  const names = loaded.map(([name]) => name);
  // The other networks begin to load with the first answer, and so do the parts of the program that draw an evolution and explain words.
  const isLater = (name: string) => (name.endsWith(".safetensors") && !name.endsWith(FILE)) || /split_(evolution|aids)\.wasm$|pictograms\.json$/.test(name);
  const later = names.filter(isLater);
  const needed = loaded.filter(([name]) => !later.includes(name));
  const kilobytes = needed.reduce((sum, [, body]) => sum + gzipSync(body, { level: 9 }).length, 0) / 1000;
  expect(kilobytes, names.join(", ")).toBeLessThan(LIMIT_KB);
  expect([...new Set(names)].sort(), "each once").toEqual([...names].sort());
  const assets = needed.map(([name]) => name).filter((name) => name.startsWith("assets/") && !name.endsWith(".svg"));
  expect(assets.sort()).toEqual([
    "assets/catalogue.csv",
    `assets/${FILE}`,
    "assets/shoppers.json",
  ]);
  for (const part of ["reader", "guide", "verify", "views"]) expect(names.join(" ")).not.toContain(part);
});

test("a browser without relaxed SIMD gets the same numbers from a program without", async ({ page }) => {
  const programs: string[] = [];
  page.on("request", (request) => programs.push(...(request.url().match(/page\w*_bg\.wasm$/) ?? [])));
  const fused = await open(page, "?backend=cpu");
  await page.addInitScript(() => (WebAssembly.validate = () => false));
  const plain = await open(page, "?backend=cpu");
  expect(programs).toEqual(["page_bg.wasm", "page_plain_bg.wasm"]);
  // 1e-6: one rounding in place of two in each multiply-add.
  expect(distance(Object.values(plain.probabilities), Object.values(fused.probabilities))).toBeLessThan(1e-6);
  expect(Object.keys(plain.probabilities)).toEqual(Object.keys(fused.probabilities));
});

test("everything is on its way before the program runs, and the first ranking is about the first shopper", async ({ page }) => {
  const first = await open(page);
  expect(first.history.length).toBeGreaterThan(5);
  // Nothing was ranked before it.
  for (const change of await page.locator("#ranking .change").allTextContents()) expect(change).toBe("");
  const [mounted, starts] = await page.evaluate((weights) => {
    const files = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const of = (ending: string) => files.find((file) => file.name.endsWith(ending))!;
    const starts = ["_bg.wasm", "catalogue.csv", "shoppers.json", weights].map((ending) => of(ending).startTime);
    return [of("_bg.wasm").responseEnd, starts] as const;
  }, FILE);
  for (const start of starts) expect(start).toBeLessThan(mounted);
});

/** The shop, the shoppers and the history, while no engine answers. */
async function use(page: Page): Promise<void> {
  const items = page.getByTestId("history-item");
  await expect(page.getByTestId("preset").first()).toBeVisible();
  const before = await items.count();
  await page.getByTestId("shop-item").first().click();
  await expect(items).toHaveCount(before + 1);
  await page.getByTestId("undo").click();
  await expect(items).toHaveCount(before);
  await page.getByTestId("search").fill("lantern");
  await expect(page.getByTestId("shop-item").first()).toContainText(/lantern/i);
  await page.getByTestId("preset").nth(1).click();
  await expect(page.getByTestId("preset").nth(1)).toHaveAttribute("aria-pressed", "true");
  await items.first().hover();
  await page.getByTestId("history-remove").last().click();
  await page.getByTestId("clear").click();
  await expect(items).toHaveCount(0);
  await page.getByTestId("shop-item").first().click();
  await expect(items).toHaveCount(1);
  expect((await state(page)).network).toBeNull();
}

test("shop, shoppers and history can be used while the weights are on their way", async ({ page }) => {
  let arrive = () => {};
  const arrival = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(WEIGHTS, async (route) => {
    await arrival;
    await route.continue();
  });
  await page.goto("./");
  await use(page);
  arrive();
  const first = await answered(page);
  expect(first.history).toHaveLength(1);
  await expect(page.getByTestId("ranking-row").first()).toBeVisible();
});

test("and while the browser looks for a GPU", async ({ page }) => {
  await page.addInitScript(() => {
    const gpu = navigator.gpu as { requestAdapter(options?: object): Promise<unknown> };
    const request = gpu.requestAdapter.bind(gpu);
    const found = new Promise<void>((resolve) => Object.assign(window, { findGpu: resolve }));
    gpu.requestAdapter = (options) => found.then(() => request(options));
  });
  await page.goto("./?backend=gpu");
  await use(page);
  await page.evaluate(() => (window as unknown as { findGpu(): void }).findGpu());
  const first = await answered(page);
  expect(first.backend).toBe("gpu");
  expect(first.history).toHaveLength(1);
});
