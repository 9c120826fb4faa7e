// What only time shows: memory and buffers after many clicks and switches. With SOAK=full, as `cargo xtask soak` sets it, there are
// many more than otherwise; what must hold is the same.

import { expect, type Page } from "@playwright/test";

import { countWork, work } from "../support/gpu.ts";
import { answered, button, change, choose, open, test } from "../support/page.ts";
import { ALL } from "../support/reference/index.ts";

const soak = (full: number, short: number) => (process.env.SOAK === "full" ? full : short);
/** Switches of the memory test, with ten clicks each. */
const ROUNDS = soak(100, 25);

/** Bytes of the program's memory, which grows and never shrinks. */
const memory = (page: Page): Promise<number> => page.evaluate(() => window.interestLens!.memory());

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

test("clicks and switches leave no GPU buffers behind", async ({ page }) => {
  test.setTimeout(600_000);
  await countWork(page);
  await open(page, "?backend=gpu");
  const round = async () => {
    for (const network of ALL) {
      await choose(page, network);
      await change(page, () => page.getByTestId("shop-item").first().click());
      await change(page, () => page.getByTestId("undo").click());
    }
  };
  await round();
  const before = await work(page);
  for (let rounds = 0; rounds < soak(10, 1); rounds++) await round();
  const after = await work(page);
  expect(after.made).toBe(before.made);
  // 128 MiB of buffers would be a burden for a phone; all networks together take less.
  expect(after.bytes).toBeLessThan(128 * 1024 * 1024);
});

test(`${10 * ROUNDS} clicks and ${ROUNDS} switches leave the memory as it was`, async ({ page }) => {
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
  await round(soak(20, 12));
  const before = { memory: await memory(page), heap: await heap() };
  await round(ROUNDS);
  const after = { memory: await memory(page), heap: await heap() };
  test.info().annotations.push({ type: "memory", description: JSON.stringify({ before, after }) });
  // A click leaves its place in the list that undo goes back through, and Leptos keeps some hundred bytes of every entry of a
  // list that went: 1 kB a click were seen. A leak of one answer a click, 11 kB, would be 11 MB after a thousand, and is too much
  // after 250 already.
  expect(after.memory - before.memory).toBeLessThanOrEqual(2 << 20);
  // V8 keeps some compiled code and caches.
  expect(after.heap - before.heap).toBeLessThanOrEqual(2 << 20);
});
