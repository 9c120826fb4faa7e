// The article: it reads and prints without scripts, every number in it is what the networks compute, and its figures live near the
// screen, one at a time.

import { readFileSync } from "node:fs";

import { expect, type Page } from "@playwright/test";

import { claim, valueOf } from "../support/article.ts";
import { overflow } from "../support/layout.ts";
import { answered, open, state, test } from "../support/page.ts";
import { ask, weights } from "../support/shop.ts";

const LANGUAGES = [
  { language: "en", file: "learn/" },
  { language: "zh-Hans", file: "learn/zh-Hans.html" },
];

interface Figure {
  id: string;
  part: string;
  network: string;
  history: string[];
  inspect: string;
}

/** The figures, and what their states say. */
async function figuresOf(page: Page): Promise<Figure[]> {
  const all = await page.getByTestId("figure").evaluateAll((figures) => (figures as HTMLElement[]).map(({ dataset }) => ({ ...dataset })));
  return all.map(({ figure, partOfPage, state }) => {
    const said = new URLSearchParams(state);
    return { id: figure!, part: partOfPage!, network: said.get("network")!, history: said.get("history")!.split(","), inspect: said.get("inspect")! };
  });
}

/** Scrolls a figure to the middle of the screen and waits until it lives. */
async function wake(page: Page, id: string): Promise<void> {
  const figure = page.locator(`#figure-${id}`);
  await figure.evaluate((one) => one.scrollIntoView({ block: "center", behavior: "instant" }));
  await expect(figure).toHaveAttribute("data-awake", "", { timeout: 100_000 });
}

for (const { language, file } of LANGUAGES) {
  test.describe(`without scripts, in ${language}`, () => {
    test.use({ javaScriptEnabled: false });

    test("everything is there to be read", async ({ page }) => {
      await page.goto(`./${file}`);
      await expect(page.locator("html")).toHaveAttribute("lang", language);
      expect(await page.locator("main > section > h2").count()).toBeGreaterThan(12);
      const figures = page.getByTestId("figure");
      expect(await figures.count()).toBeGreaterThanOrEqual(12);
      for (const figure of await figures.all()) {
        await expect(figure.getByTestId("first-state")).toBeVisible();
        expect(await figure.getByTestId("first-state").locator("svg").count()).toBeGreaterThan(0);
        await expect(figure.getByTestId("live")).toBeHidden();
        await expect(figure.locator("figcaption")).not.toBeEmpty();
      }
      for (const useless of ["theme", "readout"]) await expect(page.getByTestId(useless).first()).toBeHidden();
      await page.getByTestId("language").click();
      await expect(page.locator("html")).not.toHaveAttribute("lang", language);
    });
  });

  test(`every number is what the equations and the results give, in ${language}`, async ({ page }) => {
    test.setTimeout(300_000);
    await page.goto(`./${file}`);
    const said = await page.locator("[data-of]").evaluateAll((all) =>
      all.map((one) => ({ of: one.getAttribute("data-of")!, value: one.getAttribute("value"), text: one.textContent! })),
    );
    expect(said.length).toBeGreaterThan(60);
    const known = new Map<string, number | string>();
    for (const { of, value, text } of said) {
      if (!known.has(of)) known.set(of, valueOf(of));
      const expected = known.get(of)!;
      if (typeof expected === "string") {
        expect(text, of).toBe(expected);
        continue;
      }
      expect(Math.abs(Number(value) - expected) / Math.max(1, Math.abs(expected)), of).toBeLessThan(1e-5);
      // What is written is that number, rounded.
      const written = Number(text.split(/[ %±(]/)[0]!.replace("−", "-").replaceAll(/[,+>]/g, ""));
      const shown = /^(p|late|change) /.test(of) ? 100 * Number(value) : Number(value);
      if (written || Math.abs(shown) < 0.001) expect(Math.abs(written - shown), `${of}: ${text}`).toBeLessThan(0.051);
    }
  });

  test(`a sentence claims what the interval carries, in ${language}`, async ({ page }) => {
    await page.goto(`./${file}`);
    const claims = await page.locator("[data-of^=claim]").evaluateAll((all) => all.map((one) => one.getAttribute("data-of")!));
    for (const of of claims) {
      const [network, than, protocol, negatives] = of.split(" ").slice(1) as [string, string, string, string];
      const { low, high } = claim(network, than, protocol, negatives)!;
      expect(low > 0 || high < 0, of).toBe(true);
    }
  });
}

for (const { language, file } of LANGUAGES) {
  test(`figures speak the article’s language, ${language}`, async ({ page }) => {
    await page.goto(`./${file}`);
    await wake(page, "states");
    const said = await page.locator("#figure-states").getByTestId("live").innerText();
    expect(said.length).toBeGreaterThan(100);
    expect(/\p{Script=Han}/u.test(said), said).toBe(language !== "en");
    // The article itself stays in its language.
    await expect(page.locator("html")).toHaveAttribute("lang", language);
  });
}

test("figures live one at a time, and begin as they are drawn", async ({ page }) => {
  test.setTimeout(600_000);
  await page.goto("./learn/");
  const figures = await figuresOf(page);
  const heights = () => page.getByTestId("figure").evaluateAll((all) => (all as HTMLElement[]).map((one) => one.offsetHeight));
  const drawn = await heights();
  let most = 0;
  await page.exposeFunction("awakeNow", (count: number) => (most = Math.max(most, count)));
  await page.evaluate(() => {
    const count = () => (window as unknown as { awakeNow(count: number): void }).awakeNow(document.querySelectorAll("[data-awake]").length);
    new MutationObserver(count).observe(document.body, { attributes: true, subtree: true, attributeFilter: ["data-awake"] });
  });
  for (const { id, part, network, history, inspect } of figures) {
    await wake(page, id);
    const figure = page.locator(`#figure-${id}`);
    await expect(figure.getByTestId("live")).toBeVisible();
    await expect(figure.getByTestId("first-state")).toBeHidden();
    const now = await answered(page);
    expect(now.problem).toBeNull();
    expect([now.history, now.inspected!.item], id).toEqual([history, inspect]);
    // What was drawn is what the network says here.
    const cells = (await figure.locator("[data-testid=first-state] td.inspected data").evaluateAll((all) => all.map((one) => Number(one.getAttribute("value")))));
    if (part === "history") {
      const { attention } = ask(weights({ id: network }))(history)(inspect);
      cells.forEach((cell, click) => expect(Math.abs(cell - attention[click]!) / Math.max(1, Math.abs(cell)), id).toBeLessThan(1e-5));
      expect(cells).toHaveLength(history.length);
    }
    if (part === "ranking") {
      const best = Object.values(now.probabilities).sort((a, b) => b - a);
      cells.forEach((cell) => expect(Math.min(...best.map((one) => Math.abs(one - cell)))).toBeLessThan(1e-5));
    }
    expect(await page.locator("[data-awake]").count()).toBe(1);
  }
  expect(most).toBe(1);
  // Away from all figures none is awake, and none leaves a gap.
  await page.evaluate(() => document.querySelector("#references")!.scrollIntoView({ behavior: "instant" }));
  await expect(page.locator("[data-awake]")).toHaveCount(0);
  await expect.poll(heights).toEqual(drawn);
});

test("a figure goes on from its first state, and comes back in it", async ({ page }) => {
  await page.goto("./learn/");
  await wake(page, "local-activation");
  const before = await answered(page);
  await page.locator("#figure-local-activation").getByTestId("history-remove").first().dispatchEvent("click");
  await expect.poll(async () => (await state(page)).history).toHaveLength(before.history.length - 1);
  await wake(page, "drift");
  await wake(page, "local-activation");
  expect((await answered(page)).history).toEqual(before.history);
});

test("a figure’s link opens the page in the figure’s state", async ({ page }) => {
  await page.goto("./learn/");
  for (const { id, network, history, inspect, part } of await figuresOf(page)) {
    if (!["story", "drift", "interests"].includes(id)) continue;
    await page.goto("./learn/");
    await page.locator(`#figure-${id} a.open`).click();
    const now = await answered(page);
    expect([now.history, now.inspected!.item]).toEqual([history, inspect]);
    await expect(page.getByTestId(`model-${network}`)).toHaveAttribute("aria-pressed", "true");
    if (!["ranking", "history", "evolution"].includes(part)) await expect(page.getByTestId(`view-${part}`)).toBeVisible();
  }
});

test("a letter says its value on hover, focus and tap, before its figure lives and after", async ({ page }) => {
  await page.goto("./learn/");
  const equation = page.locator('[data-testid=equation][data-of-figure=evolution]').last();
  const letter = (part: string) => equation.locator(`[data-part=${part}]`).first();
  const readout = equation.getByTestId("readout");
  const spoken = async () => (await readout.getAttribute("data-values"))!.split(" ").map(Number);

  await letter("attention").focus();
  await expect(readout).toHaveAttribute("data-part", "attention");
  const first = await spoken();
  await wake(page, "evolution");
  const { inspected } = await answered(page);
  const { attention, evolution } = inspected!;
  expect(Math.abs(first[0]! - attention.at(-1)!)).toBeLessThan(1e-6);

  await letter("attentional_update").hover();
  await expect(readout).toHaveAttribute("data-part", "attentional_update");
  expect(await spoken()).toEqual(evolution!.attentionalUpdate.at(-1));
  await letter("evolution_states").click();
  await expect(readout).toHaveAttribute("data-part", "evolution_states");
  expect(await spoken()).toEqual(evolution!.states.at(-1));
  expect(await page.locator("#figure-evolution .lit-part").count()).toBeGreaterThan(0);
});

test("on paper there are all figures, whatever is awake", async ({ page }) => {
  await page.goto("./learn/");
  await wake(page, "states");
  await page.emulateMedia({ media: "print" });
  for (const figure of await page.getByTestId("figure").all()) {
    await expect(figure.getByTestId("first-state")).toBeVisible();
    await expect(figure.getByTestId("live")).toBeHidden();
  }
  const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
  const pages = pdf.match(/\/Type \/Page\b/g)!.length;
  expect(pages).toBeGreaterThan(8);
  expect(pages).toBeLessThan(60);
});

test("the page itself loads nothing of the article", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await open(page);
  expect(asked.filter((path) => path.includes("/learn/"))).toEqual([]);
  await expect(page.getByTestId("learn")).toHaveAttribute("href", "learn/");
  await page.getByTestId("learn").click();
  await expect(page.getByTestId("article")).toBeVisible();
});

for (const width of [360, 768, 1440, 1920]) {
  test(`nothing is cut off at ${width}px, light and dark, in both languages`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    for (const { file } of LANGUAGES) {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.goto(`./${file}`);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
      }
      // Nor in the page's views, where they live.
      await wake(page, "states");
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
  });
}

test.describe("the lesson", () => {
  const lesson = readFileSync(new URL("../../docs/lesson.md", import.meta.url), "utf8");
  const links = Array.from(lesson.matchAll(/\]\(([^)]*)\)/g), ([, link]) => link!);

  test("is a page beside the article with every link of its source", async ({ page }) => {
    await page.goto("./learn/lesson.html");
    const there = await page.locator("main a").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
    expect(there).toEqual(links);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
  });

  test("every link leads where it says", async ({ page }) => {
    test.setTimeout(600_000);
    for (const link of new Set(links)) {
      await page.goto(`./learn/lesson.html`);
      await page.goto(new URL(link, page.url()).href);
      if (link.startsWith("./#")) {
        await expect(page.locator(`section${link.slice(2)}`), link).toBeVisible();
        continue;
      }
      const said = new URLSearchParams(link.split("#")[1]);
      // An exercise withholds every answer.
      if (said.has("exercise")) {
        await expect(page.getByTestId("exercise"), link).toHaveAttribute("data-id", said.get("exercise")!);
        continue;
      }
      expect((await answered(page)).problem, link).toBeNull();
      await expect(page.getByTestId("history-unknown"), link).toHaveCount(0);
      const [network, inside, history] = ["network", "inside", "history"].map((name) => said.get(name));
      if (network) await expect(page.getByTestId(`model-${network}`), link).toHaveAttribute("aria-pressed", "true");
      if (inside) await expect(page.getByTestId(`view-${inside}`), link).toBeVisible();
      if (history) expect((await state(page)).history, link).toEqual(history.split(","));
      if (said.has("tour")) await expect(page.getByTestId("tour-card"), link).toHaveAttribute("data-stop", said.get("tour")!);
      if (said.has("lecture")) await expect(page.getByTestId("lecture-bar"), link).toBeVisible();
    }
  });
});
