// Training on a visitor's own data: a catalogue and histories become a shop whose network is trained here, and what is no good is said.

import { readFileSync, truncateSync, writeFileSync } from "node:fs";

import { expect, type Page } from "@playwright/test";

import { parse, type Upload, upload } from "../support/files.ts";
import { choose, running } from "../support/own_model.ts";
import { answered, open, state, test } from "../support/page.ts";

test.describe.configure({ timeout: 300_000 });

const PRODUCTS = 60;

/** An id that CSV must put in quotes. */
const id = (product: number) => `the "${product}", or so`;
const field = (text: string) => `"${text.replaceAll('"', '""')}"`;

const CATALOGUE = upload(
  "catalogue.csv",
  ["id,title,category", ...Array.from({ length: PRODUCTS }, (_, row) => `${field(id(row))},product ${row},category ${row % 5}`)].join("\n"),
);

/** Users who go round the products of one category each, so that there is something to learn. */
function histories(users: number, clicks: number): string {
  const lines = ["user,item,time"];
  for (let user = 0; user < users; user += 1) {
    for (let time = 0; time < clicks; time += 1) lines.push(`user ${user},${field(id((user + 5 * time) % PRODUCTS))},${time}`);
  }
  return lines.join("\n");
}

const HISTORIES = upload("histories.csv", histories(200, 12));

/** Opens the view with a small network. */
async function begin(page: Page): Promise<void> {
  await open(page, "?backend=cpu#inside=train");
  await page.getByTestId("train-network").selectOption("embedding-mlp");
  await page.getByTestId("train-more").click();
  for (const [name, value] of Object.entries({ passes: "30", item: "8", category: "4", head: "16 8" })) {
    await page.getByTestId(`train-${name}`).fill(value);
  }
  await page.getByTestId("train-passes").focus();
  await page.getByTestId("train-own").click();
}

async function chooseOwn(page: Page, catalogue: Upload, of: Upload): Promise<void> {
  await page.getByTestId("train-catalogue-file").setInputFiles(catalogue);
  await page.getByTestId("train-histories-file").setInputFiles(of);
}

test("a network learns from a visitor's own data, in their shop, and opens again with their catalogue", async ({ page }) => {
  await begin(page);
  await page.getByTestId("train-catalogue-file").setInputFiles(CATALOGUE);
  await expect(page.getByText("Now choose the histories of its users.")).toBeVisible();
  await page.getByTestId("train-histories-file").setInputFiles(
    upload("histories.csv", `${histories(200, 12)}\nonce,${field(id(3))},0\nelse,no such thing,0`),
  );
  const found = page.getByTestId("train-own-found");
  await expect(found).toContainText("histories.csv: 200 users and 2,400 purchases of 60 products. 180 of them are trained on. The other 20");
  await expect(found).toContainText("A pass over so few purchases has 9 steps");
  await expect(found).toContainText("1 user of one purchase is left out.");
  await expect(found).toContainText(/1 of 2402 lines names an item.*no such thing/);

  await page.getByTestId("train-start").click();
  await expect.poll(async () => (await state(page)).network).toBe("Your model");
  // The shop is the visitor's, with clicks of a user who is asked.
  await expect.poll(async () => (await answered(page)).history.length).toBe(12);
  const shown = await answered(page);
  expect(shown.history.every((item) => item.startsWith('the "'))).toBe(true);
  await expect(page.getByTestId("shop-item").first()).toContainText("product ");
  await expect(page.getByTestId("train-status")).toContainText("Finished", { timeout: 200_000 });
  const cells = page.getByTestId("train-scores").locator("tbody tr").first().locator("td");
  const [own, floor, shipped] = await cells.allTextContents();
  // Who stays within a category is easily told from who does not, and every product is as popular as any other.
  expect(Number(own)).toBeGreaterThan(0.9);
  expect(Number(floor)).toBeLessThan(0.7);
  expect(shipped).toBe("–");
  await expect(page.getByTestId("train-run").first()).toContainText("Your own data histories.csv");

  const { probabilities } = await answered(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("train-download").click()]);
  const model = upload(download.suggestedFilename(), readFileSync(await download.path()));
  expect(parse(model.buffer).metadata.data).toContain("histories.csv");

  // Back to the shop's purchases, whose network is of the page's own shop.
  await page.getByTestId("train-own-forget").click();
  await expect(found).toHaveCount(0);
  await page.getByTestId("train-start").click();
  await expect.poll(async () => (await state(page)).network).toBe("Your model");
  await expect.poll(async () => (await answered(page)).history[0]).not.toContain('the "');
  await page.getByTestId("train-stop").click();
  await expect(page.getByTestId("train-status")).toContainText("Stopped");

  await choose(page, { catalogue: CATALOGUE, model });
  await expect.poll(async () => (await answered(page)).history).toEqual([]);
  await page.getByTestId("own-model-see").click();
  for (const item of shown.history) {
    const row = Number(item.match(/\d+/)![0]);
    await page.getByTestId("search").fill(`product ${row}`);
    await page.getByTestId("shop-item").filter({ hasText: new RegExp(`product ${row}\\b`) }).first().click();
  }
  expect((await running(page, { model })).probabilities).toEqual(probabilities);
});

test("a training on one's own data goes on after a reload", async ({ page }) => {
  page.on("dialog", (dialog) => void dialog.accept());
  await begin(page);
  await page.getByTestId("train-passes").fill("50");
  await chooseOwn(page, CATALOGUE, upload("histories.csv", histories(2000, 12)));
  await page.getByTestId("train-start").click();
  await expect.poll(async () => Number(await page.getByTestId("train-curve").getAttribute("data-step"))).toBeGreaterThan(5);
  await page.getByTestId("train-pause").click();
  await expect(page.getByTestId("train-status")).toContainText("It waits.");
  const kept = Number(await page.getByTestId("train-curve").getAttribute("data-step"));
  // Kept by the browser within this time, or there would be nothing to go on from.
  await page.waitForTimeout(1500);
  await page.reload();
  await answered(page);
  await page.getByTestId("train-resume").click();
  await expect(page.getByTestId("train-own-found")).toContainText("histories.csv: 2,000 users");
  await expect.poll(async () => Number(await page.getByTestId("train-curve").getAttribute("data-step")), { timeout: 60_000 }).toBeGreaterThan(kept);
  await expect(page.getByTestId("train-run")).toContainText("Your own data histories.csv");
  await expect.poll(async () => (await answered(page)).history[0]).toContain('the "');
  await page.getByTestId("train-stop").click();
  await expect(page.getByTestId("train-status")).toContainText("Stopped");
});

test("what there is too little of to train on is said in a sentence", async ({ page }, info) => {
  await begin(page);
  const error = page.getByTestId("train-own-error");
  const line = (user: string, product: number, time: number) => `${user},${field(id(product))},${time}`;
  const of = (...lines: string[]) => upload("histories.csv", ["user,item,time", ...lines].join("\n"));
  const one = upload("catalogue.csv", `id,title,category\n${field(id(0))},one,c`);
  for (const [catalogue, users, expected] of [
    [upload("catalogue.csv", "id,title,category"), HISTORIES, "catalogue.csv: no product in it."],
    [upload("catalogue.csv", ""), HISTORIES, "catalogue.csv: the file is empty."],
    [CATALOGUE, of(), "histories.csv: no history in it."],
    [CATALOGUE, of(line("ann", 1, 1), line("ann", 2, 2)), "histories.csv: one user alone has two lines or more, and it takes two"],
    [CATALOGUE, of(line("ann", 1, 1), line("bob", 2, 2), line("eve", 2, 2)), "histories.csv: no user has two lines, and what is learned"],
    [CATALOGUE, of("ann,x,1", "bob,y,1"), /histories\.csv: 2 of 2 lines name items that are not in this catalogue, first line 2: "x"/],
    [CATALOGUE, of("ann"), /histories\.csv.*line 2/],
    [one, of(line("ann", 0, 1), line("ann", 0, 2), line("bob", 0, 1), line("bob", 0, 2)), "catalogue.csv: there is one product, and a network learns"],
  ] as const) {
    await chooseOwn(page, catalogue, users);
    await expect(error).toContainText(expected);
    await expect(page.getByTestId("train-start")).toBeDisabled();
    await page.reload();
    await answered(page);
    await page.getByTestId("train-own").click();
  }

  // A file with a hole in it, which takes no room on the disk.
  const path = info.outputPath("large.csv");
  writeFileSync(path, "");
  truncateSync(path, 200_000_000);
  await page.getByTestId("train-catalogue-file").setInputFiles(CATALOGUE);
  await page.getByTestId("train-histories-file").setInputFiles(path);
  await expect(error).toContainText(/large\.csv has 200\.0 MB, more than the 64\.0 MB/);

  // Whoever bought everything can be asked nothing, which shows when training begins.
  const two = upload("catalogue.csv", `id,title,category\n${[0, 1].map((row) => `${field(id(row))},p,c`).join("\n")}`);
  await chooseOwn(page, two, of(...["ann", "bob"].flatMap((user) => [line(user, 0, 1), line(user, 1, 2)])));
  await expect(page.getByTestId("train-own-found")).toBeVisible();
  await page.getByTestId("train-start").click();
  await expect(page.getByTestId("view-train").getByRole("alert")).toContainText("No training user has a purchase that can be told from a product left in the shop.");
});
