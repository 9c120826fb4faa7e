// What every page offers, whatever its engine: window.bench = { init(), din(history, candidates), dien(history, candidates) },
// where both are rows of items and the answer is { p, attention, ms }: the click probability of each candidate, the attention
// of the first one to each click, and the milliseconds that it took.

import { modelFiles } from "./sizes.js";

const asked = new URLSearchParams(location.search);
const fetched = new Map();

/** A file of the models folder, fetched once. */
function file(name) {
  if (!fetched.has(name)) {
    const bytes = fetch(`../models/${name}`).then((response) => {
      if (!response.ok) throw new Error(`${name}: ${response.status}`);
      return name.endsWith(".json") ? response.json() : response.arrayBuffer();
    });
    fetched.set(name, bytes);
  }
  return fetched.get(name);
}

/**
 * Sets window.bench for an engine that has `init()` and `open(network, ...contents of its model files)`, which resolves to a
 * function of (history, candidates) to { p, attention } and, if it will, more. A network is opened when it is first called.
 * The build sets PAGE to the page's name.
 *
 * `?first=din&history=50&candidates=100` calls it at once and leaves in window.first how long it took since the navigation.
 */
export function offer({ init, open }) {
  const opened = new Map();
  let begun;
  const begin = () => (begun ??= init());
  const load = async (network, names) => {
    const contents = Promise.all(names.map(file));
    await begin();
    return open(network, ...(await contents));
  };
  const call = async (network, history, candidates) => {
    const names = modelFiles(PAGE, network, history.length);
    if (!opened.has(names[0])) opened.set(names[0], load(network, names));
    const rank = await opened.get(names[0]);
    const start = performance.now();
    const answer = await rank(history, candidates);
    return { ...answer, ms: performance.now() - start };
  };
  window.bench = {
    init: begin,
    din: (history, candidates) => call("din", history, candidates),
    dien: (history, candidates) => call("dien", history, candidates),
  };
  const network = asked.get("first");
  if (network) {
    const rows = (name) => Uint32Array.from({ length: Number(asked.get(name)) }, (_, row) => row);
    window.bench[network](rows("history"), rows("candidates")).then(
      () => (window.first = { ms: performance.now() }),
      (error) => (window.first = { error: String(error) }),
    );
  }
}
