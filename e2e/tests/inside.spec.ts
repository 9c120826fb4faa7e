// Looking inside: the views can be opened, read, saved and left by everybody, at every width.

import { expect, type Page } from "@playwright/test";

import { parseCsv } from "../support/csv.ts";
import { cutOff, expectNoBarriersInThemes, overflow, THEMES, useTheme } from "../support/layout.ts";
import { answered, change, drawn, open, test } from "../support/page.ts";
import { saved, shownTable } from "../support/table.ts";
import { OF_CLICKS, openWhole, type View, VIEWS } from "../support/views.ts";

test("tabs lead to the views and back, with a mouse, with the keyboard, and by the address", async ({ page }) => {
  await open(page);
  await expect(page.getByRole("tab", { selected: true })).toHaveText("Ranking");
  await page.getByTestId("look-inside").click();
  await expect(page.getByTestId(`view-${VIEWS[0]}`)).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`#v=1&inside=${VIEWS[0]}$`));
  await expect(page.getByTestId("ranking-row").first()).toBeHidden();
  // Shop and history stay.
  await expect(page.getByTestId("history-item").first()).toBeVisible();
  await change(page, () => page.getByTestId("shop-item").first().click());
  // The browser forgets a Back that comes while the page writes its address, which it does when it has been quiet for a while.
  await expect(page).toHaveURL(/history=/);
  await page.goBack();
  await expect(page.getByTestId(`view-${VIEWS[0]}`)).toHaveCount(0);
  await expect(page.getByTestId("ranking-row").first()).toBeVisible();

  await page.getByTestId("open-ranking").focus();
  for (const view of VIEWS) {
    await page.keyboard.press("ArrowRight");
    await expect(page.getByTestId(`view-${view}`)).toBeVisible();
    await expect(page.getByTestId(`open-${view}`)).toBeFocused();
    await expect(page.getByTestId(`open-${view}`)).toHaveAttribute("aria-selected", "true");
  }
  await page.keyboard.press("Home");
  await expect(page.getByTestId("open-ranking")).toBeFocused();
  await expect(page).not.toHaveURL(/inside=/);

  await page.goto("./#inside=steps");
  await page.reload();
  await answered(page);
  await expect(page.getByTestId("view-steps")).toBeVisible();
  await page.goto("./#inside=nothing");
  await page.reload();
  await answered(page);
  await expect(page.getByTestId("ranking-row").first()).toBeVisible();
});

test("on a phone the tab of what is open is in sight, whoever opened it", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, "#inside=shader");
  await expect(page.getByTestId("open-shader")).toBeInViewport({ ratio: 1 });
  await expect(page.getByTestId("open-ranking")).not.toBeInViewport({ ratio: 1 });
  await page.getByTestId("open-shader").press("Home");
  await expect(page.getByTestId("open-ranking")).toBeInViewport({ ratio: 1 });
  await page.goto("./#inside=embedding");
  await expect(page.getByTestId("view-embedding")).toBeVisible();
  await expect(page.getByTestId("open-embedding")).toBeInViewport({ ratio: 1 });
});

test("on a phone one sees what one opens, also the first time", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page);
  await page.getByTestId("look-inside").click();
  await expect(page.getByTestId("open-model")).toBeFocused();
  const view = page.getByTestId("view-model");
  for (const part of [view.getByRole("heading", { level: 2 }), view.getByTestId("model-stage").first()]) {
    await expect(part).toBeInViewport({ ratio: 1 });
  }
  for (const id of ["shader", "embedding"]) {
    await page.getByTestId(`open-${id}`).click();
    await answered(page);
    await expect(page.getByTestId(`view-${id}`).getByRole("heading", { level: 2 })).toBeInViewport({ ratio: 1 });
  }
  await page.getByTestId("open-ranking").click();
  await expect(page.getByTestId("ranking-row").first()).toBeInViewport({ ratio: 1 });
});

test("without clicks the views say so, and go on with the next one", async ({ page }) => {
  await open(page, "#inside=steps");
  for (const view of OF_CLICKS) {
    await page.getByTestId(`open-${view}`).click();
    await change(page, () => page.getByTestId("clear").click());
    await expect(page.getByTestId(`view-${view}`)).toContainText("Without clicks");
    await change(page, () => page.getByTestId("shop-item").first().click());
    await expect(page.getByTestId(`view-${view}`)).not.toContainText("Without clicks");
  }
});

/** Nothing of a view is cut or too small, and it looks as before. The page is high enough for the whole view then. */
async function checkLooks(page: Page, id: View): Promise<void> {
  const view = page.getByTestId(`view-${id}`);
  for (const width of [390, 768, 1440, 1920]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    for (const theme of THEMES) {
      await useTheme(page, theme);
      await drawn(page);
      expect(await overflow(page), `at ${width} px, ${theme}`).toBeLessThanOrEqual(0);
      expect(await cutOff(page), `at ${width} px, ${theme}`).toEqual([]);
      const small = await view.locator("button:visible").evaluateAll((all) =>
        all.map((one) => one.getBoundingClientRect()).filter((box) => box.width < 24 || box.height < 24).length,
      );
      expect(small, `targets under 24 px at ${width} px, ${theme}`).toBe(0);
    }
  }
  await page.setViewportSize({ width: 1440, height: 2400 });
  for (const theme of THEMES) {
    await useTheme(page, theme);
    await expect(view).toHaveScreenshot(`${id}-${theme}.png`);
  }
}

/** The table is shown; its files hold what it holds, all of it. */
async function checkNumbers(page: Page, id: View): Promise<void> {
  const view = page.getByTestId(`view-${id}`);
  if (id === "embedding" || id === "model") {
    await expect(view.locator(".view-table tbody tr")).toHaveCount(500);
    await view.getByTestId("table-all").click();
    await expect(view.locator(".view-table tbody tr")).not.toHaveCount(500);
  }
  await expect(view.getByTestId("table-all")).toHaveCount(0);
  const table = await shownTable(view);
  const csv = await saved(page, view.getByTestId("save-csv"));
  expect(csv.name).toBe(`interest-lens-${id}.csv`);
  expect(parseCsv(csv.text)).toEqual(table);
  const json = await saved(page, view.getByTestId("save-json"));
  expect(json.name).toBe(`interest-lens-${id}.json`);
  const { title, columns, rows } = JSON.parse(json.text);
  expect(title).toBe(await view.getByRole("heading", { level: 2 }).textContent());
  const label = ({ name, unit }: { name: string; unit: string }) => (unit === "" ? name : `${name} [${unit}]`);
  expect(columns.map(label)).toEqual(table.columns);
  expect(rows.map((row: unknown[]) => row.map((cell) => (cell === null ? "" : cell)))).toEqual(
    table.rows.map((row, index) => row.map((text, column) => (typeof rows[index][column] === "number" ? Number(text) : text))),
  );
}

/** A saved picture is whole in itself. */
async function checkPicture(page: Page, id: View, text: string): Promise<void> {
  const title = await page.getByTestId(`view-${id}`).getByRole("heading", { level: 2 }).textContent();
  const found = await page.evaluate((text) => {
    const svg = new DOMParser().parseFromString(text, "image/svg+xml");
    const count = (selector: string) => svg.querySelectorAll(selector).length;
    return { errors: count("parsererror"), title: svg.querySelector("title")?.textContent, classes: count("[class]"), texts: count("text"), shapes: count("path, rect") };
  }, text);
  expect(found).toMatchObject({ errors: 0, title, classes: 0 });
  expect(found.texts).toBeGreaterThan(10);
  // Shaders are text, on a ground.
  expect(found.shapes).toBeGreaterThan(id === "shader" ? 0 : 5);
  expect(text).not.toMatch(/var\(|okl|href=/);
}

for (const id of VIEWS) {
  test(`${id}: at every width and in both themes it looks as before, axe finds no barrier, and chart and numbers can be saved`, async ({ page }) => {
    test.setTimeout(300_000);
    const view = page.getByTestId(`view-${id}`);
    await page.setViewportSize({ width: 390, height: 844 });
    await openWhole(page, id);
    await checkLooks(page, id);
    await expectNoBarriersInThemes(page);
    await useTheme(page, "light");
    const svg = await saved(page, view.getByTestId("save-svg"));
    expect(svg.name).toBe(`interest-lens-${id}.svg`);
    await checkPicture(page, id, svg.text);

    await view.getByTestId("table-toggle").click();
    await expect(view.locator(".view-table table")).toBeVisible();
    await expectNoBarriersInThemes(page);
    await useTheme(page, "light");
    await checkNumbers(page, id);
    // Also when it is saved while the table is shown.
    await checkPicture(page, id, (await saved(page, view.getByTestId("save-svg"))).text);
  });
}
