// Files that a person brings: models, catalogues and histories, from what is in the repository, whole or damaged.

import { readFileSync } from "node:fs";

import type { Page } from "@playwright/test";

/** A file to choose or drop. */
export interface Upload {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const ROOT = new URL("../../", import.meta.url);

/** Bytes of a file of the repository. */
export function repository(path: string): Buffer {
  return readFileSync(new URL(path, ROOT));
}

export function upload(name: string, content: Buffer | string): Upload {
  const mimeType = name.endsWith(".csv") ? "text/csv" : "application/octet-stream";
  return { name, mimeType, buffer: Buffer.from(content as Buffer) };
}

/** A safetensors file, taken apart. */
export interface Safetensors {
  metadata: Record<string, string>;
  tensors: Map<string, { dtype: string; shape: number[]; bytes: Buffer }>;
}

export function parse(file: Buffer): Safetensors {
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(file.toString("utf8", 8, 8 + length));
  const tensors: Safetensors["tensors"] = new Map();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries<any>(entries)) {
    const [start, end] = data_offsets.map((offset: number) => 8 + length + offset);
    tensors.set(name, { dtype, shape, bytes: Buffer.from(file.subarray(start, end)) });
  }
  return { metadata, tensors };
}

export function compose({ metadata, tensors }: Safetensors): Buffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...[...tensors.values()].map(({ bytes }) => bytes)]);
}

function floats({ bytes }: { bytes: Buffer }): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
}

/** The weights alone of what another library computed, as one saves them. */
export function weightsOf(peer: string): Upload {
  const { metadata, tensors } = parse(repository(`model/tests/peers/${peer}.safetensors`));
  const weights: Safetensors["tensors"] = new Map();
  for (const [key, tensor] of tensors) if (key.startsWith("weights.")) weights.set(key.slice("weights.".length), tensor);
  return upload(`${peer}.safetensors`, compose({ metadata, tensors: weights }));
}

/** What another library computed for one history and one product, as files for the page. */
export interface Peer {
  model: Upload;
  catalogue: Upload;
  histories: Upload;
  /** Ids of the history, oldest first. */
  history: string[];
  /** Id of the product that was asked about. */
  target: string;
  /** The click probability that the library computed. */
  probability: number;
}

/**
 * One pass of FuxiCTR from the tests of the importer: of its sample with the longest history in which no item is in two
 * categories. That user's row of the user table is written over the others, for the page knows no users.
 */
export function fuxictr(name: string): Peer {
  const { metadata, tensors } = parse(repository(`model/tests/peers/${name}.safetensors`));
  const input = (key: string): number[] => {
    const { dtype, bytes } = tensors.get(`inputs.${key}`)!;
    const size = dtype === "I64" ? 8 : 4;
    const at = (index: number) => (size === 8 ? Number(bytes.readBigInt64LE(8 * index)) : bytes.readInt32LE(4 * index));
    return Array.from({ length: bytes.length / size }, (_, index) => at(index));
  };
  const [items, categories] = [input("item_hist"), input("cate_hist")];
  const [target, targetCategory] = [input("item_id"), input("cate_id")];
  const steps = items.length / target.length;
  const samples = target.map((item, sample) => {
    const clicks = Array.from({ length: steps }, (_, step) => step + sample * steps).filter((index) => items[index]! > 0);
    const pairs = clicks.map((index) => [items[index]!, categories[index]!] as const);
    const category = new Map([...pairs, [item, targetCategory[sample]!] as const]);
    const clear = pairs.every(([one, its]) => category.get(one) === its);
    return { sample, history: pairs.map(([one]) => one), item, category, clear };
  });
  const best = samples.filter(({ clear }) => clear).sort((a, b) => b.history.length - a.history.length)[0]!;

  const weights = parse(weightsOf(name).buffer).tensors;
  const users = weights.get("embedding_layer.embedding_layers.user_id.weight");
  if (users) {
    const width = 4 * users.shape[1]!;
    const start = width * input("user_id")[best.sample]!;
    const row = Buffer.from(users.bytes.subarray(start, start + width));
    for (let to = 0; to < users.bytes.length; to += width) row.copy(users.bytes, to);
  }
  const id = (item: number) => `item-${item}`;
  const products = [...best.category].map(([item, category]) => `${id(item)},Product ${item},Category ${category},${item},${category}`);
  const events = best.history.map((item, step) => `someone,${id(item)},${step}`);
  return {
    model: upload(`${name}.safetensors`, compose({ metadata, tensors: weights })),
    catalogue: upload("catalogue.csv", ["id,title,category,row,category_row", ...products].join("\n")),
    histories: upload("histories.csv", ["user,item,time", ...events].join("\n")),
    history: best.history.map(id),
    target: id(best.item),
    probability: floats(tensors.get("expected.y")!)[best.sample]!,
  };
}

/** Lets files fall onto the page, as from the desktop. */
export async function drop(page: Page, uploads: Upload[]): Promise<void> {
  const files = uploads.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString("base64") }));
  await page.evaluate((files) => {
    const dataTransfer = new DataTransfer();
    for (const { name, mimeType, base64 } of files) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      dataTransfer.items.add(new File([bytes], name, { type: mimeType }));
    }
    for (const type of ["dragenter", "dragover", "drop"]) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }
  }, files);
}
