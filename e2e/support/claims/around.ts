// What stands around history and ranking: the shop, how good the network is, and what a model of one's own is.

import type { Product } from "../made_models.ts";
import { networkOf } from "../reference/index.ts";
import type { Config } from "../reference/weights.ts";
import type { Shown } from "../shown_numbers.ts";
import { type Claims, grouped } from "./claims.ts";
import type { Known } from "./index.ts";

/** Shop, quality, and what a model of one's own is. */
export function around(claims: Claims, { shop, status, own }: Shown, { name, config, products, demo, now, auc }: Known): void {
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
  const category = category_dim > 0 ? ` ‖ category ${category_dim}` : "";
  const sizes = [`embeddings item ${item_dim}${category};`, `head ${head.hidden.join(" → ")} Dice`];
  return [networkOf(network).facts(network), ...sizes];
}
