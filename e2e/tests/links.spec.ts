// What the address asks for, what becomes of it, and what the page says where it cannot be had.

import { readFileSync } from "node:fs";

import { expect, type Page } from "@playwright/test";

import { drop, fuxictr, repository, upload } from "../support/files.ts";
import { CATALOGUE, csv, file, made, PRODUCTS } from "../support/made_models.ts";
import { answered, change, choose, open, state, test } from "../support/page.ts";
import { din } from "../support/reference/din.ts";
import { ALL, START } from "../support/reference/index.ts";
import { SHOP } from "../support/shop.ts";

/** The weights of a small network of made-up numbers, for the products of {@link CATALOGUE}. */
const WEIGHTS = made(Object.values(ALL.find((network) => network.id === din.id)!.made)[0]!.options);

/** Serves a model and its catalogue under `made/`. */
async function serve(page: Page, catalogue = CATALOGUE, products = PRODUCTS): Promise<void> {
  await page.route("**/made/model.safetensors", (route) => route.fulfill({ body: file(WEIGHTS, products) }));
  await page.route("**/made/catalogue.csv", (route) => route.fulfill({ body: catalogue }));
}

const MADE = "model=made/model.safetensors&catalogue=made/catalogue.csv";
const ids = SHOP.map((product) => product.id);

test.describe("a history in the address", () => {
  test("is one of the demo's shop where no model is named", async ({ page }) => {
    const first = await open(page, `?history=${ids[3]},${ids[5]},${ids[3]}`);
    expect(first.network).toBe(START.name);
    expect(first.history).toEqual([ids[3], ids[5], ids[3]]);
    await expect(page.getByTestId("history-unknown")).toHaveCount(0);
    await expect(page.getByTestId("undo")).toBeDisabled();
  });

  test("longer than the limit is cut to its newest clicks, and says so", async ({ page }) => {
    const long = Array.from({ length: 201 }, (_, index) => ids[index % 50]!);
    const first = await open(page, `?history=${long}`);
    expect(first.history).toEqual(long.slice(1));
    await expect(page.getByTestId("history-user")).toContainText("the newest 200 of 201 clicks");
    await expect(page.getByTestId("history-long")).toContainText("longer than what DIEN was trained on: at most 50");
    // Every button goes on.
    const other = await choose(page, din);
    expect(other.history).toEqual(long.slice(1));
    const cleared = await change(page, () => page.getByTestId("clear").click());
    expect(cleared.history).toEqual([]);
    await expect(page.getByTestId("history-long")).toHaveCount(0);
  });

  test("of the visitor's own shop, too", async ({ page }) => {
    await serve(page);
    const long = Array.from({ length: 230 }, (_, index) => PRODUCTS[index % 60]!.id);
    const first = await open(page, `?${MADE}&history=${long}`);
    expect(first.network).toBe("Your model");
    expect(first.history).toEqual(long.slice(30));
    await expect(page.getByTestId("history-user")).toContainText("the newest 200 of 230 clicks");
  });

  test("names ids that are not in the catalogue, until the history changes", async ({ page }) => {
    const first = await open(page, `?history=${ids[0]},zzz,${ids[1]},yyy,${ids[2]}`);
    expect(first.history).toEqual(ids.slice(0, 3));
    const unknown = page.getByTestId("history-unknown");
    await expect(unknown).toContainText("2 of 5 ids are not in the catalogue: zzz, yyy");
    await change(page, () => page.getByTestId("shop-item").first().click());
    await expect(unknown).toHaveCount(0);
  });

  test("takes ids with commas in quotes", async ({ page }) => {
    const products = PRODUCTS.map((product, index) => (index === 1 ? { ...product, id: "x,y" } : product));
    await serve(page, csv(products).replace("\nx,y,", '\n"x,y",'), products);
    const first = await open(page, `?${MADE}&history=${encodeURIComponent('p1,"x,y",p3')}`);
    expect(first.history).toEqual(["p1", "x,y", "p3"]);
  });
});

test("clicks survive a reload, and nothing else does", async ({ page }) => {
  const first = await open(page);
  await change(page, () => page.getByTestId("shop-item").first().click());
  const clicked = await change(page, () => page.getByTestId("shop-item").nth(1).click());
  expect(clicked.history).toHaveLength(first.history.length + 2);
  await page.reload();
  expect((await answered(page)).history).toEqual(clicked.history);
  await page.reload();
  expect((await answered(page)).history).toEqual(clicked.history);
  await page.goto("about:blank");
  expect((await open(page)).history).toEqual(first.history);
});

test("a link that changes the backend keeps the rest of the address", async ({ page }) => {
  await serve(page);
  await open(page, `?backend=cpu&${MADE}&history=p1,p2#inside=steps`);
  const link = page.locator("#why-cpu a");
  await page.getByTestId("open-what-if").click();
  // The view that is open now, and not the one at the start.
  await expect(link).toHaveAttribute("href", /[#&]inside=what-if$/);
  const address = new URL((await link.getAttribute("href"))!, page.url());
  expect(address.searchParams.get("backend")).toBe("gpu");
  expect(address.searchParams.get("model")).toBe("made/model.safetensors");
  expect(address.searchParams.get("catalogue")).toBe("made/catalogue.csv");
  // What the page shows stands behind the #.
  expect(address.hash).toMatch(/&history=p1,p2&inside=what-if$/);
});

test("the title of the page names the open view", async ({ page }) => {
  await open(page);
  const title = await page.title();
  await page.getByTestId("open-steps").click();
  const name = (await page.getByTestId("open-steps").textContent())!.trim();
  await expect(page).toHaveTitle(`${name} – Interest Lens`);
  await page.getByTestId("open-ranking").click();
  await expect(page).toHaveTitle(title);
});

test.describe("a download that fails", () => {
  // Chromium itself logs each request that fails.
  test.use({ expectedErrors: [/Failed to load resource/] });

  test("is tried again at the same address", async ({ page }) => {
    await serve(page);
    await page.route("**/made/model.safetensors", (route) => route.fulfill({ status: 404, body: "" }));
    await page.goto(`./?${MADE}&history=p1,p2`);
    const error = page.getByTestId("own-model-error");
    await expect(error).toContainText(/made\/model\.safetensors.*404/);
    await page.unroute("**/made/model.safetensors");
    await serve(page);
    await error.getByTestId("retry").click();
    await expect.poll(async () => (await state(page)).network).toBe("Your model");
    expect((await answered(page)).history).toEqual(["p1", "p2"]);
  });
});

test("an address from which no page reads is named for what it is", async ({ page }) => {
  await open(page, "?model=ftp://example.org/model.safetensors");
  await expect(page.getByTestId("own-model-error")).toContainText(/by http and https, and not by ftp/);
});

test("a blank address is none", async ({ page }) => {
  const first = await open(page, "?model=%20%20");
  expect(first.network).toBe(START.name);
  await expect(page.getByTestId("own-model-error")).toHaveCount(0);
});

test("the search takes letters of every script in any case", async ({ page }) => {
  const titles = ["Молоко", "ÖL fürs Rad", "Crème brûlée"];
  const products = PRODUCTS.map((product, index) => ({ ...product, title: titles[index] ?? product.title }));
  await serve(page, csv(products));
  await open(page, `?${MADE}`);
  for (const [search, title] of [["МОЛОКО", titles[0]], ["молоко", titles[0]], ["öl", titles[1]], ["CRÈME", titles[2]]]) {
    await page.getByTestId("search").fill(search!);
    await expect(page.getByTestId("shop-item")).toHaveCount(1);
    await expect(page.getByTestId("shop-item")).toContainText(title!);
  }
});

test.describe("files", () => {
  const DIN = fuxictr("fuxi_din_1_sizes");

  test("are read for what is in them, whatever they are called", async ({ page }) => {
    await open(page);
    const model = upload("network.bin", DIN.model.buffer);
    await drop(page, [DIN.catalogue, model]);
    await expect(page.getByTestId("own-model-summary")).toContainText("network.bin");
  });

  test("that are no model are named for what they are", async ({ page }) => {
    await open(page);
    await page.getByTestId("own-model").click();
    const error = page.getByTestId("own-model-error");
    for (const [content, what] of [
      ["version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 134\n", "pointer of Git LFS"],
      ["<!doctype html><title>404</title>", "web page"],
      [Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"), "PNG"],
      [Buffer.from("PK\x03\x04", "latin1"), "damaged archive"],
    ] as const) {
      await page.getByTestId("own-model-file").setInputFiles(upload("model.safetensors", content as Buffer | string));
      await expect(error).toContainText(what);
      // The remedy is no other catalogue.
      await expect(error).not.toContainText("choose that catalogue");
    }
  });

  test("chosen as a catalogue are catalogues, with a column of user ratings too", async ({ page }) => {
    await open(page);
    await page.getByTestId("own-model").click();
    const table = csv(PRODUCTS).split("\n").map((line, index) => `${line},${index === 0 ? "user_rating" : 5}`).join("\n");
    await page.getByTestId("own-model-catalogue").setInputFiles(upload("rated.csv", table));
    await expect(page.getByTestId("own-model-waiting")).toContainText("rated.csv has 60 products");
    await expect(page.getByTestId("histories-error")).toHaveCount(0);
  });

  test("with variances below zero are refused by the tensor", async ({ page }) => {
    const name = [...WEIGHTS.tensors.keys()].find((name) => name.endsWith(".variance"))!;
    const { shape, values } = WEIGHTS.tensors.get(name)!;
    const tensors = new Map(WEIGHTS.tensors).set(name, { shape, values: Float32Array.from(values, (value) => -value) });
    await open(page);
    await drop(page, [upload("catalogue.csv", CATALOGUE), upload("negative.safetensors", file({ ...WEIGHTS, tensors }))]);
    await expect(page.getByTestId("own-model-error")).toContainText(`negative.safetensors: tensor "${name}" holds`);
  });

  test("with a score that no model can have show none", async ({ page }) => {
    const assets = repository(`assets/${din.id}.safetensors`).toString("latin1");
    // Of the same length, so that the header keeps its own.
    const wrong = assets.replaceAll(/(\\"auc\\":\s*)0\./g, "$19.");
    expect(wrong).not.toBe(assets);
    await open(page);
    await drop(page, [upload("mine.safetensors", Buffer.from(wrong, "latin1"))]);
    await expect(page.getByTestId("own-model-summary")).toContainText("mine.safetensors");
    await expect.poll(async () => (await answered(page)).network).toBe("Your model");
    await expect(page.getByTestId("status")).not.toContainText("AUC");
  });
});

test("a table that is saved has the mark of UTF-8 and no formulas", async ({ page }) => {
  const products = PRODUCTS.map((product) => ({ ...product, title: `=1+${product.id}` }));
  await serve(page, csv(products));
  await open(page, `?${MADE}&history=p1,p2,p3#inside=what-if`);
  const view = page.getByTestId("view-what-if");
  await expect(view.getByTestId("leave-one-out").first()).toBeVisible();
  const [download] = await Promise.all([page.waitForEvent("download"), view.getByTestId("save-csv").first().click()]);
  const text = readFileSync((await download.path())!, "utf8");
  expect(text.startsWith("\uFEFF")).toBe(true);
  expect(text).toContain("'=1+p");
  expect(text).not.toMatch(/(^|,)=/m);
});
