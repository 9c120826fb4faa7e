// The ranking: places, probabilities, how the places changed, and what the page says of it in words.

import type { Product } from "../made_models.ts";
import type { State } from "../page.ts";
import type { Shown } from "../shown_numbers.ts";
import { type Claims, DRAWN, grouped, lastNumber, midSentence } from "./claims.ts";
import type { Known } from "./index.ts";

/** Identifiers of the products by click probability, equal ones in the catalogue's order. */
function order({ history, probabilities }: State, products: Product[], all: boolean): string[] {
  const rest = products.map(({ id }) => id).filter((id) => all || !history.includes(id));
  return rest.sort((a, b) => probabilities[b]! - probabilities[a]!);
}

/** Places, probabilities and how the places changed. */
export function ranking(claims: Claims, { ranking, summary, status }: Shown, { name, products, now, before, chosen, compared: chosenToo, all }: Known): void {
  const product = new Map(products.map((product) => [product.id, product]));
  const places = order(now, products, all);
  const placesBefore = before && order(before, products, all);
  claims.equal("ranking: label", ranking.label, `click probability by ${midSentence(name)}`);
  const since = before?.network === now.network ? "▲▼ places by the last change" : `▲▼ places against ${before?.network}`;
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
    claims.equal(`${what}: place`, [row.place, row.placeTitle], place > 0 ? [grouped(place), ""] : ["–", "in the history"]);
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
  claims.equal("status: time on hover", time?.title, `The answer took ${now.totalMs} ms${inGpu}`);
}

/** A time with its unit. */
function duration(claims: Claims, what: string, text: string, ms: number): void {
  const [, value, unit] = /^([\d.]+) (ms|s)$/.exec(text) ?? [];
  claims.rounded(what, value ?? "", unit === "s" ? ms / 1000 : ms, ms < 0.99 ? 2 : ms < 9.9 || unit === "s" ? 1 : 0);
}
