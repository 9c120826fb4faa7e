// The steps: how one walks along them, and what their colours mean.

import { expect, type Locator } from "@playwright/test";

import { answered, open, state, test } from "../support/page.ts";
import { START } from "../support/reference/index.ts";
import { inspectedAnswer, weights } from "../support/shop.ts";
import { saved } from "../support/table.ts";

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
  const answer = inspectedAnswer(START, await open(page, "#inside=steps"));
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

test("the picture of the steps has a cell for every number", async ({ page }) => {
  const { history } = await open(page, "#inside=steps");
  const view = page.getByTestId("view-steps");
  const { text } = await saved(page, view.getByTestId("save-svg"));
  // Four states and gates of the extractor, five of the evolution, of so many units each, and attention.
  const hidden = START.evolution!.hidden(weights(START).config.network);
  expect(text.match(/h1v1h-1z/g)).toHaveLength(history.length * (9 * hidden + 1));
});
