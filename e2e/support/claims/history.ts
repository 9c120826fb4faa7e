// The history: a bar and a curve a click, and the product that they are for.

import { networkOf } from "../reference/index.ts";
import type { Shown } from "../shown_numbers.ts";
import { type Claims, DRAWN, lastNumber, midSentence } from "./claims.ts";
import type { Known } from "./index.ts";

/** Bars, curves, and the product they are for. */
export function history(claims: Claims, { history, scale }: Shown, { name, config, products, now }: Known): void {
  const titles = new Map(products.map(({ id, title }) => [id, title]));
  const count = now.history.length;
  const inspected = now.inspected!;
  const meaning = networkOf(config.network).meaning(config.network);
  claims.equal("history: count", history.count, count === 0 ? "" : count === 1 ? "1 click" : `${count} clicks, oldest to newest`);
  claims.equal("history: bars", history.bars.length, count);
  if (count === 0) return;
  claims.equal("history: label", history.label, `Bars: ${midSentence(name)}’s ${meaning} of each click`);
  claims.equal("history: inspected product", history.inspected, titles.get(inspected.item));
  claims.percent("history: probability", history.probability, inspected.probability);
  claims.equal("history: exact probability", history.probabilityTitle.startsWith("click probability "), true);
  claims.same("history: exact probability", lastNumber(history.probabilityTitle), inspected.probability);
  claims.equal("history: compared product", history.compared, now.compared ? `Lines: for ${titles.get(now.compared.item)}` : "");

  // The axis holds every weight of the inspected product, zero, and those of the compared one as far as half of its length is left
  // for the inspected one's. What is beyond an end is at it.
  const ends = (weights: number[]) => [Math.min(0, ...weights), Math.max(0, ...weights)] as const;
  const [[ownLeast, ownMost], [theirLeast, theirMost]] = [ends(inspected.attention), ends(now.compared?.attention ?? [])];
  const room = ownMost > ownLeast ? (ownMost - ownLeast) / 2 : Infinity;
  const [least, most] = [Math.min(ownLeast, Math.max(theirLeast, ownLeast - room)), Math.max(ownMost, Math.min(theirMost, ownMost + room))];
  const height = (weight: number) => (most > least ? (Math.min(most, Math.max(least, weight)) - least) / (most - least) : 0);
  const share = (weight: number) => Math.abs(weight) / Math.max(most, -least);
  history.bars.forEach((bar, step) => {
    const what = `bar ${step + 1}`;
    const weight = inspected.attention[step]!;
    const compared = now.compared?.attention[step];
    claims.equal(`${what}: product`, [bar.item, bar.title], [now.history[step], titles.get(now.history[step]!)]);
    claims.same(`${what}: weight`, bar.weight, weight);
    claims.weight(`${what}: text`, bar.text, weight);
    const [exact, exactCompared] = bar.exact.split("; for the compared product ");
    claims.same(`${what}: on hover`, Number(exact), weight);
    if (compared !== undefined) claims.same(`${what}: compared, on hover`, Number(exactCompared), compared);
    const said = /^Click (\d+) of (\d+): (.*); (.*?) (−?[\d.]+)(?:, for the compared product (−?[\d.]+))?$/.exec(bar.name) ?? [];
    const place = [String(step + 1), String(count), titles.get(now.history[step]!), meaning];
    claims.equal(`${what}: name`, said.slice(1, 5), place);
    claims.weight(`${what}: number in its name`, said[5] ?? "", weight);
    if (compared !== undefined) claims.weight(`${what}: compared, in its name`, said[6] ?? "", compared);
    claims.close(`${what}: zero line`, bar.zero, height(0), DRAWN);
    claims.close(`${what}: lower end`, bar.from, Math.min(height(weight), height(0)), DRAWN);
    claims.close(`${what}: upper end`, bar.to, Math.max(height(weight), height(0)), DRAWN);
    claims.equal(`${what}: compared line`, bar.compared !== null, compared !== undefined);
    // Its middle: half of three pixels is up to 1/50 of the axis where that is short, and is not rounded away.
    if (compared !== undefined) claims.close(`${what}: compared line`, bar.compared, height(compared), DRAWN);
    claims.equal(`${what}: below zero`, bar.negative, weight < 0);
    if (weight < 0) claims.equal(`${what}: colour`, bar.colour, scale.negative);
    else claims.close(`${what}: lightness`, bar.lightness, scale.low + share(weight) * (scale.high - scale.low), 2 * DRAWN);
  });
  claims.equal("curves: one for each click in view", history.curves.length, history.visible);
  for (const curve of history.curves) {
    const what = `curve ${curve.step + 1}`;
    const weight = inspected.attention[curve.step]!;
    claims.close(`${what}: width`, curve.width, 1 + 4 * share(weight), 4 * DRAWN);
    claims.close(`${what}: opacity`, curve.opacity, 0.15 + 0.65 * share(weight), DRAWN);
    claims.equal(`${what}: dashed below zero`, curve.dashed, weight < 0);
  }
}
