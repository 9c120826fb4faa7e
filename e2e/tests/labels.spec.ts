// Label truth: whatever number, end of a scale, colour or name the page shows is that of the tensor that it names, for every
// network, every normalisation and every evolution layer, over histories of every kind.

import { readFileSync } from "node:fs";

import { expect, type Page } from "@playwright/test";

import { answered, change, NETWORKS, state, test, type State } from "../support/page.ts";
import { CATALOGUE, categoryRows, DIEN, DIN, file, made, PRODUCTS, UNIT, type Product } from "../support/made_models.ts";
import { network, read, type Weights } from "../support/reference/index.ts";
import { shown } from "../support/shown_numbers.ts";
import { Claims, claims, toNumber, type Known } from "../support/claims/index.ts";

// Bars and rows are where they belong at once, not after a transition.
test.use({ contextOptions: { reducedMotion: "reduce" } });

const ASSETS = new URL("../../assets/", import.meta.url);

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

/** One click, a few more with a repeat, and fifty, as cards of the shop. */
const MORE = [[4], [0, 9, 4], Array.from({ length: 46 }, (_, index) => (7 * index) % 24)];

test("every number of the page's networks is that of the tensor that it names", async ({ page }) => {
  test.setTimeout(600_000);
  const products = catalogue(readFileSync(new URL("catalogue.csv", ASSETS), "utf8"));
  const visit = new Visit(page, products, true);
  await page.goto("./");
  await answered(page);
  for (const { name, id } of [NETWORKS[2], NETWORKS[0], NETWORKS[1], NETWORKS[3]]) {
    const weights = read(readFileSync(new URL(`${id}.safetensors`, ASSETS)));
    const auc = measured(id, Number(weights.notes.seed), "next_item", "uniform").auc!;
    if (name !== "DIEN") await change(page, () => page.getByTestId(`model-${id}`).click());
    await visit.look(name, weights, auc);
    await visit.clear();
    await visit.look(name, weights, auc);
    for (const cards of MORE) {
      await visit.click(...cards);
      await visit.look(name, weights, auc);
    }
  }
});

test("the numbers follow the product inspected, those ranked and compared, the theme and the width", async ({ page }) => {
  const products = catalogue(readFileSync(new URL("catalogue.csv", ASSETS), "utf8"));
  const weights = read(readFileSync(new URL("dien.safetensors", ASSETS)));
  const { auc } = measured("dien", Number(weights.notes.seed), "next_item", "uniform");
  const visit = new Visit(page, products, true);
  await page.goto("./");
  const first = await answered(page);
  await visit.look("DIEN", weights, auc);

  await page.getByTestId("hide-clicked").uncheck();
  await answered(page);
  visit.all = true;
  await visit.look("DIEN", weights, auc);

  const row = page.getByTestId("ranking-row").nth(12);
  visit.chosen = await row.getAttribute("data-item");
  await row.getByTestId("inspect").click();
  await expect.poll(async () => (await state(page)).inspected?.item).toBe(visit.chosen);
  await visit.look("DIEN", weights, auc);

  // Clicked, it has no place of its own any more, and is still inspected.
  await page.getByTestId("hide-clicked").check();
  visit.all = false;
  const clicked = await change(page, () => row.getByTestId("ranking-click").click());
  expect(clicked.history).toContain(clicked.inspected!.item);
  await visit.look("DIEN", weights, auc);

  // Compared with another one, and with none.
  const other = page.getByTestId("ranking-row").nth(7);
  visit.compared = await other.getAttribute("data-item");
  for (visit.compared of [visit.compared, null]) {
    await other.getByTestId("compare").click();
    await expect.poll(async () => (await state(page)).compared?.item ?? null).toBe(visit.compared);
    await visit.look("DIEN", weights, auc);
  }

  await page.getByTestId("theme").click();
  await visit.look("DIEN", weights, auc);
  await page.setViewportSize({ width: 390, height: 844 });
  await visit.look("DIEN", weights, auc);

  const { update } = (await shown(page)).evolution.steps[1]!;
  await page.getByTestId("history-item").nth(1).hover();
  const { readout } = (await shown(page)).evolution;
  expect(readout[0]).toContain(`Step 2 of ${first.history.length + 1}: ${products.find(({ id }) => id === clicked.history[1])!.title}`);
  expect(readout[2]).toBe(`mean u ${update.toFixed(3)}`);
});

test("as long as another network has not answered, the names are those of the one that did", async ({ page }) => {
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await page.route("**/assets/din.safetensors", async (route) => {
    await arrived;
    await route.continue();
  });
  await page.goto("./");
  const { history, inspected } = await answered(page);
  await page.getByTestId("model-din").click();
  await expect(page.locator("#ranking")).toContainText("Loading the network’s weights");
  const before = (await shown(page)).history;
  expect(before.label).toBe("Bars: DIEN’s softmax weight aₜ of each click");
  expect(before.bars.map((bar) => bar.weight)).toEqual(inspected!.attention);
  for (const bar of before.bars) expect(bar.name).toContain("softmax weight aₜ");
  arrive();
  await expect.poll(async () => (await state(page)).network).toBe("DIN");
  const after = await shown(page);
  expect(after.history.label).toBe("Bars: DIN’s unnormalised score wⱼ of each click");
  expect(after.ranking.label).toBe("click probability by DIN");
  expect((await state(page)).history).toEqual(history);
});

test("on WebGPU, too", async ({ page }) => {
  test.setTimeout(600_000);
  const products = catalogue(readFileSync(new URL("catalogue.csv", ASSETS), "utf8"));
  const weights = read(readFileSync(new URL("dien.safetensors", ASSETS)));
  const { auc } = measured("dien", Number(weights.notes.seed), "next_item", "uniform");
  const visit = new Visit(page, products, true);
  await page.goto("./?backend=gpu");
  await answered(page);
  await visit.look("DIEN", weights, auc);
  await visit.click(4);
  await visit.look("DIEN", weights, auc);

  // The other engine computes the same once more: each pair of numbers is one of the tensor that its line names.
  await page.getByTestId("prove-it").click();
  await page.getByTestId("prove-it-check").click();
  const table = page.getByTestId("prove-it-table");
  await expect(table.locator("thead th")).toHaveText(["Stage", "Largest difference", "Allowed", "", "Numbers", "GPU", "CPU"]);
  const { inspected, probabilities } = await state(page);
  const { interestStates, reset, update, attentionalUpdate, candidate, states } = inspected!.evolution!;
  const tensors = [
    ["Interest states h", interestStates.flat()],
    ["Attention scores, before normalisation", inspected!.scores],
    ["Attention a", inspected!.attention],
    ["Reset gate r", reset.flat()],
    ["Update gate u", update.flat()],
    ["Gate that writes, ũ", attentionalUpdate.flat()],
    ["Candidate state n", candidate.flat()],
    ["Evolution states h′", states.flat()],
    ["Final state h′", states.at(-1)!],
    ["Logit", [inspected!.logit]],
    ["Click probability", [inspected!.probability]],
    ["Click probabilities of the whole catalogue", Object.values(probabilities)],
  ] as const;
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

/** Every normalisation, attention and evolution layer; what takes the place of random tensors; whether with a projection. */
const OWN: Record<string, Weights> = {
  "din-none": made(DIN, { "attention.output.bias": () => -1.5 }),
  "din-softmax": made({ ...DIN, normalization: "softmax" }),
  "din-scaled-softmax": made({ ...DIN, normalization: "scaled-softmax" }),
  "din-padding": made({ ...DIN, normalization: "softmax", padding: true }),
  "embedding-mlp-sum": made({ name: "embedding-mlp", pooling: "sum" }),
  tin: made({ name: "tin" }),
  "dien-gru": made({ ...DIEN, evolution: "gru" }),
  "dien-aigru": made({ ...DIEN, evolution: "aigru" }),
  "dien-agru": made({ ...DIEN, evolution: "agru" }),
  "dien-augru": made(DIEN),
  "dien-augru-authors": made({ ...DIEN, evolution: "augru-authors" }),
  // Scores that are far from shares: after fifty clicks the states are huge.
  "dien-augru-none": made({ ...DIEN, normalization: "none" }, { "attention.weight": (index) => Math.sin(5 * index) }),
  "dien-augru-scaled-softmax": made({ ...DIEN, normalization: "scaled-softmax" }),
  "dien-reset-before": made({ ...DIEN, reset: "before" }, {}, false),
  "dien-last-state": made({ ...DIEN, evolution: "gru", attention: { name: "none" } }),
  "dien-local-activation": made({ ...DIEN, hidden: 6, attention: { name: "local-activation", ...UNIT } }),
  "dien-local-activation-none": made(
    { ...DIEN, hidden: 6, normalization: "none", attention: { name: "local-activation", ...UNIT, query_projection: true } },
    { "attention.output.bias": () => 0.5 },
  ),
};

for (const [name, weights] of Object.entries(OWN)) {
  test(`every number of a model of one's own: ${name}`, async ({ page }) => {
    const visit = await open(page, weights, ["p3", "p8", "p3", "p21", "p60", "p14", "p1"]);
    await visit.look("Your model", weights);
    if (name.endsWith("none")) {
      const { attention } = (await state(page)).inspected!;
      expect([Math.min(...attention) < 0, Math.max(...attention) > 0], "weights on both sides of zero").toEqual([true, true]);
    }
    await visit.clear();
    await visit.look("Your model", weights);
    for (const cards of MORE) {
      await visit.click(...cards);
      await visit.look("Your model", weights);
    }
  });
}

for (const [what, bias, label] of [
  ["writes: the state is the candidate state", 40, "1 writes"],
  ["keeps: the state stays where it began", -14, "0 keeps"],
] as const) {
  test(`an update gate of ${label[0]} ${what}`, async ({ page }) => {
    // Biases are r, u, n: the other gates stay random, so that a swap would show.
    const hidden = DIEN.hidden;
    const fixed = { "evolution.input.bias": (index: number) => (index >= hidden && index < 2 * hidden ? bias : 0.1 * index) };
    const weights = made({ ...DIEN, evolution: "aigru" }, fixed);
    const visit = await open(page, weights, ["p3", "p8", "p21"]);
    await visit.look("Your model", weights);
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

test("the table of what was measured holds what the results file holds", async ({ page }) => {
  await page.goto("./");
  await answered(page);
  await page.getByTestId("about").click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.locator("thead tr").first().locator("th")).toHaveText(["", "uniform negatives", "by popularity"]);
  await expect(dialog.locator("thead tr").nth(1).locator("th")).toHaveText(["", ...["AUC", "GAUC", "logloss", "AUC", "GAUC", "logloss"]]);
  // The others load after the first answer.
  await expect(dialog.locator("tbody td", { hasText: "–" })).toHaveCount(0);
  for (const { name, id } of NETWORKS) {
    const seed = Number(read(readFileSync(new URL(`${id}.safetensors`, ASSETS))).notes.seed);
    for (const protocol of ["next_item", "next_basket"]) {
      const cells = dialog.getByRole("row", { name: `${name}, ${protocol.replace("_", " ")}` }).getByRole("cell");
      const exact = ["uniform", "popularity"].flatMap((negatives) => {
        const { auc, gauc, logloss } = measured(id, seed, protocol, negatives);
        return [auc, gauc, logloss];
      });
      await expect(cells).toHaveText(exact.map((value) => value!.toFixed(3)));
      const titles = await cells.evaluateAll((all) => all.map((cell) => Number(cell.getAttribute("title"))));
      expect(titles).toEqual(exact);
    }
  }
});

/** Opens the page with `weights` as the visitor's model, the made-up catalogue, and a history of it. */
async function open(page: Page, weights: Weights, history: string[]): Promise<Visit> {
  await page.route("**/made/model.safetensors", (route) => route.fulfill({ body: file(weights) }));
  await page.route("**/made/catalogue.csv", (route) => route.fulfill({ body: CATALOGUE }));
  await page.goto(`./?model=made/model.safetensors&catalogue=made/catalogue.csv&history=${history}`);
  expect((await answered(page)).problem).toBeNull();
  return new Visit(page, PRODUCTS, false);
}

/** What the results file says of a network, trained from this seed. */
function measured(id: string, seed: number, protocol: string, negatives: string): Record<"auc" | "gauc" | "logloss", number | null> {
  const results = JSON.parse(readFileSync(new URL("results.json", ASSETS), "utf8")) as Record<string, unknown>[];
  const found = results.filter(
    (one) => one.network === id && one.seed === seed && one.protocol === protocol && one.negatives === negatives,
  );
  expect(found, `${id}, ${protocol}, ${negatives}`).toHaveLength(1);
  return found[0] as Record<"auc" | "gauc" | "logloss", number | null>;
}

/** The products of a catalogue in CSV whose fields have no line breaks. */
function catalogue(csv: string): Product[] {
  const [header, ...lines] = csv.trim().split(/\r?\n/).map((line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!),
  );
  return lines.map((fields) => {
    const field = Object.fromEntries(header!.map((name, index) => [name, fields[index]!])) as Record<keyof Product, string>;
    return { ...field, popularity: Number(field.popularity) };
  });
}
