// What a weights file holds, as `model/src/weights.rs` describes it.

import type { NetworkConfig } from "./index.ts";
import type { Activation } from "./layers.ts";

export interface Weights {
  config: Config;
  /** The other entries of the metadata. */
  notes: Record<string, string>;
  tensors: Map<string, Tensor>;
}

export interface Tensor {
  shape: number[];
  /** Last dimension fastest. */
  values: ArrayLike<number>;
}

export interface Config {
  item_dim: number;
  category_dim: number;
  max_history: number;
  network: NetworkConfig;
  head: { hidden: number[]; activation: Activation; interest_product: boolean; key_sum: boolean; wide: boolean };
}

/** Reads a safetensors file. */
export function read(bytes: Buffer): Weights {
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, start));
  const { config, ...notes } = header.__metadata__;
  delete header.__metadata__;
  const tensor = ({ shape, data_offsets: [from, to] }: { shape: number[]; data_offsets: [number, number] }) => ({
    shape,
    values: Float32Array.from({ length: (to - from) / 4 }, (_, index) => bytes.readFloatLE(start + from + 4 * index)),
  });
  const tensors = Object.entries<Parameters<typeof tensor>[0]>(header).map(([name, one]) => [name, tensor(one)] as const);
  return { config: JSON.parse(config), notes, tensors: new Map(tensors) };
}
