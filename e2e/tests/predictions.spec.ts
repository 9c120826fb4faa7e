// What a model's own library predicts proves how its file is read.

import { expect } from "@playwright/test";

import { compose, drop, fuxictr, parse, repository, upload, weightsOf } from "../support/files.ts";
import { choose, running } from "../support/own_model.ts";
import { change, open, test } from "../support/page.ts";
import { START } from "../support/reference/index.ts";

const DIN = fuxictr("fuxi_din_1_sizes");
const DIEN = fuxictr("fuxi_dien_AUGRU_bilinear_attention_1_bn");

const { tensors } = parse(DIN.model.buffer);
// As a user's file is, without a word on options.
const bare = upload("bare.safetensors", compose({ tensors, metadata: {} }));
const said = (probability: number) => ({ history: DIN.history, candidate: DIN.target, probability });
const json = (probability: number) => JSON.stringify([said(probability)]);

test("pasted, they settle what the file does not say, and the page says so", async ({ page }) => {
  await open(page);
  await choose(page, { model: bare, catalogue: DIN.catalogue });
  await running(page, { model: bare });
  await page.getByText("Or paste predictions").click();
  await page.getByTestId("predictions-paste").fill(json(DIN.probability));
  await page.getByTestId("predictions-compare").click();
  const proof = page.getByTestId("own-model-proof");
  await expect(proof).toContainText(/It gives 1 prediction of the library, off by \d\.\de-\d at most\./);
  await expect(proof).toContainText("normalization: softmax");
  await expect(page.getByTestId("own-model-checked")).toContainText("checked with 1 prediction of the library");
  await expect(page.getByTestId("own-model-unchecked")).toHaveCount(0);
  const state = await running(page, { model: bare });
  await page.getByTestId("own-model-see").click();
  let now = state;
  for (const id of DIN.history) {
    now = await change(page, () => page.locator(`[data-testid="shop-item"][data-item="${id}"]`).click());
  }
  // 1e-5, as everywhere between two implementations in 32-bit floats.
  expect(Math.abs(now.probabilities[DIN.target]! - DIN.probability)).toBeLessThan(1e-5);
});

test("dropped with model and catalogue, as CSV", async ({ page }) => {
  await open(page);
  const csv = `history,candidate,probability\n${DIN.history.join(" ")},${DIN.target},${DIN.probability}\n`;
  await drop(page, [upload("predictions.csv", csv), bare, DIN.catalogue]);
  await running(page, { model: bare });
  await expect(page.getByTestId("own-model-proof")).toContainText("normalization: softmax");
});

test("those of another model are refused, and so is what is none; the model before goes on", async ({ page }) => {
  await open(page);
  await choose(page, DIEN);
  const before = await running(page, DIEN);
  const error = page.getByTestId("own-model-error");
  for (const [name, content, why] of [
    ["wrong.json", json(1 - DIN.probability), /none of \d+ ways to read it gives the answers; the nearest is off by \d\.\de-\d/],
    ["products.json", json(DIN.probability).replace(DIN.target, "nobody"), /products\.json: names "nobody", which the catalogue does not have/],
    ["percent.json", json(42), /percent\.json: answer 1: probability 42 is not between 0 and 1/],
    ["columns.csv", "history,candidate\n1,2\n", /columns\.csv.*probability/],
    ["nothing.csv", "", /nothing\.csv is empty/],
  ] as const) {
    await test.step(name, async () => {
      await drop(page, [bare, DIN.catalogue]);
      await running(page, { model: bare });
      await page.getByTestId("predictions-file").setInputFiles(upload(name, content));
      await expect(error).toContainText(why);
      await expect(error).toContainText("Nothing has changed");
    });
  }
  await page.getByRole("button", { name: "Start again" }).click();
  await drop(page, [DIEN.model, DIEN.catalogue]);
  expect((await running(page, DIEN)).probabilities).toEqual(before.probabilities);
});

test("a network of this project is compared, too", async ({ page }) => {
  const demo = await open(page);
  const [best] = Object.entries(demo.probabilities).sort(([, a], [, b]) => b - a);
  const predictions = JSON.stringify([{ history: demo.history, candidate: best![0], probability: best![1] }]);
  const mine = upload("mine.safetensors", repository(`assets/${START.id}.safetensors`));
  await drop(page, [mine, upload("predictions.json", predictions)]);
  await running(page, { model: mine });
  await expect(page.getByTestId("own-model-checked")).toContainText("checked with 1 prediction");
});

test("whose the features of the user are can be said, and a value that is none is refused", async ({ page }) => {
  // With a row for each user, as it was saved.
  const model = weightsOf("fuxi_dien_AUGRU_bilinear_attention_1_bn");
  await open(page);
  await choose(page, { model, catalogue: DIEN.catalogue });
  const mean = await running(page, { model });
  const user = page.locator('[data-testid="own-model-user"][data-feature="user_id"]');
  await expect(user).toContainText(/user_id, a row of its table, of \d+; their mean where it is empty/);
  const said = async (value: string) => {
    await user.getByRole("textbox").fill(value);
    await user.getByRole("textbox").press("Enter");
  };
  await said("2");
  await expect.poll(async () => (await running(page, { model })).probabilities).not.toEqual(mean.probabilities);
  const second = await running(page, { model });
  await expect(user.getByRole("textbox")).toHaveValue("2");

  // Predictions of that user's prove it, and say nothing more of the user.
  const [best] = Object.entries(second.probabilities);
  await page.getByText("Or paste predictions").click();
  await page.getByTestId("predictions-paste").fill(JSON.stringify([{ history: [], candidate: best![0], probability: best![1] }]));
  await page.getByTestId("predictions-compare").click();
  await expect(page.getByTestId("own-model-proof")).toContainText("It gives 1 prediction of the library");
  await expect(page.getByTestId("own-model-proof")).not.toContainText("context: user_id");

  await said("nobody");
  await expect(page.getByTestId("own-model-error")).toContainText("user_id=nobody: invalid float literal");
  expect((await running(page, { model })).probabilities).toEqual(second.probabilities);
});
