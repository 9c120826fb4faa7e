// What is trained on, in the time that is measured and to see that the peer computes the same.

import { pack, unpack } from "./purchases.js";
import { STEPS } from "./sizes.js";

/** More epochs than anybody will wait for. */
const EPOCHS = 1000;
/** In the check so many clicks are known at most, for a batch of all purchases to have room. */
const CHECKED_HISTORY = 10;
/** Purchases of the check's first baskets, so that histories of none, of three and of ten are in one batch; and of all others. */
const BASKETS = { first: [3, 900, 900], other: 20 };
/** What the check's user did not buy. */
const NOT_BOUGHT = 1234;

/**
 * Files by their names, and how each network is trained on a set, from the file of the training users' purchases and each
 * network's { config, train } as it was trained.
 *
 * - "timed" is an epoch of full batches, of users from all over the data: whoever trains on it computes the same shapes in some
 *   order
 * - "trial" is a shorter one
 * - "check" leaves nothing to chance: its one user bought every item but one, which is every negative, and an epoch is a step with
 *   all of the purchases
 */
export function trainingSets(file, buffer, networks, sha256) {
  const { header, users } = unpack(file, buffer);
  const asTrained = (change) =>
    Object.fromEntries(Object.entries(networks).map(([network, { config, train }]) => [network, change({ config, train })]));
  const endless = { epochs: EPOCHS, patience: EPOCHS, warmup: 0 };
  const packed = (users) => pack(users, header, sha256);
  const realistic = ({ config, train }) => ({ config, train: { ...train, ...endless } });
  const some = (steps) => packed(someUsers(users, steps * networks.din.train.batch));
  const one = oneUser(header.items);
  return {
    files: {
      "timed.bin": some(STEPS.timed),
      "trial.bin": some(STEPS.trial),
      "check.bin": packed([one]),
      // Asked after every epoch, which is no part of a step.
      "validation.bin": packed([{ items: [0, 1], baskets: [0, 1] }]),
    },
    trainings: {
      timed: asTrained(realistic),
      trial: asTrained(realistic),
      check: asTrained(({ config, train }) => ({
        config: { ...config, max_history: CHECKED_HISTORY },
        train: { ...train, ...endless, protocol: "next_basket", batch: one.items.length, weight_decay: 0 },
      })),
    },
  };
}

/** Users from all over the data with so many purchases together; the last one's are cut off. */
function someUsers(users, purchases) {
  const all = users.reduce((sum, { items }) => sum + items.length, 0);
  const apart = Math.floor(all / purchases);
  const rounds = Array.from({ length: apart }, (_, first) => users.filter((_, user) => user % apart === first));
  const some = [];
  let missing = purchases;
  for (const { items, baskets } of rounds.flat()) {
    if (missing === 0) break;
    some.push({ items: items.slice(0, missing), baskets: baskets.slice(0, missing) });
    missing -= some.at(-1).items.length;
  }
  return some;
}

/** A user who bought all items but one, in an order in which neighbours have little to do with each other. */
function oneUser(count) {
  // A prime, so that every item has its turn.
  const order = Array.from({ length: count }, (_, place) => (place * 1009) % count);
  const items = order.filter((item) => item !== NOT_BOUGHT);
  const baskets = [];
  for (let basket = 0; baskets.length < items.length; basket++) {
    const size = Math.min(BASKETS.first[basket] ?? BASKETS.other, items.length - baskets.length);
    baskets.push(...Array(size).fill(basket));
  }
  return { items, baskets };
}
