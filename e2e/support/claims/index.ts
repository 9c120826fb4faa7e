// What each number, label and end of a scale on the page must be: one claim a line, [what, what is shown, what is true].
// True is what the engine holds (`window.interestLens`), to the last bit, and that again is what the equations of
// `reference/` give, within the tolerances of the native tests.

import { expect } from "@playwright/test";

import type { Inspected, State } from "../page.ts";
import type { Product } from "../made_models.ts";
import type { Answer, Config } from "../reference/index.ts";
import { sigmoid } from "../reference/index.ts";
import type { Shown } from "../shown_numbers.ts";

/** What is known when the page is looked at. */
export interface Known {
  /** The name on the page: a network's, or "Your model". */
  name: string;
  config: Config;
  /** The equations for the present history, by row of the product. */
  equations: (item: number) => Answer;
  products: Product[];
  /** Whether the shop is the page's own: its prices are pounds. */
  demo: boolean;
  now: State;
  /** The answer before the last change of history or network. */
  before: State | null;
  /** The product that was chosen to be inspected; null where the best one is. */
  chosen: string | null;
  /** The product that was chosen to be compared with it, null for none; undefined where the page chooses. */
  compared: string | null | undefined;
  /** Whether products in the history are in the ranking, too. */
  all: boolean;
  /** AUC for the next item against uniform negatives; null where nobody measured it. */
  auc: number | null;
  /** Ends of the scales that only grow, as long as there is an evolution to show. */
  grown: { states: number; map: number };
}

/** 32-bit sums in another order than the equations', as in the native tests: of what is at most 1, … */
const SHARE = 1e-5;
/** … and of states, gates, scores and logits, times the number itself where that is above 1. */
const STATE = 1e-4;
/** Of positions: the page writes them in hundredths of a per cent, the browser rounds to 1/64 of a pixel. */
const DRAWN = 1e-3;

export class Claims {
  private wrong: string[] = [];
  count = 0;

  equal(what: string, shown: unknown, is: unknown): void {
    this.count++;
    if (JSON.stringify(shown) !== JSON.stringify(is)) this.wrong.push(`${what}: ${JSON.stringify(shown)} is ${JSON.stringify(is)}`);
  }

  close(what: string, shown: number | null | undefined, is: number, tolerance: number): void {
    this.count++;
    // Written so that what is not a number is wrong.
    if (!(Math.abs((shown ?? NaN) - is) <= tolerance)) this.wrong.push(`${what}: ${shown} is ${is}`);
  }

  /** The same 32-bit float. */
  same(what: string, shown: number, is: number): void {
    this.equal(what, Math.fround(shown), Math.fround(is));
  }

  /** Lists of any depth, number by number. */
  all(what: string, shown: unknown, is: unknown, tolerance: number): void {
    if (!Array.isArray(shown) || !Array.isArray(is)) {
      const [a, b] = [shown as number, is as number];
      return this.close(what, a, b, tolerance === SHARE ? SHARE : tolerance * Math.max(1, Math.abs(b)));
    }
    this.equal(`${what}: how many`, shown.length, is.length);
    shown.forEach((one, index) => this.all(`${what} ${index + 1}`, one, is[index], tolerance));
  }

  /** `text` is `exact` rounded to its own number of decimals, which are at least `decimals`, with a true minus sign. */
  rounded(what: string, text: string, exact: number, decimals: number): void {
    const [, digits, power] = /^−?\d+(?:\.(\d+))?(·10\S+)?$/.exec(text) ?? [];
    const value = toNumber(text);
    const found = (digits?.length ?? 0) - Math.round(power ? Math.log10(toNumber(`1${power}`)) : 0);
    this.close(what, value, exact, 0.5 * 10 ** -found + 1e-7 * Math.abs(exact));
    this.equal(`${what}: decimals`, found >= decimals || Math.abs(exact) >= 1e6, true);
    this.equal(`${what}: no negative zero`, text.startsWith("−") && value === 0, false);
  }

  /** A weight or gate: three decimals, fewer from 10 on. */
  weight(what: string, text: string, exact: number): void {
    this.rounded(what, text, exact, Math.abs(exact) < 9.99 ? 3 : 0);
  }

  /** A probability in per cent. */
  percent(what: string, text: string, probability: number): void {
    const percent = 100 * probability;
    if (text === "<0.01%") this.equal(what, percent > 0 && percent < 0.01, true);
    else if (text === ">99.9%") this.equal(what, percent < 100 && percent >= 99.95, true);
    else {
      this.equal(`${what}: unit`, text.endsWith("%"), true);
      this.rounded(what, text.slice(0, -1), percent, percent === 0 ? 0 : percent < 9.9 ? 2 : 1);
    }
  }

  /** Fails with every claim that is wrong. */
  check(): void {
    expect(this.wrong).toEqual([]);
    expect(this.count).toBeGreaterThan(0);
  }
}

/** What one weight of a click is. */
export function meaning({ network }: Config): string {
  switch (network.name) {
    case "embedding-mlp":
      return "equal weight wⱼ";
    case "tin":
      return "softmax weight αⱼ";
    case "din":
      return network.normalization === "none" ? "unnormalised score wⱼ" : "softmax weight wⱼ";
    case "dien":
      if (network.attention.name === "none") return "weight aₜ, 1 at the last step,";
      return network.normalization === "none" ? "unnormalised score aₜ" : "softmax weight aₜ";
  }
}

/** Whether the weights of the clicks are shares of one. */
function sharesOfOne({ network }: Config): boolean {
  if (network.name === "embedding-mlp") return network.pooling === "mean";
  if (network.name === "dien" && network.attention.name === "none") return true;
  return network.name === "tin" || network.normalization !== "none";
}

/** The labels of the three charts. */
function chartLabels({ network }: Config): [string, string][] {
  if (network.name !== "dien") return [];
  const mean = "mean over hidden units";
  const attention = {
    none: "scores, not normalised",
    softmax: "softmax over the steps",
    "scaled-softmax": "softmax of score/√d over the steps, d hidden units",
  }[network.normalization];
  return [
    ["Attention a", network.attention.name === "none" ? "1 at the last step" : attention],
    [
      "Update gate u",
      network.evolution === "agru" ? `${mean}; without effect: attention takes its place` : `${mean}; 1 writes, 0 keeps`,
    ],
    {
      augru: ["Attentional update gate ũ = a·u", mean] as [string, string],
      "augru-authors": ["Attentional update gate ũ = 1 − (1−a)(1−u)", mean] as [string, string],
      agru: ["Gate that writes, ũ = a", "attention takes the update gate’s place"] as [string, string],
      aigru: ["Gate that writes, ũ = u", `${mean}; attention scales the input`] as [string, string],
      gru: ["Gate that writes, ũ = u", `${mean}; attention weighs the states`] as [string, string],
    }[network.evolution],
  ];
}

/** All claims about one look at the page. */
export function claims(shown: Shown, known: Known): Claims {
  const claims = new Claims();
  engine(claims, known);
  history(claims, shown, known);
  ranking(claims, shown, known);
  evolution(claims, shown, known);
  around(claims, shown, known);
  return claims;
}

/** The engine's numbers are those of the equations. */
function engine(claims: Claims, { config, equations, products, now }: Known): void {
  const row = (id: string) => products.findIndex((product) => product.id === id);
  const one = (which: string, told: Inspected | null) => {
    if (!told) return;
    const is = equations(row(told.item));
    claims.close(`${which}: probability is σ(logit)`, told.probability, sigmoid(told.logit), SHARE);
    claims.all(`${which}: logit`, told.logit, is.logit, STATE);
    claims.same(`${which}: probability in the ranking`, told.probability, now.probabilities[told.item]!);
    claims.all(`${which}: score`, told.scores, is.scores, STATE);
    claims.all(`${which}: weight`, told.attention, is.attention, sharesOfOne(config) ? SHARE : STATE);
    if (sharesOfOne(config) && now.history.length > 0) {
      claims.close(`${which}: sum of weights`, told.attention.reduce((a, b) => a + b), 1, SHARE);
    }
    if (told.interest) claims.all(`${which}: interest`, told.interest, is.interest, STATE);
    claims.equal(`${which}: has an evolution`, told.evolution !== null, is.evolution !== null);
    if (!told.evolution || !is.evolution) return;
    const { evolution } = told;
    const { states } = is.evolution;
    for (const part of ["interestStates", "states"] as const) {
      claims.all(`${which}: ${part}`, evolution[part], is.evolution[part], STATE);
    }
    for (const part of ["reset", "update", "attentionalUpdate", "candidate"] as const) {
      claims.equal(`${which}: ${part}: how many`, evolution[part].length, states.length);
      is.evolution[part].forEach((values, step) => {
        // Sums over the state before round as it is large, which is 1 at most unless attention is no share.
        const before = Math.max(1, ...(states[step - 1] ?? []).map(Math.abs));
        claims.all(`${which}: ${part} ${step + 1}`, evolution[part][step], values, STATE * before);
      });
    }
    if (is.evolution.path) claims.all(`${which}: path`, told.evolution.path, is.evolution.path, STATE);
  };
  one("inspected", now.inspected);
  one("compared", now.compared);
  // The whole catalogue where that is quick, else every fortieth product.
  const every = now.history.length * products.length > 12_000 ? 40 : 1;
  products.forEach(({ id }, item) => {
    if (item % every === 0) claims.close(`probability of ${id}`, now.probabilities[id], equations(item).probability, SHARE);
  });
}

/** Bars, curves, and the product they are for. */
function history(claims: Claims, { history, scale }: Shown, { name, config, products, now }: Known): void {
  const titles = new Map(products.map(({ id, title }) => [id, title]));
  const count = now.history.length;
  const inspected = now.inspected!;
  claims.equal("history: count", history.count, count === 0 ? "" : `${count} ${count === 1 ? "click" : "clicks"}, oldest to newest`);
  claims.equal("history: bars", history.bars.length, count);
  if (count === 0) return;
  claims.equal("history: label", history.label, `Bars: ${midSentence(name)}’s ${meaning(config)} of each click`);
  claims.equal("history: inspected product", history.inspected, titles.get(inspected.item));
  claims.percent("history: probability", history.probability, inspected.probability);
  claims.equal("history: exact probability", history.probabilityTitle.startsWith("click probability "), true);
  claims.same("history: exact probability", lastNumber(history.probabilityTitle), inspected.probability);
  claims.equal("history: compared product", history.compared, now.compared ? `Lines: for ${titles.get(now.compared.item)}` : "");

  // The axis holds every weight of both products, and zero.
  const all = [...inspected.attention, ...(now.compared?.attention ?? []), 0];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const height = (weight: number) => (most > least ? (weight - least) / (most - least) : 0);
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
    const place = [String(step + 1), String(count), titles.get(now.history[step]!), meaning(config)];
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

/** Identifiers of the products by click probability, equal ones in the catalogue's order. */
function order({ history, probabilities }: State, products: Product[], all: boolean): string[] {
  const rest = products.map(({ id }) => id).filter((id) => all || !history.includes(id));
  return rest.sort((a, b) => probabilities[b]! - probabilities[a]!);
}

/** Places, probabilities and how the places changed. */
function ranking(claims: Claims, { ranking, summary, status }: Shown, { name, products, now, before, chosen, compared: chosenToo, all }: Known): void {
  const product = new Map(products.map((product) => [product.id, product]));
  const places = order(now, products, all);
  const placesBefore = before && order(before, products, all);
  claims.equal("ranking: label", ranking.label, `click probability by ${midSentence(name)}`);
  const since = before?.network === now.network ? "▲▼ places since the change before" : `▲▼ places against ${before?.network}`;
  claims.equal("ranking: what the changes are against", ranking.against, before ? since : "");
  const [inspected, compared] = [now.inspected!.item, now.compared?.item];
  // The inspected and the compared one are there wherever they are ranked, last what has no place.
  const place = (id: string) => (places.includes(id) ? places.indexOf(id) : Infinity);
  const others = [inspected, compared].filter((id) => id !== undefined).filter((id) => place(id) >= 20);
  const expected = [...places.slice(0, 20), ...others.sort((a, b) => (place(a) < place(b) ? -1 : 1))];
  claims.equal("ranking: products", ranking.rows.map((row) => row.item), expected);
  for (const row of ranking.rows) {
    const what = `row of ${row.item}`;
    const [place, placeBefore] = [places.indexOf(row.item) + 1, (placesBefore?.indexOf(row.item) ?? -1) + 1];
    const probability = now.probabilities[row.item]!;
    claims.equal(`${what}: title`, row.title, product.get(row.item)?.title);
    claims.equal(`${what}: place`, [row.place, row.placeTitle], place > 0 ? [grouped(place), ""] : ["–", "in your history"]);
    claims.same(`${what}: probability`, row.probability, probability);
    claims.percent(`${what}: text`, row.text, probability);
    claims.equal(`${what}: what the number is`, row.exact.startsWith("click probability "), true);
    claims.same(`${what}: on hover`, lastNumber(row.exact), probability);
    claims.close(`${what}: meter`, row.meter, probability, DRAWN);
    const [up, down] = [place > 0 && placeBefore > place, placeBefore > 0 && placeBefore < place];
    const change = !before || place === 0 ? "" : placeBefore === 0 ? "new" : up ? `▲${grouped(placeBefore - place)}` : down ? `▼${grouped(place - placeBefore)}` : "";
    claims.equal(`${what}: change`, [row.change, row.up, row.down], [change, up, down]);
    claims.equal(`${what}: marks`, [row.inspected, row.compared], [row.item === inspected, row.item === compared]);
    claims.equal(`${what}: apart`, row.apart, place > 20 || place === 0);
  }
  // Where no product was chosen, the best is inspected, and compared with the best of another category.
  claims.equal("ranking: inspected", inspected, chosen ?? places[0]);
  const other = places.find((id) => product.get(id)!.category !== product.get(inspected)!.category);
  claims.equal("ranking: compared", compared ?? null, chosenToo === undefined ? other : chosenToo);

  const [count, first] = [now.history.length, places[0]!];
  const said = /^(.*) in the history\. (.*) ranks (.*) first, with a click probability of (\S+%)\.( It was .*?\.)? Answered in (.*)\.$/.exec(summary) ?? [];
  claims.equal("summary: count", said[1], `${count} ${count === 1 ? "click" : "clicks"}`);
  claims.equal("summary: network and product", [said[2], said[3]], [name, product.get(first)?.title]);
  claims.percent("summary: probability", said[4] ?? "", now.probabilities[first]!);
  const firstBefore = placesBefore?.[0];
  const was = firstBefore === first ? " It was first before." : ` It was ${product.get(firstBefore ?? "")?.title}.`;
  claims.equal("summary: before", said[5] ?? "", placesBefore ? was : "");
  duration(claims, "summary: time", said[6] ?? "", now.totalMs!);

  const [on, time] = status.parts;
  claims.equal("status: engine", on?.text, now.backend === "gpu" ? `GPU: ${now.adapter}` : now.adapter);
  const [, total, gpu] = /^answered in ([^()]+?)(?: \(GPU ([^)]+)\))?$/.exec(time?.text ?? "") ?? [];
  duration(claims, "status: time", total ?? "", now.totalMs!);
  claims.equal("status: GPU's time", gpu !== undefined, now.gpuMs !== null);
  if (now.gpuMs !== null) duration(claims, "status: GPU's time", gpu ?? "", now.gpuMs);
  const inGpu = now.gpuMs === null ? "" : `; in GPU compute passes: ${now.gpuMs} ms`;
  claims.equal("status: time on hover", time?.title, `From the last click to its answer: ${now.totalMs} ms${inGpu}`);
}

/** A time with its unit. */
function duration(claims: Claims, what: string, text: string, ms: number): void {
  const [, value, unit] = /^([\d.]+) (ms|s)$/.exec(text) ?? [];
  claims.rounded(what, value ?? "", unit === "s" ? ms / 1000 : ms, ms < 0.99 ? 2 : ms < 9.9 || unit === "s" ? 1 : 0);
}

/** Attention, gates, states and the map. */
function evolution(claims: Claims, { evolution }: Shown, { config, products, now, grown }: Known): void {
  const { network } = config;
  const titles = new Map(products.map(({ id, title }) => [id, title]));
  const count = now.history.length;
  const shown = network.name === "dien" && count > 0;
  claims.equal("evolution: charts", evolution.charts.length, shown ? 3 : 0);
  if (!shown) {
    claims.equal("evolution: why there is none", /no evolution to show|Without clicks/.test(evolution.none), true);
    Object.assign(grown, { states: 0, map: 0.5 });
    return;
  }
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
    const [key, [label, detail]] = [keys[index]!, chartLabels(config)[index]!];
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
  const gate = network.evolution.startsWith("augru") ? "attentional update gate" : "gate that writes";
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
  claims.equal("states: label", states.label.startsWith(`Evolution state h′ ${network.hidden} units, one line each`), true);
  claims.equal("states: cells", [states.size, states.cells.length], [[count, network.hidden], count * network.hidden]);
  claims.equal("states: colours that differ", new Set(states.scale).size, 9);
  const seen = new Set<string>();
  for (const { step, unit, colour } of states.cells) {
    seen.add(`${step} ${unit}`);
    const value = all[step]?.[unit] ?? NaN;
    // Nine equal parts of the scale.
    const middle = (((states.scale.indexOf(colour) + 0.5) / 9) * 2 - 1) * end;
    claims.close(`states: colour of step ${step + 1}, unit ${unit + 1}`, middle, value, (1.00001 * end) / 9);
  }
  claims.equal("states: every cell", seen.size, count * network.hidden);

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

/** Shop, quality, and what a model of one's own is. */
function around(claims: Claims, { shop, status, own }: Shown, { name, config, products, demo, now, auc }: Known): void {
  const quality = status.parts[2];
  claims.equal("status: AUC", quality?.text, auc === null ? undefined : `${name}’s held-out AUC ${auc.toFixed(3)} (next item, uniform negatives)`);
  if (auc !== null) claims.equal("status: AUC on hover", Number(/AUC (\S+)/.exec(quality?.title ?? "")?.[1]), auc);

  const categories = [...new Set(products.map((product) => product.category))].sort();
  const of = (category: string) => products.filter((product) => product.category === category).length;
  const options = [`All categories (${grouped(products.length)})`, ...categories.map((name) => `${name} (${grouped(of(name))})`)];
  claims.equal("shop: categories", shop.categories, options);
  claims.equal("own model", demo ? own === "" : facts(config).filter((fact) => !own.includes(fact)), demo || []);
  if (!demo) claims.equal("own catalogue", own.endsWith(`${products.length} products in ${categories.length} categories`), true);
  claims.equal("shop: range", shop.range, `1–24 of ${grouped(products.length)}`);
  const popular = [...products].sort((a, b) => b.popularity - a.popularity).slice(0, 24);
  const card = ({ id, title, category, price }: Product) => {
    const times = now.history.filter((clicked) => clicked === id).length;
    return {
      item: id,
      title,
      category,
      price: price === "" ? "" : (demo ? "£" : "") + Number(price).toFixed(2),
      clicked: times === 0 ? "" : times === 1 ? "in history" : `${times}× in history`,
    };
  };
  claims.equal("shop: cards, most popular first", shop.cards, popular.map(card));
}

/** What the line about a model of one's own says. */
function facts({ network, item_dim, category_dim, head }: Config): string[] {
  const normalization = (width: string) => ({ none: "not normalised", softmax: "softmax", "scaled-softmax": `softmax of score/√${width}` });
  const evolution = {
    gru: "two GRUs, attention on the second",
    aigru: "AIGRU",
    agru: "AGRU",
    augru: "AUGRU",
    "augru-authors": "AUGRU with the gate of the authors’ code",
  };
  const sizes = [`embeddings item ${item_dim} ‖ category ${category_dim}`, `head ${head.hidden.join(" → ")} Dice`];
  switch (network.name) {
    case "embedding-mlp":
      return [`Embedding & MLP: ${network.pooling} of the clicks;`, ...sizes];
    case "tin":
      return ["TIN: 5 positions, softmax of score/√H;", ...sizes];
    case "din":
      return [`DIN: local activation unit 6 PReLU, ${normalization("H")[network.normalization]};`, ...sizes];
    case "dien": {
      const reset = network.reset === "before" ? ", reset before the product" : "";
      const unit = network.attention.name === "local-activation" && network.attention;
      const name = unit ? `local activation unit 6 PReLU${unit.query_projection ? " on a projected query" : ""}` : "bilinear attention";
      const attention = network.attention.name === "none" ? "no attention" : `${name}, ${normalization("d")[network.normalization]}`;
      return [`DIEN: ${evolution[network.evolution]}, hidden ${network.hidden}${reset}, ${attention};`, ...sizes];
    }
  }
}

const midSentence = (name: string) => (name === "Your model" ? "your model" : name);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const grouped = (count: number) => count.toLocaleString("en");
const lastNumber = (text: string) => Number(text.split(" ").at(-1));
/** Of 0.5, −2 or 1·10⁻⁵; a hyphen is no minus. */
export function toNumber(text: string): number {
  if (text === "" || text.includes("-")) return NaN;
  const [digits, power] = text.replace("−", "-").split("·10");
  const plain = [...(power ?? "⁰")].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻".indexOf(sign)).map((place) => (place === 10 ? "-" : place));
  return Number(`${digits}e${plain.join("")}`);
}

/** The smallest of 1, 2 and 5 times a power of ten that is not below `value`. */
function roundEnd(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((end) => end >= value * 0.999999)!;
}
