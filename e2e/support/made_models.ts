// Weights and a catalogue made up for the tests: every option of the networks, in small, with numbers from a seed.

import { createHash } from "node:crypto";

import type { Activation, Config, LocalActivation, NetworkConfig, Tensor, Weights } from "./reference/index.ts";

/** A product of a catalogue. */
export interface Product {
  id: string;
  title: string;
  category: string;
  /** As the file has it; empty where the product has no price. */
  price: string;
  popularity: number;
}

/** Sixty products in five categories, every seventh without a price. */
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

/** Units of the local activation unit in small. */
export const UNIT: LocalActivation = { hidden: [6], activation: { name: "prelu" }, query_projection: false };
/** DIEN and DIN as the papers have them, in small. */
export const DIEN = {
  name: "dien",
  hidden: 5,
  attention: { name: "bilinear" },
  normalization: "softmax",
  evolution: "augru",
  reset: "after",
} as const satisfies NetworkConfig;
export const DIN = { name: "din", attention: UNIT, normalization: "none" } as const satisfies NetworkConfig;
const HEAD: Config["head"] = {
  hidden: [8, 5],
  activation: { name: "dice", epsilon: 1e-8, affine: true },
  interest_product: false,
  key_sum: true,
  wide: false,
};
const DIMENSIONS = { item_dim: 4, category_dim: 2, max_history: 5 };

/**
 * A network of these options with random tensors; `fixed` takes the place of single ones. The state of a DIEN comes with a
 * projection to two dimensions, unless that is left out.
 */
export function made(
  network: NetworkConfig,
  fixed: Record<string, (index: number) => number | undefined> = {},
  projected = true,
  products = PRODUCTS,
): Weights {
  const config: Config = { ...DIMENSIONS, network, head: HEAD };
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
  const unit = ({ hidden, activation: kind, query_projection }: LocalActivation, query: number, key: number) => {
    if (query_projection) {
      dense("attention.query", query, key);
      activation("attention.query", { name: "prelu" }, key);
    }
    mlp("attention", 4 * key, hidden, kind);
  };

  const width = config.item_dim + config.category_dim;
  add("embedding.item.weight", products.length, config.item_dim);
  add("embedding.category.weight", new Set(products.map((product) => product.category)).size, config.category_dim);
  let interest = width;
  if (network.name === "din") {
    if (network.padding) add("embedding.padding", width);
    unit(network.attention, width, width);
  }
  if (network.name === "tin") add("embedding.position.weight", config.max_history + 1, width);
  if (network.name === "dien") {
    interest = network.hidden;
    for (const [name, from] of [["extractor", width], ["evolution", interest]] as const) {
      dense(`${name}.input`, from, 3 * interest);
      dense(`${name}.hidden`, interest, 3 * interest);
    }
    if (network.attention.name === "bilinear") add("attention.weight", interest, width);
    if (network.attention.name === "local-activation") unit(network.attention, width, interest);
    if (projected) {
      add("projection.mean", interest);
      add("projection.components", interest, 2);
    }
  }
  mlp("head", interest + 3 * width, HEAD.hidden, HEAD.activation);
  return { config, notes: {}, tensors };
}

/** The safetensors file of `weights` for these products. */
export function file({ config, tensors }: Weights, products = PRODUCTS): Buffer {
  const header: Record<string, unknown> = {
    __metadata__: {
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
function seeded(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
