// The guided tour: every stop is about something that is there and in sight, notices what it asked for, and gives the page back.

import { expect, type Page } from "@playwright/test";

import { english } from "../support/language.ts";
import { cutOff, expectNoBarriers, overflow, THEMES, useTheme } from "../support/layout.ts";
import { answered, change, choose, open, state, test } from "../support/page.ts";
import { din } from "../support/reference/din.ts";
import { act, anchor, at, card, LANGUAGES, lies, seen, STOPS, titles } from "../support/tour.ts";

const CPU = "?backend=cpu";
const [first, last] = [STOPS[0]!, STOPS.at(-1)!];
const next = (page: Page) => page.getByTestId("tour-next").click();
const leave = (page: Page) => page.getByTestId("tour-leave").click();
/** What the address says. */
const said = (page: Page) => Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.slice(1)));
const stop = (id: string) => STOPS.find((stop) => stop.id === id)!;

/** The tour asks for many answers, one after the other. */
test.describe.configure({ timeout: 300_000 });

for (const language of LANGUAGES) {
  for (const [width, height] of [[360, 740], [768, 1024], [1440, 900], [1920, 1080]] as const) {
    test(`at ${width} px in ${language}, what each stop is about is in sight, and the card beside it`, async ({ page }) => {
      await page.setViewportSize({ width, height });
      await open(page, `${CPU}#lang=${language}&tour=${first.id}`);
      for (const stop of STOPS) {
        await at(page, stop);
        await expect(card(page).getByRole("heading")).toHaveText(titles(language)[stop.id]!.title);
        if (language === "zh") expect(await english(page, ".lesson"), stop.id).toEqual([]);
        await expect(anchor(page, stop)).toHaveAttribute("data-tour-anchor", "");
        await expect.poll(() => lies(page, stop), stop.id).toEqual({ uncovered: true, beside: true });
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        expect((await cutOff(page)).filter((found) => found.includes("tour")), stop.id).toEqual([]);
        if (stop !== last) await next(page);
      }
    });
  }
}

test("a stop that the address names is the one that is walked to", async ({ page, browser }) => {
  const other = await (await browser.newContext()).newPage();
  await open(page, `${CPU}#tour=${first.id}`);
  for (const stop of STOPS) {
    const walked = seen(await at(page, stop));
    await expect.poll(() => said(page)).toEqual({ v: "1", tour: stop.id });
    await other.goto(page.url());
    await other.reload();
    expect(seen(await at(other, stop)), stop.id).toEqual(walked);
    const view = /inside=([\w-]+)/.exec(stop.state)?.[1];
    for (const one of [page, other]) {
      if (view) await expect(one.getByTestId(`view-${view}`)).toBeVisible();
      else await expect(one.getByTestId("ranking-row").first()).toBeVisible();
    }
    if (stop !== last) await next(page);
  }
  await other.context().close();
});

for (const stop of STOPS) {
  test(`${stop.id}: the task is done once it is, and not before`, async ({ page }) => {
    await open(page, `${CPU}#tour=${stop.id}`);
    await at(page, stop);
    await expect(card(page)).toHaveAttribute("data-done", "false");
    await expect(page.getByTestId("tour-seen")).toHaveCount(0);
    await act(page, stop);
    await expect(card(page)).toHaveAttribute("data-done", "true");
    await expect(page.getByTestId("tour-seen")).toBeInViewport();
    const words = (await page.getByTestId("tour-seen").textContent())!;
    expect(words).not.toMatch(/[{}…]/);
    // One sentence after the other is read aloud, and of the answer that came with it nothing.
    await expect(page.getByTestId("tour-said")).toHaveText(words.replace(/^✓ (\S+)/, "$1."));
    await expect(page.locator("body > p[aria-live]")).toHaveText(["", ""]);
  });
}

test("leaving gives back the visitor's own page, as it was", async ({ page }) => {
  await open(page, CPU);
  await choose(page, din);
  await change(page, () => page.getByTestId("shop-item").nth(4).click());
  await change(page, () => page.getByTestId("shop-item").nth(7).click());
  await page.getByTestId("history-remove").first().click();
  await answered(page);
  await page.getByTestId("inspect").nth(5).click();
  await answered(page);
  await page.getByTestId("compare").nth(2).click();
  await page.getByTestId("hide-clicked").uncheck();
  await page.getByTestId("open-steps").click();
  await expect.poll(() => said(page).inside).toBe("steps");
  const mine = seen(await answered(page));
  const address = page.url();

  await page.getByTestId("view-steps").getByTestId("help").click();
  await at(page, stop("steps"));
  for (const id of ["steps", "auxiliary", "map"]) {
    await at(page, stop(id));
    await act(page, stop(id));
    await expect(card(page)).toHaveAttribute("data-done", "true");
    await next(page);
  }
  await at(page, stop("compare"));
  await page.getByTestId("shop-item").nth(1).click();
  await expect.poll(async () => (await state(page)).history).toHaveLength(11);
  // Whoever reloads, or shares the link, has the tour and the own page behind it.
  expect(said(page)).toEqual({ ...Object.fromEntries(new URLSearchParams(new URL(address).hash.slice(1))), tour: "compare" });
  await page.keyboard.press("Escape");

  await expect(card(page)).toHaveCount(0);
  await expect(page.getByTestId("view-steps")).toBeVisible();
  expect(seen(await answered(page))).toEqual(mine);
  await expect.poll(() => page.url()).toBe(address);
  await expect(page.getByTestId("view-steps").getByTestId("help")).toBeFocused();
  // Undo takes back what was done before the tour, not in it.
  const undone = await change(page, () => page.getByTestId("undo").click());
  expect(undone.history).toHaveLength(mine.history.length + 1);
});

test("a reload in the middle keeps the stop and the visitor's own clicks", async ({ page }) => {
  await open(page, CPU);
  const mine = await change(page, () => page.getByTestId("shop-item").nth(4).click());
  await page.getByTestId("open-tour").click();
  await at(page, first);
  await next(page);
  await at(page, STOPS[1]!);
  await page.reload();
  await at(page, STOPS[1]!);
  await leave(page);
  await expect(card(page)).toHaveCount(0);
  await expect.poll(async () => seen(await answered(page))).toEqual(seen(mine));
});

test("an exercise that is opened ends it", async ({ page }) => {
  await open(page, CPU);
  await change(page, () => page.getByTestId("shop-item").nth(4).click());
  await expect.poll(() => said(page)).toHaveProperty("history");
  const mine = said(page);
  await page.getByTestId("open-tour").click();
  await at(page, first);
  await page.getByTestId("open-exercises").click();
  await expect(page.getByTestId("exercise")).toBeVisible();
  await expect(card(page)).toHaveCount(0);
  await expect.poll(() => said(page)).toEqual({ ...mine, exercise: "1" });
});

test("in another language the stop is the same, and so is what was done there", async ({ page }) => {
  await open(page, `${CPU}#tour=${stop("steps").id}`);
  await at(page, stop("steps"));
  const mine = seen(await change(page, () => page.getByTestId("shop-item").nth(3).click()));
  await page.getByTestId("language").click();
  await expect(card(page).getByRole("heading")).toHaveText(titles("zh")["steps"]!.title);
  expect(seen(await at(page, stop("steps")))).toEqual(mine);
  await expect(page.getByTestId("language")).toBeFocused();
});

test("Back goes to the stop before, and out of the tour; Forward into it again", async ({ page }) => {
  const mine = await open(page, CPU);
  await page.getByTestId("open-tour").click();
  await at(page, first);
  await next(page);
  await at(page, STOPS[1]!);
  await page.goBack();
  await at(page, first);
  await page.goBack();
  await expect(card(page)).toHaveCount(0);
  expect(seen(await answered(page))).toEqual(seen(mine));
  await page.goForward();
  await at(page, first);
});

test("the whole tour with the keyboard alone", async ({ page }) => {
  const focus = (id: string) => expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? document.activeElement?.id)).toBe(id);
  const mine = await open(page, CPU);
  await page.getByTestId("open-tour").focus();
  await page.keyboard.press("Enter");
  for (const stop of STOPS) {
    await at(page, stop);
    if (stop === first) {
      await focus("tour-title");
      // An equation may be wider than the card.
      await page.keyboard.press("Tab");
      await expect(card(page).locator(".equation")).toBeFocused();
      for (const id of ["tour-go", "tour-back", "tour-next"]) {
        await page.keyboard.press("Tab");
        await focus(id);
      }
      await page.keyboard.press("Shift+Tab");
      // At the first stop it does nothing, and keeps the focus.
      await page.keyboard.press("Enter");
      await focus("tour-back");
      await page.keyboard.press("Tab");
    }
    await focus("tour-next");
    await page.keyboard.press("Enter");
  }
  await expect(card(page)).toHaveCount(0);
  await focus("open-tour");
  expect(seen(await answered(page))).toEqual(seen(mine));
  // And what a stop asks for: from the card to its anchor and on.
  await page.getByTestId("help").first().focus();
  await page.keyboard.press("Enter");
  await at(page, first);
  await page.evaluate((id) => (location.hash = `tour=${id}`), "order");
  await at(page, stop("order"));
  await page.getByTestId("tour-go").focus();
  await page.keyboard.press("Enter");
  await focus("read-in-reverse");
  await page.keyboard.press("Enter");
  await expect(card(page)).toHaveAttribute("data-done", "true");
});

for (const [width, height] of [[390, 844], [1440, 900]] as const) {
  test(`at ${width} px the card never lies over what has the focus`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await open(page, `${CPU}#tour=steps`);
    await at(page, stop("steps"));
    for (let tab = 0; tab < 90; tab++) {
      await page.keyboard.press("Tab");
      const covered = await page.evaluate(async () => {
        await new Promise(requestAnimationFrame);
        const focused = document.activeElement!;
        const box = focused.getBoundingClientRect();
        const over = document.querySelector(".lesson > *")!.getBoundingClientRect();
        const isUnder = box.left >= over.left && box.right <= over.right && box.top >= over.top && box.bottom <= over.bottom;
        return isUnder && !focused.closest(".lesson") ? focused.outerHTML.slice(0, 120) : null;
      });
      expect(covered).toBeNull();
    }
  });
}

test("every view, and each part of the page, has a button to its stop beside its heading", async ({ page }) => {
  await open(page, CPU);
  for (const id of ["history", "ranking", "evolution"]) {
    const help = page.locator(`#${id}`).getByTestId("help");
    await expect(help).toHaveAttribute("data-stop", id);
  }
  for (const id of STOPS.map((stop) => /inside=([\w-]+)/.exec(stop.state)?.[1]).filter((view) => view !== undefined)) {
    await page.getByTestId(`open-${id}`).click();
    const view = page.getByTestId(`view-${id}`);
    await expect(view.getByTestId("help")).toHaveAttribute("data-stop", id);
    // At the same place in all of them: right after the heading. Both are looked at in one moment.
    const between = () =>
      view.evaluate((view) => {
        const [heading, help] = ["h2", "[data-testid=help]"].map((part) => view.querySelector(part)!.getBoundingClientRect());
        return help!.left - heading!.right;
      });
    await expect.poll(between).toBeCloseTo(12, 0);
  }
  await expect(card(page)).toHaveCount(0);
});

test("a stop that does not exist is named, and nothing else happens", async ({ page }) => {
  const mine = await open(page, CPU);
  await page.evaluate(() => (location.hash = "tour=nowhere"));
  await expect(page.getByTestId("history-unknown")).toContainText("the tour has no stop “nowhere”");
  await expect(card(page)).toHaveCount(0);
  expect(seen(await answered(page))).toEqual(seen(mine));
});

test.describe("where a file of the tour does not arrive", () => {
  test.use({ expectedErrors: [/tour\.en\.json/] });

  test("the page says so, and tries again", async ({ page }) => {
    await page.route("**/tour.en.json", (route) => route.abort());
    await open(page, CPU);
    await page.getByTestId("open-tour").click();
    await expect(page.locator(".lesson")).toContainText("tour.en.json did not arrive");
    await page.unroute("**/tour.en.json");
    await page.locator(".lesson").getByTestId("retry").click();
    await at(page, first);
  });
});

for (const theme of THEMES) {
  test(`no barriers with the card, ${theme}`, async ({ page }) => {
    await useTheme(page, theme);
    await open(page, `${CPU}#tour=what-if`);
    await at(page, stop("what-if"));
    await act(page, stop("what-if"));
    await expect(page.getByTestId("tour-seen")).toBeVisible();
    await expectNoBarriers(page);
  });
}
