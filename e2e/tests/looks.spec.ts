// The page as some visitors have it: translated, in forced colours, on paper, with large text, and with a catalogue that has
// long words or hardly any products.

import { expect, type Page } from "@playwright/test";

import { upload } from "../support/files.ts";
import { csv, file, made, openMade, type Product, PRODUCTS } from "../support/made_models.ts";
import { cutOff, overflow } from "../support/layout.ts";
import { attributes } from "../support/numbers.ts";
import { answered, change, drawn, open, type State, test } from "../support/page.ts";
import { dien } from "../support/reference/dien.ts";
import { row, SHOP } from "../support/shop.ts";

/** What translators do: every text gives way to an element with another text, also what comes later. */
async function translate(page: Page): Promise<void> {
  await page.evaluate(() => {
    const done = new WeakSet<Node>();
    const isLeftAlone = (node: Node) => {
      const marked = node.parentElement?.closest("[translate]");
      return marked?.getAttribute("translate") === "no" || node.parentElement?.closest("script, style") != null;
    };
    const wrap = (node: Node) => {
      if (!node.nodeValue?.trim() || done.has(node) || isLeftAlone(node)) return;
      const [outer, inner] = [document.createElement("font"), document.createElement("font")];
      const text = document.createTextNode(`«${node.nodeValue}»`);
      done.add(text);
      inner.append(text);
      outer.append(inner);
      node.parentNode!.replaceChild(outer, node);
    };
    const all = (root: Node) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts: Node[] = [];
      while (walker.nextNode()) texts.push(walker.currentNode);
      texts.forEach(wrap);
    };
    all(document.body);
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) node.nodeType === Node.TEXT_NODE ? wrap(node) : all(node);
    }).observe(document.body, { childList: true, subtree: true });
  });
}

/** Holds the words of the ranking and of the history against the engine's answer. */
async function followsTheAnswer(page: Page, { history, probabilities }: State): Promise<void> {
  const rows = page.getByTestId("ranking-row");
  const best = SHOP.map(({ id }) => id).sort((a, b) => probabilities[b]! - probabilities[a]! || row(a) - row(b));
  const ranked = best.filter((id) => !history.includes(id)).slice(0, 20);
  await expect.poll(async () => (await attributes(rows, "data-item")).slice(0, 20)).toEqual(ranked);
  const title = (id: string) => SHOP[row(id)]!.title;
  await expect.poll(async () => (await rows.locator(".row-title").allTextContents()).slice(0, 20)).toEqual(ranked.map(title));
  const shown = (await rows.locator(".probability").allTextContents()).slice(0, 20);
  shown.forEach((text, place) => expect(Math.abs(parseFloat(text.replace(/[<>]/, "")) / 100 - probabilities[ranked[place]!]!)).toBeLessThan(0.001));
  await expect(page.locator("#history header")).toContainText(`${history.length} clicks`);
  expect(await page.locator(".chip-title").allTextContents()).toEqual(history.map(title));
}

test("translated, the page goes on to say what the network answers", async ({ page }) => {
  await open(page);
  await page.getByTestId("hide-clicked").check();
  await answered(page);
  await translate(page);
  await expect(page.getByRole("heading", { name: "History" })).toHaveText("«History»");
  for (const place of [3, 7]) {
    await followsTheAnswer(page, await change(page, () => page.getByTestId("shop-item").nth(place).click()));
  }
  // A view that comes later, too.
  await page.getByTestId("open-what-if").click();
  const view = page.getByTestId("view-what-if");
  await expect(view.getByRole("heading", { name: "What if" })).toHaveText("«What if»");
  const { history } = await change(page, () => page.getByTestId("shop-item").nth(5).click());
  await expect(view.getByTestId("leave-one-out")).toHaveCount(history.length);
  await expect.poll(() => view.locator("ol .left-out-title").allTextContents()).toEqual(history.map((id) => SHOP[row(id)]!.title));
});

test("translated, names and numbers of a visitor's model stay what they are, and its files can be changed", async ({ page }) => {
  await openMade(page, made(dien.small), ["p1"]);
  await translate(page);
  await expect(page.locator("h1")).toHaveText("Interest Lens");
  const bar = page.getByTestId("own-model-summary");
  await expect(bar.locator("strong")).toHaveText("model.safetensors");
  await expect(bar.locator(".numbers")).toHaveText(`60 products in ${new Set(PRODUCTS.map(({ category }) => category)).size} categories`);
  await expect(bar.getByTestId("own-model-leave")).toHaveText("«Back to the demo»");

  await page.getByTestId("own-model").click();
  const dialog = page.getByTestId("own-model-dialog");
  await expect(dialog.getByRole("heading").first()).toHaveText("«Your own model»");
  await expect(dialog.locator(".file-name").first()).toHaveText("model.safetensors");
  await expect(dialog.getByTestId("guide").locator("pre code").first()).toContainText("torch.save(model.state_dict()");
  await page.getByTestId("own-model-file").setInputFiles(upload("half.safetensors", "?"));
  await expect(dialog.locator(".file-name").first()).toHaveText("half.safetensors");
  await expect(page.getByTestId("own-model-error")).toContainText(/half\.safetensors: .*it is cut off, damaged or another file/);
  await page.getByTestId("own-model-file").setInputFiles(upload("other.safetensors", ""));
  await expect(page.getByTestId("own-model-error")).toContainText("other.safetensors: not a readable safetensors file: it is an empty file");
});

test("in forced colours bars and what is chosen are seen", async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await open(page);
  await page.getByTestId("compare").nth(4).click();
  await answered(page);
  await drawn(page);
  /** The colour of a box where it differs from the page's ground. */
  const isSeen = (selector: string) =>
    page.locator(selector).first().evaluate((box) => {
      const ground = getComputedStyle(document.documentElement).backgroundColor;
      const colour = getComputedStyle(box).backgroundColor;
      return colour !== ground && colour !== "rgba(0, 0, 0, 0)";
    });
  for (const bar of [".bar", ".compared-mark", ".meter span", ".scale i"]) expect(await isSeen(bar), bar).toBe(true);
  const outline = (selector: string) => page.locator(selector).first().evaluate((box) => getComputedStyle(box).outlineStyle);
  expect(await outline(".row.inspected")).toBe("solid");
  expect(await outline(".row.compared")).toBe("dashed");
  expect(await outline('.switch [aria-pressed="true"]')).toBe("solid");
  expect(await outline('.switch [aria-pressed="false"]')).toBe("none");
  await page.getByTestId("open-what-if").click();
  await expect(page.getByTestId("leave-one-out").first()).toBeVisible();
  expect(await isSeen(".left-out-bar i")).toBe(true);
});

test("on paper nothing sticks, and every click is there", async ({ page }) => {
  const { history } = await open(page);
  await page.setViewportSize({ width: 794, height: 1123 });
  await page.emulateMedia({ media: "print" });
  await drawn(page);
  for (const part of [".tabs", "#history"]) {
    expect(await page.locator(part).evaluate((one) => getComputedStyle(one).position), part).toBe("static");
  }
  expect(await page.locator(".bar").first().evaluate((one) => getComputedStyle(one).getPropertyValue("print-color-adjust"))).toBe("exact");
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  const boxes = await page.getByTestId("history-item").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON() as DOMRect));
  expect(boxes).toHaveLength(history.length);
  for (const box of boxes) expect(box.left >= 0 && box.right <= 794 && box.width > 0).toBe(true);
});

test("with text at 200 % tabs and network are chosen as ever", async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setFontSizes", { fontSizes: { standard: 32 } });
  await open(page);
  await drawn(page);
  expect(await page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize))).toBeGreaterThan(24);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect((await page.locator(".header").boundingBox())!.height).toBeLessThan(450);
  // A click fails where something else lies on top.
  await page.getByTestId("open-steps").click();
  await expect(page.getByTestId("view-steps")).toBeVisible();
  await page.getByTestId("open-ranking").click();
  await expect(page.locator("#ranking")).toBeVisible();
});

/** Opens the page with a network for these products, after these clicks. */
async function openShop(page: Page, products: Product[], history: string[]): Promise<State> {
  const weights = made(dien.small, {}, true, products);
  await page.route("**/made/model.safetensors", (route) => route.fulfill({ body: file(weights, products) }));
  await page.route("**/made/catalogue.csv", (route) => route.fulfill({ body: csv(products) }));
  return open(page, `?model=made/model.safetensors&catalogue=made/catalogue.csv&history=${history}`);
}
const product = (id: string, title: string, category = "Jam"): Product => ({ id, title, category, price: "1", popularity: 1 });

test("long words stay in their boxes, and a product without a title has its id", async ({ page }) => {
  const words = ["w".repeat(400), "A title with words ".repeat(20).trim(), ""];
  const products = words.map((title, place) => product(`p${place + 1}`, title, `${place}${"c".repeat(120)}`));
  await openShop(page, products, ["p1", "p2", "p3"]);
  await expect(page.getByTestId("shop-item").filter({ hasText: /p3/ })).toHaveCount(1);
  await page.getByTestId("hide-clicked").uncheck();
  await answered(page);
  for (const view of ["ranking", "what-if", "compare", "map", "embedding"]) {
    await page.getByTestId(`open-${view}`).click();
    if (view !== "ranking") await page.getByTestId(`view-${view}`).waitFor();
    await answered(page);
    await drawn(page);
    expect(await overflow(page), view).toBeLessThanOrEqual(0);
    expect((await cutOff(page)).filter((one) => one.startsWith("beside")), view).toEqual([]);
  }
});

test("a shop with one product says why places are empty", async ({ page }) => {
  await openShop(page, [product("p1", "Only one")], ["p1"]);
  await page.getByTestId("hide-clicked").check();
  await answered(page);
  const why = "Every product is in the history";
  await expect(page.getByTestId("ranking-row")).toHaveCount(0);
  await expect(page.locator("#ranking")).toContainText(why);
  await expect(page.locator("#history")).toContainText("No bars");
  await expect(page.locator("#evolution")).toContainText(why);
  for (const view of ["model", "steps", "what-if", "map", "compare"]) {
    await page.getByTestId(`open-${view}`).click();
    await expect(page.getByTestId(`view-${view}`), view).toContainText(why);
  }
  await expect(page.getByTestId("view-compare")).toContainText("There is one product, so there is no order");
  await page.getByTestId("open-ranking").click();
  await page.getByTestId("hide-clicked").uncheck();
  await expect(page.getByTestId("ranking-row")).toHaveCount(1);
  await expect(page.locator("#ranking")).not.toContainText(why);
});
