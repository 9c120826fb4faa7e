// Lets the figures live: near the screen a view of the page takes the place of its first state, one figure at a time. Without this
// script, or where the program does not arrive, the article has its first states and everything else.

const root = new URL("../", import.meta.url);
const figures = [...document.querySelectorAll("[data-figure]")];
const titles = JSON.parse(document.getElementById("titles").textContent);
const words = document.getElementById("words").dataset;

/** The page's program, once: see index.html for which of its two files a browser takes. */
async function load() {
  // As in the page's index.html: where the program finds the texts of the article's language.
  globalThis.folder = document.documentElement.dataset.program;
  const folder = new URL(globalThis.folder, root);
  const simd = [0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 123, 1, 123];
  const fusedMultiplyAdd = Uint8Array.of(...simd, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 0, 32, 0, 253, 133, 2, 11);
  const wasm = WebAssembly.validate(fusedMultiplyAdd) ? "page_bg.wasm" : "page_plain_bg.wasm";
  // The program names its files as from the page, and takes what is begun already.
  const begun = { get: (_, file) => ({ request: fetch(new URL(file, root)) }), deleteProperty: () => true };
  globalThis.begun = new Proxy({}, begun);
  const program = await import(new URL("page.js", folder));
  await program.default({ module_or_path: fetch(new URL(wasm, folder)) });
  return program;
}

let program;
/** Figures near the screen, and how many pixels of each are on it. */
const near = new Map();
/** The figure that is to be awake, the one that is, and the one that somebody uses. */
let wanted, awake, used;
/** One change after the other. */
let turn = Promise.resolve();

function choose() {
  const best = [...near].sort((a, b) => b[1] - a[1])[0]?.[0];
  const next = near.has(used) ? used : best;
  if (next === wanted) return;
  wanted = next;
  turn = turn.then(change);
}

async function change() {
  if (wanted === awake) return;
  const figure = wanted;
  rest();
  try {
    if (!figure) return (await program)?.hide_figure();
    const live = figure.querySelector(".live");
    program ??= load();
    const { show_figure } = await program;
    // Laid out, but not seen until it is complete.
    live.classList.add("waking");
    live.hidden = false;
    awake = figure;
    await show_figure(live, figure.dataset.partOfPage, figure.dataset.state);
    live.classList.remove("waking");
    figure.querySelector(".first-state").hidden = true;
    figure.dataset.awake = "";
  } catch (error) {
    console.warn(error);
    rest();
    document.querySelector(".trouble").hidden = false;
  }
}

/** Shows the first state of the figure that is awake. */
function rest() {
  if (!awake) return;
  const figure = awake;
  awake = undefined;
  // What follows does not move as long as somebody may see it.
  figure.style.minHeight = near.has(figure) ? `${figure.offsetHeight}px` : "";
  delete figure.dataset.awake;
  figure.querySelector(".first-state").hidden = false;
  const live = figure.querySelector(".live");
  live.hidden = true;
  live.classList.remove("waking");
}

const watch = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) near.set(target, 0);
      else near.delete(target);
      if (!isIntersecting && target !== awake) target.style.minHeight = "";
    }
    measure();
  },
  // A quarter of a screen before it comes, it is made ready.
  { rootMargin: "25% 0px" },
);

function measure() {
  for (const figure of near.keys()) {
    const { top, bottom } = figure.getBoundingClientRect();
    // What is not on the screen yet counts by how far away it is.
    near.set(figure, Math.min(bottom, innerHeight) - Math.max(top, 0));
  }
  choose();
}

let frame;
addEventListener("scroll", () => (frame ??= requestAnimationFrame(() => ((frame = undefined), measure()))), { passive: true });

for (const figure of figures) {
  watch.observe(figure);
  for (const event of ["pointerenter", "focusin"]) {
    figure.addEventListener(event, () => {
      used = figure;
      choose();
    });
  }
  figure.addEventListener("pointerleave", () => (used = figure.contains(document.activeElement) ? figure : undefined));
}

// Letters of equations.

/** The values of a letter now: those of its figure where that is awake and answers, else those of the figure's first state. */
function values(letter, figure) {
  const clicks = new URLSearchParams(figure.dataset.state).get("history").split(",");
  const first = { values: letter.dataset.values.split(" ").map(Number), clicks };
  const state = figure.dataset.awake === undefined ? null : globalThis.interestLens?.state();
  if (!state?.inspected) return first;
  const { part } = letter.dataset;
  if (part in state.inspected && typeof state.inspected[part] === "number") {
    return { values: [state.inspected[part]], clicks: state.history };
  }
  const found = globalThis.interestLens.trace()[part];
  if (!found) return first;
  const width = letter.dataset.byStep === undefined ? found.values.length : found.values.length / (found.shape[0] || 1);
  return { values: found.values.slice(-width), clicks: state.history };
}

const number = (value) => value.toFixed(3).replace("-", "−");

const fill = (template, gaps) => template.replace(/\{(\w+)\}/g, (_, name) => gaps[name]);

/** What a letter is, and its value. */
function said(letter, { values, clicks }) {
  const { name, byStep } = letter.dataset;
  const list = values.slice(0, 4).map(number).join(", ");
  const value = values.length > 1 ? fill(words.saysList, { list, count: values.length }) : list;
  const newest = clicks.at(-1);
  const gaps = { name, value, step: clicks.length, title: titles[newest] ?? newest };
  return fill(byStep === undefined ? words.says : words.saysAt, gaps);
}

function light(letter, isLit) {
  const equation = letter.closest(".equation");
  const figure = document.getElementById(`figure-${equation.dataset.ofFigure}`);
  const { part, letter: sign } = letter.dataset;
  const live = { attention: ".bar-area", probability: ".probability" }[part];
  const all = [`[data-part="${part}"]`, `[data-letter="${sign}"]`, live].filter(Boolean).join();
  letter.classList.toggle("lit-part", isLit);
  for (const one of figure.querySelectorAll(all)) one.classList.toggle("lit-part", isLit);
  if (!isLit) return;
  const readout = equation.querySelector(".readout");
  const now = values(letter, figure);
  const math = document.createElementNS("http://www.w3.org/1998/Math/MathML", "math");
  math.append(...[...letter.childNodes].map((node) => node.cloneNode(true)));
  readout.replaceChildren(math, ` ${said(letter, now)}`);
  readout.dataset.part = part;
  readout.dataset.values = now.values.join(" ");
}

for (const letter of document.querySelectorAll(".letter")) {
  for (const event of ["pointerenter", "focus", "click"]) letter.addEventListener(event, () => light(letter, true));
  for (const event of ["pointerleave", "blur"]) letter.addEventListener(event, () => light(letter, false));
}

// The theme, as the page's button has it.
document.querySelector(".theme").addEventListener("click", () => {
  const { dataset } = document.documentElement;
  const isDark = dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = isDark ? "light" : "dark";
  try {
    localStorage.setItem("theme", dataset.theme);
  } catch {
    // Where the browser keeps nothing, the choice holds until the article is left.
  }
});
