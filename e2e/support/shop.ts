// The page's own shop, and what its networks say by the equations of `reference/`.

import { readFileSync } from "node:fs";

import { parseCsv, records } from "./csv.ts";
import { categoryRows, type Product } from "./made_models.ts";
import type { State } from "./page.ts";
import { network } from "./reference/index.ts";
import type { Answer } from "./reference/network.ts";
import { read, type Weights } from "./reference/weights.ts";

const ASSETS = new URL("../../assets/", import.meta.url);

/** Bytes of a file that comes with the page. */
export const asset = (name: string): Buffer => readFileSync(new URL(name, ASSETS));

/** Every product, in the order of the catalogue. */
export const SHOP: Product[] = records(parseCsv(asset("catalogue.csv").toString())).map((record) => ({
  ...(record as Record<Exclude<keyof Product, "popularity">, string>),
  popularity: Number(record.popularity),
}));
/** Category of every product, as a row of the embedding table. */
export const CATEGORIES = categoryRows(SHOP);
/** Identifier of every product. */
export const IDS = SHOP.map((product) => product.id);
const ROWS = new Map(IDS.map((id, row) => [id, row]));

/** A product's row in the catalogue. */
export const row = (id: string): number => ROWS.get(id)!;

/** The weights of a network that come with the page: read once. */
export function weights({ id }: { id: string }): Weights {
  let found = files.get(id);
  if (!found) files.set(id, (found = read(asset(`${id}.safetensors`))));
  return found;
}
const files = new Map<string, Weights>();

/** What a network says of a product after a history. */
export type Asked = (history: string[]) => (item: string) => Answer;

/** The network of `weights` in the page's shop. */
export function ask(weights: Weights): Asked {
  const of = network(weights, CATEGORIES);
  return (history) => {
    const after = of(history.map(row));
    return (item) => after(row(item));
  };
}

/** Click probability of every product after a history, in the order of the catalogue. What was asked last is kept, a history a file. */
export function probabilities(weights: Weights, history: string[]): number[] {
  const key = history.join();
  const known = asked.get(weights);
  if (known?.key === key) return known.found;
  const say = ask(weights)(history);
  const found = IDS.map((id) => say(id).probability);
  asked.set(weights, { key, found });
  return found;
}
const asked = new WeakMap<Weights, { key: string; found: number[] }>();

type Measure = "auc" | "gauc" | "logloss";

/** What was measured of a network, a line of results.json for each seed. */
export function everySeed(network: { id: string }, protocol: string, negatives: string): (Record<Measure, number> & { seed: number })[] {
  const results = JSON.parse(asset("results.json").toString()) as Record<string, unknown>[];
  const found = results.filter((one) => one.network === network.id && one.protocol === protocol && one.negatives === negatives);
  return found as (Record<Measure, number> & { seed: number })[];
}

/** What the results file says of a network that comes with the page. */
export function measured(network: { id: string }, protocol: string, negatives: string): Record<Measure, number> {
  const seed = Number(weights(network).notes.seed);
  const found = everySeed(network, protocol, negatives).filter((one) => one.seed === seed);
  if (found.length !== 1) throw new Error(`${network.id}, ${protocol}, ${negatives}: ${found.length} lines in results.json`);
  return found[0]!;
}

/** What the equations of a network that comes with the page say of the product that the page inspects. */
export const inspectedAnswer = (network: { id: string }, { history, inspected }: State): Answer => ask(weights(network))(history)(inspected!.item);
