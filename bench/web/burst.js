// A person in a hurry: twenty clicks in a second on the app's page, on a processor that is slowed down.

import { open } from "./browser.js";

/** How many times slower the page's thread is made. */
export const SLOWDOWN = 4;
const CLICKS = 20;
const APART_MS = 50;

/** The tasks of the page's main thread over 50 ms, in ms, while it answers the clicks; and for how long it was at work. */
export async function timeBurst(launch, address) {
  const browser = await open(launch);
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(address);
    const settled = () =>
      page.waitForFunction("(({ busy, network }) => !busy && network)(window.interestLens?.now() ?? {})");
    await settled();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
    const tasks = await page.evaluate(click, { clicks: CLICKS, apart: APART_MS });
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    await settled();
    const { history } = await page.evaluate("window.interestLens.now()");
    return { tasks, clicked: history.length };
  } finally {
    await browser.close();
  }
}

/** Clicks, waits until nothing has changed in the ranking for a second, and gives the long tasks. Runs in the page. */
async function click({ clicks, apart }) {
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ type: "longtask" });
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let changed = performance.now();
  const changes = new MutationObserver(() => (changed = performance.now()));
  changes.observe(document.querySelector("#ranking"), {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  });
  const items = [...document.querySelectorAll("[data-testid=shop-item]")];
  for (let index = 0; index < clicks; index++) {
    items[index % items.length].click();
    await sleep(apart);
  }
  while (performance.now() - changed < 1000) await sleep(100);
  return tasks;
}
