// The page at the widths that people have, in both themes: nothing cut, nothing beside the screen, readable for all.

import { expect } from "@playwright/test";

import { cutOff, expectNoBarriersInThemes, overflow, THEMES, useTheme } from "../support/layout.ts";
import { choose, drawn, open, test } from "../support/page.ts";
import { ALL } from "../support/reference/index.ts";

for (const network of ALL) {
  test(`nothing of ${network.name} is cut at 390, 768, 1440 and 1920 pixels, in both themes`, async ({ page }, info) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open(page);
    await choose(page, network);
    for (const width of [390, 768, 1440, 1920]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
      for (const theme of THEMES) {
        await useTheme(page, theme);
        await drawn(page);
        expect(await overflow(page), `horizontal overflow at ${width} px, ${theme}`).toBeLessThanOrEqual(0);
        expect(await cutOff(page), `at ${width} px, ${theme}`).toEqual([]);
        // Titles may end in an ellipsis, but not after three letters.
        const titles = await page.getByTestId("ranking-row").locator(".row-title").evaluateAll((all) => all.map((one) => one.clientWidth));
        expect(Math.min(...titles), `width of the titles in the ranking at ${width} px, ${theme}`).toBeGreaterThan(120);
        if (width < 1920) {
          const path = info.outputPath(`${network.id}-${width}-${theme}.png`);
          await page.screenshot({ path, fullPage: width === 390 });
          await info.attach(`${network.name} at ${width} px, ${theme}`, { path, contentType: "image/png" });
        }
      }
    }
  });
}

for (const [width, height, most] of [[390, 844, 0.15], [768, 1024, 0.2]] as const) {
  test(`at ${width} pixels bars and clicks stay in sight, and leave the rest of the screen to what is below them`, async ({ page }, info) => {
    await page.setViewportSize({ width, height });
    await open(page, "#inside=steps");
    const history = page.locator("#history");
    const visible = () => history.evaluate((history) => {
      const box = history.getBoundingClientRect();
      return { height: box.height, shown: box.bottom - Math.max(0, box.top) };
    });
    for (const theme of THEMES) {
      await useTheme(page, theme);
      await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
      // The page follows the width and its answer.
      await drawn(page);
      await expect.poll(() => history.evaluate((one) => one.style.getPropertyValue("--own-height") === `${(one as HTMLElement).offsetHeight}px`)).toBe(true);
      const whole = await visible();
      await page.screenshot({ path: info.outputPath(`top-${width}-${theme}.png`) });
      // Frame by frame on the way down it never grows, and the page below it never jumps.
      const frames = await page.evaluate(async () => {
        const history = document.querySelector("#history")!;
        const inside = document.querySelector("#inside")!;
        const frames: { shown: number; height: number; below: number }[] = [];
        for (let y = 0; y <= 600; y += 20) {
          scrollTo({ top: y, behavior: "instant" });
          await new Promise((next) => requestAnimationFrame(next));
          const box = history.getBoundingClientRect();
          frames.push({ shown: box.bottom - Math.max(0, box.top), height: box.height, below: inside.getBoundingClientRect().top + scrollY });
        }
        return frames;
      });
      for (const frame of frames) expect(frame).toMatchObject({ height: whole.height, below: frames[0]!.below });
      const shown = frames.map((frame) => frame.shown);
      expect(shown).toEqual(shown.toSorted((a, b) => b - a));
      expect((await visible()).shown, `${theme}`).toBeLessThanOrEqual(most * height);
      await page.screenshot({ path: info.outputPath(`scrolled-${width}-${theme}.png`) });
      // The newest click with its bar and its button, which a finger hits.
      const newest = page.getByTestId("history-item").last();
      for (const part of ["attention-bar", "history-remove"]) await expect(newest.getByTestId(part)).toBeInViewport({ ratio: 1 });
      const target = (await newest.getByTestId("history-remove").boundingBox())!;
      expect(Math.min(target.width, target.height)).toBeGreaterThanOrEqual(24);
      // The keyboard reaches the part that is out of sight, and brings it there.
      await newest.getByTestId("attention-bar").focus();
      const removed = page.getByTestId("clear");
      while (!(await removed.evaluate((one) => one === document.activeElement))) await page.keyboard.press("Shift+Tab");
      await expect(removed).toBeInViewport({ ratio: 1 });
      await removed.evaluate((one) => one.blur());
      await expect.poll(async () => (await visible()).shown).toBeLessThanOrEqual(most * height);
    }
    // A phone on its side has no room for it.
    await page.setViewportSize({ width: 844, height: 390 });
    for (const theme of THEMES) {
      await useTheme(page, theme);
      await page.evaluate(() => scrollTo(0, 600));
      await expect(page.getByTestId("history-item").last()).not.toBeInViewport();
    }
  });
}

test("axe finds no barrier, in both themes", async ({ page }) => {
  await open(page);
  await expectNoBarriersInThemes(page);
});
