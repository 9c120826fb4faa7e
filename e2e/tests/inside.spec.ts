// Looking inside: the views' numbers are those of the networks' equations, computed here once more; and they can be opened,
// read, saved and left by everybody, at every width.

import { readFileSync } from "node:fs";

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";

import { answered, change, cutOff, distance, drawn, NETWORKS, open, state, test } from "../support/page.ts";
import { CATALOGUE, categoryRows, DIEN, DIN, file, made, PRODUCTS, UNIT } from "../support/made_models.ts";
import { network, read, sigmoid, type Answer, type Weights } from "../support/reference/index.ts";

const ASSETS = new URL("../../assets/", import.meta.url);
const VIEWS = ["model", "steps", "what-if", "compare", "map", "auxiliary", "embedding", "shader"] as const;
/** Those that are about the clicks. */
const OF_CLICKS = ["model", "steps", "what-if", "compare", "map", "auxiliary"] as const;

/** Options of the networks that change what a view shows. */
const OWN: Record<string, Weights> = {
  "dien-augru": made(DIEN),
  "dien-gru": made({ ...DIEN, evolution: "gru" }),
  "dien-aigru-reset-before": made({ ...DIEN, evolution: "aigru", reset: "before" }),
  "dien-agru": made({ ...DIEN, evolution: "agru", normalization: "scaled-softmax" }),
  "dien-augru-authors": made({
    ...DIEN,
    hidden: 6,
    evolution: "augru-authors",
    attention: { name: "local-activation", ...UNIT, query_projection: true },
  }),
  "din-none": made(DIN),
  "din-scaled-softmax": made({ ...DIN, normalization: "scaled-softmax" }),
  "embedding-mlp-sum": made({ name: "embedding-mlp", pooling: "sum" }),
  tin: made({ name: "tin" }),
};

/** Opens the page with `weights` as the visitor's model, and what the equations say of the inspected product. */
async function openOwn(page: Page, weights: Weights, view: string): Promise<Answer> {
  await page.route("**/made/model.safetensors", (route) => route.fulfill({ body: file(weights) }));
  await page.route("**/made/catalogue.csv", (route) => route.fulfill({ body: CATALOGUE }));
  const history = ["p3", "p8", "p3", "p21", "p60", "p14", "p1"];
  await page.goto(`./?model=made/model.safetensors&catalogue=made/catalogue.csv&history=${history}#inside=${view}`);
  await page.getByTestId(`view-${view}`).waitFor();
  const now = await answered(page);
  expect(now.problem).toBeNull();
  const row = (id: string) => PRODUCTS.findIndex((product) => product.id === id);
  return network(weights, categoryRows(PRODUCTS))(history.map(row))(row(now.inspected!.item));
}

/** Ids and categories of the shop's products, in the order of the catalogue's rows. */
function catalogue(): { ids: string[]; categories: number[] } {
  const lines = readFileSync(new URL("catalogue.csv", ASSETS), "utf8").trim().split(/\r?\n/).slice(1);
  const products = lines.map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map((field) => field[1] ?? field[2]!));
  const names = [...new Set(products.map((fields) => fields[2]!))].sort();
  return { ids: products.map((fields) => fields[0]!), categories: products.map((fields) => names.indexOf(fields[2]!)) };
}

/** What the equations say of the product that the page inspects, by the network that comes with the page as `id`. */
async function expected(page: Page, id: string): Promise<Answer> {
  const { ids, categories } = catalogue();
  const row = (id: string) => ids.indexOf(id);
  const weights = read(readFileSync(new URL(`${id}.safetensors`, ASSETS)));
  const { history, inspected } = await state(page);
  return network(weights, categories)(history.map(row))(row(inspected!.item));
}

/** What is there once a network has answered that a view asks beside the page's own. */
const ASKED: Partial<Record<(typeof VIEWS)[number], string>> = {
  "what-if": "[data-testid=leave-one-out]",
  compare: "text=DIN would show next",
  map: "[data-testid=map-shopper]",
  shader: "[data-testid=shader-equation]",
};

/** Opens a view and waits until it is complete. */
async function openWhole(page: Page, id: (typeof VIEWS)[number]): Promise<void> {
  await open(page, `#inside=${id}`);
  if (ASKED[id]) await expect(page.getByTestId(`view-${id}`).locator(ASKED[id])).not.toHaveCount(0);
}

interface Table {
  columns: string[];
  rows: string[][];
}

/** The view's table, as shown. */
async function shownTable(view: Locator): Promise<Table> {
  const table = view.locator(":scope > .view-table table");
  await expect(table.locator("tbody tr").first()).toBeVisible();
  return table.evaluate((table) => {
    const texts = (row: Element) => Array.from(row.children, (cell) => cell.textContent ?? "");
    return { columns: texts(table.querySelector("thead tr")!), rows: Array.from(table.querySelectorAll("tbody tr"), texts) };
  });
}

/** The text of the file that a button offers. */
async function saved(page: Page, button: Locator): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { name: download.suggestedFilename(), text: readFileSync((await download.path())!, "utf8") };
}

/** Lines and fields of CSV. */
function fromCsv(csv: string): Table {
  const [columns, ...rows] = csv
    .trimEnd()
    .split("\r\n")
    .map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map((field) => field[1]?.replaceAll('""', '"') ?? field[2]!));
  return { columns: columns!, rows };
}

/** Holds every number of the table of steps against the equations. */
function checkSteps({ columns, rows }: Table, { evolution, attention, interest }: Answer): void {
  const steps = attention.length;
  const wanted = new Map<string, number[][]>();
  if (evolution) {
    const { extractor, interestStates } = evolution;
    wanted.set("Interest extractor: reset gate r", extractor.map((step) => step.r));
    wanted.set("Interest extractor: update gate u", extractor.map((step) => step.u));
    wanted.set("Interest extractor: candidate state n", extractor.map((step) => step.n));
    wanted.set("Interest extractor: interest state h", interestStates);
    wanted.set("Interest evolution: reset gate r", evolution.reset);
    wanted.set("Interest evolution: update gate u", evolution.update);
    wanted.set("ũ", evolution.attentionalUpdate);
    wanted.set("Interest evolution: candidate state n", evolution.candidate);
    wanted.set("Interest evolution: evolution state h′", evolution.states);
  }
  const numbers = (name: string) => {
    const column = columns.findIndex((column) => column === name || column.endsWith(` ${name}`));
    expect(column, `column ${name} of ${columns}`).toBeGreaterThan(2);
    const found = Array.from({ length: steps }, (): number[] => []);
    for (const row of rows) if (row[column] !== "") found[Number(row[0]) - 1]!.push(Number(row[column]));
    return found;
  };
  for (const [name, values] of wanted) {
    const found = numbers(name);
    expect(found.map((step) => step.length)).toEqual(values.map((step) => step.length));
    found.forEach((step, t) => expect(distance(step, values[t]!), `${name}, ${t}`).toBeLessThan(0.5e-4));
  }
  const weight = columns.find((column) => /^Attention: .* [awα]$/.test(column))!;
  expect(distance(numbers(weight).map(([value]) => value!), attention), weight).toBeLessThan(0.5e-4);
  // What is summed up ends as what the network goes on with.
  if (columns.some((column) => column.endsWith("interest so far v"))) {
    expect(distance(numbers("interest so far v").at(-1)!, interest), "v").toBeLessThan(0.5e-4);
  }
}

test("tabs lead to the views and back, with a mouse, with the keyboard, and by the address", async ({ page }) => {
  await open(page);
  await expect(page.getByRole("tab", { selected: true })).toHaveText("Ranking");
  await page.getByTestId("look-inside").click();
  await expect(page.getByTestId(`view-${VIEWS[0]}`)).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`#inside=${VIEWS[0]}$`));
  await expect(page.getByTestId("ranking-row").first()).toBeHidden();
  // Shop and history stay.
  await expect(page.getByTestId("history-item").first()).toBeVisible();
  await change(page, () => page.getByTestId("shop-item").first().click());
  await page.goBack();
  await expect(page.getByTestId(`view-${VIEWS[0]}`)).toHaveCount(0);
  await expect(page.getByTestId("ranking-row").first()).toBeVisible();

  await page.getByTestId("open-ranking").focus();
  for (const view of VIEWS) {
    await page.keyboard.press("ArrowRight");
    await expect(page.getByTestId(`view-${view}`)).toBeVisible();
    await expect(page.getByTestId(`open-${view}`)).toBeFocused();
    await expect(page.getByTestId(`open-${view}`)).toHaveAttribute("aria-selected", "true");
  }
  await page.keyboard.press("Home");
  await expect(page.getByTestId("open-ranking")).toBeFocused();
  await expect(page).toHaveURL(/\/$/);

  await page.goto("./#inside=steps");
  await page.reload();
  await answered(page);
  await expect(page.getByTestId("view-steps")).toBeVisible();
  await page.goto("./#inside=nothing");
  await page.reload();
  await answered(page);
  await expect(page.getByTestId("ranking-row").first()).toBeVisible();
});

test("on a phone the tab of what is open is in sight, whoever opened it", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, "#inside=shader");
  await expect(page.getByTestId("open-shader")).toBeInViewport({ ratio: 1 });
  await expect(page.getByTestId("open-ranking")).not.toBeInViewport({ ratio: 1 });
  await page.getByTestId("open-shader").press("Home");
  await expect(page.getByTestId("open-ranking")).toBeInViewport({ ratio: 1 });
  await page.goto("./#inside=embedding");
  await expect(page.getByTestId("view-embedding")).toBeVisible();
  await expect(page.getByTestId("open-embedding")).toBeInViewport({ ratio: 1 });
});

test("on a phone one sees what one opens, also the first time", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page);
  await page.getByTestId("look-inside").click();
  await expect(page.getByTestId("open-model")).toBeFocused();
  const view = page.getByTestId("view-model");
  for (const part of [view.getByRole("heading", { level: 2 }), view.getByTestId("model-stage").first()]) {
    await expect(part).toBeInViewport({ ratio: 1 });
  }
  for (const id of ["shader", "embedding"]) {
    await page.getByTestId(`open-${id}`).click();
    await answered(page);
    await expect(page.getByTestId(`view-${id}`).getByRole("heading", { level: 2 })).toBeInViewport({ ratio: 1 });
  }
  await page.getByTestId("open-ranking").click();
  await expect(page.getByTestId("ranking-row").first()).toBeInViewport({ ratio: 1 });
});

for (const { name, id } of NETWORKS) {
  test(`every number of the steps of ${name} is that of its equation`, async ({ page }) => {
    await open(page, "#inside=steps");
    if (name !== "DIEN") await change(page, () => page.getByTestId(`model-${id}`).click());
    const view = page.getByTestId("view-steps");
    await view.getByTestId("table-toggle").click();
    checkSteps(await shownTable(view), await expected(page, id));
    // The view follows the next click.
    const steps = (await state(page)).history.length;
    await change(page, () => page.getByTestId("shop-item").nth(3).click());
    await expect(view.locator("tbody tr:last-child td").first()).toHaveText(String(steps + 1));
    checkSteps(await shownTable(view), await expected(page, id));
  });
}

for (const [name, weights] of Object.entries(OWN)) {
  test(`every number of the steps of a model of one's own: ${name}`, async ({ page }) => {
    const answer = await openOwn(page, weights, "steps");
    const view = page.getByTestId("view-steps");
    await view.getByTestId("table-toggle").click();
    checkSteps(await shownTable(view), answer);
  });
}

/** What the equations say of the vectors of the model's picture at step `t`, by stage and name. */
function vectorsAt(t: number, { evolution, scores, attention, interest, logit, probability }: Answer): Record<string, number[]> {
  const common = { "Head: logit": [logit], "Head: click probability": [probability] };
  if (!evolution) {
    return { ...common, "Attention: score": [scores[t]!], "Attention: weight": [attention[t]!], "Pooling: interest": interest };
  }
  const { extractor, interestStates, reset, update, attentionalUpdate, candidate, states } = evolution;
  return {
    ...common,
    "Interest extractor: reset gate": extractor[t]!.r,
    "Interest extractor: update gate": extractor[t]!.u,
    "Interest extractor: candidate state": extractor[t]!.n,
    "Interest extractor: interest state": interestStates[t]!,
    "Attention: score": [scores[t]!],
    "Attention: attention": [attention[t]!],
    "Interest evolution: reset gate": reset[t]!,
    "Interest evolution: update gate": update[t]!,
    "Interest evolution: attentional update gate": attentionalUpdate[t]!,
    "Interest evolution: gate that writes": attentionalUpdate[t]!,
    "Interest evolution: candidate state": candidate[t]!,
    "Interest evolution: evolution state": states[t]!,
    "Head: final evolution state": interest,
    "Head: interest": interest,
  };
}

/** What is made of the sum of products, by the name of the vector; the others are checked by their value alone. */
function ofSum(name: string): ((sum: number) => number) | null {
  if (/^(reset|update) gate$|^click probability$/.test(name)) return sigmoid;
  if (name === "candidate state") return Math.tanh;
  if (/layer|^projected|^score$|^weight$|^attention$/.test(name)) return null;
  return (sum) => sum;
}

/** Opens every stage of the model's picture, and of every vector the first and the last number. */
async function checkModel(page: Page, answer: Answer): Promise<void> {
  const view = page.getByTestId("view-model");
  // The step may just have been chosen.
  await answered(page);
  const t = Number(await view.getByTestId("step-now").getAttribute("data-step")) - 1;
  const wanted = vectorsAt(t, answer);
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
    for (const [row, { name, values }] of vectors.entries()) {
      const expected = wanted[`${stage}: ${name}`];
      if (expected) {
        found.push(`${stage}: ${name}`);
        expect(values.length, name).toBe(expected.length);
        const apart = values.map((value, unit) => Math.abs(value - expected[unit]!) / Math.max(1, Math.abs(value)));
        expect(Math.max(...apart), `${stage}: ${name}`).toBeLessThan(1e-4);
      }
      for (const unit of new Set([0, values.length - 1])) {
        const cell = view.locator(`#cell-${row}-${unit}`);
        await cell.click();
        const what = `${stage}: ${name}, unit ${unit + 1}`;
        const calculation = view.getByTestId("model-calculation");
        await expect(calculation).toHaveAttribute("data-shown", String(values[unit]));
        const here = Number(await calculation.getAttribute("data-value"));
        expect(Math.abs(here - values[unit]!), what).toBeLessThan(1e-5 * Math.max(1, Math.abs(here)));
        const products = await calculation.getByTestId("model-term").evaluateAll((all) => all.map((one) => Number(one.getAttribute("data-product"))));
        const made = ofSum(name)?.(products.reduce((a, b) => a + b, 0));
        if (made !== undefined) expect(Math.abs(made - here), what).toBeLessThan(1e-5 * Math.max(1, Math.abs(here)));
        await expect(view.getByTestId("model-up")).toBeFocused();
        await page.keyboard.press("Escape");
        await expect(cell).toBeFocused();
      }
    }
    await view.getByTestId("model-up").click();
    await expect(stages.nth(index)).toBeFocused();
  }
  expect(found.length, found.join()).toBeGreaterThan(answer.evolution ? 12 : 2);
}

for (const { name, id } of NETWORKS) {
  test(`every number in the picture of ${name} is that of its equation, and what its sum gives`, async ({ page }) => {
    await open(page, "#inside=model");
    if (name !== "DIEN") await change(page, () => page.getByTestId(`model-${id}`).click());
    await checkModel(page, await expected(page, id));
    await page.getByTestId("step-scrub").fill("2");
    await checkModel(page, await expected(page, id));
  });
}

for (const [name, weights] of Object.entries(OWN)) {
  test(`every number in the picture of a model of one's own: ${name}`, async ({ page }) => {
    const answer = await openOwn(page, weights, "model");
    await page.getByTestId("step-scrub").fill("3");
    await checkModel(page, answer);
  });
}

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
  const { evolution, scores, probability } = await expected(page, "dien");
  const view = page.getByTestId("view-model");
  const t = 3;
  await view.getByTestId("step-scrub").fill(String(t + 1));
  const weights = read(readFileSync(new URL("dien.safetensors", ASSETS)));
  const tensor = (name: string) => weights.tensors.get(name)!.values;
  const lines = (name: string, row: number, width: number) => Array.from(tensor(name)).slice(row * width, (row + 1) * width);
  const { ids, categories } = catalogue();
  const item = ids.indexOf(history[t]!);
  const widths = ["item", "category"].map((table) => weights.tensors.get(`embedding.${table}.weight`)!.shape[1]!);
  const x = [...lines("embedding.item.weight", item, widths[0]!), ...lines("embedding.category.weight", categories[item]!, widths[1]!)];
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
    const csv = fromCsv((await saved(page, view.getByTestId("save-csv"))).text);
    const rows = csv.rows.map((row) => Object.fromEntries(row.map((text, index) => [csv.columns[index]!, text])));
    for (const row of rows) expect(row).toMatchObject({ step: String(t + 1), stage, quantity: name, unit: String(unit + 1) });
    const terms = rows.filter((row) => row.product !== "");
    const factors = (row: Record<string, string>) => Object.entries(row).filter(([column, text]) => column.startsWith("factor") && text !== "");
    let sum = 0;
    terms.forEach((row, index) => {
      expect(row.term).not.toBe("");
      const product = factors(row).reduce((product, [, factor]) => product * Number(factor), 1);
      close(Number(row.product), product, `${name}: ${row.term}`);
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

test("steps are walked with buttons, keys, the scrubber and by playing", async ({ page }) => {
  const { history } = await open(page, "#inside=steps");
  const view = page.getByTestId("view-steps");
  const now = view.getByTestId("step-now");
  const last = String(history.length);
  await expect(now).toHaveAttribute("data-step", last);
  await view.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(now).toHaveAttribute("data-step", String(history.length - 1));
  await view.getByTestId("step-next").click();
  await expect(now).toHaveAttribute("data-step", last);
  await view.getByTestId("step-next").click();
  await expect(now).toHaveAttribute("data-step", last);
  await view.getByTestId("step-scrub").fill("2");
  await expect(now).toHaveAttribute("data-step", "2");
  await expect(now).toContainText(`Step 2 of ${last}: `);
  await expect(page.getByTestId("history-item").nth(1)).toHaveClass(/lit/);

  // From the last step it plays from the first; space pauses.
  await view.focus();
  await page.keyboard.press("End");
  await view.getByTestId("step-speed").selectOption({ label: "2 a second" });
  await view.focus();
  await page.keyboard.press("Space");
  await expect(view.getByTestId("step-play")).toHaveAttribute("aria-label", "Pause");
  await expect.poll(async () => Number(await now.getAttribute("data-step"))).toBeGreaterThan(2);
  await page.keyboard.press("Space");
  await expect(view.getByTestId("step-play")).toHaveAttribute("aria-label", "Play");
  // Its clock has stopped, too.
  await answered(page);
  const paused = await now.getAttribute("data-step");
  await page.waitForTimeout(600);
  expect(await now.getAttribute("data-step")).toBe(paused);
  await view.getByTestId("step-play").click();
  await expect(now).toHaveAttribute("data-step", last);
  await expect(view.getByTestId("step-play")).toHaveAttribute("aria-label", "Play");

  // A cell's number is read out, under the pointer and by the keyboard.
  const { interestStates } = (await state(page)).inspected!.evolution!;
  const map = view.getByRole("img", { name: /interest state h/ });
  await map.focus();
  const readout = view.getByTestId("cell-readout");
  await expect(readout).toContainText(/, unit 1:/);
  await page.keyboard.press("ArrowDown");
  await expect(readout).toContainText(/, unit 2:/);
  await expect(readout).toContainText(`step ${last} `);
  const value = async () => Number((await readout.textContent())!.split(": ").at(-1));
  expect(await value()).toBe(Math.fround(interestStates.at(-1)![1]!));
  const box = (await map.boundingBox())!;
  await page.mouse.move(box.x + 1, box.y + 1);
  await expect(readout).toContainText("step 1 ");
  expect(await value()).toBe(Math.fround(interestStates[0]![0]!));
  await page.mouse.down();
  await page.mouse.up();
  await expect(now).toHaveAttribute("data-step", "1");
});

test("scales have the range of the data, their own or one for all that are alike", async ({ page }) => {
  await open(page, "#inside=steps");
  const answer = await expected(page, "dien");
  const { extractor, interestStates, reset, update, attentionalUpdate, candidate, states } = answer.evolution!;
  const gates = [extractor.map((step) => step.r), extractor.map((step) => step.u), [answer.attention], reset, update, attentionalUpdate];
  const vectors = [extractor.map((step) => step.n), interestStates, candidate, states];
  const range = (all: number[][][], signed: boolean) => {
    const values = all.flat(2);
    const most = Math.max(...values.map(Math.abs));
    return signed ? [-most, most] : [Math.min(...values), Math.max(...values)];
  };
  const rounded = (ends: number[]) => ends.map((end) => end.toFixed(3).replace("-", "−"));
  const legends = async (view: Locator) => {
    const names = await view.locator(".scale").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")!));
    return names.map((name) => /^colours from (\S+) to (\S+)$/.exec(name)!.slice(1));
  };
  const steps = page.getByTestId("view-steps");
  const own = (isGate: boolean, of: number[][][]) => of.map((one) => rounded(range([one], !isGate)));
  const [r, u, a, r2, u2, uTilde] = own(true, gates);
  const [n, h, n2, h2] = own(false, vectors);
  expect(await legends(steps)).toEqual([r, u, n, h, a, r2, u2, uTilde, n2, h2]);
  await steps.getByTestId("shared-scale").check();
  const [gate, state] = [rounded(range(gates, false)), rounded(range(vectors, true))];
  await expect.poll(() => legends(steps)).toEqual([gate, gate, state, state, gate, gate, gate, gate, state, state]);

  await page.getByTestId("open-model").click();
  const model = page.getByTestId("view-model");
  await expect(model.getByTestId("model-stage").first()).toBeVisible();
  expect(await legends(model)).toEqual([]);
  await model.getByTestId("shared-scale").check();
  const last = [extractor.at(-1)!.r, extractor.at(-1)!.u, reset.at(-1)!, update.at(-1)!, attentionalUpdate.at(-1)!];
  await expect.poll(async () => (await legends(model))[0]).toEqual(rounded(range([last], false)));
});

test("without clicks the views say so, and go on with the next one", async ({ page }) => {
  await open(page, "#inside=steps");
  for (const view of OF_CLICKS) {
    await page.getByTestId(`open-${view}`).click();
    await change(page, () => page.getByTestId("clear").click());
    await expect(page.getByTestId(`view-${view}`)).toContainText("Without clicks");
    await change(page, () => page.getByTestId("shop-item").first().click());
    await expect(page.getByTestId(`view-${view}`)).not.toContainText("Without clicks");
  }
});

for (const id of VIEWS) {
  test(`${id}: chart and numbers can be saved`, async ({ page }) => {
    await openWhole(page, id);
    const view = page.getByTestId(`view-${id}`);
    const svg = await saved(page, view.getByTestId("save-svg"));
    expect(svg.name).toBe(`interest-lens-${id}.svg`);
    await view.getByTestId("table-toggle").click();
    if (id === "embedding" || id === "model") {
      await expect(view.locator(".view-table tbody tr")).toHaveCount(500);
      await view.getByTestId("table-all").click();
      await expect(view.locator(".view-table tbody tr")).not.toHaveCount(500);
    }
    await expect(view.getByTestId("table-all")).toHaveCount(0);
    const table = await shownTable(view);
    const csv = await saved(page, view.getByTestId("save-csv"));
    expect(csv.name).toBe(`interest-lens-${id}.csv`);
    expect(fromCsv(csv.text)).toEqual(table);
    const json = await saved(page, view.getByTestId("save-json"));
    expect(json.name).toBe(`interest-lens-${id}.json`);
    const { title, columns, rows } = JSON.parse(json.text);
    expect(title).toBe(await view.getByRole("heading", { level: 2 }).textContent());
    const label = ({ name, unit }: { name: string; unit: string }) => (unit === "" ? name : `${name} [${unit}]`);
    expect(columns.map(label)).toEqual(table.columns);
    expect(rows.map((row: unknown[]) => row.map((cell) => (cell === null ? "" : typeof cell === "number" ? cell : cell)))).toEqual(
      table.rows.map((row, index) => row.map((text, column) => (typeof rows[index][column] === "number" ? Number(text) : text))),
    );
    // The picture is whole in itself, also when it is saved while the table is shown.
    for (const { text } of [svg, await saved(page, view.getByTestId("save-svg"))]) {
      const found = await page.evaluate((text) => {
        const svg = new DOMParser().parseFromString(text, "image/svg+xml");
        const count = (selector: string) => svg.querySelectorAll(selector).length;
        return { errors: count("parsererror"), title: svg.querySelector("title")?.textContent, classes: count("[class]"), texts: count("text"), shapes: count("path, rect") };
      }, text);
      expect(found).toMatchObject({ errors: 0, title, classes: 0 });
      expect(found.texts).toBeGreaterThan(10);
      // Shaders are text, on a ground.
      expect(found.shapes).toBeGreaterThan(id === "shader" ? 0 : 5);
      expect(text).not.toMatch(/var\(|okl|href=/);
    }
  });
}

test("the picture of the steps has a cell for every number", async ({ page }) => {
  const { history } = await open(page, "#inside=steps");
  const view = page.getByTestId("view-steps");
  const { text } = await saved(page, view.getByTestId("save-svg"));
  // Four states and gates of the extractor, five of the evolution, with 24 units each, and attention.
  expect(text.match(/h1v1h-1z/g)).toHaveLength(history.length * (9 * 24 + 1));
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`${colorScheme} theme`, () => {
    test.use({ colorScheme });

    for (const id of VIEWS) {
      test(`${id}: nothing is cut at 390, 768, 1440 and 1920 pixels, it looks as before, and axe finds no barrier`, async ({ page }) => {
        await page.setViewportSize({ width: 390, height: 844 });
        await openWhole(page, id);
        for (const width of [390, 768, 1440, 1920]) {
          await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
          await drawn(page);
          expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
          expect(await cutOff(page), `at ${width} px`).toEqual([]);
          const small = await page.getByTestId(`view-${id}`).locator("button:visible").evaluateAll((all) =>
            all.map((one) => one.getBoundingClientRect()).filter((box) => box.width < 24 || box.height < 24).length,
          );
          expect(small, `targets under 24 px at ${width} px`).toBe(0);
        }
        // High enough for the whole view.
        await page.setViewportSize({ width: 1440, height: 2400 });
        await expect(page.getByTestId(`view-${id}`)).toHaveScreenshot(`${id}-${colorScheme}.png`);
        const axe = () => new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]).analyze();
        const barriers = async () => (await axe()).violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
        expect(await barriers()).toEqual([]);
        await page.getByTestId("table-toggle").click();
        await expect(page.getByTestId(`view-${id}`).locator(".view-table table")).toBeVisible();
        expect(await barriers()).toEqual([]);
      });
    }
  });
}
