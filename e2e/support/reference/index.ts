// The networks once more, equation by equation in 64-bit floats, from nothing but a weights file: what the numbers on the page are
// held against. A network is one file and its line in `NETWORKS`; every list in the tests is made of those.

import { add, Layers, sigmoid, type Vector, zeros } from "./layers.ts";
import type { Answer, Network } from "./network.ts";
import type { Weights } from "./weights.ts";

/** The networks of the page's switch, in its order: family by family. */
export const NETWORKS = [
  (await import("./embedding_mlp.ts")).embeddingMlp,
  (await import("./din.ts")).din,
  (await import("./tin.ts")).tin,
  (await import("./dien.ts")).dien,
  (await import("./comirec_sa.ts")).comirecSa,
] as const;

type OptionsOf<N> = N extends Network<infer Options> ? Options : never;
/** The options of any network. */
export type NetworkConfig = OptionsOf<(typeof NETWORKS)[number]>;
/** Any network, whatever its options are. */
export type AnyNetwork = Network<NetworkConfig>;

/** Every network, in the order of the switch. */
export const ALL = NETWORKS as readonly unknown[] as readonly AnyNetwork[];
/** The network that the page begins with: the first whose interest evolves. */
export const START = ALL.find((network) => network.evolution)!;
/** The others. */
export const OTHERS = ALL.filter((network) => network !== START);

/** The network that options are of. */
export function networkOf({ name }: NetworkConfig): AnyNetwork {
  const found = ALL.find((network) => network.id === name);
  if (!found) throw new Error(`no network "${name}"`);
  return found;
}

/** The answer to a history and then to a product, over a catalogue that has item n in category `categories[n]`. */
export function network(weights: Weights, categories: number[]): (history: number[]) => (item: number) => Answer {
  const { config } = weights;
  const layers = new Layers(weights);
  const { interest } = networkOf(config.network);
  /** q and k_j: item embedding ‖ category embedding. */
  const embed = (item: number): Vector => [
    ...layers.row("embedding.item.weight", item),
    ...(config.category_dim > 0 ? layers.row("embedding.category.weight", categories[item]!) : []),
  ];
  return (history) => {
    const keys = history.map(embed);
    const keySum = keys.reduce(add, zeros(layers.width));
    const of = interest(layers, config.network, keys);
    return (item) => {
      const q = embed(item);
      const found = of(q);
      const logit = layers.rank(found.interest, q, keySum);
      return { ...found, logit, probability: sigmoid(logit) };
    };
  };
}
