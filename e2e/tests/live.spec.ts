// How live the page is: what a click costs the GPU, a burst of clicks, a GPU that joins late, and memory.

import { expect, type Page } from "@playwright/test";

import { answered, button, change, choose, open, state, test } from "../support/page.ts";
import { ALL, OTHERS } from "../support/reference/index.ts";

/** What the page has asked of WebGPU so far. */
interface Work {
  dispatches: number;
  readbacks: number;
  submissions: number;
  /** Buffers ever made. */
  made: number;
  /** Bytes of those that are neither destroyed nor collected. */
  bytes: number;
}

declare global {
  interface Window {
    gpuWork?: Work;
  }
}

/** Counts what the page asks of WebGPU. */
async function countWork(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const work: Work = { dispatches: 0, readbacks: 0, submissions: 0, made: 0, bytes: 0 };
    window.gpuWork = work;
    const before = <T extends object, K extends keyof T>(type: T, method: K, note: (self: unknown) => void) => {
      const original = type[method] as (...parameters: unknown[]) => unknown;
      type[method] = function (this: unknown, ...parameters: unknown[]) {
        note(this);
        return original.apply(this, parameters);
      } as T[K];
    };
    before(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => work.dispatches++);
    before(GPUBuffer.prototype, "mapAsync", () => work.readbacks++);
    before(GPUQueue.prototype, "submit", () => work.submissions++);
    const gone = (bytes: number) => void (work.bytes -= bytes);
    const collected = new FinalizationRegistry(gone);
    const create = GPUDevice.prototype.createBuffer;
    GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = create.call(this, descriptor);
      work.made++;
      work.bytes += buffer.size;
      collected.register(buffer, buffer.size, buffer);
      return buffer;
    };
    const destroyed = new WeakSet<GPUBuffer>();
    before(GPUBuffer.prototype, "destroy", (self) => {
      const buffer = self as GPUBuffer;
      if (destroyed.has(buffer)) return;
      destroyed.add(buffer);
      collected.unregister(buffer);
      gone(buffer.size);
    });
  });
}

const work = (page: Page): Promise<Work> => page.evaluate(() => ({ ...window.gpuWork! }));

/** Bytes of the program's memory, which grows and never shrinks. */
const memory = (page: Page): Promise<number> => page.evaluate(() => window.interestLens!.memory());

const shopItem = (page: Page, index: number) => page.getByTestId("shop-item").nth(index);

/** Clicks so many products of the shop as a person in a hurry would, so many milliseconds apart. */
async function clickFast(page: Page, clicks: number, apart: number): Promise<void> {
  await page.evaluate(
    async ([clicks, apart]) => {
      const items = [...document.querySelectorAll<HTMLElement>("[data-testid=shop-item]")];
      for (let click = 0; click < clicks!; click++) {
        items[click % items.length]!.click();
        await new Promise((resolve) => setTimeout(resolve, apart));
      }
    },
    [clicks, apart],
  );
}

test("a warm click is a few dispatches, one readback and no new buffer", async ({ page }) => {
  test.setTimeout(600_000);
  await countWork(page);
  await open(page, "?backend=gpu");
  // A network that arrives is asked for an answer: all are here before anything is counted.
  for (const network of OTHERS) await choose(page, network);
  for (const network of ALL) {
    await choose(page, network);
    // With a product inspected and one compared by choice: where another one comes first, its trace is read as well.
    for (const button of ["inspect", "compare"]) {
      await page.getByTestId(button).nth(button === "inspect" ? 0 : 1).click();
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
    const look = () => lengths.push(window.interestLens!.state().history.length);
    for (let click = 0; click < 20; click++) {
      items[click]!.click();
      await new Promise((resolve) => setTimeout(resolve, 50));
      look();
    }
    while (window.interestLens!.state().busy) {
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

test("clicks and switches leave no GPU buffers behind", async ({ page }) => {
  test.setTimeout(600_000);
  await countWork(page);
  await open(page, "?backend=gpu");
  const round = async () => {
    for (const network of ALL) {
      await choose(page, network);
      await change(page, () => shopItem(page, 0).click());
      await change(page, () => page.getByTestId("undo").click());
    }
  };
  await round();
  const before = await work(page);
  await round();
  await round();
  const after = await work(page);
  expect(after.made).toBe(before.made);
  // 128 MiB of buffers would be a burden for a phone; four networks take less.
  expect(after.bytes).toBeLessThan(128 * 1024 * 1024);
});

test("a thousand clicks and a hundred switches leave the memory as it was", async ({ page }) => {
  test.setTimeout(1_200_000);
  await open(page, "?backend=cpu");
  const cdp = await page.context().newCDPSession(page);
  const heap = async () => {
    await cdp.send("HeapProfiler.collectGarbage");
    return (await cdp.send("Runtime.getHeapUsage")).usedSize;
  };
  const round = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      await button(page, ALL[round % ALL.length]!).click();
      await clickFast(page, 10, 16);
      await page.getByTestId("clear").click();
      expect((await answered(page)).problem).toBeNull();
    }
  };
  await round(20);
  const before = { memory: await memory(page), heap: await heap() };
  await round(100);
  const after = { memory: await memory(page), heap: await heap() };
  test.info().annotations.push({ type: "memory", description: JSON.stringify({ before, after }) });
  // A click leaves its place in the list that undo goes back through, and Leptos keeps some hundred bytes of every entry of a
  // list that went: 1 kB a click were seen. A leak of one answer a click, 11 kB, would be 11 MB.
  expect(after.memory - before.memory).toBeLessThanOrEqual(2 << 20);
  // V8 keeps some compiled code and caches.
  expect(after.heap - before.heap).toBeLessThanOrEqual(2 << 20);
});
