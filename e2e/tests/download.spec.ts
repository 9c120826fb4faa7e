// "Download this computation": what led to a probability, as files that stand for themselves.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, type Page, type TestInfo } from "@playwright/test";

import { expectNoBarriers } from "../support/layout.ts";
import { csv, file, made, PRODUCTS } from "../support/made_models.ts";
import { open, state, test } from "../support/page.ts";
import { python } from "../support/python.ts";
import { dien } from "../support/reference/dien.ts";
import { ALL } from "../support/reference/index.ts";
import { IDS } from "../support/shop.ts";

/** Saves what a button offers; where it lies. */
async function download(page: Page, info: TestInfo, id: string, name: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId(id).first().click()]);
  const path = info.outputPath(name);
  await download.saveAs(path);
  return path;
}

/** Clicks: none, one, a few with one of them again, and as many as the networks were trained with. */
const HISTORIES = [0, 1, 5, 50].map((length) => Array.from({ length }, (_, step) => (step === 4 ? 0 : step * 7)));

test("notebooks of every network compute in NumPy what the page shows, after no click, one, five and fifty", async ({ page }, info) => {
  test.setTimeout(600_000);
  const paths: string[] = [];
  const save = async (name: string) => paths.push(await download(page, info, "download-notebook", `${name}.ipynb`));
  const weights = made(dien.small);
  await page.route("**/made/model.safetensors", (route) => route.fulfill({ body: file(weights) }));
  await page.route("**/made/catalogue.csv", (route) => route.fulfill({ body: csv(PRODUCTS) }));
  for (const places of HISTORIES) {
    const ids = places.map((place) => IDS[place]!);
    for (const { id } of ALL) {
      await open(page, `?backend=cpu&n=${places.length}${id}#network=${id}&history=${ids}&inside=model`);
      expect((await state(page)).history).toEqual(ids);
      await save(`${id}, ${places.length} clicks`);
    }
    // The visitor's own model, in a shop of its own.
    const own = places.map((place) => PRODUCTS[place % PRODUCTS.length]!.id);
    const files = "model=made/model.safetensors&catalogue=made/catalogue.csv";
    await open(page, `?backend=cpu&${files}&history=${own}#inside=model`);
    expect(await state(page)).toMatchObject({ history: own, network: "Your model" });
    await save(`own, ${places.length} clicks`);
  }
  for (const path of paths) expect(readFileSync(path).length, path).toBeLessThan(2_000_000);
  const said = await python("run", ...paths);
  expect(said.match(/numbers of the page were computed anew/g)).toHaveLength(HISTORIES.length * (ALL.length + 1));
  await python("spoil", ...paths.filter((path) => path.includes("5 clicks")).slice(0, 3));
});

test("the files hold what the engine computed, the same each time, and the JSON is as its schema says", async ({ page }, info) => {
  await open(page, "?backend=cpu#inside=steps");
  for (const network of ALL) {
    await page.getByTestId(`model-${network.id}`).click();
    await expect.poll(async () => (await state(page)).network).toBe(network.name);
    const json = await download(page, info, "download-trace-json", `${network.id}.json`);
    await python("validate", fileURLToPath(new URL("../../assets/computation.schema.json", import.meta.url)), json);
    const said = JSON.parse(readFileSync(json, "utf8"));
    const { history, inspected } = await state(page);
    expect(said).toMatchObject({ network: network.name, backend: "cpu", program: expect.stringMatching(/^page-[0-9a-f]{16}$/) });
    expect(said.history.map((place: number) => said.products[place].id)).toEqual(history);
    expect(said.products[said.product].id).toBe(inspected!.item);
    expect(said.numbers.at(-1).values.map(Math.fround)).toEqual([inspected!.probability]);
    const response = await page.request.get(said.$schema);
    expect((await response.json()).title).toBe("A computation of Interest Lens");

    // As safetensors, with the same numbers and more.
    const bytes = readFileSync(await download(page, info, "download-trace", `${network.id}.safetensors`));
    const length = Number(bytes.readBigUInt64LE(0));
    const { __metadata__: notes, ...entries } = JSON.parse(bytes.toString("utf8", 8, 8 + length));
    const { numbers, $schema, ...about } = said;
    expect(JSON.parse(notes.computation)).toEqual(about);
    const shown = Object.keys(entries).filter((name) => name.startsWith("shown."));
    expect(shown).toEqual(numbers.map(({ stage, letter }: Record<string, string>) => `shown.${stage}.${letter}`));
    const values = (name: string) => {
      const [from, to] = entries[name].data_offsets.map((offset: number) => 8 + length + offset);
      return Array.from({ length: (to - from) / 4 }, (_, index) => bytes.readFloatLE(from + 4 * index));
    };
    for (const one of numbers) expect(one.values.map(Math.fround), one.letter).toEqual(values(`shown.${one.stage}.${one.letter}`));
    // Every part of the engine's trace is among them.
    const all = new Set(shown.flatMap(values));
    const trace = await page.evaluate(() => window.interestLens!.trace());
    for (const [name, part] of Object.entries(trace)) expect(part.values.filter((value) => !all.has(value)), name).toEqual([]);
    // Other products' embeddings are not.
    expect(entries["weights.embedding.item.weight"].shape[0]).toBe(said.products.length);

    const [one, other] = [
      await download(page, info, "download-notebook", "one.ipynb"),
      await download(page, info, "download-notebook", "other.ipynb"),
    ];
    expect(readFileSync(one).equals(readFileSync(other))).toBe(true);
  }
});

test("titles in Chinese, with markup and with formulas survive, in the notebook too", async ({ page }, info) => {
  const titles = ["红色灯笼", "<b>bold</b> *stars*", '=1+2, "quoted"'];
  const products = PRODUCTS.map((product, place) => ({ ...product, title: titles[place] ?? product.title }));
  const quoted = products.map((product) => ({ ...product, title: `"${product.title.replaceAll('"', '""')}"` }));
  await page.route("**/made/model.safetensors", (route) => route.fulfill({ body: file(made(dien.small), products) }));
  await page.route("**/made/catalogue.csv", (route) => route.fulfill({ body: csv(quoted) }));
  await open(page, "?backend=cpu&model=made/model.safetensors&catalogue=made/catalogue.csv&history=p1,p2,p3#inside=model");
  const path = await download(page, info, "download-notebook", "titles.ipynb");
  const { cells } = JSON.parse(readFileSync(path, "utf8"));
  const introduction = cells[0].source.join("");
  expect(introduction).toContain("1. 红色灯笼\n");
  expect(introduction).toContain("1. \\<b\\>bold\\<\\/b\\> \\*stars\\*\n");
  const data = cells.map((cell: { source: string[] }) => /^DATA = "(.*)"$/m.exec(cell.source.join(""))?.[1]).find(Boolean);
  const bytes = Buffer.from(data, "base64");
  const notes = JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE(0)))).__metadata__;
  const about = JSON.parse(notes.computation);
  expect(about.history.map((place: number) => about.products[place].title)).toEqual(titles);
  await python("run", path);
});

test("from the GPU, and out of the dialog that proves, the notebook names what computed, and holds", async ({ page }, info) => {
  await open(page, "?backend=gpu");
  const { adapter } = await state(page);
  await page.getByTestId("prove-it").click();
  const path = await download(page, info, "download-notebook", "gpu.ipynb");
  const [introduction] = JSON.parse(readFileSync(path, "utf8")).cells;
  expect(introduction.source.join("").replaceAll("\\", "")).toContain(`on the GPU (${adapter})`);
  expect(await python("run", path)).toContain("the click probability is");
  await expectNoBarriers(page);
});
