// The sums of the report: medians, quantiles, ratios.

/** The value below which the share `q` of the values lies, by the nearest rank. */
export function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

/** The middle value, or the mean of both. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Each stage over several calls: the median and the least of its milliseconds. */
export function summarise(calls) {
  return (calls[0] ?? []).map(({ stage }, index) => {
    const times = calls.map((stages) => stages[index].ms);
    return { stage, ms: median(times), least: Math.min(...times) };
  });
}

/**
 * How many times the time of `one` that of `other` is: the median of the rounds' ratios, in which they took turns, since the
 * medians of either might be of different states of the machine; their ratio where one of them had no turn.
 */
export function timesAsLong(one, other) {
  const rounds = Math.min(one.rounds?.length ?? 0, other.rounds?.length ?? 0);
  if (rounds === 0) return one.ms / other.ms;
  return median(Array.from({ length: rounds }, (_, round) => one.rounds[round] / other.rounds[round]));
}
