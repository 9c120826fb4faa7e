// Numbers that grow too large for float32: the page says so, and shows none of them as an answer, whatever computes.

import { expect } from "@playwright/test";

import { CATALOGUE, file, made, openMade } from "../support/made_models.ts";
import { answered, change, open, state, test } from "../support/page.ts";
import { din } from "../support/reference/din.ts";
import { embeddingMlp } from "../support/reference/embedding_mlp.ts";
import { ALL, START } from "../support/reference/index.ts";

/** The product of the query with one click is 3e33 in each of four numbers, and with two clicks too much. */
const TWO_ARE_TOO_MANY = made(embeddingMlp.small, {
  "embedding.item.weight": () => 5.5e16,
  "head.hidden.0.weight": () => 1e-3,
});

/** Scores overflow with the first click; without any there are none. */
const ONE_IS_TOO_MANY = made(Object.values(ALL.find((network) => network.id === din.id)!.made)[0]!.options, {
  "attention.output.weight": () => 3e38,
});

const TOO_LARGE = "model.safetensors: the numbers grow too large for float32, first in the part";

for (const backend of ["cpu", "gpu"]) {
  test(`the click with which they do leaves no probability, and undoing it brings the answer back, on the ${backend}`, async ({ page }) => {
    await page.route("**/made/model.safetensors", (route) => route.fulfill({ body: file(TWO_ARE_TOO_MANY) }));
    await page.route("**/made/catalogue.csv", (route) => route.fulfill({ body: CATALOGUE }));
    const one = await open(page, `?backend=${backend}&model=made/model.safetensors&catalogue=made/catalogue.csv&history=p1`);
    expect(one.backend).toBe(backend);
    expect(one.history).toEqual(["p1"]);
    const banner = page.locator(".banner");
    await expect(banner).toHaveCount(0);

    await page.getByTestId("shop-item").nth(3).click();
    await expect(banner).toContainText(`${TOO_LARGE} “logit”`);
    await expect(banner).toContainText("undo the last click");
    // Neither another try nor another backend would help.
    await expect(banner.getByRole("button")).toHaveCount(0);
    await expect(banner.getByRole("link")).toHaveCount(0);
    const none = await state(page);
    expect([none.network, none.probabilities, none.inspected]).toEqual([null, {}, null]);
    await expect(page.getByTestId("ranking-row")).toHaveCount(0);
    await expect(page.locator("#ranking")).not.toContainText("prepared");

    const back = await change(page, () => page.getByTestId("undo").click());
    expect(back.probabilities).toEqual(one.probabilities);
    await expect(banner).toHaveCount(0);
    expect(back.backend).toBe(backend);
  });
}

test("a model that answers nothing but an empty history is refused when it is opened", async ({ page }) => {
  await page.route("**/made/model.safetensors", (route) => route.fulfill({ body: file(ONE_IS_TOO_MANY) }));
  await page.route("**/made/catalogue.csv", (route) => route.fulfill({ body: CATALOGUE }));
  await page.goto("./?model=made/model.safetensors&catalogue=made/catalogue.csv");
  await expect(page.getByTestId("own-model-error")).toContainText(`${TOO_LARGE} “scores”`);
  expect((await answered(page)).network).toBe(START.name);
});

test("what if says it of the changed history, and the answer on the page stays", async ({ page }) => {
  const before = await openMade(page, TWO_ARE_TOO_MANY, ["p1"], "what-if");
  const view = page.getByTestId("view-what-if");
  await expect(view.getByTestId("what-if-probability")).toBeVisible();
  await view.getByTestId("what-if-item").first().click();
  await view.getByTestId("what-if-repeat").click();
  await expect(view.getByRole("alert")).toContainText(`${TOO_LARGE} “logit”`);
  await expect(view.getByTestId("what-if-probability")).toHaveCount(0);
  expect((await state(page)).probabilities).toEqual(before.probabilities);
});
