// The engine's numbers.

import type { Inspected } from "../page.ts";
import { networkOf } from "../reference/index.ts";
import { sigmoid } from "../reference/layers.ts";
import { type Claims, SHARE, STATE } from "./claims.ts";
import type { Known } from "./index.ts";

/** The engine's numbers are those of the equations. */
export function engine(claims: Claims, { config, equations, products, now, trace }: Known): void {
  const isShare = networkOf(config.network).sharesOfOne(config.network);
  const row = (id: string) => products.findIndex((product) => product.id === id);
  const one = (which: string, told: Inspected | null) => {
    if (!told) return;
    const is = equations(row(told.item));
    claims.close(`${which}: probability is σ(logit)`, told.probability, sigmoid(told.logit), SHARE);
    claims.all(`${which}: logit`, told.logit, is.logit, STATE);
    claims.same(`${which}: probability in the ranking`, told.probability, now.probabilities[told.item]!);
    claims.all(`${which}: score`, told.scores, is.scores, STATE);
    claims.all(`${which}: weight`, told.attention, is.attention, isShare ? SHARE : STATE);
    if (isShare && now.history.length > 0) {
      claims.close(`${which}: sum of weights`, told.attention.reduce((a, b) => a + b), 1, SHARE);
    }
    if (told.interest) claims.all(`${which}: interest`, told.interest, is.interest, STATE);
    claims.equal(`${which}: has an evolution`, told.evolution !== null, is.evolution !== null);
    if (!told.evolution || !is.evolution) return;
    const { evolution } = told;
    const { states } = is.evolution;
    for (const part of ["interestStates", "states"] as const) {
      claims.all(`${which}: ${part}`, evolution[part], is.evolution[part], STATE);
    }
    for (const part of ["reset", "update", "attentionalUpdate", "candidate"] as const) {
      claims.equal(`${which}: ${part}: how many`, evolution[part].length, states.length);
      is.evolution[part].forEach((values, step) => {
        // Sums over the state before round as it is large, which is 1 at most unless attention is no share.
        const before = Math.max(1, ...(states[step - 1] ?? []).map(Math.abs));
        claims.all(`${which}: ${part} ${step + 1}`, evolution[part][step], values, STATE * before);
      });
    }
    if (is.evolution.path) claims.all(`${which}: path`, told.evolution.path, is.evolution.path, STATE);
  };
  one("inspected", now.inspected);
  one("compared", now.compared);
  // Every part of the trace, whatever network it is of. Sums over a large state round as it is large.
  const { parts } = equations(row(now.inspected!.item));
  claims.equal("trace: parts", Object.keys(trace), Object.keys(parts));
  const numbers = Object.entries(parts).map(([name, part]) => [name, part.flat() as number[]] as const);
  const most = Math.max(1, ...numbers.flatMap(([, part]) => part.map(Math.abs)));
  for (const [name, part] of numbers) claims.all(`trace: ${name}`, trace[name]?.values, part, STATE * most);

  // The whole catalogue where that is quick, else every fortieth product.
  const every = now.history.length * products.length > 12_000 ? 40 : 1;
  products.forEach(({ id }, item) => {
    if (item % every === 0) claims.close(`probability of ${id}`, now.probabilities[id], equations(item).probability, SHARE);
  });
}
