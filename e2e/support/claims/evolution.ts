// The interest evolution: attention, gates, states and the map.

import type { Inspected } from "../page.ts";
import { networkOf } from "../reference/index.ts";
import { mean } from "../reference/layers.ts";
import type { Shown } from "../shown_numbers.ts";
import { type Claims, DRAWN, toNumber } from "./claims.ts";
import type { Known } from "./index.ts";

/** Attention, gates, states and the map. */
export function evolution(claims: Claims, { evolution }: Shown, { config, products, now, grown }: Known): void {
  const words = networkOf(config.network).evolution;
  const titles = new Map(products.map(({ id, title }) => [id, title]));
  const count = now.history.length;
  claims.equal("evolution: charts", evolution.charts.length, words && count > 0 ? 3 : 0);
  if (!words || count === 0) {
    claims.equal("evolution: why there is none", /no evolution to show|Without clicks/.test(evolution.none), true);
    Object.assign(grown, { states: 0, map: 0.5 });
    return;
  }
  const [hidden, charts] = [words.hidden(config.network), words.charts(config.network)];
  const [inspected, compared] = [now.inspected!, now.compared];
  const legend = [`inspected: ${titles.get(inspected.item)}`, ...(compared ? [`compared: ${titles.get(compared.item)}`] : [])];
  claims.equal("evolution: legend", evolution.legend, legend);
  const numbers = (told: Inspected) => ({
    attention: told.attention,
    update: told.evolution!.update.map(mean),
    attentionalUpdate: told.evolution!.attentionalUpdate.map(mean),
  });
  const [here, there] = [numbers(inspected), compared && numbers(compared)];

  // Attention and the gate that it scales share an axis from round number to round number; below zero only if they go there.
  const values = [here, there].flatMap((one) => (one ? [...one.attention, ...one.attentionalUpdate] : []));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const shared: [number, number] = [least < 0 ? -roundEnd(-least) : 0, roundEnd(most)];
  const keys = ["attention", "update", "attentionalUpdate"] as const;
  evolution.charts.forEach((chart, index) => {
    const [key, [label, detail]] = [keys[index]!, charts[index]!];
    const [bottom, top] = key === "update" ? [0, 1] : shared;
    claims.equal(`${label}: label`, [chart.label, chart.detail], [label, detail]);
    claims.close(`${label}: upper end`, toNumber(chart.top), top, 1e-6);
    claims.close(`${label}: lower end`, toNumber(chart.bottom), bottom, 1e-6);
    claims.equal(`${label}: zero line`, chart.zero !== null, bottom < 0);
    if (bottom < 0) {
      claims.close(`${label}: zero line`, chart.zero?.y, -bottom / (top - bottom), DRAWN);
      claims.equal(`${label}: zero line's length`, chart.zero?.length, count);
    }
    claims.equal(`${label}: steps`, chart.width, count);
    claims.equal(`${label}: compared`, chart.compared !== null, there !== null);
    for (const [line, one] of [[chart.inspected, here], [chart.compared, there]] as const) {
      if (!one) continue;
      claims.equal(`${label}: points`, line?.map((point) => point.x), one[key].map((_, step) => step + 0.5));
      one[key].forEach((value, step) => {
        claims.close(`${label}: point ${step + 1}`, line?.[step]?.y, (value - bottom) / (top - bottom), DRAWN);
      });
    }
  });

  claims.equal("steps", evolution.steps.length, count);
  const gate = words.gate(config.network);
  evolution.steps.forEach((step, index) => {
    const what = `step ${index + 1}`;
    // The page adds in 32-bit floats.
    claims.same(`${what}: attention`, step.attention, here.attention[index]!);
    claims.close(`${what}: mean update gate`, step.update, here.update[index]!, 1e-6);
    claims.close(`${what}: mean attentional update gate`, step.attentionalUpdate, here.attentionalUpdate[index]!, 1e-6 * Math.max(1, Math.abs(step.attentionalUpdate)));
    const said = /^Step (\d+) of (\d+): (.*); attention (.*), mean update gate (.*), mean (.*) (.*)$/.exec(step.name) ?? [];
    claims.equal(`${what}: name`, said.slice(1, 4), [String(index + 1), String(count), titles.get(now.history[index]!)]);
    claims.weight(`${what}: attention in its name`, said[4] ?? "", here.attention[index]!);
    claims.weight(`${what}: update gate in its name`, said[5] ?? "", step.update);
    claims.equal(`${what}: which gate`, said[6], gate);
    claims.weight(`${what}: attentional update gate in its name`, said[7] ?? "", step.attentionalUpdate);
  });
  const newest = evolution.steps.at(-1)!;
  const [title, a, u, uTilde] = evolution.readout;
  claims.equal("readout: step", title, `Step ${count} of ${count}: ${titles.get(now.history.at(-1)!)}`);
  for (const [label, text, exact] of [["a ", a, newest.attention], ["mean u ", u, newest.update], ["mean ũ ", uTilde, newest.attentionalUpdate]] as const) {
    claims.equal(`readout: ${label}`, text?.startsWith(label), true);
    claims.weight(`readout: ${label}`, text?.slice(label.length) ?? "", exact);
  }

  const states = evolution.states!;
  const all = inspected.evolution!.states;
  grown.states = Math.max(grown.states, roundEnd(Math.max(...all.flat().map(Math.abs))));
  const endText = states.name.split(" ").at(-1)!;
  const end = toNumber(endText);
  claims.close("states: end of the scale", end, grown.states, 1e-6 * grown.states);
  claims.equal("states: scale", states.ends, `−${endText}${endText}`);
  claims.equal("states: scale in words", states.name, `colours from minus ${endText} to ${endText}`);
  claims.equal("states: label", states.label.startsWith(`Evolution state h′ ${hidden} hidden units, one line each`), true);
  claims.equal("states: cells", [states.size, states.cells.length], [[count, hidden], count * hidden]);
  claims.equal("states: colours that differ", new Set(states.scale).size, 9);
  const seen = new Set<string>();
  for (const { step, unit, colour } of states.cells) {
    seen.add(`${step} ${unit}`);
    const value = all[step]?.[unit] ?? NaN;
    // Nine equal parts of the scale.
    const middle = (((states.scale.indexOf(colour) + 0.5) / 9) * 2 - 1) * end;
    claims.close(`states: colour of step ${step + 1}, unit ${unit + 1}`, middle, value, (1.00001 * end) / 9);
  }
  claims.equal("states: every cell", seen.size, count * hidden);

  const map = evolution.map!;
  const both = [...(compared ? [compared] : []), inspected];
  const farthest = Math.max(...both.flatMap((one) => one.evolution!.path.flat()).map(Math.abs));
  // Axes end a little beyond what they hold: at multiples of a half, or round numbers where that is far out.
  const beyond = 1.05 * farthest;
  grown.map = Math.max(grown.map, beyond > 50 ? roundEnd(beyond) : Math.ceil(2 * beyond) / 2);
  claims.equal("map: ends", map.ends.length, 2);
  map.ends.forEach((end) => claims.close("map: end", toNumber(end), grown.map, 1e-6 * grown.map));
  const apart = Math.max(0.5, roundEnd(grown.map / 10));
  const lines = Array.from({ length: Math.ceil(grown.map / apart) - 1 }, (_, index) => (100 * (index + 1) * apart) / grown.map);
  const drawn = lines.flatMap((at) => [at, -at]);
  claims.equal("map: grid lines", map.grid.length, drawn.length);
  drawn.forEach((at, index) => claims.close("map: grid line", map.grid[index], at, 100 * DRAWN));
  claims.equal("map: paths", map.paths.map((path) => [path.product, path.item]), both.map((one) => [one === inspected ? "inspected" : "compared", one.item]));
  map.paths.forEach((path, index) => {
    const is = both[index]!.evolution!.path;
    const what = `map, ${path.product}`;
    claims.equal(`${what}: points`, [path.exact.length, path.points.length], [count + 1, count + 1]);
    is.forEach(([x, y], step) => {
      claims.same(`${what}: x ${step}`, path.exact[step]![0]!, x);
      claims.same(`${what}: y ${step}`, path.exact[step]![1]!, y);
      claims.close(`${what}: drawn x ${step}`, path.points[step]![0], (100 * x) / grown.map, 100 * DRAWN);
      claims.close(`${what}: drawn y ${step}`, path.points[step]![1], (-100 * y) / grown.map, 100 * DRAWN);
      const [, when, textX, textY] = /^.*: (.*?): (\S+), (\S+)$/.exec(path.titles[step]!) ?? [];
      claims.equal(`${what}: title ${step}`, when, step === 0 ? "start, before any click" : `after click ${step} of ${count}`);
      claims.same(`${what}: title's x ${step}`, Number(textX), x);
      claims.same(`${what}: title's y ${step}`, Number(textY), y);
    });
  });
}

/** The smallest of 1, 2 and 5 times a power of ten that is not below `value`. */
function roundEnd(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((end) => end >= value * 0.999999)!;
}
