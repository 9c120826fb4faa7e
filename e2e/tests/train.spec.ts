// Training in the page: a network learns in a worker, the page shows it meanwhile, and what comes out is a network as any other.

import { readFileSync } from "node:fs";

import { expect, type Page } from "@playwright/test";

import { parseCsv } from "../support/csv.ts";
import { parse, upload } from "../support/files.ts";
import { choose as chooseFiles, running } from "../support/own_model.ts";
import { answered, choose, open, state, test } from "../support/page.ts";
import { dien } from "../support/reference/dien.ts";
import { IDS } from "../support/shop.ts";
import { saved } from "../support/table.ts";

test.describe.configure({ timeout: 300_000 });

const curve = (page: Page) => page.getByTestId("train-curve");
const number = async (page: Page, name: "step" | "loss" | "gauc") => Number(await curve(page).getAttribute(`data-${name}`));
const status = (page: Page) => page.getByTestId("train-status");

/** Opens the view and sets a small network. */
async function set(page: Page, network: string, fields: Record<string, string> = {}): Promise<void> {
  await open(page, "?backend=cpu#inside=train");
  await page.getByTestId("train-network").selectOption(network);
  await page.getByTestId("train-more").click();
  const small = { passes: "1", item: "8", category: "4", head: "16 8", ...fields };
  for (const [id, value] of Object.entries(small)) await page.getByTestId(`train-${id}`).fill(value);
  await page.getByTestId("train-passes").focus();
}

/** Waits until so many steps are done. */
async function steps(page: Page, enough: number): Promise<void> {
  await expect.poll(() => number(page, "step"), { timeout: 120_000 }).toBeGreaterThanOrEqual(enough);
}

test("a network learns, the page shows it meanwhile, and its file opens again with the same probabilities to the bit", async ({ page }) => {
  await set(page, "embedding-mlp");
  await page.getByTestId("train-start").click();
  await steps(page, 1);
  expect(await number(page, "loss")).toBeGreaterThan(0);
  await expect(page.getByTestId("train-network")).toBeDisabled();

  // It is the visitor's model by now, and answers otherwise as it learns.
  await expect.poll(async () => (await state(page)).network).toBe("Your model");
  await expect(page.getByTestId("own-model-summary")).toContainText("Embedding & MLP");
  const { probabilities: early } = await state(page);
  await expect.poll(async () => JSON.stringify((await state(page)).probabilities)).not.toBe(JSON.stringify(early));

  await page.getByTestId("train-pause").click();
  await expect(page.getByTestId("train-pause")).toHaveText("Go on");
  await expect(status(page)).toContainText("It waits.");
  // What it has reported is all that it did.
  await page.waitForTimeout(300);
  const waiting = await number(page, "step");
  await page.waitForTimeout(1000);
  expect(await number(page, "step")).toBe(waiting);
  await page.getByTestId("train-pause").click();
  await steps(page, waiting + 1);

  await expect(status(page)).toContainText("Finished", { timeout: 200_000 });
  const [uniform, popular] = [0, 1].map((row) => page.getByTestId("train-scores").locator("tbody tr").nth(row).locator("td"));
  for (const cells of [uniform!, popular!]) {
    const [own, floor, shipped] = (await cells.allTextContents()).map(Number);
    expect(own!).toBeGreaterThan(floor!);
    expect(shipped!).toBeGreaterThan(floor!);
  }
  await expect(page.getByTestId("train-said")).not.toHaveText("");

  const other = await choose(page, dien);
  await page.getByTestId("train-use").click();
  await expect.poll(async () => (await answered(page)).network).toBe("Your model");
  const { probabilities } = await answered(page);
  expect(probabilities).not.toEqual(other.probabilities);

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("train-download").click()]);
  const file = upload(download.suggestedFilename(), readFileSync(await download.path()));
  const { metadata } = parse(file.buffer);
  expect(metadata).toMatchObject({ network: "embedding-mlp", seed: "1", epochs: "1", steps: String(await number(page, "step")) });
  for (const note of ["config", "vocabulary", "training", "validation", "data", "split"]) expect(metadata[note]).toBeTruthy();
  expect(metadata.data).toContain("CC BY 4.0");
  await choose(page, dien);
  await chooseFiles(page, { model: file });
  const again = await running(page, { model: file });
  expect(again.probabilities).toEqual(probabilities);
});

test("trainings stand side by side, the same seed gives the same losses, and the browser asks before a training is left", async ({ page }) => {
  await set(page, "tin", { passes: "2" });
  const losses: number[][] = [];
  for (const run of [1, 2]) {
    await page.getByTestId("train-start").click();
    await expect(page.getByTestId("train-run")).toHaveCount(run);
    await expect.poll(() => number(page, "step")).toBeLessThan(1500);
    await steps(page, 30);
    if (run === 2) {
      const asked = page.waitForEvent("dialog");
      await page.close({ runBeforeUnload: true });
      const dialog = await asked;
      expect(dialog.type()).toBe("beforeunload");
      await dialog.dismiss();
    }
    await page.getByTestId("train-stop").click();
    await expect(status(page)).toContainText("Stopped");
    const line = page.getByTestId("train-run").first();
    await expect(line).toContainText("TIN");
    await expect(line).toContainText("Width of the item embedding 8");
    await expect(line).toContainText("stopped");
    const { rows } = parseCsv((await saved(page, page.getByTestId("save-csv"))).text);
    losses.push(rows.filter(([of]) => of === String(run)).map((row) => Number(row[3])));
  }
  const [first, second] = losses as [number[], number[]];
  const common = Math.min(first.length, second.length);
  expect(common).toBeGreaterThanOrEqual(30);
  expect(second.slice(0, common)).toEqual(first.slice(0, common));
  // A curve that is not drawn is not in the numbers; what curves are held against is.
  await page.getByTestId("train-drawn").last().uncheck();
  const { rows } = parseCsv((await saved(page, page.getByTestId("save-csv"))).text);
  expect([...new Set(rows.map(([of]) => of))]).toEqual(["", "2"]);
  const lines = (await saved(page, page.getByTestId("save-jsonl"))).text.trim().split("\n");
  const logged = lines.map((line) => JSON.parse(line) as { training?: number; step?: number; loss?: number }).filter(({ training }) => training);
  expect(logged.map(({ training, step }) => [training, step])).toEqual(second.map((_, place) => [2, place + 1]));
  expect(logged.map(({ loss }) => loss)).toEqual(second);
  // The network of the first is still there.
  await page.getByTestId("train-run-use").last().click();
  await expect(page.getByTestId("own-model-summary")).toContainText("trained-tin-1");
  // And the second can be held against it.
  await page.getByTestId("open-compare").click();
  await page.getByTestId("compare-network").selectOption("training-2");
  await expect(page.getByTestId("compare-ranking").last()).toContainText("TIN, training 2 would show next");
  // Both have learned the same for thirty steps, and then one of them went on.
  await expect.poll(async () => Number(await page.getByTestId("kendall-tau").getAttribute("data-tau"))).toBeGreaterThan(0.3);
});

test("a training goes on after a reload with the losses of an unbroken one, to the bit", async ({ page }) => {
  page.on("dialog", (dialog) => void dialog.accept());
  const all = async (run: number) => {
    const { rows } = parseCsv((await saved(page, page.getByTestId("save-csv"))).text);
    return rows.filter(([of]) => of === String(run)).map((row) => Number(row[3]));
  };
  await set(page, "tin", { seed: "4" });
  await page.getByTestId("train-start").click();
  await steps(page, 20);
  await page.getByTestId("train-pause").click();
  await expect(status(page)).toContainText("It waits.");
  const kept = () =>
    page.evaluate(
      () =>
        new Promise((resolve) => {
          const opening = indexedDB.open("interest-lens");
          opening.onsuccess = () => {
            const database = opening.result;
            const count = database.objectStoreNames.contains("kept") ? database.transaction("kept").objectStore("kept").count() : null;
            if (!count) return resolve(0);
            count.onsuccess = () => {
              database.close();
              resolve(count.result);
            };
          };
        }),
    );
  await expect.poll(kept).toBe(1);
  const before = await all(1);

  await page.reload();
  await answered(page);
  await page.getByTestId("train-resume").click();
  await steps(page, before.length + 20);
  await page.getByTestId("train-stop").click();
  await expect(status(page)).toContainText("Stopped");
  const broken = await all(1);
  expect(broken.slice(0, before.length)).toEqual(before);

  await page.getByTestId("train-start").click();
  await expect(page.getByTestId("train-run")).toHaveCount(2);
  await expect.poll(async () => (await all(2)).length, { timeout: 120_000 }).toBeGreaterThan(broken.length);
  await page.getByTestId("train-stop").click();
  await expect(status(page)).toContainText("Stopped");
  expect((await all(2)).slice(0, broken.length)).toEqual(broken);
});

test("what cannot be set is said of the field", async ({ page }) => {
  await set(page, "din", { seed: "-1" });
  await expect(page.getByTestId("train-wrong")).toHaveText("Seed: it takes a whole number from 0 to 9007199254740991.");
  await expect(page.getByTestId("train-seed")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByTestId("train-start")).toBeDisabled();
  await page.getByTestId("train-seed").fill("7");
  await page.getByTestId("train-seed").blur();
  await expect(page.getByTestId("train-wrong")).toHaveCount(0);
  await expect(page.getByTestId("train-start")).toBeEnabled();
});

test.describe("without a network", () => {
  test.use({ expectedErrors: [/purchases-training/] });
  test("what does not arrive is said, and comes with another try", async ({ page }) => {
    await set(page, "embedding-mlp");
    await page.route("**/purchases-training.bin", (route) => route.abort());
    await page.getByTestId("train-start").click();
    const view = page.getByTestId("view-train");
    await expect(view.getByRole("alert")).toContainText("purchases-training.bin did not arrive: the connection failed.");
    await page.unroute("**/purchases-training.bin");
    await view.getByTestId("retry").click();
    await steps(page, 1);
    await page.getByTestId("train-stop").click();
    await expect(status(page)).toContainText("Stopped");
  });
});

test("the page's network learns one's own clicks, and forgets the shop's customers where none is replayed", async ({ page }) => {
  const four = [3, 50, 120, 300].map((row) => IDS[row]!);
  await open(page, `?backend=cpu#history=${[...four, ...four, ...four].join(",")}&inside=train`);
  await page.getByTestId("fine-tune").check();
  await expect(page.getByTestId("tune-words")).toContainText("your 12 clicks");
  await expect(page.getByTestId("tune-words")).toContainText("The last one is held out");
  const lost: number[] = [];
  for (const [run, replay] of ["0", "256"].entries()) {
    await page.getByTestId("train-replay").fill(replay);
    await page.getByTestId("train-replay").blur();
    await page.getByTestId("train-start").click();
    await expect(page.getByTestId("train-run")).toHaveCount(run + 1);
    await expect(status(page)).toContainText("Finished", { timeout: 200_000 });
    // The click that is held out follows the one before it wherever that is in the history.
    const [now, before] = [...((await page.getByTestId("tune-own").textContent()) ?? "").matchAll(/([\d.]+) %/g)].map((found) => Number(found[1]));
    expect(now!).toBeGreaterThan(before!);
    const { rows } = parseCsv((await saved(page, page.getByTestId("save-csv"))).text);
    const shipped = Number(rows.find(([, name]) => name === "the page’s Embedding & MLP")![4]);
    const scores = rows.filter(([of, , , , gauc]) => of === String(run + 1) && gauc !== "");
    const [first, last] = [scores[0]!, scores.at(-1)!];
    // Before the first step it is the page's network, put to the questions that it was put to when it was made.
    expect(first[2]).toBe("0");
    expect(Number(first[4])).toBeCloseTo(shipped, 3);
    expect(last[2]).toBe("100");
    lost.push(Number(first[4]) - Number(last[4]));
  }
  expect(lost[0]!).toBeGreaterThan(0.01);
  expect(lost[1]!).toBeLessThan(lost[0]! / 2);
});

test("what is too little to learn from or to measure is said", async ({ page }) => {
  await open(page, `?backend=cpu#history=${IDS[3]}&inside=train`);
  await page.getByTestId("fine-tune").check();
  await expect(page.getByTestId("tune-words")).toContainText("It takes two clicks at least");
  await page.getByTestId("train-start").click();
  await expect(page.getByTestId("view-train").getByRole("alert")).toContainText("Fine-tuning takes two clicks at least, and there are 1.");
  await page.getByTestId("shop-item").first().click();
  await answered(page);
  await expect(page.getByTestId("tune-words")).toContainText("Below 10 clicks there is too little to measure");
  await page.getByTestId("train-frozen").selectOption("embeddings");
  await page.getByTestId("train-more").click();
  await page.getByTestId("train-passes").fill("1");
  await page.getByTestId("train-steps").fill("3");
  await page.getByTestId("train-steps").blur();
  await page.getByTestId("train-start").click();
  await expect(status(page)).toContainText("Finished", { timeout: 200_000 });
  await expect(page.getByTestId("tune-own")).toHaveCount(0);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("train-download").click()]);
  const { metadata } = parse(readFileSync(await download.path()));
  expect(JSON.parse(metadata.training!).fine_tuning).toEqual({ steps: 3, replay: 128, frozen: "embeddings" });
});
