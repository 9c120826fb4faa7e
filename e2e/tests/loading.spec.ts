// Files that do not arrive, or arrive broken: one clear sentence and a retry, never an endless wait.

import { expect } from "@playwright/test";

import { answered, button, open, test } from "../support/page.ts";
import { OTHERS, START } from "../support/reference/index.ts";

// Chromium itself logs each request that fails, and the page the files of its program that did.
test.use({ expectedErrors: [/Failed to (load resource|fetch)|unreachable/] });

/** The weights of the network that the page begins with. */
const FILE = `${START.id}.safetensors`;
const WEIGHTS = `**/assets/${FILE}`;

for (const [what, files] of [
  ["weights", WEIGHTS],
  ["a catalogue", "**/assets/catalogue.csv"],
] as const) {
  test(`${what} that the server has not: a sentence that names the file, and a retry that works`, async ({ page }) => {
    await page.route(files, (route) => route.fulfill({ status: 404, body: "not found" }));
    await page.goto("./");
    const alert = page.getByRole("alert").first();
    await expect(alert).toBeVisible();
    await expect(alert).toContainText(files.split("/").at(-1)!);
    await expect(alert).toContainText(/404/);
    await page.unroute(files);
    await page.getByTestId("retry").first().click();
    expect((await answered(page)).problem).toBeNull();
    await expect(page.getByTestId("ranking-row").first()).toBeVisible();
  });
}

test("without a connection nothing comes, and with one another try brings all of it, the shoppers too", async ({ page }) => {
  await page.route("**/assets/*", (route) => route.abort());
  await page.goto("./");
  await expect(page.getByTestId("retry")).toHaveCount(2);
  await page.unroute("**/assets/*");
  await page.getByTestId("retry").first().click();
  await expect(page.getByTestId("retry")).toHaveCount(1);
  await page.getByTestId("retry").click();
  expect((await answered(page)).history.length).toBeGreaterThan(5);
  await expect(page.getByTestId("preset").first()).toBeVisible();
  await expect(page.getByTestId("shop-item").first()).toBeVisible();
});

test("weights that the network cuts off, and another network that still answers", async ({ page }) => {
  const other = OTHERS[1]!;
  await page.route(WEIGHTS, (route) => route.abort());
  await page.goto("./");
  await expect(page.getByRole("alert").first()).toContainText(FILE);
  await button(page, other).click();
  expect((await answered(page)).network).toBe(other.name);
});

test("weights that are no weights are refused by name", async ({ page }) => {
  await page.route(WEIGHTS, (route) => route.fulfill({ status: 200, body: "these are no weights" }));
  await page.goto("./");
  await expect(page.getByRole("alert").first()).toContainText(FILE);
});

test("all links are relative: everything comes from under the page's own path", async ({ page, baseURL }) => {
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await open(page);
  expect(requests.length).toBeGreaterThan(4);
  for (const url of requests.filter((url) => !url.startsWith("data:") && !url.startsWith("blob:"))) {
    expect(url.startsWith(baseURL!), url).toBe(true);
  }
});

test("a program that stops without a word, as without memory, is said to have stopped", async ({ page }) => {
  await open(page);
  const errors = page.waitForEvent("pageerror");
  await page.evaluate(() => setTimeout(() => new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(
    // A module whose function "f" is the instruction unreachable, which the start section runs.
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 5, 1, 3, 0, 0, 11,
  )))));
  await errors;
  await expect(page.locator(".crash")).toContainText(/stopped.*memory.*Reload/);
});

for (const file of ["page.js", "page_bg.wasm", "__wasm_split.js"]) {
  test(`without ${file} there is a sentence and no endless wait`, async ({ page }) => {
    await page.route(`**/${file}`, (route) => route.abort("failed"));
    await page.goto("./");
    await expect(page.locator(".loading-failed")).toContainText(/could not be loaded/);
    await expect(page.locator(".loading-failed")).toBeVisible();
  });
}

test("without what runs on GPUs, the CPU answers and says why", async ({ page }) => {
  await page.route("**/split_gpu.wasm", (route) => route.abort("failed"));
  expect((await open(page)).backend).toBe("cpu");
  await page.getByText("CPU or GPU?").click();
  await expect(page.getByTestId("status")).toContainText("The part of this page that runs on GPUs could not be loaded.");
});

test("a dialog whose contents do not arrive says so, and a second attempt shows them", async ({ page }) => {
  await page.route("**/split_views.wasm", (route) => route.abort("failed"));
  await open(page);
  await page.getByTestId("about").click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("alert")).toContainText("This part of the page did not arrive");
  await page.unroute("**/split_views.wasm");
  await dialog.getByTestId("retry").click();
  await expect(dialog.getByRole("heading", { name: "How good the page’s networks are" })).toBeVisible();
});
