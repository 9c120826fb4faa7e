// What WCAG 2.2 asks of a page and no program of rules finds: focus that nothing hides, text that grows, screens of 320 pixels,
// shapes that are told from their ground, and no meaning in colour alone. Targets of the pointer, names and the contrast of text
// are axe's, in the tests of each part.

import { expect, type Page } from "@playwright/test";

import { cutOff, overflow, THEMES, useTheme } from "../support/layout.ts";
import { answered, drawn, open, test } from "../support/page.ts";
import { openWhole, VIEWS } from "../support/views.ts";

/** Opens one of the views, or the page with its ranking. */
const show = (page: Page, id: (typeof PLACES)[number]) => (id === "ranking" ? open(page) : openWhole(page, id));
const PLACES = ["ranking", ...VIEWS] as const;

/**
 * What has the focus but is covered all over (success criterion 2.4.11): no point of a grid over its part on the screen is its own.
 */
const hiddenFocus = (page: Page) =>
  page.evaluate(() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const { left, top, right, bottom } = one.getBoundingClientRect();
    const at = (from: number, to: number, share: number) => from + (to - from) * share;
    const shares = [0.1, 0.3, 0.5, 0.7, 0.9];
    const isOwn = shares.some((x) =>
      shares.some((y) => {
        const front = document.elementFromPoint(at(left, right, x), at(top, bottom, y));
        // A label is in front of its own control.
        return front !== null && (one.contains(front) || front.contains(one) || (one as HTMLInputElement).labels?.[0]?.contains(front));
      }),
    );
    return isOwn ? null : one.outerHTML.slice(0, 160);
  });

for (const [width, height] of [[390, 844], [1440, 900]] as const) {
  for (const id of PLACES) {
    test(`at ${width} pixels nothing hides the focus on its way through the page: ${id}`, async ({ page }) => {
      test.setTimeout(300_000);
      await page.setViewportSize({ width, height });
      await show(page, id);
      // At once, as a person sees it who waits.
      await page.addStyleTag({ content: "* { scroll-behavior: auto !important; }" });
      const seen = new Set<string>();
      const hidden: string[] = [];
      for (const key of ["Tab", "Shift+Tab"]) {
        for (let stop = 0; stop < 90; stop++) {
          await page.keyboard.press(key);
          const found = await hiddenFocus(page);
          if (found) hidden.push(`${key} ${stop}: ${found}`);
          seen.add(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200) ?? ""));
        }
      }
      expect(hidden).toEqual([]);
      expect(seen.size).toBeGreaterThan(30);
    });
  }
}

/** The widest spacing that text must bear (1.4.12). */
const SPACING = `
  * { letter-spacing: 0.12em !important; line-height: 1.5 !important; word-spacing: 0.16em !important; }
  p { margin-bottom: 2em !important; }
`;

for (const id of PLACES) {
  test(`text may be spaced out, and a screen be 320 pixels wide, without a loss: ${id}`, async ({ page }) => {
    test.setTimeout(300_000);
    await page.setViewportSize({ width: 320, height: 640 });
    await show(page, id);
    await drawn(page);
    expect(await overflow(page), "at 320 pixels").toBeLessThanOrEqual(0);
    expect(await cutOff(page), "at 320 pixels").toEqual([]);
    await page.addStyleTag({ content: SPACING });
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await drawn(page);
      expect(await overflow(page), `spaced out, at ${width} pixels`).toBeLessThanOrEqual(0);
      expect(await cutOff(page), `spaced out, at ${width} pixels`).toEqual([]);
    }
  });
}

/** Contrast of two colours of the page, each as CSS has it, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
const contrast = (page: Page, colours: [string, string]) =>
  page.evaluate((colours) => {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
    const luminance = (colour: string) => {
      const probe = document.createElement("i");
      probe.style.color = colour;
      document.body.append(probe);
      context.fillStyle = getComputedStyle(probe).color;
      probe.remove();
      context.fillRect(0, 0, 1, 1);
      const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
      const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((value) => linear(value / 255));
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    };
    const [dark, light] = colours.map(luminance).toSorted((a, b) => a - b);
    return (light! + 0.05) / (dark! + 0.05);
  }, colours);

test("what is drawn has three times the light of its ground, or a third, in both themes", async ({ page }) => {
  await open(page);
  // Edges of controls, lines, marks and the strong ends of the scales (1.4.11). The weak ends are told by their place and number.
  const drawnOn: [string, string[]][] = [
    ["--strong-line", ["--paper", "--raised", "--sunken"]],
    ["--inspected", ["--paper", "--raised", "--inspected-soft"]],
    ["--compared", ["--paper", "--raised", "--compared-soft"]],
    ["--weight-high", ["--paper", "--raised"]],
    ["--weight-negative", ["--paper", "--raised"]],
    ["--shade-0", ["--paper", "--shade-4"]],
    ["--shade-8", ["--paper", "--shade-4"]],
    ["--heat-8", ["--paper", "--heat-0"]],
  ];
  for (const theme of THEMES) {
    await useTheme(page, theme);
    for (const [shape, grounds] of drawnOn) {
      for (const ground of grounds) {
        const found = await contrast(page, [`var(${shape})`, `var(${ground})`]);
        expect(found, `${shape} on ${ground}, ${theme}`).toBeGreaterThanOrEqual(3);
      }
    }
  }
});

test("without colour the inspected and the compared product are told apart, and scales go one way", async ({ page }) => {
  await open(page);
  await page.getByTestId("compare").nth(4).click();
  await answered(page);
  await drawn(page);
  const style = (selector: string, name: string) =>
    page.locator(selector).first().evaluate((one, name) => getComputedStyle(one).getPropertyValue(name), name);
  // Lines: solid and dashed. Numbers: one above the other, and named.
  expect(await style(".chart .line.inspected", "stroke-dasharray")).toBe("none");
  expect(await style(".chart .line.compared", "stroke-dasharray")).not.toBe("none");
  await expect(page.getByTestId("ranking-row").locator('[aria-pressed="true"]').first()).toBeVisible();
  for (const theme of THEMES) {
    await useTheme(page, theme);
    const light = async (colour: string) => contrast(page, [`var(${colour})`, "var(--paper)"]);
    const heat: number[] = [];
    for (let step = 0; step < 9; step++) heat.push(await light(`--heat-${step}`));
    expect(heat, theme).toEqual(heat.toSorted((a, b) => a - b));
    // Two sides of zero are told by which is darker only if both are: they carry numbers. From the middle outwards each grows.
    for (const side of [[4, 3, 2, 1, 0], [4, 5, 6, 7, 8]]) {
      const shades: number[] = [];
      for (const step of side) shades.push(await light(`--shade-${step}`));
      expect(shades, theme).toEqual(shades.toSorted((a, b) => a - b));
    }
  }
});
