// Weights and a catalogue made up for the tests: every option of the networks, in small, with numbers from a seed.

import { createHash } from "node:crypto";

import type { Page } from "@playwright/test";

import { open, type State } from "./page.ts";
import { ALL, network, type NetworkConfig, networkOf } from "./reference/index.ts";
import type { Activation, LocalActivation } from "./reference/layers.ts";
import type { Answer } from "./reference/network.ts";
import type { Config, Tensor, Weights } from "./reference/weights.ts";

/** A product of a catalogue. */
export interface Product {
  id: string;
  title: string;
  category: string;
  /** As the file has it; empty where the product has no price. */
  price: string;
  popularity: number;
}

/** Sixty products in three of five categories, every seventh without a price. */
export const PRODUCTS: Product[] = Array.from({ length: 60 }, (_, index) => ({
  id: `p${index + 1}`,
  title: `Product number ${index + 1}`,
  category: ["Bags", "Candles", "Garden", "Jam", "Toys"][(index * index) % 5]!,
  price: index % 7 === 3 ? "" : (0.35 + 1.25 * index).toFixed(2),
  popularity: (index * 37) % 101,
}));

/** A catalogue as CSV. */
export function csv(products: Product[]): string {
  const lines = products.map(({ id, title, category, price, popularity }) => [id, title, category, price, popularity].join());
  return ["id,title,category,price,popularity", ...lines].join("\n");
}

/** Those products as CSV. */
export const CATALOGUE = csv(PRODUCTS);

/** Category of each product by its place in the alphabet: rows of the embedding table. */
export function categoryRows(products: Product[]): number[] {
  const names = [...new Set(products.map((product) => product.category))].sort();
  return products.map((product) => names.indexOf(product.category));
}

const HEAD: Config["head"] = {
  hidden: [8, 5],
  activation: { name: "dice", epsilon: 1e-8, affine: true },
  interest_product: false,
  key_sum: true,
  wide: false,
};
/** Sizes that every network has. */
export interface Sizes {
  item_dim: number;
  category_dim: number;
  max_history: number;
  /** Units of the head's hidden layers. */
  head: number[];
}
const SIZES: Sizes = { item_dim: 4, category_dim: 2, max_history: 5, head: HEAD.hidden };

/** What takes the place of a tensor's random numbers, by its name: undefined leaves one as it is. */
export type Fixed = Record<string, (index: number) => number | undefined>;

/** Makes the tensors of a network. */
export interface Maker {
  /** Width of an item's embedding, category included. */
  width: number;
  maxHistory: number;
  /** Whether states come with a projection to two dimensions. */
  projected: boolean;
  add(name: string, ...shape: number[]): void;
  /** Weight and bias of a dense layer. */
  dense(name: string, from: number, to: number): void;
  /** The tensors of `attention.*` for queries and keys of these widths. */
  localActivation(unit: LocalActivation, query: number, key: number): void;
}

/**
 * A network of these options with random tensors; `fixed` takes the place of single ones, and `sizes` of the usual ones. The states
 * of a network come with a projection to two dimensions, unless that is left out.
 */
export function made(options: NetworkConfig, fixed: Fixed = {}, projected = true, products = PRODUCTS, sizes: Partial<Sizes> = {}): Weights {
  const { head, ...dimensions } = { ...SIZES, ...sizes };
  const config: Config = { ...dimensions, network: options, head: { ...HEAD, hidden: head } };
  const uniform = seeded(2024);
  const tensors = new Map<string, Tensor>();
  const add = (name: string, ...shape: number[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    // Wide enough that attention prefers and gates open and close.
    const spread = name.startsWith("embedding.") ? 1.2 : shape.length === 2 ? 2.5 / Math.sqrt(shape[0]!) : 0.5;
    const random = () => (name.endsWith(".variance") ? 0.5 + uniform() : spread * (2 * uniform() - 1));
    const values = Float32Array.from({ length: size }, (_, index) => {
      const value = random();
      return fixed[name]?.(index) ?? value;
    });
    tensors.set(name, { shape, values });
  };
  const dense = (name: string, from: number, to: number) => {
    add(`${name}.weight`, from, to);
    add(`${name}.bias`, to);
  };
  const activation = (name: string, kind: Activation, units: number) => {
    const dice = kind.name === "dice";
    if (dice || kind.name === "prelu") add(`${name}.alpha`, units);
    if (dice && kind.affine) ["gamma", "beta"].forEach((part) => add(`${name}.${part}`, units));
    if (dice) ["mean", "variance"].forEach((part) => add(`${name}.${part}`, units));
  };
  const mlp = (name: string, from: number, hidden: number[], kind: Activation) => {
    [from, ...hidden].slice(0, -1).forEach((width, layer) => {
      dense(`${name}.hidden.${layer}`, width, hidden[layer]!);
      activation(`${name}.activation.${layer}`, kind, hidden[layer]!);
    });
    dense(`${name}.output`, hidden.at(-1)!, 1);
  };
  const localActivation = ({ hidden, activation: kind, query_projection }: LocalActivation, query: number, key: number) => {
    if (query_projection) {
      dense("attention.query", query, key);
      activation("attention.query", { name: "prelu" }, key);
    }
    mlp("attention", 4 * key, hidden, kind);
  };

  const width = config.item_dim + config.category_dim;
  add("embedding.item.weight", products.length, config.item_dim);
  add("embedding.category.weight", new Set(products.map((product) => product.category)).size, config.category_dim);
  const maker: Maker = { width, maxHistory: config.max_history, projected, add, dense, localActivation };
  const interest = networkOf(options).tensors(maker, options);
  mlp("head", interest + 3 * width, head, HEAD.activation);
  return { config, notes: {}, tensors };
}

/** The made-up models with which labels or views are tested, by name. */
export function madeModels(tested: "labels" | "views"): [string, Weights][] {
  const all = ALL.flatMap((network) => Object.entries(network.made));
  return all
    .filter(([, { only }]) => only === undefined || only === tested)
    .map(([name, { options, fixed, projected, sizes }]) => [name, made(options, fixed, projected, PRODUCTS, sizes)]);
}

/** Opens the page with `weights` as the visitor's model, the made-up catalogue, a history of it, and a view where one is named. */
export async function openMade(page: Page, weights: Weights, history: string[], view = ""): Promise<State> {
  await page.route("**/made/model.safetensors", (route) => route.fulfill({ body: file(weights) }));
  await page.route("**/made/catalogue.csv", (route) => route.fulfill({ body: CATALOGUE }));
  return open(page, `?model=made/model.safetensors&catalogue=made/catalogue.csv&history=${history}${view && `#inside=${view}`}`);
}

/** What the equations of `weights` say of a product of the made-up catalogue after a history. */
export function askMade(weights: Weights, history: string[], item: string): Answer {
  const row = (id: string) => PRODUCTS.findIndex((product) => product.id === id);
  return network(weights, categoryRows(PRODUCTS))(history.map(row))(row(item));
}

/** The safetensors file of `weights` for these products. */
export function file({ config, notes, tensors }: Weights, products = PRODUCTS): Buffer {
  const header: Record<string, unknown> = {
    __metadata__: {
      ...notes,
      format: "interest-lens/1",
      config: JSON.stringify(config),
      items: String(products.length),
      categories: String(new Set(products.map((product) => product.category)).size),
      vocabulary: vocabularyHash(products),
    },
  };
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    const bytes = Buffer.alloc(4 * values.length);
    Array.from(values).forEach((value, index) => bytes.writeFloatLE(value, 4 * index));
    header[name] = { dtype: "F32", shape, data_offsets: [offset, (offset += bytes.length)] };
    parts.push(bytes);
  }
  const json = Buffer.from(JSON.stringify(header));
  // The tensors begin at a multiple of eight.
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}

/** As `Catalogue::vocabulary_hash`: identifiers and categories, each after its length in eight bytes. */
function vocabularyHash(products: Product[]): string {
  const hash = createHash("sha256");
  for (const part of products.flatMap((product) => [product.id, product.category])) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(part.length));
    hash.update(length).update(part);
  }
  return hash.digest("hex");
}

/** Numbers in [0, 1) from a seed: Mulberry32. */
export function seeded(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
