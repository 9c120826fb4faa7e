// Everything with the keyboard alone, as a person does it: search, add, inspect, remove, undo.

import { expect, type Page } from "@playwright/test";

import { answered, change, open, state, test } from "../support/page.ts";
import { ALL, START } from "../support/reference/index.ts";

/** Presses Tab until the focus is on, or inside, an element with this test id; fails after 200 stops. */
async function tabTo(page: Page, testId: string, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  for (let stop = 0; stop < 200; stop++) {
    await page.keyboard.press(key);
    const reached = await page.evaluate(
      (id) => document.activeElement?.closest(`[data-testid="${id}"]`) !== null && document.activeElement !== document.body,
      testId,
    );
    if (reached) return;
  }
  throw new Error(`no ${testId} within 200 presses of ${key}`);
}

/** Whether the focused element, or a box close around it, looks different from the same without focus. */
async function focusIsVisible(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const around = [element, element.parentElement!, element.parentElement!.parentElement!];
    const look = () =>
      around.map((one) => {
        const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(one);
        return [outlineStyle === "none" ? "" : outlineWidth, boxShadow, borderColor].join();
      });
    const focused = look().join();
    element.blur();
    const blurred = look().join();
    element.focus({ focusVisible: true } as FocusOptions);
    return focused !== blurred;
  });
}

test("search, add, inspect, remove and undo without a mouse", async ({ page }) => {
  const first = await open(page);

  await tabTo(page, "search");
  expect(await focusIsVisible(page)).toBe(true);
  await page.keyboard.type("lantern");
  await expect(page.getByTestId("shop-item").first()).toContainText(/lantern/i);

  await tabTo(page, "shop-item");
  expect(await focusIsVisible(page)).toBe(true);
  const added = await change(page, () => page.keyboard.press("Enter"));
  expect(added.history).toHaveLength(first.history.length + 1);

  await tabTo(page, "inspect");
  expect(await focusIsVisible(page)).toBe(true);
  await page.keyboard.press("Tab");
  await tabTo(page, "inspect");
  const row = await page.evaluate(() => document.activeElement!.closest("[data-item]")!.getAttribute("data-item"));
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await state(page)).inspected?.item).toBe(row);
  await answered(page);

  await tabTo(page, "history-remove", "Shift+Tab");
  expect(await focusIsVisible(page)).toBe(true);
  const removed = await change(page, () => page.keyboard.press("Enter"));
  expect(removed.history).toHaveLength(first.history.length);
  // The focus does not fall back to the top of the page when its element goes away.
  await expect.poll(() => page.evaluate(() => document.activeElement !== document.body)).toBe(true);

  await page.getByTestId("undo").focus();
  const undone = await change(page, () => page.keyboard.press("Enter"));
  expect(undone.history).toEqual(added.history);
});

test("every network is chosen without a mouse", async ({ page }) => {
  await open(page);
  for (const network of ALL) {
    await tabTo(page, `model-${network.id}`);
    expect(await focusIsVisible(page)).toBe(true);
    if (network === START) continue;
    expect((await change(page, () => page.keyboard.press("Enter"))).network).toBe(network.name);
  }
});
