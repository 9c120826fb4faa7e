// Chromium with WebGPU, and what runs in its pages.

import { chromium } from "playwright-core";

/** A browser with a fresh profile. */
export function open({ gpu, flags }) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: !gpu,
    args: [
      "--no-sandbox",
      "--enable-unsafe-webgpu",
      // Unless a real GPU is asked for, the software adapter: ratios that anyone can repeat.
      ...(gpu ? [] : ["--use-webgpu-adapter=swiftshader"]),
      // Timestamps in nanoseconds, not rounded to a tenth of a millisecond.
      "--enable-dawn-features=allow_unsafe_apis",
      "--disable-dawn-features=timestamp_quantization",
      // Pages take turns, and none may be put to sleep.
      "--disable-background-timer-throttling",
      "--disable-backgrounding-occluded-windows",
      "--disable-renderer-backgrounding",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...flags,
    ],
  });
}

/** Counts what a page asks of WebGPU, in window.counts. Runs before the page's own scripts. */
export function countWebGpu() {
  window.counts = { dispatches: 0, submits: 0, readbacks: 0, buffers: 0 };
  const count = (owner, method, name) => {
    const original = owner?.prototype[method];
    if (!original) return;
    owner.prototype[method] = function (...given) {
      window.counts[name]++;
      return original.apply(this, given);
    };
  };
  count(window.GPUComputePassEncoder, "dispatchWorkgroups", "dispatches");
  count(window.GPUComputePassEncoder, "dispatchWorkgroupsIndirect", "dispatches");
  count(window.GPUQueue, "submit", "submits");
  count(window.GPUBuffer, "mapAsync", "readbacks");
  count(window.GPUDevice, "createBuffer", "buffers");
}

/** Leaves in window.first when the page of the app, if it is one, shows its first ranking. Runs before its own scripts. */
export function noteFirstRanking() {
  const look = () => {
    if (window.bench || window.first) return;
    if (document.querySelector("#ranking .row .probability")?.textContent) window.first = { ms: performance.now() };
    else requestAnimationFrame(look);
  };
  look();
}

/** What the page asked for until its first ranking: the addresses. */
export function askedFor() {
  const entries = ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind));
  return [...new Set(entries.filter(({ startTime }) => startTime <= window.first.ms).map(({ name }) => name))];
}

/** The adapter's and its driver's names. */
export async function adapterName() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return "none";
  const { vendor, architecture, device, description } = adapter.info;
  return [vendor, architecture, device, description].filter(Boolean).join(", ");
}

/**
 * Calls a network in a page until `budgetMs` is spent, `least` to `most` times, with another history each time, or, for
 * `click`, with one more item than the call before, which is not timed. Where the candidates `change`, a call that is not timed
 * comes first. Gives the last answer too.
 */
export async function call({ network, steps, count, seed, least, most, budgetMs, click, change }) {
  let state = seed * 2654435761 || 1;
  const random = (below) => {
    // Xorshift (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const items = 5000;
  const key = `candidates of ${count}`;
  // The same array each time, for those who keep what belongs to it.
  window[key] ??= Uint32Array.from({ length: count }, (_, row) => Math.floor((row * items) / count));
  const candidates = window[key];
  const times = [];
  const gpuTimes = [];
  const stages = [];
  let answer;
  let counts;
  if (change) await window.bench[network](new Uint32Array(steps), candidates);
  const end = performance.now() + budgetMs;
  while (times.length < least || (times.length < most && performance.now() < end)) {
    const history = Uint32Array.from({ length: steps }, () => random(items));
    if (click) await window.bench[network](history.subarray(0, steps - 1), candidates);
    const before = { ...window.counts };
    answer = await window.bench[network](history, candidates);
    counts = Object.fromEntries(Object.entries(before).map(([name, value]) => [name, window.counts[name] - value]));
    times.push(answer.ms);
    if (answer.gpuMs !== undefined) gpuTimes.push(answer.gpuMs);
    if (answer.stages) stages.push(answer.stages);
  }
  const { on } = answer;
  return { times, gpuTimes, stages, counts, on, p: Array.from(answer.p), attention: Array.from(answer.attention) };
}
