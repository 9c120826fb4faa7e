// What a browser refuses, or does not have: the page goes on without, or says what to do.

import { expect, type Page } from "@playwright/test";

import { change, open, test } from "../support/page.ts";

test.describe("the guide's code is selected, and a sentence says how to copy it,", () => {
  /** Clicks the first Copy button, and then presses the keys that copy. */
  async function copyByHand(page: Page): Promise<void> {
    await open(page);
    await page.getByTestId("own-model").click();
    const part = page.getByTestId("guide").locator("details").first();
    await part.locator("summary").click();
    const copy = part.getByRole("button", { name: "Copy" }).first();
    // However often one tries.
    for (let tries = 0; tries < 2; tries++) {
      await copy.click();
      await expect(part.getByRole("alert")).toHaveText(/does not let this page copy.*Ctrl\+C/);
    }
    await expect(part.getByRole("alert")).toHaveCount(1);
    await expect(copy).toHaveText("Copy");
    const code = await part.locator("pre code").first().textContent();
    const copied = page.evaluate(
      () => new Promise((resolve) => document.addEventListener("copy", () => resolve(String(getSelection())), { once: true })),
    );
    await page.keyboard.press("ControlOrMeta+c");
    expect(await copied).toBe(code);
  }

  test("where the browser denies the clipboard", async ({ page }) => {
    await page.addInitScript(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException("Write permission denied.", "NotAllowedError"));
    });
    await copyByHand(page);
  });

  test("where it has none, as for a page that came by http", async ({ page }) => {
    await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined }));
    await copyByHand(page);
  });
});

test("without storage the page is used as ever, and the theme holds until it is left", async ({ page }) => {
  await page.addInitScript(() => {
    const get = () => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    };
    for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get });
  });
  const first = await open(page);
  const clicked = await change(page, () => page.getByTestId("shop-item").first().click());
  expect(clicked.history).toHaveLength(first.history.length + 1);
  await page.getByTestId("theme").click();
  const theme = await page.locator("html").getAttribute("data-theme");
  await page.getByTestId("theme").click();
  await expect(page.locator("html")).not.toHaveAttribute("data-theme", theme!);
});

test("storage that is full loses what it would keep, and nothing else", async ({ page }) => {
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    };
  });
  const first = await open(page);
  const clicked = await change(page, () => page.getByTestId("shop-item").first().click());
  expect(clicked.history).toHaveLength(first.history.length + 1);
  await page.getByTestId("theme").click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", /light|dark/);
});

test("a browser that does not let a page count what arrives shows the page", async ({ page }) => {
  // Firefox before 102.
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "TransformStream"));
  await open(page);
});
