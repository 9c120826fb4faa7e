// What the page says of its numbers in sentences: it must hold for the networks that come with it, and for every model of one's own.

import { expect, type Page } from "@playwright/test";

import { made, openMade } from "../support/made_models.ts";
import { choose, open, test } from "../support/page.ts";
import { comirecSa } from "../support/reference/comirec_sa.ts";
import { dien } from "../support/reference/dien.ts";
import { din } from "../support/reference/din.ts";
import { OTHERS, START } from "../support/reference/index.ts";
import type { Weights } from "../support/reference/weights.ts";

/** What is said of the click probability at the head of the ranking: in a few words, and in sentences once they are asked for. */
async function odds(page: Page): Promise<[string, string]> {
  const button = page.getByTestId("odds");
  const sentences = page.locator("#odds");
  await expect(sentences).toBeHidden();
  await button.tap();
  await expect(sentences).toBeVisible();
  const said: [string, string] = [(await button.textContent())!, (await sentences.textContent())!];
  await page.keyboard.press("Escape");
  await expect(sentences).toBeHidden();
  return said;
}

test.describe("what a click probability is", () => {
  test.use({ hasTouch: true });

  test("stands at the head of the ranking and in the explanation", async ({ page }) => {
    await open(page);
    const [words, sentences] = await odds(page);
    expect(words).toBe("50% is chance");
    expect(sentences).toContain("not one drawn at random");
    expect(sentences).toContain("not how often people would click");
    await page.getByTestId("about").click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("heading", { name: "The click probability" })).toBeVisible();
    await expect(dialog).toContainText("a model of your own means depends on how that was trained");
  });

  test("depends on how a model of one's own was trained, unless its file tells", async ({ page }) => {
    const weights = made(dien.small);
    await openMade(page, weights, ["p3", "p8"]);
    const [words, sentences] = await odds(page);
    expect(words).toBe("What is it?");
    expect(sentences).toContain("depends on how your model was trained");

    // This project's own training notes what it did.
    const metrics = { next_item: { uniform: { auc: 0.75, gauc: 0.75, logloss: 0.6 } } };
    const training = { seed: 1, protocol: "next_item", auxiliary: 0.5 };
    const notes = { training: JSON.stringify(training), metrics: JSON.stringify(metrics) };
    await openMade(page, { ...weights, notes }, ["p3", "p8"]);
    expect((await odds(page))[0]).toBe("50% is chance");
    await expect(page.getByTestId("status")).toContainText("Your model’s held-out AUC 0.750 (next item, uniform negatives, as its file says)");
  });
});

test("a network without an evolution says why, and beside it stands the way to one that has one", async ({ page }) => {
  await open(page);
  for (const network of OTHERS.filter((network) => !network.evolution)) {
    await choose(page, network);
    await expect(page.locator("#evolution .empty")).toHaveText(new RegExp(`^${network.name} .*, so there is no evolution to show\\. Switch to ${START.name}$`));
  }
});

test.describe("of a model of one's own", () => {
  /** Opens a view of the made-up model, and waits for its words. */
  const view = async (page: Page, weights: Weights, id: string) => {
    await openMade(page, weights, ["p3", "p8", "p3"], id);
    return page.getByTestId(`view-${id}`);
  };
  const comirec = (positions: "none" | "newest" | "oldest") => made({ ...comirecSa.small, positions });

  for (const [positions, words] of [
    ["none", "This ComiRec-SA has no positions, so it cannot tell in which order the clicks came."],
    ["newest", "ComiRec-SA knows how many clicks ago each click was"],
    ["oldest", "This ComiRec-SA knows how many clicks came before each click"],
  ] as const) {
    test(`with positions ${positions}, what it knows of the order is said`, async ({ page }) => {
      await expect((await view(page, comirec(positions), "what-if")).locator(".order")).toContainText(words);
    });
  }

  test("no category is spoken of where it has none", async ({ page }) => {
    const model = await view(page, made(dien.small, {}, true, undefined, { category_dim: 0 }), "model");
    await model.getByTestId("model-stage").first().click();
    await expect(model.locator(".stage-layer")).toContainText("Each product is a row of a table for items.");
    await expect(model.locator(".stage-layer")).not.toContainText("category");
    await page.getByTestId("open-embedding").click();
    await expect(page.locator(".evolution-map figcaption")).toHaveText(/^4 numbers of each product along two directions/);
    await expect(page.locator(".evolution-map figcaption")).not.toContainText("category");
  });

  for (const [evolution, words] of [
    ["gru", "alike for every product"],
    ["aigru", "each scaled by attention"],
    ["agru", "attention to the inspected product is what writes"],
    ["augru", "attention scales how much each of them writes"],
    ["augru-authors", "attention adds to what each of them writes"],
  ] as const) {
    test(`of the evolution ${evolution}, what attention has to do with it is said`, async ({ page }) => {
      const model = await view(page, made({ ...dien.small, evolution }), "model");
      await expect(model.locator(".stage", { hasText: "Interest evolution" })).toHaveAttribute("title", new RegExp(words));
    });
  }

  test("gates are named where there are some, and weights with them", async ({ page }) => {
    const model = await view(page, comirec("newest"), "model");
    await model.getByTestId("shared-scale").check();
    await expect(model.locator(".legends")).toContainText("Gates and weights");
  });
});

test("on the CPU nobody says that a shader computed the answer", async ({ page }) => {
  await open(page, "?backend=cpu#inside=shader");
  const shaders = page.getByTestId("view-shader");
  await expect(shaders.getByRole("heading", { level: 2 })).toHaveText("The shaders of this network");
  await expect(shaders.getByTestId("shader-who")).toContainText("the processor did");
  await choose(page, din);
  await expect(shaders.getByTestId("shader-who")).toContainText("the processor did");
});
