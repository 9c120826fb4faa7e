// Side by side: both networks' numbers are those of their equations, and what is not as trained says so.

import { expect, type Page } from "@playwright/test";

import { attributes, distance, numbers } from "../support/numbers.ts";
import { change, choose, open, state, test } from "../support/page.ts";
import { type ComirecSa, comirecSa } from "../support/reference/comirec_sa.ts";
import { dien, type EvolutionLayer } from "../support/reference/dien.ts";
import { din } from "../support/reference/din.ts";
import { embeddingMlp } from "../support/reference/embedding_mlp.ts";
import { OTHERS, START } from "../support/reference/index.ts";
import type { Normalization } from "../support/reference/layers.ts";
import type { Weights } from "../support/reference/weights.ts";
import { ask, IDS, probabilities as allProbabilities, weights } from "../support/shop.ts";

const view = (page: Page) => page.getByTestId("view-compare");
const side = (page: Page, place: number) => view(page).getByTestId("compare-side").nth(place);

interface Settings {
  normalization?: Normalization;
  evolution?: EvolutionLayer;
  readout?: ComirecSa["readout"];
}

/** The weights of a network that come with the page, under other settings. */
function under(network: { id: string }, settings: Settings): Weights {
  const asked = JSON.stringify([network.id, settings]);
  let known = changed.get(asked);
  if (!known) {
    const found = weights(network);
    const options = { ...found.config.network, ...settings } as typeof found.config.network;
    known = { ...found, config: { ...found.config, network: options } };
    changed.set(asked, known);
  }
  return known;
}
/** What was asked for before is the same again, and is computed once. */
const changed = new Map<string, Weights>();

/**
 * Kendall's τ-b by its definition, pair after pair, and how far it can be off where numbers are right to `tolerance` only: pairs
 * that are no further apart may be in either order, or tied.
 */
function kendall(x: number[], y: number[], tolerance: number): { tau: number; slack: number } {
  let [sum, ofX, ofY, open] = [0, 0, 0, 0];
  for (let a = 0; a < x.length; a++) {
    for (let b = 0; b < a; b++) {
      const [dx, dy] = [x[a]! - x[b]!, y[a]! - y[b]!];
      sum += Math.sign(dx) * Math.sign(dy);
      ofX += Math.abs(Math.sign(dx));
      ofY += Math.abs(Math.sign(dy));
      if (Math.min(Math.abs(dx), Math.abs(dy)) <= 2 * tolerance) open++;
    }
  }
  const pairs = Math.sqrt(ofX * ofY);
  return { tau: sum / pairs, slack: (2 * open) / pairs };
}

/** Holds both sides against the equations. */
async function check(page: Page, sides: [Weights, Weights], isTrained = true): Promise<void> {
  const { history, inspected } = await state(page);
  const item = inspected!.item;
  const answers = sides.map((side) => ask(side)(history)(item));
  // Without the softmax that the weights know, scores are large, and so are the roundings of sums of them.
  const tolerance = isTrained ? 1e-5 : 1e-4;
  const close = (found: number[], wanted: number[]) => expect(distance(found, wanted)).toBeLessThanOrEqual(tolerance);
  const probabilities = sides.map((side) => allProbabilities(side, history));
  await expect(async () => {
    close(await numbers(view(page).getByTestId("compare-probability"), "data-probability"), answers.map((answer) => answer.probability));
  }).toPass({ timeout: 60_000 });
  for (const [place, letter] of ["a", "b"].entries()) {
    const weights = view(page).locator(`[data-testid=compare-attention][data-side=${letter}]`);
    close(await numbers(weights, "data-attention"), answers[place]!.attention);
    const rows = view(page).getByTestId("compare-ranking").nth(place).getByTestId("compare-row");
    const best = IDS.map((_, row) => row)
      .filter((row) => !history.includes(IDS[row]!))
      .sort((a, b) => probabilities[place]![b]! - probabilities[place]![a]! || a - b)
      .slice(0, 10);
    close(await numbers(rows, "data-probability"), best.map((row) => probabilities[place]![row]!));
    const listed = await attributes(rows, "data-item");
    if (isTrained) expect(listed).toEqual(best.map((row) => IDS[row]!));
    // Scores so large make many products certain, which 32 bits cannot order.
    else close(listed.map((id) => probabilities[place]![IDS.indexOf(id)]!), best.map((row) => probabilities[place]![row]!));
  }
  const { tau, slack } = kendall(probabilities[0]!, probabilities[1]!, tolerance);
  const shownTau = async () => Number(await view(page).getByTestId("kendall-tau").getAttribute("data-tau"));
  // Trained, the probabilities are right to far less than their tolerance; without the softmax that the weights know they are not.
  await expect.poll(async () => Math.abs((await shownTau()) - tau)).toBeLessThan(isTrained ? 1e-4 : slack);
  // The table has the best of both.
  await view(page).getByTestId("table-toggle").click();
  await expect(view(page).locator("tbody tr").nth(history.length + 99)).toBeAttached();
  const shown = await view(page).locator("tbody tr").evaluateAll((rows) => rows.map((row) => Array.from(row.children, (cell) => cell.textContent!)));
  await view(page).getByTestId("table-toggle").click();
  for (const [place, column] of [5, 6].entries()) {
    close(shown.map((row) => Number(row[column])), shown.map((row) => probabilities[place]![IDS.indexOf(row[0]!)]!));
  }
}

for (const network of OTHERS) {
  test(`${START.name} and ${network.name} are compared on the same history, and follow it`, async ({ page }) => {
    await open(page, "#inside=compare");
    const choice = view(page).getByTestId("compare-network");
    await expect(choice).toHaveValue(din.id);
    await choice.selectOption(network.id);
    await check(page, [weights(START), weights(network)]);
    await change(page, () => page.getByTestId("shop-item").nth(4).click());
    await check(page, [weights(START), weights(network)]);
    const third = OTHERS.find((other) => other !== network)!;
    await choose(page, third);
    await check(page, [weights(third), weights(network)]);
  });
}

test("settings that the weights were not trained with change the numbers, and say so", async ({ page }) => {
  await open(page, "#inside=compare");
  await view(page).getByTestId("compare-network").selectOption(dien.id);
  const [a, b] = [side(page, 0), side(page, 1)];
  await expect(b.getByTestId("compare-caveat")).toHaveText("With its weights as they were trained.");
  await check(page, [weights(dien), weights(dien)]);
  await expect(view(page).getByTestId("kendall-tau")).toHaveAttribute("data-tau", "1");
  const evolutions: EvolutionLayer[] = ["aigru", "agru", "augru", "augru-authors"];
  for (const [place, evolution] of evolutions.entries()) {
    await b.getByTestId("compare-evolution").selectOption(String(place));
    await check(page, [weights(dien), under(dien, { evolution })], evolution === "augru");
    const caveat = b.getByTestId("compare-caveat");
    if (evolution === "augru") await expect(caveat).toHaveText("With its weights as they were trained.");
    else await expect(caveat).toContainText("not what a network trained so would say");
  }
  const normalizations: Normalization[] = ["none", "softmax", "scaled-softmax"];
  for (const [place, normalization] of normalizations.entries()) {
    await a.getByTestId("compare-normalization").selectOption(String(place));
    await check(page, [under(dien, { normalization }), under(dien, { evolution: "augru-authors" })], false);
  }
  await expect(a.getByTestId("compare-caveat")).toContainText("were trained with softmax and the paper’s AUGRU");

  // Another network has settings of its own.
  await view(page).getByTestId("compare-network").selectOption(din.id);
  await expect(b.getByTestId("compare-evolution")).toHaveCount(0);
  await b.getByTestId("compare-normalization").selectOption("1");
  await check(page, [under(dien, { normalization: "scaled-softmax" }), under(din, { normalization: "softmax" })], false);
  await view(page).getByTestId("compare-network").selectOption(comirecSa.id);
  await expect(b.getByTestId("compare-normalization")).toHaveCount(0);
  await b.getByTestId("compare-readout").selectOption("1");
  await check(page, [under(dien, { normalization: "scaled-softmax" }), under(comirecSa, { readout: "argmax" })], false);
  await expect(b.getByTestId("compare-caveat")).toContainText("With the paper’s best interest alone");
  await view(page).getByTestId("compare-network").selectOption(embeddingMlp.id);
  await expect(b.getByTestId("compare-readout")).toHaveCount(0);
  await check(page, [under(dien, { normalization: "scaled-softmax" }), weights(embeddingMlp)], false);
});

test("places on the other side are what the changes count", async ({ page }) => {
  await open(page, "#inside=compare");
  await check(page, [weights(dien), weights(din)]);
  const { history } = await state(page);
  const orders = [dien, din].map((network) => {
    const probabilities = allProbabilities(weights(network), history);
    const rows = IDS.map((_, row) => row).filter((row) => !history.includes(IDS[row]!));
    return rows.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b).map((row) => IDS[row]!);
  });
  for (const place of [0, 1]) {
    const changes = view(page).getByTestId("compare-ranking").nth(place).locator(".change");
    const wanted = orders[place]!.slice(0, 10).map((id, index) => {
      const moved = orders[1 - place]!.indexOf(id) - index;
      return moved === 0 ? "=" : `${moved > 0 ? "▲" : "▼"}${Math.abs(moved).toLocaleString("en")}`;
    });
    await expect(changes).toHaveText(wanted);
  }
});
