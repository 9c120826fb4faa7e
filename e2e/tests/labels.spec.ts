// Label truth: whatever number, end of a scale, colour or name the page shows is that of the tensor that it names, for every
// network, every normalisation and every evolution layer, over histories of every kind.

import { expect, type Page } from "@playwright/test";

import { Claims, OWN, toNumber } from "../support/claims/claims.ts";
import { claims, type Known } from "../support/claims/index.ts";
import { categoryRows, made, madeModels, openMade, PRODUCTS, type Product } from "../support/made_models.ts";
import { answered, button, change, choose, open, state, test, type State } from "../support/page.ts";
import { proofLines } from "../support/proof.ts";
import { dien } from "../support/reference/dien.ts";
import { din } from "../support/reference/din.ts";
import { ALL, type AnyNetwork, network, OTHERS, START } from "../support/reference/index.ts";
import type { Weights } from "../support/reference/weights.ts";
import { everySeed, measured, SHOP, weights } from "../support/shop.ts";
import { shown } from "../support/shown_numbers.ts";

/** A visit to the page: one look after the other, each held against the truth. */
class Visit {
  private before: State | null = null;
  private last: State | null = null;
  private readonly grown = { states: 0, map: 0.5 };
  /** As in [`Known`]. */
  chosen: string | null = null;
  compared: string | null | undefined = undefined;
  all = false;

  constructor(
    private readonly page: Page,
    private readonly products: Product[],
    private readonly demo: boolean,
  ) {}

  /** Holds what the page shows now against `weights`. */
  async look(name: string, weights: Weights, auc: number | null = null): Promise<void> {
    const now = await state(this.page);
    await test.step(`${name}, ${now.history.length} clicks`, async () => {
      expect(now.network).toBe(name);
      const same = this.last?.network === now.network && String(this.last.history) === String(now.history);
      if (!same) [this.before, this.last] = [this.last, now];
      const rows = new Map(this.products.map((product, row) => [product.id, row]));
      const known: Known = {
        name,
        config: weights.config,
        equations: network(weights, categoryRows(this.products))(now.history.map((id) => rows.get(id)!)),
        products: this.products,
        demo: this.demo,
        now,
        trace: await this.page.evaluate(() => window.interestLens!.trace()),
        before: this.before,
        chosen: this.chosen,
        compared: this.compared,
        all: this.all,
        auc,
        grown: this.grown,
      };
      claims(await shown(this.page), known).check();
    });
  }

  /** Holds what the page shows of a network that comes with it against its weights and the results file. */
  async lookAt(network: { id: string; name: string }): Promise<void> {
    await this.look(network.name, weights(network), measured(network, "next_item", "uniform").auc);
  }

  /** Looks at the history that is there, without clicks, and after clicks of every number. */
  async lookOften(look: () => Promise<void>): Promise<void> {
    await look();
    await this.clear();
    await look();
    for (const cards of MORE) {
      await this.click(...cards);
      await look();
    }
  }

  /** Clicks cards of the shop at once, which is one change, and waits for the answer. */
  async click(...cards: number[]): Promise<void> {
    await change(this.page, () =>
      this.page.getByTestId("shop-item").evaluateAll((all, cards) => cards.forEach((card) => (all[card] as HTMLElement).click()), cards),
    );
  }

  async clear(): Promise<void> {
    await change(this.page, () => this.page.getByTestId("clear").click());
  }
}

/** What a weight of a click is, of a network that comes with the page. */
const meaning = (network: AnyNetwork) => network.meaning(weights(network).config.network);

/** One click, a few more with a repeat, and fifty, as cards of the shop. */
const MORE = [[4], [0, 9, 4], Array.from({ length: 46 }, (_, index) => (7 * index) % 24)];

test("every number of the page's networks is that of the tensor that it names", async ({ page }) => {
  test.setTimeout(600_000);
  const visit = new Visit(page, SHOP, true);
  await open(page);
  for (const network of [START, ...OTHERS]) {
    await choose(page, network);
    await visit.lookOften(() => visit.lookAt(network));
  }
});

test("the numbers follow the product inspected, those ranked and compared, the theme and the width", async ({ page }) => {
  const visit = new Visit(page, SHOP, true);
  const first = await open(page);
  await visit.lookAt(START);

  await page.getByTestId("hide-clicked").uncheck();
  await answered(page);
  visit.all = true;
  await visit.lookAt(START);

  const row = page.getByTestId("ranking-row").nth(12);
  visit.chosen = await row.getAttribute("data-item");
  await row.getByTestId("inspect").click();
  await expect.poll(async () => (await state(page)).inspected?.item).toBe(visit.chosen);
  await visit.lookAt(START);

  // Clicked, it has no place of its own any more, and is still inspected.
  await page.getByTestId("hide-clicked").check();
  visit.all = false;
  // Without the clicked products its place is another one.
  const inspected = page.locator(`[data-testid=ranking-row][data-item="${visit.chosen}"]`);
  const clicked = await change(page, () => inspected.getByTestId("ranking-click").click());
  expect(clicked.history).toContain(clicked.inspected!.item);
  await visit.lookAt(START);

  // Compared with another one, and with none.
  const other = page.getByTestId("ranking-row").nth(7);
  visit.compared = await other.getAttribute("data-item");
  for (visit.compared of [visit.compared, null]) {
    await other.getByTestId("compare").click();
    await expect.poll(async () => (await state(page)).compared?.item ?? null).toBe(visit.compared);
    await visit.lookAt(START);
  }

  await page.getByTestId("theme").click();
  await visit.lookAt(START);
  await page.setViewportSize({ width: 390, height: 844 });
  await visit.lookAt(START);

  const { update } = (await shown(page)).evolution.steps[1]!;
  await page.getByTestId("history-item").nth(1).hover();
  const { readout } = (await shown(page)).evolution;
  expect(readout[0]).toContain(`Step 2 of ${first.history.length + 1}: ${SHOP.find(({ id }) => id === clicked.history[1])!.title}`);
  expect(readout[2]).toBe(`mean u ${update.toFixed(3)}`);
});

test("as long as another network has not answered, the names are those of the one that did", async ({ page }) => {
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(`**/assets/${din.id}.safetensors`, async (route) => {
    await arrived;
    await route.continue();
  });
  await page.goto("./");
  const { history, inspected } = await answered(page);
  await button(page, din).click();
  await expect(page.locator("#ranking")).toContainText("Loading the network’s weights");
  const before = (await shown(page, true)).history;
  expect(before.label).toBe(`Bars: ${START.name}’s ${meaning(START)} of each click`);
  expect(before.bars.map((bar) => bar.weight)).toEqual(inspected!.attention);
  for (const bar of before.bars) expect(bar.name).toContain(meaning(START));
  arrive();
  await expect.poll(async () => (await state(page)).network).toBe(din.name);
  const after = await shown(page);
  expect(after.history.label).toBe(`Bars: ${din.name}’s ${meaning(din)} of each click`);
  expect(after.ranking.label).toBe(`click probability by ${din.name}`);
  expect((await state(page)).history).toEqual(history);
});

test("on WebGPU, too", async ({ page }) => {
  test.setTimeout(600_000);
  const visit = new Visit(page, SHOP, true);
  await open(page, "?backend=gpu");
  await visit.lookAt(START);
  await visit.click(4);
  await visit.lookAt(START);

  // The other engine computes the same once more: each pair of numbers is one of the tensor that its line names.
  await page.getByTestId("prove-it").click();
  await page.getByTestId("prove-it-check").click();
  const table = page.getByTestId("prove-it-table");
  await expect(table.locator("thead th")).toHaveText(["Stage", "Largest difference", "Allowed", "", "Numbers", "GPU", "CPU"]);
  const tensors = proofLines(START, await state(page));
  const lines = await table.locator("tbody tr").evaluateAll((rows) =>
    rows.map((row) => ({
      stage: row.querySelector("th")!.textContent,
      cells: Array.from(row.querySelectorAll("td"), (cell) => ({ text: cell.textContent, title: cell.title })),
    })),
  );
  expect(lines.map((line) => line.stage)).toEqual(tensors.map(([stage]) => stage));
  const proof = new Claims();
  lines.forEach(({ stage, cells }, line) => {
    const [difference, allowed, mark, count, gpu, cpu] = cells as [Cell, Cell, Cell, Cell, Cell, Cell];
    const tensor = tensors[line]![1].map(Math.fround);
    const [here, there] = [Number(gpu.title), Number(cpu.title)];
    proof.equal(`${stage}: numbers`, count.text, tensor.length.toLocaleString("en"));
    proof.equal(`${stage}: GPU's number is in the tensor`, tensor.includes(here), true);
    proof.rounded(`${stage}: GPU`, gpu.text, here, 6);
    proof.rounded(`${stage}: CPU`, cpu.text, there, 6);
    proof.same(`${stage}: difference`, Number(difference.title), Math.abs(here - there));
    proof.close(`${stage}: difference, rounded`, toNumber(difference.text), Number(difference.title), 0.06 * Number(difference.title));
    const share = stage!.startsWith("Click") || stage === "Attention a";
    // As the native tests allow, times the greatest number of the tensor where that is above 1.
    const most = Math.max(1, ...tensor.map(Math.abs));
    proof.close(`${stage}: allowed`, toNumber(allowed.text), (share ? 1e-5 : 1e-4) * most, 0.06e-4 * most);
    proof.equal(`${stage}: holds`, mark.text === "✓", Math.abs(here - there) <= toNumber(allowed.text));
  });
  proof.check();
  const all = tensors.reduce((total, [, tensor]) => total + tensor.length, 0).toLocaleString("en");
  await expect(page.getByTestId("prove-it-dialog")).toContainText(`All ${all} numbers agree.`);
});

interface Cell {
  text: string;
  title: string;
}

for (const [name, weights] of madeModels("labels")) {
  test(`every number of a model of one's own: ${name}`, async ({ page }) => {
    await openMade(page, weights, ["p3", "p8", "p3", "p21", "p60", "p14", "p1"]);
    const visit = new Visit(page, PRODUCTS, false);
    if (name.endsWith("none")) {
      const { attention } = (await state(page)).inspected!;
      expect([Math.min(...attention) < 0, Math.max(...attention) > 0], "weights on both sides of zero").toEqual([true, true]);
    }
    await visit.lookOften(() => visit.look(OWN, weights));
  });
}

for (const [what, bias, label] of [
  ["writes: the state is the candidate state", 40, "1 writes"],
  ["keeps: the state stays where it began", -14, "0 keeps"],
] as const) {
  test(`an update gate of ${label[0]} ${what}`, async ({ page }) => {
    // Biases are r, u, n: the other gates stay random, so that a swap would show.
    const { hidden } = dien.small;
    const fixed = { "evolution.input.bias": (index: number) => (index >= hidden && index < 2 * hidden ? bias : 0.1 * index) };
    const weights = made({ ...dien.small, evolution: "aigru" }, fixed);
    await openMade(page, weights, ["p3", "p8", "p21"]);
    await new Visit(page, PRODUCTS, false).look(OWN, weights);
    const { charts, steps } = (await shown(page)).evolution;
    const { candidate, states, reset } = (await state(page)).inspected!.evolution!;
    expect(charts[1]!.label).toBe("Update gate u");
    expect(charts[1]!.detail).toContain(label);
    for (const [step, { update, attentionalUpdate }] of steps.entries()) {
      expect(update).toBeCloseTo(Number(label[0]), 4);
      expect(attentionalUpdate).toBeCloseTo(Number(label[0]), 4);
      expect(reset[step]!.every((r) => r > 0.001 && r < 0.999)).toBe(true);
      states[step]!.forEach((h, unit) => expect(h).toBeCloseTo(bias > 0 ? candidate[step]![unit]! : 0, 4));
    }
  });
}

/** As in results.md: mean ± standard deviation. */
function spread(values: number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(3)} ± ${Math.sqrt(variance).toFixed(3)}`;
}

test("the table of what was measured holds what the results file holds", async ({ page }) => {
  await page.goto("./");
  await answered(page);
  await page.getByTestId("about").click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.locator("thead tr").first().locator("td, th")).toHaveText(["", "uniform negatives", "by popularity"]);
  await expect(dialog.locator("thead tr").nth(1).locator("td, th")).toHaveText(["", ...["AUC", "GAUC", "logloss", "AUC", "GAUC", "logloss"]]);
  // Nobody asked for the networks themselves.
  const fetched = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  expect(fetched.filter((name) => name.endsWith(".safetensors"))).toHaveLength(1);
  for (const network of ALL) {
    for (const protocol of ["next_item", "next_basket"]) {
      const cells = dialog.getByRole("row", { name: `${network.name}, ${protocol.replace("_", " ")}` }).getByRole("cell");
      const exact = ["uniform", "popularity"].flatMap((negatives) => {
        const seeds = everySeed(network, protocol, negatives);
        return (["auc", "gauc", "logloss"] as const).map((metric) => seeds.map((seed) => seed[metric]));
      });
      await expect(cells).toHaveText(exact.map(spread));
      const titles = await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute("title")!.split(", ").map(Number)));
      expect(titles).toEqual(exact);
    }
  }
});
