// Lecture mode: readable from the last row, and driven by a presenter's keys.

import { expect, type Page } from "@playwright/test";

import { expectNoBarriers, overflow, THEMES, useTheme } from "../support/layout.ts";
import { answered, change, open, state, test } from "../support/page.ts";
import { din } from "../support/reference/din.ts";
import { IDS } from "../support/shop.ts";
import { at, card, seen, STOPS } from "../support/tour.ts";

const LECTURE = "?backend=cpu#lecture=1";

test.describe.configure({ timeout: 300_000 });
test.use({ viewport: { width: 1920, height: 1080 } });

/** Opens the page in lecture mode, and waits for its bar. */
async function lecture(page: Page, more = "") {
  const first = await open(page, LECTURE + more);
  await expect(page.getByTestId("lecture-leave")).not.toHaveText("");
  return first;
}

/** The sizes of the texts that one sees, in CSS pixels, each with the beginning of such a text. */
async function sizes(page: Page): Promise<[number, string][]> {
  return page.evaluate(() => {
    const found = new Map<number, string>();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const words = text.textContent!.trim();
      const element = text.parentElement!;
      if (!words || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || element.closest(".visually-hidden, script, style, option")) continue;
      const box = element.getBoundingClientRect();
      if (box.width < 2 || box.height < 2) continue;
      // What is drawn in a picture has the scale of the picture.
      const svg = element.closest("svg");
      const scale = svg ? (svg.getScreenCTM()?.d ?? 1) : 1;
      found.set(Math.round(10 * scale * parseFloat(getComputedStyle(element).fontSize)) / 10, `${element.className}: ${words.slice(0, 30)}`);
    }
    return [...found].sort(([a], [b]) => a - b);
  });
}

for (const [width, height, least] of [[1920, 1080, 24], [1024, 768, 16]] as const) {
  test(`at ${width} × ${height} no text is smaller than ${least} px, and nothing sticks out`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await lecture(page);
    expect((await sizes(page))[0]![0], JSON.stringify((await sizes(page))[0])).toBeGreaterThanOrEqual(least);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.keyboard.press("PageDown");
    for (const stop of STOPS) {
      await at(page, stop);
      const smallest = (await sizes(page))[0]!;
      expect(smallest[0], `${stop.id}: ${smallest[1]}`).toBeGreaterThanOrEqual(least);
      expect(await overflow(page), stop.id).toBeLessThanOrEqual(0);
      await page.keyboard.press("PageDown");
    }
  });
}

test("the tour by PageDown and PageUp alone", async ({ page }) => {
  await lecture(page);
  await page.keyboard.press("PageDown");
  for (const stop of STOPS) {
    await at(page, stop);
    await page.keyboard.press("PageDown");
  }
  // It does not begin anew, nor end under the lecturer's hands.
  await at(page, STOPS.at(-1)!);
  for (const stop of STOPS.slice(0, -1).reverse()) {
    await page.keyboard.press("PageUp");
    await at(page, stop);
  }
  await page.keyboard.press("PageUp");
  await at(page, STOPS[0]!);
  await page.keyboard.press("Escape");
  await expect(card(page)).toHaveCount(0);
});

test("a script of clicks by PageDown and PageUp alone", async ({ page }) => {
  const script = [IDS[3]!, IDS[9]!, IDS[3]!];
  const first = await lecture(page, `&script=${script.join()}&history=${IDS[20]}`);
  expect(first.history).toEqual([IDS[20]]);
  for (let clicks = 1; clicks <= script.length; clicks++) {
    const next = await change(page, () => page.keyboard.press("PageDown"));
    expect(next.history).toEqual([IDS[20], ...script.slice(0, clicks)]);
    await expect(page.getByTestId("lecture-step")).toHaveText(`Click ${clicks} of ${script.length}`);
  }
  await page.keyboard.press("PageDown");
  expect((await answered(page)).history).toHaveLength(4);
  for (let clicks = script.length - 1; clicks >= 0; clicks--) {
    expect((await change(page, () => page.keyboard.press("PageUp"))).history).toHaveLength(1 + clicks);
  }
  expect(seen(await answered(page))).toEqual(seen(first));
});

test("the screen goes blank and comes back", async ({ page }) => {
  const first = await lecture(page);
  for (const key of ["b", "."]) {
    await page.keyboard.press(key);
    const blank = page.getByTestId("blank");
    await expect(blank).toBeVisible();
    expect(await blank.evaluate((one) => one.getBoundingClientRect().toJSON())).toMatchObject({ x: 0, y: 0, width: 1920, height: 1080 });
    expect(await page.evaluate(() => document.elementFromPoint(960, 540)?.getAttribute("data-testid"))).toBe("blank");
    await page.keyboard.press(key);
    await expect(blank).toHaveCount(0);
  }
  // The presenter's next key brings the screen back, and does nothing else.
  await page.keyboard.press("b");
  await page.keyboard.press("PageDown");
  await expect(page.getByTestId("blank")).toHaveCount(0);
  await expect(card(page)).toHaveCount(0);
  expect(seen(await state(page))).toEqual(seen(first));
});

test("the code is of the page as a student is to see it", async ({ page }) => {
  await lecture(page, `&network=${din.id}&inside=steps`);
  await page.getByTestId("view-steps").waitFor();
  await page.keyboard.press("q");
  const code = page.getByTestId("code");
  await expect(code).toBeVisible();
  const address = new URL((await code.getByRole("img").getAttribute("data-address"))!);
  const said = new URLSearchParams(address.hash.slice(1));
  expect(Object.fromEntries(said)).toEqual({ v: "1", network: din.id, inside: "steps" });
  // Dark on light in both themes, and large.
  const box = (await code.getByRole("img").boundingBox())!;
  expect(Math.min(box.width, box.height)).toBeGreaterThan(500);
  await page.keyboard.press("Escape");
  await expect(code).toBeHidden();
});

test("the votes of the class stand beside what the network says", async ({ page }) => {
  await lecture(page, `&script=${IDS[3]}`);
  const before = (await state(page)).inspected!;
  await page.keyboard.press("t");
  await expect(page.getByTestId("tally-question")).toContainText("What will it have next?");
  const rows = page.getByTestId("tally-row");
  await rows.nth(0).getByRole("spinbutton").fill("12");
  await rows.nth(1).getByRole("spinbutton").fill("3");
  await rows.nth(1).getByRole("button").click();
  await expect(rows.nth(0)).toContainText("75%");
  await expect(rows.nth(1)).toContainText("25%");
  // What the network says is nowhere before it is asked.
  for (const row of await rows.all()) await expect(row).toHaveAttribute("data-so", "false");
  await expect(page.getByTestId("tally-network")).toContainText("Collect the votes");
  await rows.nth(0).getByRole("spinbutton").blur();
  const after = (await change(page, () => page.keyboard.press("PageDown"))).probabilities[before.item]!;
  const change_ = 100 * (after - before.probability);
  const course = Math.abs(change_) < 0.05 ? "same" : change_ > 0 ? "more" : "less";
  await expect(page.locator(`[data-course=${course}]`)).toHaveAttribute("data-so", "true");
  await expect(page.getByTestId("tally-network")).toContainText(`${Math.abs(change_).toFixed(2)} points`);
  await page.getByTestId("tally-again").click();
  await expect(rows.nth(0).getByRole("spinbutton")).toHaveValue("0");
  await expect(page.getByTestId("tally-network")).toContainText("Collect the votes");
});

test("it is in the address, in both languages, and ends", async ({ page }) => {
  const first = await lecture(page, "&lang=zh");
  await expect(page.getByTestId("lecture-leave")).toHaveText("退出授课模式");
  await page.reload();
  await answered(page);
  await expect(page.locator(":root[data-lecture]")).toHaveCount(1);
  await page.getByTestId("lecture-leave").click();
  await expect(page.locator(":root[data-lecture]")).toHaveCount(0);
  await expect.poll(() => new URL(page.url()).hash).toBe("#v=1&lang=zh");
  expect(seen(await answered(page))).toEqual(seen(first));
});

for (const theme of THEMES) {
  test(`no barriers, ${theme}`, async ({ page }) => {
    await useTheme(page, theme);
    await lecture(page);
    await page.keyboard.press("t");
    await expect(page.getByTestId("tally")).toBeVisible();
    await expectNoBarriers(page);
  });
}
