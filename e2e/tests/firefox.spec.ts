// The page in Firefox, on the CPU, beside the same in Chromium: every network, a click, every view, a change of the address.

import { expect } from "@playwright/test";
import { launch, type Page as Other } from "puppeteer-core";

import { pageUrl } from "../playwright.config.ts";
import { distance } from "../support/numbers.ts";
import { change, choose, isAnswered, open, type State, test } from "../support/page.ts";
import { ALL, OTHERS } from "../support/reference/index.ts";
import { VIEWS } from "../support/views.ts";

/** Waits until the page has nothing left to do, and returns its answer. */
async function answered(page: Other): Promise<State> {
  await page.waitForFunction(isAnswered, { timeout: 100_000 });
  return page.evaluate(() => window.interestLens!.state());
}

/** Clicks, and waits for the answer after it. */
async function answer(page: Other, selector: string): Promise<State> {
  const before = await page.evaluate(() => {
    const { network, history } = window.interestLens!.now();
    return JSON.stringify([network, history]);
  });
  await page.locator(selector).click();
  await page.waitForFunction(
    (before) => {
      const { busy, network, history } = window.interestLens!.now();
      return !busy && JSON.stringify([network, history]) !== before;
    },
    { timeout: 100_000 },
    before,
  );
  return answered(page);
}

test("Firefox answers as Chromium does, and opens every view", async ({ page }, info) => {
  test.setTimeout(600_000);
  const expected = [await open(page, "?backend=cpu"), await change(page, () => page.getByTestId("shop-item").nth(2).click())];
  for (const network of OTHERS) expected.push(await choose(page, network));

  const firefox = await launch({ browser: "firefox", executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr" });
  try {
    console.log(await firefox.version());
    const other = await firefox.newPage();
    await other.setViewport({ width: 1440, height: 900 });
    const errors: string[] = [];
    other.on("pageerror", (error) => errors.push(String(error)));
    other.on("console", (message) => void (message.type() === "error" && errors.push(message.text())));
    await other.goto(pageUrl);
    const found = [await answered(other), await answer(other, `[data-testid=shop-item][data-item="${expected[1]!.history.at(-1)}"]`)];
    for (const { id } of OTHERS) found.push(await answer(other, `[data-testid=model-${id}]`));
    for (const [step, { backend, problem, network, history, probabilities }] of found.entries()) {
      const { history: clicks, network: name, probabilities: all } = expected[step]!;
      expect({ backend, problem, network, history }).toEqual({ backend: "cpu", problem: null, network: name, history: clicks });
      // 1e-6 absolute: Chromium multiplies and adds in one instruction, with one rounding, where Firefox has two.
      expect(distance(Object.values(probabilities), Object.values(all)), `${name}, ${step}`).toBeLessThan(1e-6);
    }
    // Of each view one network at least shows something; ComiRec-SA, the last of the switch, has no auxiliary loss.
    for (const view of VIEWS) {
      await other.evaluate((view) => (location.hash = `inside=${view}`), view);
      await other.waitForSelector(`[data-testid=view-${view}] h2`);
      await answered(other);
      const path = info.outputPath(`firefox-${view}.png`) as `${string}.png`;
      await other.screenshot({ path });
      await info.attach(view, { path, contentType: "image/png" });
    }
    expect(errors).toEqual([]);
    expect(found.map(({ network }) => network).toSorted()).toEqual([expected[0]!.network!, ...ALL.map(({ name }) => name)].toSorted());
  } finally {
    await firefox.close();
  }
});
