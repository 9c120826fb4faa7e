// Addresses that people have kept, and what each has to show for ever. Whoever changes what an address says adds lines here, and
// takes none away.

import { comirecSa } from "./reference/comirec_sa.ts";
import { din } from "./reference/din.ts";
import { tin } from "./reference/tin.ts";
import { IDS } from "./shop.ts";
import type { View } from "./views.ts";

/** What an address has to show; what is left out is as the page begins. */
export interface Shown {
  network?: { name: string };
  history?: string[];
  inspected?: string;
  compared?: string | null;
  view?: View;
  /** What is set in the view, by its name in the address. */
  settings?: Record<string, string>;
}

const three = IDS.slice(0, 3);
const twelve = IDS.slice(100, 112);

export const ADDRESSES: [address: string, shows: Shown][] = [
  // Before there was a version.
  ["", {}],
  ["#ranking", {}],
  ["#inside=steps", { view: "steps" }],
  ["#inside=embedding", { view: "embedding" }],
  [`?history=${three}`, { history: three }],
  [`?history=${three}#inside=model`, { history: three, view: "model" }],
  // Version 1: the page.
  [`#v=1&network=din&history=${three}&inspect=${IDS[20]}&compare=${IDS[30]}`, { network: din, history: three, inspected: IDS[20], compared: IDS[30] }],
  ["#v=1&history=&compare=", { history: [], compared: null }],
  // Twelve clicks, packed.
  ["#v=1&history=~2H6FkJ6FIa6FdsqGplqG5fqGR_qGh4qGFAqG95pGOMPHI5OH", { history: twelve }],
  // Version 1: views and what is set in them.
  [`#v=1&history=${twelve}&inside=model&step=3&opened=2&scale=shared`, { history: twelve, view: "model", settings: { step: "3", opened: "2", scale: "shared" } }],
  [`#v=1&history=${twelve}&inside=model&opened=4.1.5`, { history: twelve, view: "model", settings: { opened: "4.1.5" } }],
  [`#v=1&history=${twelve}&inside=steps&speed=0.5&as=table&step=7`, { history: twelve, view: "steps", settings: { step: "7", speed: "0.5", as: "table" } }],
  [
    `#v=1&history=${twelve}&inside=what-if&draft=1-2,~3,*${IDS[5]},12-4&reverse=read&chosen=3`,
    { history: twelve, view: "what-if", settings: { draft: `1-2,~3,*${IDS[5]},12-4`, reverse: "read", chosen: "3" } },
  ],
  ["#v=1&inside=compare&with=tin&a=evolution.2", { view: "compare", settings: { with: tin.id, a: "evolution.2" } }],
  ["#v=1&inside=compare&with=dien&b=evolution.1,normalization.1", { view: "compare", settings: { with: "dien", b: "evolution.1,normalization.1" } }],
  [`#v=1&history=${twelve}&inside=map&step=5&products=${IDS[7]},${IDS[8]}&path=2`, { history: twelve, view: "map", settings: { step: "5", products: `${IDS[7]},${IDS[8]}`, path: "2" } }],
  [`#v=1&inside=embedding&product=${IDS[9]}&area=0.25,0.75,4&category=2`, { view: "embedding", settings: { product: IDS[9]!, area: "0.25,0.75,4", category: "2" } }],
  [`#v=1&history=${twelve}&inside=auxiliary&sample=3&step=2`, { history: twelve, view: "auxiliary", settings: { sample: "3", step: "2" } }],
  ["#v=1&inside=shader&stage=interest_evolution", { view: "shader", settings: { stage: "interest_evolution" } }],
  ["#v=1&network=comirec-sa&inside=interests&as=table", { network: comirecSa, view: "interests", settings: { as: "table" } }],
];
