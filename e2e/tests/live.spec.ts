// How live the page is: what a click costs the GPU, a burst of clicks, and a GPU that joins late.

import { expect, type Page } from "@playwright/test";

import { countWork, work } from "../support/gpu.ts";
import { answered, change, choose, open, state, test } from "../support/page.ts";
import { ALL, OTHERS } from "../support/reference/index.ts";

const shopItem = (page: Page, index: number) => page.getByTestId("shop-item").nth(index);

test("a warm click is a few dispatches, one readback and no new buffer", async ({ page }) => {
  test.setTimeout(600_000);
  await countWork(page);
  await open(page, "?backend=gpu");
  // A network that arrives is asked for an answer: all are here before anything is counted.
  for (const network of OTHERS) await choose(page, network);
  for (const network of ALL) {
    await choose(page, network);
    // With a product inspected and one compared by choice: where another one comes first, its trace is read as well.
    // One that is chosen already would be left alone by another press, and nothing is compared with itself.
    for (const [button, place] of [["inspect", 1], ["compare", 4]] as const) {
      await page.locator(`[data-testid=${button}][aria-pressed="false"]`).nth(place).click();
      await answered(page);
    }
    await change(page, () => shopItem(page, 0).click());
    const before = await work(page);
    await change(page, () => shopItem(page, 1).click());
    const after = await work(page);
    expect(after.dispatches - before.dispatches, network.name).toBeLessThanOrEqual(6);
    expect(after.dispatches - before.dispatches, network.name).toBeGreaterThanOrEqual(2);
    expect(after.readbacks - before.readbacks, network.name).toBe(1);
    expect(after.submissions - before.submissions, network.name).toBe(1);
    expect(after.made, network.name).toBe(before.made);
  }
});

test("of a burst of clicks the last state wins, and no older one is shown after a newer", async ({ page }) => {
  const first = await open(page, "?backend=cpu");
  const lengths = await page.evaluate(async () => {
    const items = [...document.querySelectorAll<HTMLElement>("[data-testid=shop-item]")];
    const lengths: number[] = [];
    const look = () => lengths.push(window.interestLens!.now().history.length);
    for (let click = 0; click < 20; click++) {
      items[click]!.click();
      await new Promise((resolve) => setTimeout(resolve, 50));
      look();
    }
    while (window.interestLens!.now().busy) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      look();
    }
    look();
    return lengths;
  });
  expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
  const burst = await state(page);
  expect(burst.history.length).toBe(first.history.length + 20);
  expect(burst.history.slice(0, first.history.length)).toEqual(first.history);
  await expect(page.getByTestId("history-item")).toHaveCount(burst.history.length);

  // The same clicks in peace give the same answer.
  await open(page, "?backend=cpu");
  for (let click = 0; click < 20; click++) await change(page, () => shopItem(page, click).click());
  const calm = await state(page);
  expect(calm.history).toEqual(burst.history);
  expect(calm.probabilities).toEqual(burst.probabilities);
});

test("the CPU answers until the GPU is ready, and goes on where the GPU is slower", async ({ page }) => {
  test.setTimeout(600_000);
  // SwiftShader with another name: the page takes it for a real GPU, until it has seen how long it takes.
  await page.addInitScript(() => {
    const info = { vendor: "a GPU", architecture: "of the test", device: "", description: "", isFallbackAdapter: false };
    for (const [type, name] of [[GPUAdapter, "info"], [GPUDevice, "adapterInfo"]] as const) {
      Object.defineProperty(type.prototype, name, { get: () => ({ ...info, subgroupMinSize: 4, subgroupMaxSize: 128 }) });
    }
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...options) {
      await new Promise((resolve) => Object.assign(window, { letDeviceCome: resolve }));
      return request.apply(this, options);
    };
  });
  const first = await open(page);
  expect(first.backend).toBe("cpu");
  await expect(page.getByTestId("status")).toContainText("getting ready");
  const clicked = await change(page, () => shopItem(page, 0).click());
  expect(clicked.backend).toBe("cpu");
  await page.waitForFunction(() => "letDeviceCome" in window);
  await page.evaluate(() => (window as unknown as { letDeviceCome(): void }).letDeviceCome());
  await expect(page.getByTestId("status")).toContainText("answers sooner than the GPU (a GPU of the test)");
  // No advice on how to get one, for there is one.
  await expect(page.getByTestId("status")).not.toContainText("hardware acceleration");
  const settled = await answered(page);
  expect(settled.backend).toBe("cpu");
  expect(settled.probabilities).toEqual(clicked.probabilities);
  expect((await change(page, () => shopItem(page, 1).click())).backend).toBe("cpu");
});
