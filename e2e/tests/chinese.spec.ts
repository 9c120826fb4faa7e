// The page in Chinese: no English is left in it but names, code and the products' titles.

import { expect, type Page } from "@playwright/test";

import { drop, fuxictr } from "../support/files.ts";
import { english } from "../support/language.ts";
import { cutOff, expectNoBarriersInThemes, overflow } from "../support/layout.ts";
import { change, choose, drawn, open, test } from "../support/page.ts";
import { ALL } from "../support/reference/index.ts";
import { VIEWS } from "../support/views.ts";

test.use({ locale: "zh-CN" });

for (const network of ALL) {
  test(`nothing of ${network.name} is in English, in any view, as a chart and as a table`, async ({ page }) => {
    await open(page, "?backend=cpu");
    await choose(page, network);
    expect(await english(page), "the ranking").toEqual([]);
    for (const view of VIEWS) {
      await page.getByTestId(`open-${view}`).click();
      const shown = page.getByTestId(`view-${view}`);
      await shown.waitFor();
      await drawn(page);
      expect(await english(page), view).toEqual([]);
      await shown.getByTestId("table-toggle").click();
      await drawn(page);
      expect(await english(page), `${view}, as a table`).toEqual([]);
    }
  });
}

test("axe finds no barrier in any view, in both themes", async ({ page }) => {
  await open(page, "?backend=cpu");
  await expectNoBarriersInThemes(page);
  for (const view of VIEWS) {
    await page.getByTestId(`open-${view}`).click();
    await page.getByTestId(`view-${view}`).waitFor();
    await drawn(page);
    await expectNoBarriersInThemes(page);
  }
});

for (const language of ["en", "zh"]) {
  test(`axe finds no barrier in the dialogs, in both themes, in ${language}, and in Chinese nothing of them is in English`, async ({ page }) => {
    await open(page, `?backend=cpu#lang=${language}`);
    const look = async (id: string, part: string) => {
      await page.getByTestId(id).click();
      const dialog = page.getByRole("dialog");
      await dialog.locator(part).first().waitFor();
      await drawn(page);
      if (language === "zh") expect(await english(page, "dialog[open]"), id).toEqual([]);
      await expectNoBarriersInThemes(page);
      await page.keyboard.press("Escape");
    };
    await look("about", "table");
    await look("own-model", ".guide");
    await look("prove-it", "table");
  });
}

test("so is an empty history, and what is said of one", async ({ page }) => {
  await open(page, "?backend=cpu");
  await change(page, () => page.getByTestId("clear").click());
  expect(await english(page)).toEqual([]);
  for (const view of VIEWS) {
    await page.getByTestId(`open-${view}`).click();
    await page.getByTestId(`view-${view}`).waitFor();
    await drawn(page);
    expect(await english(page), view).toEqual([]);
  }
});

test("a model of one's own is read, asked about and refused in Chinese", async ({ page }) => {
  await open(page, "?backend=cpu");
  const { model, catalogue } = fuxictr("fuxi_din_1_sizes");
  await drop(page, [catalogue, model]);
  await page.getByTestId("own-model-summary").waitFor();
  expect(await english(page)).toEqual([]);
  // Its catalogue alone is that of another model, and its end is missing.
  const buffer = model.buffer.subarray(0, 2000);
  await drop(page, [{ ...model, buffer }]);
  await page.getByTestId("own-model-error").waitFor();
  expect(await english(page, "[data-testid=own-model-error]")).toEqual([]);
});

for (const width of [360, 390, 768, 1440]) {
  test(`at ${width} pixels nothing is cut in Chinese, nor with words three fifths longer than in English`, async ({ page }) => {
    await page.setViewportSize({ width, height: width < 700 ? 844 : 900 });
    for (const language of ["zh", "x-long"]) {
      await open(page, `?backend=cpu#lang=${language}`);
      const fits = async (where: string) => {
        await drawn(page);
        expect(await overflow(page), `${where} in ${language}`).toBeLessThanOrEqual(0);
        expect(await cutOff(page), `${where} in ${language}`).toEqual([]);
      };
      await fits("the ranking");
      for (const view of VIEWS) {
        await page.getByTestId(`open-${view}`).click();
        await page.getByTestId(`view-${view}`).waitFor();
        await fits(view);
      }
    }
  });
}

/** A catalogue whose titles are markup. */
async function shownTitle(page: Page) {
  return page.getByTestId("shop-item").first().locator(".card-title").textContent();
}

test("markup in a title stays text in both languages", async ({ page }) => {
  const title = "<b onclick=alert(1)>{count} & lamp</b>";
  await page.route("**/assets/catalogue.csv", async (route) => {
    const response = await route.fetch();
    const lines = (await response.text()).split("\n");
    const cells = lines.map((line, row) => (row === 0 ? line : line.replace(/^([^,]*),(?:"(?:[^"]|"")*"|[^,]*)/, `$1,${title}`)));
    await route.fulfill({ response, body: cells.join("\n") });
  });
  await open(page, "?backend=cpu#inside=steps");
  for (let turn = 0; turn < 2; turn++) {
    expect(await shownTitle(page)).toBe(title);
    await expect(page.getByTestId("step-now")).toContainText(title);
    await expect(page.locator("b[onclick]")).toHaveCount(0);
    await page.getByTestId("language").click();
    await expect(page.getByTestId("language")).toHaveText(turn === 0 ? "中文" : "English");
  }
});
