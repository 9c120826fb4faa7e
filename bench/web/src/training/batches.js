// The batches of an epoch as our trainer makes them: training/src/train/examples.rs and batch.rs.

/** Numbers from 0 up to 1, always the same for a seed: Mulberry32. */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** In random order (Fisher and Yates). */
function shuffle(values, random) {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [values[last], values[other]] = [values[other], values[last]];
  }
  return values;
}

/** Every purchase to be told from what was not bought, with the history that is known of its user then. */
export function examples(users, { protocol }, maxHistory) {
  return users.flatMap(({ items, baskets }) => {
    const bought = new Set(items);
    return items.map((item, position) => {
      const until = protocol === "next_basket" ? baskets.indexOf(baskets[position]) : position;
      return { item, bought, history: items.slice(Math.max(0, until - maxHistory), until) };
    });
  });
}

/** All examples in random order, in batches of about the same length of history. */
export function batches(examples, size, random) {
  const chunks = (values, length) =>
    Array.from({ length: Math.ceil(values.length / length) }, (_, chunk) =>
      values.slice(chunk * length, (chunk + 1) * length),
    );
  const pools = chunks(shuffle([...examples], random), 32 * size);
  return shuffle(
    pools.flatMap((pool) => {
      pool.sort((a, b) => a.history.length - b.history.length);
      return chunks(pool, size);
    }),
    random,
  );
}

/** So many draws may fail before one of the items that are left is taken. */
const BLIND_DRAWS = 200;

/**
 * Draws items that a user did not buy: with equal chance of all alike, or in proportion to the number of `users` who bought them.
 */
export function negatives(users, items, random) {
  const customers = new Float64Array(items);
  for (const user of users) new Set(user.items).forEach((item) => customers[item]++);
  let sum = 0;
  const cumulative = customers.map((count) => (sum += count));
  const byPopularity = () => {
    const ticket = random() * sum;
    let [low, high] = [0, items - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle] > ticket) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const uniform = () => Math.floor(random() * items);
  return (bought) => {
    const draw = random() < 0.5 ? byPopularity : uniform;
    for (let turn = 0; turn < BLIND_DRAWS; turn++) {
      const item = draw();
      if (!bought.has(item)) return item;
    }
    const left = Array.from({ length: items }, (_, item) => item).filter((item) => !bought.has(item));
    return left[Math.floor(random() * left.length)];
  };
}

/**
 * What a step takes: `histories` [rows, steps], item 0 where a history has no more; their `lengths` [rows]; `candidates`
 * [rows, columns], the item bought first.
 */
export function batch(examples, count, negative) {
  const [rows, columns] = [examples.length, 1 + count];
  const lengths = Int32Array.from(examples, ({ history }) => history.length);
  const steps = Math.max(1, ...lengths);
  const histories = new Int32Array(rows * steps);
  const candidates = new Int32Array(rows * columns);
  examples.forEach(({ item, bought, history }, row) => {
    histories.set(history, row * steps);
    candidates[row * columns] = item;
    for (let column = 1; column < columns; column++) candidates[row * columns + column] = negative(bought);
  });
  return { rows, steps, columns, histories, lengths, candidates };
}

/** The step size at `step`, counted from 0 over all epochs, of `steps`: training/src/options.rs. */
export function stepSize({ learning_rate: rate, warmup }, step, steps) {
  const risen = Math.min(1, (step + 1) / Math.max(1, warmup * steps));
  return rate * risen * (1 - (0.9 * step) / steps);
}
