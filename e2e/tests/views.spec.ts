// The views of the map, of the auxiliary task, of the embedding space and of the shaders: what they show is computed here once
// more, from the weights alone or from the shaders' files.

import { expect, type Page } from "@playwright/test";

import { records } from "../support/csv.ts";
import { repository } from "../support/files.ts";
import { askMade, made, openMade } from "../support/made_models.ts";
import { attributes, numbers } from "../support/numbers.ts";
import { answered, change, choose, open, state, test } from "../support/page.ts";
import { dien } from "../support/reference/dien.ts";
import { din } from "../support/reference/din.ts";
import { OTHERS, START } from "../support/reference/index.ts";
import { dot, Layers, mean, sigmoid } from "../support/reference/layers.ts";
import { ask, CATEGORIES, row, SHOP, weights } from "../support/shop.ts";
import { shownTable } from "../support/table.ts";

const text = (path: string) => repository(path).toString();
/** What several stages share, and the WGSL of a stage, by name. */
const SHARED = ["pooling", "recurrent", "shared"];
const wgsl = (name: string) => text(`shaders/src/stages/${SHARED.includes(name) ? "shared" : name}/${name}.wgsl`);
const DIEN = weights(dien);
const HIDDEN = START.evolution!.hidden(DIEN.config.network);
const { item_dim, category_dim, head } = DIEN.config;
/** Of a query, and of a key. */
const WIDTH = item_dim + category_dim;
const equations = ask(DIEN);
const layers = new Layers(DIEN);
const line = (name: string, index: number) => layers.row(name, index);

/** Item ‖ category of a product of the shop. */
const embed = (item: number) => [
  ...line("embedding.item.weight", item),
  ...line("embedding.category.weight", CATEGORIES[item]!),
];

/** The rows of the view's table, by the names of the columns. */
async function rows(page: Page, view: string): Promise<Record<string, string>[]> {
  const root = page.getByTestId(`view-${view}`);
  await root.getByTestId("table-toggle").click();
  const shown = root.locator(".view-table tbody tr");
  await expect(shown.first()).toBeVisible();
  if (view === "embedding") {
    await root.getByTestId("table-all").click();
    await expect(shown).toHaveCount(SHOP.length);
  }
  const found = records(await shownTable(root));
  await root.getByTestId("table-toggle").click();
  return found;
}

test.describe("auxiliary task", () => {
  /** Holds the table and the figures of the view against h_t·e for the present history. */
  async function check(page: Page): Promise<void> {
    const { history: ids } = await state(page);
    const history = ids.map(row);
    const states = equations(ids)(ids[0]!).evolution!.interestStates;
    const found = await rows(page, "auxiliary");
    const steps = history.length - 1;
    expect(new Set(found.map((one) => one["step t"])).size).toBe(steps);
    let loss = 0;
    const next: number[] = [];
    const sampled: number[] = [];
    for (let t = 0; t < steps; t++) {
      const guesses = found.filter((one) => one["step t"] === String(t + 1));
      const logits = guesses.map((one) => dot(states[t]!, embed(row(one.id!))));
      guesses.forEach((one, index) => {
        expect(Number(one["logit f(h, e)"])).toBeCloseTo(logits[index]!, 3);
        expect(Number(one["probability σ(f)"])).toBeCloseTo(sigmoid(logits[index]!), 4);
      });
      expect(row(guesses[0]!.id!)).toBe(history[t + 1]);
      expect(guesses.map((one) => one["was it next"])).toEqual(["clicked next", ...Array<string>(8).fill("sampled")]);
      const others = guesses.slice(1).map((one) => row(one.id!));
      expect(new Set(others).size).toBe(8);
      expect(others.filter((item) => history.includes(item))).toEqual([]);
      next.push(sigmoid(logits[0]!));
      sampled.push(mean(logits.slice(1).map(sigmoid)));
      loss += -Math.log(sigmoid(logits[0]!)) - mean(logits.slice(1).map((logit) => Math.log(1 - sigmoid(logit))));
    }
    const figure = async (id: string) => Number(await page.getByTestId(id).getAttribute("data-value"));
    await expect.poll(() => figure("auxiliary-next")).toBeCloseTo(mean(next), 4);
    await expect.poll(() => figure("auxiliary-sampled")).toBeCloseTo(mean(sampled), 4);
    await expect.poll(() => figure("auxiliary-loss")).toBeCloseTo(loss / (2 * steps), 3);
    await expect(page.getByTestId("auxiliary-step")).toHaveCount(steps);
  }

  test("every probability is σ(h·e), also after the next click and with another sample", async ({ page }) => {
    await open(page, "#inside=auxiliary");
    await check(page);
    const sample = async () => (await rows(page, "auxiliary")).map((one) => one.id);
    const before = await sample();
    await page.getByTestId("sample-again").click();
    await expect.poll(sample).not.toEqual(before);
    await check(page);
    const again = await sample();
    await change(page, () => page.getByTestId("shop-item").nth(3).click());
    await expect.poll(async () => (await sample()).length).toBe(again.length + 9);
    await check(page);
    // What was sampled before stays.
    expect((await sample()).slice(0, again.length)).toEqual(again);
  });

  test("steps are read with the keyboard, and light their click up", async ({ page }) => {
    const { history } = await open(page, "#inside=auxiliary");
    const chosen = page.getByTestId("auxiliary-chosen");
    await expect(chosen).toHaveAttribute("data-step", String(history.length - 1));
    await page.locator("#auxiliary-step-0").focus();
    await expect(chosen).toHaveAttribute("data-step", "1");
    await page.keyboard.press("ArrowRight");
    await expect(page.locator("#auxiliary-step-1")).toBeFocused();
    await expect(chosen).toHaveAttribute("data-step", "2");
    await expect(chosen.locator("li").first()).toHaveAttribute("data-item", history[2]!);
    await expect(page.getByTestId("history-item").nth(1)).toHaveClass(/lit/);
  });

  test("other networks say why they have none", async ({ page }) => {
    await open(page, "#inside=auxiliary");
    await choose(page, din);
    await expect(page.getByTestId("view-auxiliary")).toContainText(`${din.name} has no interest extractor`);
    await change(page, () => page.getByTestId("view-auxiliary").getByRole("button", { name: `Switch to ${START.name}` }).click());
    await check(page);
  });
});

test.describe("map", () => {
  const project = (h: number[]) => {
    const centred = h.map((h, unit) => h - line("projection.mean", 0)[unit]!);
    const { values } = DIEN.tensors.get("projection.components")!;
    return [0, 1].map((axis) => centred.reduce((sum, h, unit) => sum + h * values[2 * unit + axis]!, 0));
  };
  /** The states of a product, projected, after the zero state. */
  const path = (history: string[], item: string) => {
    const { states } = equations(history)(item).evolution!;
    return [states[0]!.map(() => 0), ...states].map(project);
  };
  const points = (path: string | null) => path!.split(" ").map((point) => point.split(",").map(Number));
  const close = (found: number[][], wanted: number[][]) => {
    expect(found).toHaveLength(wanted.length);
    found.forEach((point, t) => point.forEach((at, axis) => expect(at).toBeCloseTo(wanted[t]![axis]!, 3)));
  };

  test("five paths are those of the equations, and follow the next click", async ({ page }) => {
    await open(page, "#inside=map");
    const paths = page.getByTestId("map-path");
    await expect(paths).toHaveCount(5);
    const check = async () => {
      const { history, inspected } = await answered(page);
      await expect.poll(async () => points(await paths.first().getAttribute("data-path")).length).toBe(history.length + 1);
      const items = await attributes(paths, "data-item");
      // Drawn from the last to the first, which lies on top.
      expect(items.at(-1)).toBe(inspected!.item);
      expect(new Set(items).size).toBe(items.length);
      const drawn = await attributes(paths, "data-path");
      items.forEach((item, index) => close(points(drawn[index]!), path(history, item)));
    };
    await check();
    await change(page, () => page.getByTestId("shop-item").nth(5).click());
    await check();
    // One is taken away, and another comes in its place.
    await page.getByTestId("map-remove").first().click();
    await expect(paths).toHaveCount(4);
    const add = page.getByTestId("map-add");
    await add.selectOption({ index: 3 });
    await expect(paths).toHaveCount(5);
    await check();
  });

  test("ready-made shoppers are behind, and the products beside a state are those with the largest h′·W·q", async ({ page }) => {
    const { history, inspected } = await open(page, "#inside=map");
    const shoppers: { items: string[] }[] = JSON.parse(text("assets/shoppers.json"));
    const others = page.getByTestId("map-shopper");
    await expect(others).toHaveCount(shoppers.length);
    const drawn = await attributes(others, "data-path");
    shoppers.forEach(({ items }, index) => close(points(drawn[index]!), path(items, inspected!.item)));

    const largest = async (t: number) => {
      const { states } = equations(history)(inspected!.item).evolution!;
      const { shape, values } = DIEN.tensors.get("attention.weight")!;
      const [from, to] = shape as [number, number];
      const direction = Array.from({ length: to }, (_, column) => states[t]!.slice(0, from).reduce((sum, h, line) => sum + h * values[line * to + column]!, 0));
      const scores = SHOP.map((_, item) => dot(direction, embed(item)));
      const best = scores.map((_, item) => item).sort((a, b) => scores[b]! - scores[a]!);
      return best.slice(0, 5).map((item) => ({ id: SHOP[item]!.id, score: scores[item]! }));
    };
    const list = page.getByTestId("map-largest").locator("li");
    const view = page.getByTestId("view-map");
    // The network ranks by something else, and the page says so.
    await expect(view).toContainText("The network itself never computes this");
    await expect(view).not.toContainText(/nearest/i);
    for (const [key, t] of [["End", history.length - 1], ["Home", 0], ["ArrowRight", 1]] as const) {
      await view.focus();
      await page.keyboard.press(key);
      await expect(view.getByTestId("step-now")).toHaveAttribute("data-step", String(t + 1));
      const wanted = await largest(t);
      await expect.poll(() => attributes(list, "data-item")).toEqual(wanted.map((one) => one.id));
      // The same five may be the first at two steps.
      await expect.poll(() => numbers(list, "data-value")).toEqual(wanted.map((one) => expect.closeTo(one.score, 3)));
    }
  });

  test("networks without an evolution say so", async ({ page }) => {
    await open(page, "#inside=map");
    await choose(page, OTHERS.findLast((network) => !network.evolution)!);
    await expect(page.getByTestId("view-map")).toContainText("there is no evolution to show");
  });
});

test.describe("embedding space", () => {
  test("points are the embeddings along two orthogonal directions of the greatest variance", async ({ page }) => {
    const { history } = await open(page, "#inside=embedding");
    const found = await rows(page, "embedding");
    expect(found.map((one) => one.id)).toEqual(SHOP.map((product) => product.id));
    const all = SHOP.map((_, item) => embed(item));
    const width = all[0]!.length;
    const centre = Array.from({ length: width }, (_, unit) => mean(all.map((e) => e[unit]!)));
    const centred = all.map((e) => e.map((x, unit) => x - centre[unit]!));
    const covariance = Array.from({ length: width }, (_, i) => Array.from({ length: width }, (_, j) => mean(centred.map((e) => e[i]! * e[j]!))));
    // A direction of greatest variance is an eigenvector of the covariance, so the coordinates' covariances with the
    // embeddings are the direction times its variance, which gives the direction back.
    const at = (axis: "x" | "y") => found.map((one) => Number(one[axis]));
    const directions = (["x", "y"] as const).map((axis) => {
      const coordinate = at(axis);
      const variance = mean(coordinate.map((x) => x * x));
      return Array.from({ length: width }, (_, unit) => mean(centred.map((e, item) => e[unit]! * coordinate[item]!)) / variance);
    });
    const [first, second] = directions as [number[], number[]];
    for (const direction of [first, second]) {
      expect(Math.hypot(...direction)).toBeCloseTo(1, 2);
      const turned = covariance.map((line) => dot(line, direction));
      expect(dot(turned, direction) / Math.hypot(...turned)).toBeCloseTo(1, 3);
    }
    // The very directions are those of the weights: 1e-4 for 32-bit sums over the embedding.
    const centreOf = line("projection.embedding.mean", 0);
    const components = Array.from({ length: width }, (_, unit) => line("projection.embedding.components", unit));
    (["x", "y"] as const).forEach((axis, which) => {
      const off = all.map((e, item) => Math.abs(at(axis)[item]! - dot(e.map((x, unit) => x - centreOf[unit]!), components.map((unit) => unit[which]!))));
      expect(Math.max(...off)).toBeLessThan(1e-4);
    });
    await expect(page.getByTestId("view-embedding").locator("figcaption")).toContainText("came with the weights");
    expect(dot(first, second)).toBeCloseTo(0, 2);
    const trace = covariance.reduce((sum, line, index) => sum + line[index]!, 0);
    const [along, across] = [first, second].map((direction) => dot(covariance.map((line) => dot(line, direction)), direction)) as [number, number];
    expect(along).toBeGreaterThan(across);
    expect(across).toBeGreaterThan(trace / width);
    // The history lies where its products do, and follows the next click.
    const path = page.getByTestId("embedding-path");
    const wanted = (history: string[]) => history.map((id) => `${found[row(id)]!.x},${found[row(id)]!.y}`).map((point) => point.split(",").map(Number));
    const drawn = async () => (await path.getAttribute("data-path"))!.split(" ").map((point) => point.split(",").map(Math.fround as (x: unknown) => number));
    expect(await drawn()).toEqual(wanted(history).map((point) => point.map(Math.fround)));
    const after = await change(page, () => page.getByTestId("shop-item").nth(2).click());
    await expect.poll(drawn).toEqual(wanted(after.history).map((point) => point.map(Math.fround)));
  });

  test("products are found, shown and read with the keyboard", async ({ page }) => {
    await open(page, "#inside=embedding");
    const item = SHOP.find((product) => /lantern/i.test(product.title))!;
    await page.getByTestId("embedding-search").fill(item.title.toLowerCase());
    const found = page.getByTestId("embedding-found");
    await expect(found.first()).toHaveAttribute("data-item", item.id);
    await found.first().focus();
    await page.keyboard.press("Enter");
    await expect(page.getByTestId("embedding-chosen")).toHaveAttribute("data-item", item.id);
    const here = embed(row(item.id));
    const cosine = (other: number[]) => dot(here, other) / Math.hypot(...here) / Math.hypot(...other);
    const best = SHOP.map((_, other) => other).filter((other) => other !== row(item.id));
    best.sort((a, b) => cosine(embed(b)) - cosine(embed(a)));
    const list = page.getByTestId("embedding-nearest").locator("li");
    await expect.poll(() => attributes(list, "data-item")).toEqual(best.slice(0, 5).map((other) => SHOP[other]!.id));
    const shown = () => page.getByTestId("embedding-plane").locator("svg").getAttribute("viewBox");
    const width = async () => Number((await shown())!.split(" ")[2]);
    // The plane may follow after the list.
    await answered(page);
    const close = await width();
    await page.getByTestId("embedding-plane").focus();
    await page.keyboard.press("+");
    await expect.poll(width).toBeCloseTo(close / 1.5, 3);
    const before = await shown();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(shown).not.toBe(before);
    await page.getByTestId("zoom-all").click();
    await expect.poll(width).toBeGreaterThan(close * 2);
    // One category alone, and the closest product under the pointer.
    await page.getByTestId("embedding-group").nth(1).click();
    await expect(page.locator(".cloud.faint")).not.toHaveCount(0);
    await page.getByTestId("embedding-plane").hover();
    await expect(page.getByTestId("embedding-readout")).not.toBeEmpty();
  });
});

test.describe("shaders", () => {
  test("what stands there is the WGSL of each stage, with the numbers of this network", async ({ page }) => {
    const { history } = await open(page, "?backend=cpu#inside=shader");
    const view = page.getByTestId("view-shader");
    await expect(view.getByTestId("shader-who")).toContainText("No GPU gave the answer");
    const stages = view.getByTestId("shader-stage");
    await expect(stages).toHaveCount(4);
    expect(await attributes(stages, "data-stage")).toEqual(dien.stages);
    // Four candidates a group, sixteen groups a tile; one inspected and one compared product are one group more.
    const groups = Math.ceil(SHOP.length / 4 / 16) * 16 + 1;
    const dispatches: Record<string, string> = {
      interest_extractor: "1 × 1 workgroups of 64 × 1",
      interest_attention: `${groups} × 1 workgroups of 64 × 1`,
      ranking_mlp: `${groups} × 1 workgroups of 64 × 1`,
    };
    for (const name of await attributes(stages, "data-stage")) {
      await view.locator(`[data-stage="${name}"]`).click();
      for (const part of ["shared", "recurrent", name]) {
        const file = view.locator(`details[data-file="${part}.wgsl"]`);
        await expect(file).toHaveCount(1);
        const lines = await file.locator(".lines > div").evaluateAll((all) => all.map((line) => line.textContent ?? ""));
        expect(lines.join("\n")).toBe(wgsl(part).trimEnd());
      }
      await expect(view.getByTestId("shader-counterpart")).toHaveText(`shaders/src/stages/${name}/cpu.rs`);
      if (dispatches[name]) await expect(view.getByTestId("shader-dispatch")).toContainText(dispatches[name]);
      await expect(view.getByTestId("shader-time")).toContainText("no GPU ran it");
    }
    await expect(view.locator('details[data-file=""]')).toContainText(`const HIDDEN: u32 = ${HIDDEN}u;`);
    const table = await rows(page, "shader");
    const buffer = (stage: string, name: string) => table.filter((one) => one.stage === stage && one.buffer === name);
    expect(buffer("interest_evolution", "interests").map((one) => one.shape)).toEqual([`array<array<vec4<f32>, ${HIDDEN}>>`]);
    // A struct's fields are those of the shader's file, one after the other: all are made of numbers of four bytes.
    const declared = (file: string, name: string) => {
      const lines = wgsl(file).split(`struct ${name} {\n`)[1]!.split("\n}")[0]!.split("\n");
      return lines.map((line) => /^ +(\w+): (.*?),(?: \/\/.*)?$/.exec(line)!.slice(1) as [string, string]);
    };
    const sizes: Record<string, number> = { u32: 4, "array<f32, HIDDEN>": HIDDEN * 4, Gates: 3 * HIDDEN * 4 };
    const laidOut = (fields: [string, string][], path: string, from = 0) =>
      fields.map(([name, type], index) => ({
        field: `${path}.${name}`,
        shape: type.replace("HIDDEN", String(HIDDEN)),
        "offset [bytes]": String(fields.slice(0, index).reduce((sum, [, type]) => sum + sizes[type]!, from)),
        "size [bytes]": String(sizes[type]),
      }));
    const request = buffer("ranking_mlp", "request");
    expect(request[0]).toMatchObject({ shape: "Request", field: "", "offset [bytes]": "" });
    expect(request.slice(1)).toMatchObject(laidOut(declared("shared", "Request"), ""));
    const [state, gates] = laidOut(declared("recurrent", "InterestStep"), "[i]");
    expect(buffer("interest_evolution", "interest_steps").slice(1)).toMatchObject([state, gates, ...laidOut(declared("recurrent", "Gates"), "[i].gates", HIDDEN * 4)]);
    // So they stand beside the code.
    await view.locator('[data-stage="ranking_mlp"]').click();
    const shown = view.getByTestId("shader-field");
    await expect.poll(() => shown.count()).toBe(table.filter((one) => one.stage === "ranking_mlp" && one.field !== "").length);
    expect(await shown.nth(1).locator("td").allTextContents()).toEqual(["", ".first_step", "", "u32", "4", "4 B"]);
    // Another network has other stages, in the same view.
    await choose(page, din);
    await expect.poll(() => attributes(stages, "data-stage")).toEqual(din.stages);
    await expect(view.getByTestId("shader-dispatch")).toContainText(`${Math.ceil(groups / 64)} × ${history.length} workgroups`);
  });

  test("equations and lines mark each other", async ({ page }) => {
    await open(page, "?backend=cpu#inside=shader");
    const view = page.getByTestId("view-shader");
    await view.locator('[data-stage="interest_evolution"]').click();
    // What scrolls below a resting pointer is pointed at, too.
    await page.mouse.move(0, 0);
    await answered(page);
    const equations = view.getByTestId("shader-equation");
    const source = wgsl("interest_evolution").split("\n");
    const wanted = source.filter((line) => /^\/\/ {5}.* {4}\(\d+\)$/.test(line)).map((line) => line.slice(2).trim());
    expect(await equations.allTextContents()).toEqual(wanted.map((line) => line.replace(/ {4}\((\d+)\)$/, "($1)")));
    const colour = (selector: string) => view.locator(selector).first().evaluate((line) => getComputedStyle(line).backgroundColor);
    const line = 'details[open] [data-equations="5"]';
    const plain = await colour(line);
    await equations.nth(4).focus();
    await expect.poll(() => colour(line)).not.toBe(plain);
    await view.locator('details[open] [data-equations="4"]').first().focus();
    await expect(equations.nth(3)).toHaveClass(/marked/);
    await expect.poll(() => colour(line)).toBe(plain);
    // No equation without a line, in any stage of any network.
    for (const network of [START, ...OTHERS]) {
      await choose(page, network);
      const stages = view.getByTestId("shader-stage");
      await expect(stages.first()).toHaveAttribute("data-stage", network.stages[0]!);
      for (let stage = 0; stage < (await stages.count()); stage++) {
        await stages.nth(stage).click();
        await expect(stages.nth(stage)).toHaveAttribute("aria-pressed", "true");
        for (const number of await attributes(equations, "data-equation")) {
          await expect(view.locator(`details[open] [data-equations~="${number}"]`), `${network.id}, ${stage}, (${number})`).not.toHaveCount(0);
        }
      }
    }
  });

  test("on a GPU they have their buffers’ sizes", async ({ page }) => {
    await open(page, "?backend=gpu#inside=shader");
    const view = page.getByTestId("view-shader");
    await expect(view.getByTestId("shader-who")).toContainText("gave the answer on the page");
    await expect(view.getByTestId("shader-stage")).toHaveCount(4);
    const table = await rows(page, "shader");
    const size = (stage: string, buffer: string) => Number(table.find((one) => one.stage === stage && one.buffer === buffer)!["size [bytes]"]);
    // Σ k and 200 keys.
    expect(size("interest_extractor", "history")).toBe(201 * WIDTH * 4);
    // The interest, q, Σ k and two products; layers as wide as the widest, with four vectors each, and the output.
    const [inputs, units] = [HIDDEN + 4 * WIDTH, Math.max(...head.hidden)];
    expect(size("ranking_mlp", "weights")).toBe((2 * (inputs * units + 4 * units) + units + 1) * 4);
  });
});

test("a DIEN of one’s own without a classifier says so, and has a map of its own", async ({ page }) => {
  const weights = made(dien.small);
  const { history } = await openMade(page, weights, ["p3", "p8", "p3", "p21"], "auxiliary");
  await expect(page.getByTestId("view-auxiliary")).toContainText("no inner product");
  // The map is that of the visitor's own model, whose catalogue has no other shoppers.
  await page.getByTestId("open-map").click();
  await expect(page.getByTestId("map-path")).not.toHaveCount(0);
  // More paths are asked for.
  await answered(page);
  await expect(page.getByTestId("map-shopper")).toHaveCount(0);
  const paths = await attributes(page.getByTestId("map-path"), "data-path");
  const items = await attributes(page.getByTestId("map-path"), "data-item");
  items.forEach((item, place) => {
    const wanted = askMade(weights, history, item).evolution!.path!.flat();
    paths[place]!.split(/[ ,]/).map(Number).forEach((at, n) => expect(at).toBeCloseTo(wanted[n]!, 3));
  });
  // Nor has it a projection of its embeddings, so that the page fits one.
  await page.getByTestId("open-embedding").click();
  await expect(page.getByTestId("embedding-plane")).toBeVisible();
  await expect(page.getByTestId("view-embedding").locator("figcaption")).toContainText("fitted on this page");
});
