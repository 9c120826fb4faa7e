// The numbers of the steps and of the model's picture are those of the networks' equations, computed here once more.

import { expect, type Page } from "@playwright/test";

import type { Table } from "../support/csv.ts";
import { askMade, madeModels, openMade } from "../support/made_models.ts";
import { distance } from "../support/numbers.ts";
import { answered, change, choose, open, state, test } from "../support/page.ts";
import { ALL, type AnyNetwork, networkOf } from "../support/reference/index.ts";
import { sigmoid } from "../support/reference/layers.ts";
import type { Answer } from "../support/reference/network.ts";
import { inspectedAnswer } from "../support/shop.ts";
import { shownTable } from "../support/table.ts";

/** Clicks on the made-up products, oldest first. */
const CLICKS = ["p3", "p8", "p3", "p21", "p60", "p14", "p1"];

/** Holds every number of the table of steps against the equations. */
function checkSteps(network: AnyNetwork, { columns, rows }: Table, answer: Answer): void {
  const { attention, interest } = answer;
  const steps = attention.length;
  const numbers = (name: string) => {
    const column = columns.findIndex((column) => column === name || column.endsWith(` ${name}`));
    expect(column, `column ${name} of ${columns}`).toBeGreaterThan(2);
    const found = Array.from({ length: steps }, (): number[] => []);
    for (const row of rows) if (row[column] !== "") found[Number(row[0]) - 1]!.push(Number(row[column]));
    return found;
  };
  for (const [name, values] of Object.entries(network.steps(answer))) {
    const found = numbers(name);
    expect(found.map((step) => step.length)).toEqual(values.map((step) => step.length));
    found.forEach((step, t) => expect(distance(step, values[t]!), `${name}, ${t}`).toBeLessThan(0.5e-4));
  }
  const weight = columns.find((column) => /^(Attention|Weights|Interest readout): .* [awα]$/.test(column))!;
  expect(distance(numbers(weight).map(([value]) => value!), attention), weight).toBeLessThan(0.5e-4);
  // What is summed up ends as what the network goes on with.
  if (columns.some((column) => column.endsWith("interest so far v"))) {
    expect(distance(numbers("interest so far v").at(-1)!, interest), "v").toBeLessThan(0.5e-4);
  }
}

/** What the equations say of the vectors of the model's picture at step `t`, by stage and name. */
const vectorsAt = (network: AnyNetwork, t: number, answer: Answer): Record<string, number[]> => ({
  ...network.vectors(t, answer),
  "Head: logit": [answer.logit],
  "Head: click probability": [answer.probability],
});

/** What may be made of products and their sum, by the name of the vector; the others are checked by their value alone. */
function ofSum(name: string, products: number[]): number[] | null {
  const sum = products.reduce((a, b) => a + b, 0);
  if (/^(reset|update) gate$|^click probability$/.test(name)) return [sigmoid(sum)];
  if (name === "candidate state") return [Math.tanh(sum)];
  // What is normalised is a share of the sum, and what is not is the sum.
  if (/^(weight|attention)$|^(share|choice) /.test(name)) return [sum, ...(sum === 0 ? [] : products.map((product) => product / sum))];
  if (/layer|^projected|^score$/.test(name)) return null;
  return [sum];
}

/** What the page shows of the sum behind a cell. */
interface Sum {
  value: number;
  products: number[];
}

/**
 * Opens the sum behind each cell and goes back up, within the page: a click and Escape as events, and the focus with them. That is
 * sooner done than with mouse and keyboard, by which the first cell of each stage is opened.
 */
async function sums(page: Page, cells: { cell: string; value: number }[]): Promise<Sum[]> {
  return page.evaluate(async (cells) => {
    const until = async (what: string, holds: () => boolean) => {
      for (const end = performance.now() + 30_000; !holds(); await new Promise(requestAnimationFrame)) {
        if (performance.now() > end) throw new Error(`never came: ${what}`);
      }
    };
    const focused = (id: string) => document.activeElement?.id === id;
    const found: Sum[] = [];
    const calculation = () => document.querySelector("[data-testid=model-calculation]");
    for (const { cell, value } of cells) {
      document.getElementById(cell)!.click();
      await until(`${value} of ${cell}, and the focus on the way up`, () => calculation()?.getAttribute("data-shown") === String(value) && focused("model-up"));
      found.push({
        value: Number(calculation()!.getAttribute("data-value")),
        products: Array.from(calculation()!.querySelectorAll("[data-testid=model-term]"), (one) => Number(one.getAttribute("data-product"))),
      });
      document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
      await until(`focus back on ${cell}`, () => focused(cell));
    }
    return found;
  }, cells);
}

/** Opens every stage of the model's picture, and of every vector the first and the last number. */
async function checkModel(page: Page, network: AnyNetwork, answer: Answer): Promise<void> {
  const view = page.getByTestId("view-model");
  // The step may just have been chosen.
  await answered(page);
  const t = Number(await view.getByTestId("step-now").getAttribute("data-step")) - 1;
  const wanted = vectorsAt(network, t, answer);
  const found: string[] = [];
  const stages = view.getByTestId("model-stage");
  await expect(stages.last()).toContainText("Head");
  for (const index of Array.from({ length: await stages.count() }, (_, index) => index)) {
    const stage = (await stages.nth(index).locator(".stage-name").textContent())!;
    await stages.nth(index).focus();
    await page.keyboard.press("Enter");
    await expect(view.getByTestId("model-vector").first()).toBeVisible();
    const vectors = await view.getByTestId("model-vector").evaluateAll((all) =>
      all.map((one) => ({
        name: one.getAttribute("data-name")!,
        values: Array.from(one.querySelectorAll("[data-value]"), (cell) => Number(cell.getAttribute("data-value"))),
      })),
    );
    for (const { name, values } of vectors) {
      const expected = wanted[`${stage}: ${name}`];
      if (!expected) continue;
      found.push(`${stage}: ${name}`);
      expect(values.length, name).toBe(expected.length);
      const apart = values.map((value, unit) => Math.abs(value - expected[unit]!) / Math.max(1, Math.abs(value)));
      expect(Math.max(...apart), `${stage}: ${name}`).toBeLessThan(1e-4);
    }

    await view.locator("#cell-0-0").click();
    await expect(view.getByTestId("model-calculation")).toHaveAttribute("data-shown", String(vectors[0]!.values[0]));
    await expect(view.getByTestId("model-up")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(view.locator("#cell-0-0")).toBeFocused();

    const cells = vectors.flatMap(({ name, values }, row) => [...new Set([0, values.length - 1])].map((unit) => ({ row, unit, name, value: values[unit]! })));
    const all = await sums(page, cells.map(({ row, unit, value }) => ({ cell: `cell-${row}-${unit}`, value })));
    cells.forEach(({ unit, name, value }, index) => {
      const what = `${stage}: ${name}, unit ${unit + 1}`;
      const { value: here, products } = all[index]!;
      expect(Math.abs(here - value), what).toBeLessThan(1e-5 * Math.max(1, Math.abs(here)));
      const made = ofSum(name, products)?.map((made) => Math.abs(made - here));
      if (made) expect(Math.min(...made), what).toBeLessThan(1e-5 * Math.max(1, Math.abs(here)));
    });
    await view.getByTestId("model-up").click();
    await expect(stages.nth(index)).toBeFocused();
  }
  expect(found.length, found.join()).toBeGreaterThan(answer.evolution ? 12 : 2);
}

for (const network of ALL) {
  test(`every number of the picture and of the steps of ${network.name} is that of its equation, and what its sum gives`, async ({ page }) => {
    test.setTimeout(300_000);
    await open(page, "#inside=model");
    await choose(page, network);
    const check = async () => checkModel(page, network, inspectedAnswer(network, await state(page)));
    await check();
    await page.getByTestId("step-scrub").fill("2");
    await check();

    await page.getByTestId("open-steps").click();
    const view = page.getByTestId("view-steps");
    await view.getByTestId("table-toggle").click();
    checkSteps(network, await shownTable(view), inspectedAnswer(network, await state(page)));
    // The view follows the next click.
    const steps = (await state(page)).history.length;
    await change(page, () => page.getByTestId("shop-item").nth(3).click());
    await expect(view.locator("tbody tr:last-child td").first()).toHaveText(String(steps + 1));
    checkSteps(network, await shownTable(view), inspectedAnswer(network, await state(page)));
  });
}

for (const [name, weights] of madeModels("views")) {
  test(`every number of the picture and of the steps of a model of one's own: ${name}`, async ({ page }) => {
    test.setTimeout(300_000);
    const { inspected } = await openMade(page, weights, CLICKS, "model");
    const network = networkOf(weights.config.network);
    const answer = askMade(weights, CLICKS, inspected!.item);
    await page.getByTestId("step-scrub").fill("3");
    await checkModel(page, network, answer);

    await page.getByTestId("open-steps").click();
    const view = page.getByTestId("view-steps");
    await view.getByTestId("table-toggle").click();
    checkSteps(network, await shownTable(view), answer);
  });
}
