// The page in English and in Chinese: which one it begins with, what is loaded for it, and that a switch changes words alone.

import { expect, type Page } from "@playwright/test";

import { answered, change, drawn, open, state, test } from "../support/page.ts";

/** Whether a text has Chinese letters. */
const chinese = (text: string) => /\p{Script=Han}/u.test(text);

/** The button that switches, once the page is in a language. */
async function inLanguage(page: Page, lang: "en" | "zh-Hans") {
  await expect(page.locator("html")).toHaveAttribute("lang", lang);
  const button = page.getByTestId("language");
  await expect(button).toHaveText(lang === "en" ? "中文" : "English");
  await expect(page.locator(".skip a").first()).toHaveText(lang === "en" ? "Skip to the shop" : "跳到商店");
  return button;
}

test("a switch changes words alone: clicks, network, view and every probability stay, and the keyboard where it was", async ({ page }) => {
  await open(page, "#inside=what-if");
  const before = await change(page, () => page.getByTestId("shop-item").nth(3).click());
  let requests = 0;
  page.on("framenavigated", () => requests++);
  for (const lang of ["zh-Hans", "en"] as const) {
    await page.getByTestId("language").focus();
    await page.keyboard.press("Enter");
    const button = await inLanguage(page, lang);
    await expect(button).toBeFocused();
    await drawn(page);
    const after = await answered(page);
    expect(after).toEqual(before);
    await expect(page.getByTestId("view-what-if")).toBeVisible();
    await expect(page.getByTestId("open-what-if")).toHaveAttribute("aria-selected", "true");
    // The address follows.
    await expect.poll(() => page.url().includes("lang=zh")).toBe(lang === "zh-Hans");
  }
  // And everything goes on.
  const next = await change(page, () => page.getByTestId("shop-item").nth(4).click());
  expect(next.history).toHaveLength(before.history.length + 1);
});

test("a switch is said once to those who do not see it", async ({ page }) => {
  await open(page);
  await page.getByTestId("language").click();
  await expect(page.locator("[aria-live]", { hasText: "页面已切换为中文。" })).toHaveCount(1);
  await page.getByTestId("language").click();
  await expect(page.locator("[aria-live]", { hasText: "The page is in English now." })).toHaveCount(1);
});

test("in English no Chinese is loaded", async ({ page }) => {
  const bodies: Promise<[string, string]>[] = [];
  page.on("response", (response) => bodies.push(response.text().then((text) => [new URL(response.url()).pathname, text])));
  await open(page);
  const loaded = await Promise.all(bodies);
  const texts = loaded.filter(([name]) => /\/$|\.(html|js|csv|json|svg)$/.test(name));
  expect(texts.length).toBeGreaterThan(4);
  for (const [name, text] of texts) expect(chinese(text), name).toBe(false);
  expect(loaded.map(([name]) => name).join(" ")).not.toMatch(/zh\.txt|split_language/);
  // A program may have any bytes: of the dictionary's texts there is none.
  const dictionary = await (await page.request.get(await page.evaluate(() => `${(globalThis as unknown as { folder: string }).folder}zh.txt`))).text();
  const [, program] = loaded.find(([name]) => name.endsWith("_bg.wasm"))!;
  const lines = dictionary.split(/[\n\t]/).filter(chinese);
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines) expect(program.includes(line), line).toBe(false);
});

test.describe("of a browser that asks for Chinese", () => {
  test.use({ locale: "zh-CN" });

  test("the page is in Chinese, and its links are", async ({ page }) => {
    await open(page);
    await inLanguage(page, "zh-Hans");
    await change(page, () => page.getByTestId("shop-item").nth(3).click());
    await expect(page).toHaveURL(/#v=1&lang=zh&/);
  });

  test("the reader's choice is kept, and the address comes before it", async ({ page, context }) => {
    await open(page);
    await expect(page).toHaveURL(/lang=zh/);
    await (await inLanguage(page, "zh-Hans")).click();
    await inLanguage(page, "en");
    // It is written a moment later.
    await expect(page).not.toHaveURL(/lang=/);
    await page.reload();
    await answered(page);
    await inLanguage(page, "en");
    const other = await context.newPage();
    await open(other, "#lang=zh");
    await inLanguage(other, "zh-Hans");
  });

  test("a link in English stays in English when the page is loaded again", async ({ page }) => {
    await open(page, "#lang=en");
    await inLanguage(page, "en");
    await change(page, () => page.getByTestId("shop-item").nth(3).click());
    await expect(page).toHaveURL(/lang=en/);
    await page.reload();
    await answered(page);
    await inLanguage(page, "en");
  });
});

test("an address somebody goes to changes the language, and one that the page does not have is said", async ({ page }) => {
  await open(page);
  await page.evaluate(() => (location.hash = "lang=zh"));
  await inLanguage(page, "zh-Hans");
  await page.evaluate(() => (location.hash = "lang=tlh"));
  await expect(page.locator("#history")).toContainText("tlh");
  await inLanguage(page, "zh-Hans");
});

test.describe("where the Chinese texts do not arrive", () => {
  test.use({ expectedErrors: [/404/] });

  for (const file of ["zh.txt", "split_language.wasm"]) {
    test(`(${file}) the page is in English, says why, and a second attempt may succeed`, async ({ page }) => {
      await page.route(`**/${file}`, (route) => route.fulfill({ status: 404, body: "" }));
      await open(page, "#lang=zh");
      const button = await inLanguage(page, "en");
      const why = page.locator(".language [role=status]");
      await expect(why).toContainText("404");
      await button.click();
      await expect(why).toContainText("404");
      await page.unrouteAll();
      await button.click();
      await inLanguage(page, "zh-Hans");
      await expect(why).toBeEmpty();
      expect((await state(page)).problem).toBeNull();
    });
  }
});
