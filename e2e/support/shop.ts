// The page's own shop and networks as the equations of `reference/` see them, by the products' identifiers.

import { readFileSync } from "node:fs";

import { network, read, type Answer, type Weights } from "./reference/index.ts";

const ASSETS = new URL("../../assets/", import.meta.url);

const lines = readFileSync(new URL("catalogue.csv", ASSETS), "utf8").trim().split(/\r?\n/).slice(1);
const products = lines.map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map((field) => field[1] ?? field[2]!));
const names = [...new Set(products.map((fields) => fields[2]!))].sort();
const categories = products.map((fields) => names.indexOf(fields[2]!));

/** Identifier of every product, in the order of the catalogue. */
export const IDS = products.map((fields) => fields[0]!);

/** The weights that come with the page as `id`. */
export const weights = (id: string): Weights => read(readFileSync(new URL(`${id}.safetensors`, ASSETS)));

/** What a network says of a product after a history. */
export type Asked = (history: string[]) => (item: string) => Answer;

/** The network of `weights` in the page's shop. */
export function ask(weights: Weights): Asked {
  const rows = new Map(IDS.map((id, row) => [id, row]));
  const of = network(weights, categories);
  return (history) => {
    const after = of(history.map((id) => rows.get(id)!));
    return (item) => after(rows.get(item)!);
  };
}
