// The page where WebGPU is not what it should be, and where it is.

import { expect, type Page } from "@playwright/test";

import { loseGpu, noteGpu } from "../support/gpu.ts";
import { distance } from "../support/numbers.ts";
import { change, choose, open, type State, test } from "../support/page.ts";
import { OTHERS } from "../support/reference/index.ts";

/** The page answers on the CPU, and says so. */
async function expectCpu(page: Page): Promise<void> {
  const first = await open(page);
  expect(first.backend).toBe("cpu");
  await expect(page.getByTestId("status")).toContainText(/CPU/);
  const clicked = await change(page, () => page.getByTestId("shop-item").first().click());
  expect(clicked.probabilities).not.toEqual(first.probabilities);
}

test("a browser without WebGPU runs everything on the CPU, and says how to get the GPU", async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined }));
  await expectCpu(page);
  await expect(page.getByTestId("status")).toContainText(/WebGPU/);
});

test("an adapter request that finds none leaves the CPU", async ({ page }) => {
  await page.addInitScript(() => {
    GPU.prototype.requestAdapter = async () => null;
  });
  await expectCpu(page);
});

test("an adapter request that fails leaves the CPU", async ({ page }) => {
  await page.addInitScript(() => {
    GPU.prototype.requestAdapter = async () => {
      throw new DOMException("refused by the test", "OperationError");
    };
  });
  await expectCpu(page);
});

test("the GPU computes what the CPU computes", async ({ page }) => {
  test.setTimeout(600_000);
  // In each backend the first answer, one more click, and every other network.
  const answers = async (query: string): Promise<State[]> => {
    const first = await open(page, query);
    const clicked = await change(page, () => page.getByTestId("shop-item").nth(2).click());
    const all = [first, clicked];
    for (const network of OTHERS) all.push(await choose(page, network));
    return all;
  };
  const cpu = await answers("?backend=cpu");
  const gpu = await answers("?backend=gpu");
  for (const [step, expected] of cpu.entries()) {
    const actual = gpu[step]!;
    expect(expected.backend).toBe("cpu");
    expect(actual.backend).toBe("gpu");
    expect(actual.history).toEqual(expected.history);
    expect(Object.keys(actual.probabilities)).toEqual(Object.keys(expected.probabilities));
    // 1e-5 absolute on probabilities and attention: 32-bit sums in another order, far below what a reader sees.
    expect(distance(Object.values(actual.probabilities), Object.values(expected.probabilities))).toBeLessThan(1e-5);
    if (actual.inspected!.item === expected.inspected!.item) {
      expect(distance(actual.inspected!.attention, expected.inspected!.attention)).toBeLessThan(1e-5);
    }
  }
});

test("after the GPU is lost, the history is still there and the next click is answered", async ({ page }) => {
  test.setTimeout(600_000);
  await noteGpu(page);
  const before = await open(page, "?backend=gpu");
  expect(before.backend).toBe("gpu");
  expect(await loseGpu(page)).toBeGreaterThan(0);
  const after = await change(page, () => page.getByTestId("shop-item").nth(1).click());
  expect(after.history.slice(0, -1)).toEqual(before.history);
  expect(after.probabilities).not.toEqual(before.probabilities);
});
