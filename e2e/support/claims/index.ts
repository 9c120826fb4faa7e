// What each number, label and end of a scale on the page must be: one claim a line, [what, what is shown, what is true].
// True is what the engine holds (`window.interestLens`), to the last bit, and that again is what the equations of
// `reference/` give, within the tolerances of the native tests.

import type { Product } from "../made_models.ts";
import type { State, Trace } from "../page.ts";
import type { Answer } from "../reference/network.ts";
import type { Config } from "../reference/weights.ts";
import type { Shown } from "../shown_numbers.ts";
import { around } from "./around.ts";
import { Claims } from "./claims.ts";
import { engine } from "./engine.ts";
import { evolution } from "./evolution.ts";
import { history } from "./history.ts";
import { ranking } from "./ranking.ts";

/** What is known when the page is looked at. */
export interface Known {
  /** The name on the page: a network's, or "Your model". */
  name: string;
  config: Config;
  /** The equations for the present history, by row of the product. */
  equations: (item: number) => Answer;
  products: Product[];
  /** Whether the shop is the page's own: its prices are pounds. */
  demo: boolean;
  now: State;
  trace: Trace;
  /** The answer before the last change of history or network. */
  before: State | null;
  /** The product that was chosen to be inspected; null where the best one is. */
  chosen: string | null;
  /** The product that was chosen to be compared with it, null for none; undefined where the page chooses. */
  compared: string | null | undefined;
  /** Whether products in the history are in the ranking, too. */
  all: boolean;
  /** AUC for the next item against uniform negatives; null where nobody measured it. */
  auc: number | null;
  /** Ends of the scales that only grow, as long as there is an evolution to show. */
  grown: { states: number; map: number };
}

/** All claims about one look at the page. */
export function claims(shown: Shown, known: Known): Claims {
  const claims = new Claims();
  engine(claims, known);
  history(claims, shown, known);
  ranking(claims, shown, known);
  evolution(claims, shown, known);
  around(claims, shown, known);
  return claims;
}
