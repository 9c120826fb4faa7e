// Every WebGPU call that the page makes goes wrong in every way: the page answers all the same, and with the same numbers.

import { expect, type Page } from "@playwright/test";

import { upload } from "../support/files.ts";
import { type Fault, faults, faultyGpu, pretendHardware } from "../support/gpu.ts";
import { distance } from "../support/numbers.ts";
import { answered, change, choose, open, type State, test } from "../support/page.ts";
import { din } from "../support/reference/din.ts";
import { asset } from "../support/shop.ts";

// Chromium and the page say on the console what went wrong.
test.use({ expectedErrors: [/refused by the test|panicked|unreachable|WebGPU|GPU/i] });

/** Seconds after which the page has given up every wait on a GPU, one after the other: see `Wait` in shaders/src/error.rs. */
const ALL_WAITS = 300;

const click = (page: Page, place = 0): Promise<State> =>
  change(page, () => page.getByTestId("shop-item").nth(place).click());

/** The page's own GPU answers. */
const onGpu = (page: Page) =>
  expect(page.getByTestId("status")).toHaveAttribute("data-backend", "gpu", { timeout: 60_000 });

/** The page has not stopped. */
const alive = (page: Page) => expect(page.locator(".crash")).toHaveCount(0);

/** What the CPU answers to these clicks, from which every other answer is at most 1e-5 away: 32-bit sums in another order. */
async function onCpu(page: Page, clicks: number): Promise<State[]> {
  const answers = [await open(page, "?backend=cpu")];
  for (let place = 0; place < clicks; place++) answers.push(await click(page, place));
  await page.evaluate(() => sessionStorage.clear());
  return answers;
}

function expectSame(now: State, expected: State, what: string): void {
  expect(now.history, what).toEqual(expected.history);
  const far = distance(Object.values(now.probabilities), Object.values(expected.probabilities));
  expect(far, what).toBeLessThan(1e-5);
}

/** Lets so many seconds pass on the page. */
async function pass(page: Page, seconds: number): Promise<void> {
  // In steps, because one wait begins where another ends.
  for (let passed = 0; passed < seconds; passed += 20) await page.clock.runFor(20_000);
}

/** What can go wrong in each call of the first answer and a click: all in `cargo xtask soak`, else of each call the `turn`-th. */
async function known(page: Page, turn: number): Promise<Fault[]> {
  await pretendHardware(page);
  await faultyGpu(page);
  await open(page);
  await onGpu(page);
  await click(page);
  const calls = await faults(page);
  return process.env.SOAK === "full" ? calls.flat() : calls.map((modes, place) => modes[(place + turn) % modes.length]!);
}

test("whatever goes wrong at the start, the CPU answers", async ({ page, context }) => {
  test.setTimeout(900_000);
  const [first, second] = await onCpu(page, 1);
  for (const fault of await known(await context.newPage(), 0)) {
    const what = `${fault.call} ${fault.mode}`;
    const other = await context.newPage();
    await other.clock.install();
    await pretendHardware(other);
    await faultyGpu(other, fault);
    expectSame(await open(other), first!, what);
    await expect.poll(() => other.evaluate(() => window.gpuFaults!.met), what).toBeGreaterThan(0);
    if (fault.mode === "never") await pass(other, ALL_WAITS);
    expectSame(await click(other), second!, what);
    await alive(other);
    await other.close();
  }
});

test("whatever goes wrong at the tenth click, that is answered", async ({ page, context }) => {
  test.setTimeout(900_000);
  const expected = await onCpu(page, 10);
  const all = await known(await context.newPage(), 1);
  const other = await context.newPage();
  await pretendHardware(other);
  await faultyGpu(other);
  await open(other);
  for (let place = 0; place < 9; place++) await click(other, place);
  await onGpu(other);
  for (const fault of all) {
    const what = `${fault.call} ${fault.mode}`;
    await other.evaluate((fault) => Object.assign(window.gpuFaults!, { fault, met: 0 }), fault);
    expectSame(await click(other, 9), expected[10]!, what);
    await alive(other);
    await other.evaluate(() => (window.gpuFaults!.fault = null));
    await other.getByTestId("undo").click();
    expectSame(await answered(other), expected[9]!, what);
  }
});

test.describe("where the address insists on the GPU", () => {
  const never: [call: string, says: RegExp, problem: RegExp][] = [
    ["GPU.requestAdapter", /The browser is asked for a GPU/, /the browser named no GPU within 20 seconds/i],
    ["GPUAdapter.requestDevice", /The browser is asked for a GPU/, /the GPU gave no device within 20 seconds/i],
    ["GPUDevice.popErrorScope", /asked to compile its shaders/, /the GPU did not compile its shaders within 60 seconds/i],
    ["GPUBuffer.mapAsync", /asked for the answer/, /the GPU gave no answer within 120 seconds/i],
  ];
  for (const [call, says, problem] of never) {
    test(`${call} without an end is said to be waited for, and the CPU is offered`, async ({ page }) => {
      await page.clock.install();
      await faultyGpu(page, { call, mode: "never" });
      await page.goto("./?backend=gpu#inside=steps");
      const waits = page.getByTestId("waits");
      await expect(waits).toContainText(says);
      // Or the view's part of the program would be late, too.
      await expect(page.getByTestId("view-steps")).toBeVisible();
      await pass(page, 120);
      await expect(page.getByRole("alert").filter({ hasText: problem })).toBeVisible();
      await expect(waits).toHaveCount(0);
      // The next try works, where the GPU does.
      await page.evaluate(() => (window.gpuFaults!.fault = null));
      await page.getByTestId("retry").first().click();
      await onGpu(page);
      expect((await answered(page)).problem).toBeNull();
      await expect(page.getByRole("alert")).toHaveCount(0);
    });
  }

  test("going on with the CPU takes the clicks and the view along", async ({ page }) => {
    await faultyGpu(page);
    const first = await open(page, "?backend=gpu#inside=steps");
    await page.evaluate(() => (window.gpuFaults!.fault = { call: "GPUBuffer.mapAsync", mode: "never" }));
    const clicked = page.getByTestId("shop-item").nth(3);
    const item = (await clicked.getAttribute("data-item"))!;
    await clicked.click();
    // By itself, after some seconds.
    await page.getByTestId("waits").getByRole("link", { name: "Go on with the CPU" }).click();
    await expect(page.getByTestId("status")).toHaveAttribute("data-backend", "cpu");
    await expect(page).toHaveURL(/backend=cpu#v=1&.*&inside=steps$/);
    expect((await answered(page)).history).toEqual([...first.history, item]);
  });

  test("what throws is said, and the CPU is offered", async ({ page }) => {
    await faultyGpu(page, { call: "GPUDevice.createComputePipeline", mode: "throws" });
    await page.goto("./?backend=gpu");
    const now = await answered(page);
    // After a second device that is no better, the CPU goes on, as after every loss.
    expect(now.backend).toBe("cpu");
    await page.getByRole("button", { name: "CPU or GPU?" }).click();
    await expect(page.locator("#why-cpu")).toContainText("OperationError: refused by the test");
    await alive(page);
  });
});

test.describe("with a browser that never finds an adapter", () => {
  test.beforeEach(({ page }) => faultyGpu(page, { call: "GPU.requestAdapter", mode: "never" }));

  test("a visitor's own model opens, and the views ask their own questions", async ({ page }) => {
    await open(page);
    await page.getByTestId("own-model").click();
    await page.getByTestId("own-model-file").setInputFiles(upload("din.safetensors", asset("din.safetensors")));
    await expect(page.getByTestId("own-model-summary")).toContainText("din.safetensors");
    await page.getByTestId("own-model-see").click();
    expect((await answered(page)).network).toBe("Your model");
    await page.goto("./#inside=compare");
    await expect(page.getByTestId("view-compare")).toContainText(`${din.name} would show next`);
    await page.goto("./#inside=what-if");
    await expect(page.getByTestId("leave-one-out")).not.toHaveCount(0);
  });

  test("a model in the address opens, and the page's networks are there", async ({ page }) => {
    const now = await open(page, "?model=assets/din.safetensors");
    expect([now.network, now.backend]).toEqual(["Your model", "cpu"]);
    expect((await choose(page, din)).network).toBe(din.name);
  });
});

test("an adapter that is not there at first is asked for again", async ({ page }) => {
  await pretendHardware(page);
  await faultyGpu(page, { call: "GPU.requestAdapter", mode: "null" });
  await open(page);
  await expect(page.locator("#why-cpu")).toContainText("no adapter");
  await page.evaluate(() => (window.gpuFaults!.fault = null));
  await choose(page, din);
  await onGpu(page);
});
