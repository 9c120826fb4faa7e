// A click changes ranking and chart together, whichever view is open, and what moves meanwhile is soon done.

import { expect, type Page } from "@playwright/test";

import { answered, choose, open, state, test } from "../support/page.ts";
import { din } from "../support/reference/din.ts";
import { ALL } from "../support/reference/index.ts";

/** How many clicks each view says that it shows. */
const SHOWN: Record<string, (page: Page) => Promise<number>> = {
  model: (page) => page.getByTestId("step-scrub").getAttribute("max").then(Number),
  steps: (page) => page.getByTestId("step-scrub").getAttribute("max").then(Number),
  "what-if": (page) => page.getByTestId("leave-one-out").count(),
  compare: async (page) => (await page.getByTestId("compare-attention").count()) / 2,
  map: async (page) => (await page.getByTestId("map-path").last().getAttribute("data-path"))!.split(" ").length - 1,
  auxiliary: async (page) => (await page.getByTestId("auxiliary-step").count()) + 1,
  embedding: async (page) => (await page.getByTestId("embedding-path").getAttribute("data-path"))!.split(" ").length,
  // Of DIN, whose local activation has a row of workgroups for each click.
  shader: async (page) => Number(/× (\d+) workgroups/.exec((await page.getByTestId("shader-dispatch").textContent())!)![1]),
};

/**
 * How many frames the chart may be complete after the ranking. The page works in slices, with a frame painted in between where
 * there is no more time: on two busy cores 0 to 5 frames were seen, also of the views that ask the network once more. Twice that.
 */
const LATEST = 10;

/** Of one click: in which frame after it the ranking and the view changed for the last time, and the longest motion in ms. */
interface Click {
  ranking: number;
  view: number;
  motion: number;
}

/** Clicks a product of the shop, and watches until nothing changes any more. */
async function watch(page: Page, view: string): Promise<Click> {
  return page.evaluate(async (view) => {
    const click: Click = { ranking: -1, view: -1, motion: 0 };
    const parts = { ranking: document.querySelector("#ranking")!, view: document.querySelector(`[data-testid="view-${view}"]`)! };
    let frame = 0;
    const watchers = (["ranking", "view"] as const).map((part) => {
      const watcher = new MutationObserver(() => void (click[part] = frame));
      watcher.observe(parts[part], { subtree: true, childList: true, characterData: true, attributes: true });
      return watcher;
    });
    const moves = () => {
      for (const animation of document.getAnimations()) {
        const { delay, endTime } = animation.effect!.getComputedTiming();
        click.motion = Math.max(click.motion, Number(endTime), Number(delay));
      }
    };
    document.querySelectorAll<HTMLElement>("[data-testid=shop-item]")[4]!.click();
    // A second's frames without a change, and the answer is there.
    for (let quiet = 0; quiet < 60; quiet++) {
      await new Promise((next) => requestAnimationFrame(next));
      frame++;
      moves();
      if (window.interestLens!.now().busy || Math.max(click.ranking, click.view) >= frame - 1) quiet = 0;
    }
    for (const watcher of watchers) watcher.disconnect();
    // What would move: every element's transitions and animations.
    const times = (list: string) => list.split(", ").map((time) => parseFloat(time) * (time.endsWith("ms") ? 1 : 1000));
    for (const element of document.querySelectorAll("main, main *")) {
      for (const pseudo of [null, "::before", "::after"]) {
        const style = getComputedStyle(element, pseudo);
        const [delays, durations] = [times(style.transitionDelay), times(style.transitionDuration)];
        durations.forEach((duration, index) => (click.motion = Math.max(click.motion, duration + (duration > 0 ? delays[index % delays.length]! : 0))));
        if (style.animationName !== "none") click.motion = Math.max(click.motion, ...times(style.animationDuration));
      }
    }
    return click;
  }, view);
}

for (const [view, shown] of Object.entries(SHOWN)) {
  test(`${view}: the chart shows a click with the ranking, and nothing moves for more than 250 ms`, async ({ page }) => {
    await open(page, `?backend=cpu#inside=${view}`);
    // Each network that arrives can be chosen there.
    if (view === "compare") await expect(page.getByTestId("compare-network").locator("option")).toHaveCount(ALL.length);
    if (view === "shader") await choose(page, din);
    for (const reducedMotion of ["no-preference", "reduce"] as const) {
      await page.emulateMedia({ reducedMotion });
      const { history } = await answered(page);
      await expect.poll(() => shown(page)).toBe(history.length);
      const click = await watch(page, view);
      test.info().annotations.push({ type: `${view}, ${reducedMotion}`, description: JSON.stringify(click) });
      expect((await state(page)).history).toHaveLength(history.length + 1);
      expect(await shown(page)).toBe(history.length + 1);
      expect(click.ranking).toBeGreaterThanOrEqual(0);
      expect(click.view).toBeGreaterThanOrEqual(0);
      expect(click.view - click.ranking, "frames from the ranking to the chart").toBeLessThanOrEqual(LATEST);
      expect(click.motion).toBeLessThanOrEqual(reducedMotion === "reduce" ? 0 : 250);
    }
  });
}
