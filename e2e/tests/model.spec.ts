// The picture of the model: a number's sum follows the clicks, and is saved whole.

import { expect } from "@playwright/test";

import { parseCsv } from "../support/csv.ts";
import { change, open, state, test } from "../support/page.ts";
import { dien } from "../support/reference/dien.ts";
import { Layers, sigmoid } from "../support/reference/layers.ts";
import { CATEGORIES, inspectedAnswer, row, weights } from "../support/shop.ts";
import { saved, shownTable } from "../support/table.ts";

test("a number's sum follows the next click", async ({ page }) => {
  await open(page, "#inside=model");
  const view = page.getByTestId("view-model");
  await view.getByTestId("model-stage").last().click();
  await view.locator("[data-name='click probability'] button").click();
  const calculation = view.getByTestId("model-calculation");
  for (const card of [2, 5]) {
    const { inspected } = await change(page, () => page.getByTestId("shop-item").nth(card).click());
    await expect(calculation).toHaveAttribute("data-shown", String(Math.fround(inspected!.probability)));
    expect(Number(await calculation.getAttribute("data-value"))).toBeCloseTo(inspected!.probability, 5);
  }
});

test("the table of an open number has every product of its sum, and the file with it", async ({ page }) => {
  const { history } = await open(page, "#inside=model");
  const { evolution, scores, probability } = inspectedAnswer(dien, await state(page));
  const view = page.getByTestId("view-model");
  const t = 3;
  await view.getByTestId("step-scrub").fill(String(t + 1));
  const layers = new Layers(weights(dien));
  const tensor = (name: string) => layers.tensor(name).values;
  const item = row(history[t]!);
  const x = [...layers.row("embedding.item.weight", item), ...layers.row("embedding.category.weight", CATEGORIES[item]!)];
  const before = evolution!.interestStates[t - 1]!;
  const [unit, hidden] = [5, before.length];
  const column = hidden + unit;
  // x·W + b + h·U + c of the update gate.
  const products = [
    ...x.map((x, i) => x * tensor("extractor.input.weight")[i * 3 * hidden + column]!),
    tensor("extractor.input.bias")[column]!,
    ...before.map((h, i) => h * tensor("extractor.hidden.weight")[i * 3 * hidden + column]!),
    tensor("extractor.hidden.bias")[column]!,
  ];
  const cells = [
    { stage: "Interest extractor", name: "update gate", unit, value: evolution!.extractor[t]!.u[unit]!, products, made: sigmoid },
    { stage: "Attention", name: "score", unit: 0, value: scores[t]!, products: null, made: (sum: number) => sum },
    { stage: "Head", name: "click probability", unit: 0, value: probability, products: null, made: sigmoid },
  ];
  // The engine computes in 32 bits: sums of a hundred products are off by less than this.
  const close = (found: number, wanted: number, what: string) => expect(Math.abs(found - wanted), what).toBeLessThan(1e-4 * Math.max(1, Math.abs(wanted)));
  for (const { stage, name, unit, value, products, made } of cells) {
    await view.getByTestId("model-stage").filter({ hasText: stage }).click();
    const vector = view.locator(`[data-name="${name}"]`);
    await vector.getByTestId("model-cell").nth(unit).click();
    await expect(view.getByTestId("model-calculation")).toBeVisible();
    const csv = parseCsv((await saved(page, view.getByTestId("save-csv"))).text);
    const rows = csv.rows.map((row) => Object.fromEntries(row.map((text, index) => [csv.columns[index]!, text])));
    for (const row of rows) expect(row).toMatchObject({ step: String(t + 1), stage, quantity: name, unit: String(unit + 1) });
    const terms = rows.filter((row) => row["product of factors"] !== "");
    const factors = (row: Record<string, string>) => Object.entries(row).filter(([column, text]) => column.startsWith("factor") && text !== "");
    let sum = 0;
    terms.forEach((row, index) => {
      expect(row.term).not.toBe("");
      const product = factors(row).reduce((product, [, factor]) => product * Number(factor), 1);
      close(Number(row["product of factors"]), product, `${name}: ${row.term}`);
      if (products) close(product, products[index]!, `${name}: ${row.term}`);
      sum += product;
      close(Number(row["sum so far"]), sum, `${name}: sum up to ${row.term}`);
    });
    if (products) expect(terms).toHaveLength(products.length);
    // Sum, what is made of it, and what the network computed.
    const outcomes = rows.slice(terms.length).map((row) => [row.term, Number(row.value)] as const);
    expect(outcomes.map(([what]) => what)).toEqual(made === sigmoid ? ["S", "σ(S)", "by the network"] : ["S", "by the network"]);
    close(outcomes[0]![1], sum, `${name}: S`);
    close(made(sum), value, name);
    for (const [what, found] of outcomes.slice(1)) close(found, value, `${name}: ${what}`);
    // JSON and the page have the same.
    const json = JSON.parse((await saved(page, view.getByTestId("save-json"))).text);
    expect(json.columns.map((column: { name: string }) => column.name)).toEqual(csv.columns);
    expect(json.rows.map((row: unknown[]) => row.map((cell) => String(cell ?? "")))).toEqual(csv.rows.map((row, index) => row.map((text, column) => (typeof json.rows[index][column] === "number" ? String(Number(text)) : text))));
    await view.getByTestId("table-toggle").click();
    expect(await shownTable(view)).toEqual(csv);
    // One less deep it is the stage alone, then all of them.
    await view.getByTestId("model-up").click();
    const stages = async () => [...new Set((await shownTable(view)).rows.map((row) => row[2]))];
    await expect.poll(stages).toEqual([stage]);
    await view.getByTestId("model-up").click();
    await expect.poll(async () => (await stages()).length).toBeGreaterThan(3);
    await view.getByTestId("table-toggle").click();
  }
});
