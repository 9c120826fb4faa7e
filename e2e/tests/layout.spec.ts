// The page at the widths that people have, in both themes: nothing cut, nothing beside the screen, readable for all.

import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "@playwright/test";

import { change, cutOff, NETWORKS, open, test } from "./lens.ts";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`${colorScheme} theme`, () => {
    test.use({ colorScheme });

    for (const { name, id } of NETWORKS) {
      test(`nothing of ${name} is cut at 390, 768, 1440 and 1920 pixels`, async ({ page }, info) => {
        await page.setViewportSize({ width: 390, height: 844 });
        await open(page);
        if (name !== "DIEN") await change(page, () => page.getByTestId(`model-${id}`).click());
        for (const width of [390, 768, 1440, 1920]) {
          await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
          // Two frames, so that what follows the width has followed.
          await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(overflow, `horizontal overflow at ${width} px`).toBeLessThanOrEqual(0);
          expect(await cutOff(page), `at ${width} px`).toEqual([]);
          // Titles may end in an ellipsis, but not after three letters.
          const titles = await page.getByTestId("ranking-row").locator(".row-title").evaluateAll((all) => all.map((one) => one.clientWidth));
          expect(Math.min(...titles), `width of the titles in the ranking at ${width} px`).toBeGreaterThan(120);
          if (width < 1920) {
            const path = info.outputPath(`${id}-${width}-${colorScheme}.png`);
            await page.screenshot({ path, fullPage: width === 390 });
            await info.attach(`${name} at ${width} px, ${colorScheme}`, { path, contentType: "image/png" });
          }
        }
      });
    }

    test("axe finds no barrier", async ({ page }) => {
      await open(page);
      const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]).analyze();
      const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`);
      expect(found).toEqual([]);
    });
  });
}
