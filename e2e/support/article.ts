// What the article's placeholders stand for, once more, by the equations of `reference/`: see learn/src/value.rs for their meaning.

import { START } from "./reference/index.ts";
import { asset, ask, everySeed, IDS, probabilities, row, SHOP, weights } from "./shop.ts";

const SHOPPERS = (JSON.parse(asset("shoppers.json").toString()) as { items: string[] }[]).map(({ items }) => items);

const title = (id: string) => SHOP[row(id)]!.title;
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** The index of the largest value, of equal ones the last. */
const largest = (values: number[]) => values.reduce((best, value, index) => (value >= values[best]! ? index : best), 0);

function historyOf(words: string): string[] {
  const [shopper, ...changes] = words.split(":");
  let found = SHOPPERS[Number(shopper!.replace("shopper", "")) - 1]!;
  for (const change of changes) {
    const [what, value] = change.split("=");
    if (what === "reversed") found = [...found].reverse();
    if (what === "without") found = found.filter((id) => id !== value);
    if (what === "first") found = found.slice(0, Number(value));
  }
  return found;
}

/** A question about one product, and what can be said about it. */
class Asked {
  readonly history: string[];
  readonly item: string;

  constructor(
    readonly network: string,
    history: string,
    item: string,
  ) {
    this.history = historyOf(history);
    const [best, place = "1"] = item.split("=");
    this.item = best === "best" ? this.order()[Number(place) - 1]! : item;
  }

  order(): string[] {
    const found = probabilities(weights({ id: this.network }), this.history);
    return IDS.filter((id) => !this.history.includes(id)).sort((a, b) => found[row(b)]! - found[row(a)]! || row(a) - row(b));
  }

  answer(history = this.history) {
    return ask(weights({ id: this.network }))(history)(this.item);
  }

  changes(): number[] {
    const { probability } = this.answer();
    return this.history.map((_, left) => this.answer(this.history.filter((_, at) => at !== left)).probability - probability);
  }

  click(which: string): number {
    const { attention } = this.answer();
    switch (which) {
      case "newest": return this.history.length - 1;
      case "oldest": return 0;
      case "most": return largest(attention);
      case "least": return largest(attention.map((weight) => -weight));
      case "influential": return largest(this.changes().map(Math.abs));
      default: return this.history.lastIndexOf(which);
    }
  }
}

const differences = (): { network: string; than: string; protocol: string; negatives: string; gauc: { difference: number; low: number; high: number } }[] => {
  try {
    return JSON.parse(asset("differences.json").toString());
  } catch {
    // Not measured yet.
    return [];
  }
};

/** The interval of a difference of GAUC, turned round where it was measured the other way. */
export function claim(network: string, than: string, protocol: string, negatives: string) {
  for (const one of differences()) {
    if (one.protocol !== protocol || one.negatives !== negatives) continue;
    const { difference, low, high } = one.gauc;
    if (one.network === network && one.than === than) return { difference, low, high };
    if (one.network === than && one.than === network) return { difference: -difference, low: -high, high: -low };
  }
  return null;
}

/** Trainings of a network; those of a floor count none. */
const trained = (network: string) => everySeed({ id: network }, "next_item", "uniform").filter(({ seed }) => seed !== null);

/** The value of a placeholder: a number, or a product's title. */
export function valueOf(placeholder: string): number | string {
  const [what, ...words] = placeholder.split(" ") as [string, ...string[]];
  const asked = (of: string[] = words) => new Asked(of[0]!, of[1]!, of[2]!);
  const entry = (network: string, path: string) => {
    const { config, notes } = weights({ id: network });
    const [first, ...fields] = path.split(".");
    const whole: unknown = first === "config" ? config : JSON.parse(notes[first!]!);
    return Number(fields.reduce((inner, field) => (inner as Record<string, unknown>)[field], whole));
  };
  switch (what) {
    case "p": return asked().answer().probability;
    case "place": return asked().order().indexOf(asked().item) + 1;
    case "weight": return asked().answer().attention[asked().click(words[3]!)]!;
    case "sum": return asked().answer().attention.reduce((sum, weight) => sum + weight, 0);
    case "late": {
      const { attention } = asked().answer();
      const sum = (weights: number[]) => weights.reduce((total, weight) => total + weight, 0);
      return sum(attention.slice(Math.floor(attention.length / 2))) / sum(attention);
    }
    case "mean": {
      const of = asked(words.slice(1));
      const { parts } = of.answer() as unknown as { parts: Record<string, number[][]> };
      return mean(parts[words[0]!]![of.click(words[4]!)]!);
    }
    case "change": return asked().changes()[asked().click(words[3]!)]!;
    case "note": return entry(words[0]!, words[1]!);
    case "tensor": return weights({ id: words[0]! }).tensors.get(words[1]!)!.values[Number(words[2])]!;
    case "deviation": return Math.sqrt(weights({ id: words[0]! }).tensors.get(words[1]!)!.values[Number(words[2])]!);
    case "auc":
    case "gauc":
    case "logloss": return mean(everySeed({ id: words[0]! }, words[1]!, words[2]!).map((one) => one[what]));
    case "trainings": return trained(words[0]!).length;
    case "users": return (everySeed({ id: "popularity" }, words[0]!, "uniform")[0] as unknown as { users: number }).users;
    case "claim": return claim(words[0]!, words[1]!, words[2]!, words[3]!)?.difference ?? 0;
    case "count":
      if (words[0] === "products") return SHOP.length;
      if (words[0] === "categories") return new Set(SHOP.map(({ category }) => category)).size;
      return historyOf(words[0]!).length;
    case "title": return title(words[0]!);
    case "item": return title(asked().item);
    case "click": return title(asked().history[asked().click(words[3]!)]!);
    default: throw new Error(`${START.name} and the others know no placeholder "${placeholder}"`);
  }
}
