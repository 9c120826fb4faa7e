// Whether the page fits its screen, and whether everybody can use it.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

export const THEMES = ["light", "dark"] as const;

/** Has the page drawn in a theme, as the visitor's system asks for it. */
export async function useTheme(page: Page, colorScheme: (typeof THEMES)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme });
  // Colours have arrived, and moved where they move.
  await page.evaluate(async () => {
    await new Promise(requestAnimationFrame);
    const moving = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
    await Promise.all(moving.map((animation) => animation.finished.catch(() => undefined)));
  });
}

/** Fails with every barrier that axe finds, by the rules of WCAG 2.2, levels A and AA. */
export async function expectNoBarriers(page: Page): Promise<void> {
  // What stays in sight while the page scrolls covers targets that can be scrolled away from below it. At the top the history covers
  // none, and in its place in the page the answer does not, either.
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  const unstuck = await page.addStyleTag({ content: ".answer { position: static !important; }" });
  // In the page itself and not in another one beside it, for there are no frames: half the time.
  const { violations, passes } = await new AxeBuilder({ page })
    .setLegacyMode()
    // Off unless it is asked for by name.
    .options({ rules: { "target-size": { enabled: true } } })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  await unstuck.evaluate((style) => (style as Element).remove());
  expect(violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
  expect(passes.map(({ id }) => id)).toContain("target-size");
}

/** The same, in both themes. */
export async function expectNoBarriersInThemes(page: Page): Promise<void> {
  for (const theme of THEMES) {
    await useTheme(page, theme);
    await expectNoBarriers(page);
  }
}

/** By how many pixels the page is wider than its window. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

/** By how many pixels the contents of the open dialog, or of the page without one, are wider than it. */
export async function dialogOverflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const dialog = document.querySelector("dialog[open]") ?? document.documentElement;
    return dialog.scrollWidth - dialog.clientWidth;
  });
}

/** What sticks out of the screen at a side, or is cut off by its own box, and cannot be scrolled to. */
export async function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    // Inside a box that scrolls sideways, or that is a picture with a frame of its own, nothing is lost.
    const known = new Map<Element, boolean>();
    const reachable = (element: Element): boolean => {
      const one = element.parentElement;
      if (!one) return false;
      let found = known.get(one);
      if (found === undefined) {
        found = one instanceof SVGElement || /auto|scroll/.test(getComputedStyle(one).overflowX) || reachable(one);
        known.set(one, found);
      }
      return found;
    };
    const name = (element: Element) =>
      `<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> ${element.textContent?.trim().slice(0, 40)}`;
    for (const element of document.body.querySelectorAll<HTMLElement>("*")) {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      // What is there for screen readers alone is a pixel wide on purpose.
      if (box.width <= 1 || box.height <= 1 || style.visibility === "hidden") continue;
      if (!reachable(element) && (box.left < -1 || box.right > innerWidth + 1)) found.push(`beside: ${name(element)}`);
      const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim());
      // An ellipsis, of one line or of several, says that there is more.
      const ellipsis = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
      const clips = /hidden|clip/.test(style.overflowX) && !ellipsis;
      if (hasText && clips && element.scrollWidth > element.clientWidth + 1) found.push(`cut: ${name(element)}`);
    }
    return found;
  });
}
