// One view alone in a frame of somebody else's page: it says how high it is, answers its page and nobody else, takes neither focus
// nor keys that are not its own, and runs where the page around gives it next to nothing.

import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium as browsers, expect, type FrameLocator, type Page } from "@playwright/test";

import { chromium, pageUrl } from "../playwright.config.ts";
import { heard, type Host, hostPage, startHost } from "../support/host.ts";
import { answered, open, type State, test } from "../support/page.ts";
import { comirecSa } from "../support/reference/comirec_sa.ts";
import { START } from "../support/reference/index.ts";
import { IDS } from "../support/shop.ts";
import { VIEWS } from "../support/views.ts";

let host: Host;
test.beforeAll(async () => {
  host = await startHost(pageUrl);
});
test.afterAll(() => host.close());

/** The address of the page with this alone, on the CPU: a frame asks for no more than it has to. */
const alone = (hash: string, at = pageUrl) => `${at}?backend=cpu#${hash.replaceAll("&", "&amp;")}`;
const frame = (hash: string, more = "", at = pageUrl) => `<iframe id="lens" src="${alone(hash, at)}" width="900" height="300" ${more}></iframe>`;

/** Opens a page of somebody else's with this in its body. */
async function around(page: Page, body: string, head = ""): Promise<void> {
  host.show("/host.html", hostPage(body, head));
  await page.goto(`${host.url}/host.html`);
}

const inside = (page: Page, id = "lens"): FrameLocator => page.frameLocator(`#${id}`);

/** Asks the frame for something, and gives what it answers. */
const ask = (page: Page, what: string, id = "lens"): Promise<any> =>
  page.evaluate(
    ([what, id]) =>
      new Promise((resolve) => {
        const one = `${what} ${Math.random()}`;
        addEventListener("message", ({ data }) => {
          if (data?.type === "interest-lens.got" && data.id === one) resolve(data.value);
        });
        const { contentWindow } = document.getElementById(id!) as HTMLIFrameElement;
        contentWindow!.postMessage({ type: "interest-lens.get", what, id: one }, "*");
      }),
    [what, id],
  );

/** Waits until the frame has answered, and gives its state. */
async function ready(page: Page, id = "lens"): Promise<State> {
  await expect.poll(() => page.evaluate((id) => window.heard.some(({ frame, data }) => frame === id && data.type === "interest-lens.ready"), id), { timeout: 100_000 }).toBe(true);
  let state: State;
  await expect(async () => {
    state = await ask(page, "state", id);
    expect(state.busy).toBe(false);
  }).toPass({ timeout: 100_000 });
  return state!;
}

/** Waits until the frame has said how high it is and is so high. */
async function fits(page: Page, id = "lens"): Promise<void> {
  await expect(async () => {
    const [last] = (await heard(page, "lti.frameResize")).slice(-1);
    const content = await inside(page, id).locator("body").evaluate((body) => body.getBoundingClientRect().height);
    expect(Math.abs(last.height - content)).toBeLessThanOrEqual(1);
  }).toPass({ timeout: 60_000 });
}

for (const view of [...VIEWS, "ranking"]) {
  test(`${view} alone: nothing else, as high as it says, in three messages or fewer`, async ({ page }) => {
    const network = view === "interests" ? `&network=${comirecSa.id}` : "";
    await around(page, frame(`v=1${network}&embed=${view}`));
    await ready(page);
    const shown = view === "ranking" ? inside(page).getByTestId("ranking-row").first() : inside(page).getByTestId(`view-${view}`);
    await expect(shown).toBeVisible();
    for (const part of [".header", ".shop", ".history", ".tabs", ".skip"]) await expect(inside(page).locator(part)).toHaveCount(0);
    await fits(page);
    // Whatever else comes of it has come by the time that the frame's own timers have run many times.
    await page.evaluate(async () => {
      for (let frames = 0; frames < 60; frames++) await new Promise(requestAnimationFrame);
    });
    await fits(page);
    expect((await heard(page, "lti.frameResize")).length).toBeLessThanOrEqual(3);
    expect(await heard(page, "resize")).toHaveLength((await heard(page, "lti.frameResize")).length);
    expect(await heard(page, "hello")).toEqual([{ context: "h5p", action: "hello" }]);
    // And nothing in it scrolls up and down with the frame as high as that.
    const scrolls = await inside(page).locator("html").evaluate((html) => html.scrollHeight > html.clientHeight);
    expect(scrolls).toBe(false);
  });
}

test("an exercise alone has no answer from the start, however late the part comes that shows it", async ({ page }) => {
  let deliver = () => {};
  const late = new Promise<void>((resolve) => (deliver = resolve));
  await page.route("**/split_embed.wasm", async (route) => {
    await late;
    await route.continue();
  });
  await page.goto("./?backend=cpu#embed=exercise:2");
  await page.waitForFunction(() => window.interestLens?.now().backend);
  const answers = await page.evaluate(async () => {
    let answers = 0;
    for (let frames = 0; frames < 200; frames++) {
      await new Promise(requestAnimationFrame);
      answers += Object.keys(window.interestLens!.state().probabilities).length;
    }
    return answers;
  });
  expect(answers).toBe(0);
  deliver();
  await expect(page.getByTestId("exercise")).toBeVisible();
  expect(await page.evaluate(() => window.interestLens!.state().probabilities)).toEqual({});
});

test("it tells its height again to whoever speaks H5P, and whenever it changes", async ({ page }) => {
  await around(page, frame("v=1&embed=steps"));
  await ready(page);
  await fits(page);
  const before = (await heard(page, "resize")).length;
  await page.evaluate(() => {
    const { contentWindow } = document.querySelector("iframe")!;
    contentWindow!.postMessage({ context: "h5p", action: "hello" }, "*");
  });
  await expect.poll(async () => (await heard(page, "resize")).length).toBe(before + 1);
  const [low] = (await heard(page, "resize")).slice(-1);
  expect(low.scrollHeight).toBe(low.height);
  await inside(page).getByTestId("table-toggle").click();
  await expect.poll(async () => (await heard(page, "resize")).at(-1).height).not.toBe(low.height);
  await fits(page);
});

test("while it loads, and while somebody uses it, the page around keeps its focus and its place", async ({ page }) => {
  // Far enough down that whoever scrolls to it is found out, and near enough that it loads.
  await around(page, `<input id="mine"><div style="height:600px"></div>${frame("v=1&embed=model&step=3", "data-fixed")}<div style="height:3000px"></div>`);
  await page.locator("#mine").focus();
  await page.evaluate(() => (window.moved.length = 0));
  await ready(page);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("mine");
  expect(await page.evaluate(() => [scrollY, window.moved])).toEqual([0, []]);
  // A state that its page asks for takes no focus either.
  await page.evaluate(() => {
    const { contentWindow } = document.querySelector("iframe")!;
    contentWindow!.postMessage({ type: "interest-lens.set", address: "inside=model&opened=2.1.1" }, "*");
  });
  await expect(inside(page).getByTestId("model-calculation")).toHaveCount(1);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("mine");
  // By a click it is in the frame, which the visitor chose; the page around stays where it is.
  await page.mouse.wheel(0, 300);
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(300);
  await inside(page).getByTestId("model-up").click();
  await expect(inside(page).getByTestId("model-cell").first()).toBeVisible();
  await answered(page.frames()[1] as unknown as Page);
  expect(await page.evaluate(() => [document.activeElement?.id, scrollY])).toEqual(["lens", 300]);
});

test("the page around sets what it shows, and hears what comes of it", async ({ page }) => {
  await around(page, frame("v=1&embed=steps"));
  const first = await ready(page);
  const [ready1] = await heard(page, "interest-lens.ready");
  expect(ready1).toEqual({ type: "interest-lens.ready", version: 1 });
  const history = IDS.slice(3, 8);
  await page.evaluate((address) => {
    const { contentWindow } = document.querySelector("iframe")!;
    contentWindow!.postMessage({ type: "interest-lens.set", address, id: 7 }, "*");
  }, `v=1&network=din&history=${history.join()}&inspect=${IDS[40]}&step=2`);
  await expect.poll(() => heard(page, "interest-lens.done")).toEqual([{ type: "interest-lens.done", id: 7 }]);
  await expect
    .poll(async () => (await heard(page, "interest-lens.answered")).at(-1))
    .toMatchObject({ network: "din", history, inspected: IDS[40] });
  await expect(async () => {
    const state = await ask(page, "state");
    expect(state).toMatchObject({ network: "DIN", history, view: "steps", settings: { step: "2" } });
    expect(state.history).not.toEqual(first.history);
    expect((await heard(page, "interest-lens.answered")).at(-1).probability).toBe(state.inspected.probability);
  }).toPass();
  const trace = await ask(page, "trace");
  expect(trace.attention.values).toHaveLength(history.length);
  const address = await ask(page, "address");
  expect(address).toContain("network=din");
  expect(address).toContain("inside=steps");
  // What it cannot do it says.
  await page.evaluate(() => {
    const { contentWindow } = document.querySelector("iframe")!;
    contentWindow!.postMessage({ type: "interest-lens.set", address: "network=gru4rec&inside=map" }, "*");
  });
  await expect.poll(async () => (await heard(page, "interest-lens.unread")).at(-1)?.why).toContain("there is no network “gru4rec”");
  await expect(inside(page).getByTestId("view-map")).toBeVisible();
  await expect(inside(page).getByTestId("alone-unknown")).toContainText("gru4rec");
});

test("a click in the frame is told to the page around", async ({ page }) => {
  await around(page, frame("v=1&embed=embedding"));
  const { history } = await ready(page);
  await inside(page).getByTestId("embedding-search").fill("bag");
  const found = inside(page).getByTestId("embedding-found").first();
  const item = await found.getAttribute("data-item");
  await found.click();
  await inside(page).getByRole("button", { name: "Click it" }).click();
  await expect.poll(() => heard(page, "interest-lens.clicked")).toEqual([{ type: "interest-lens.clicked", item }]);
  await expect.poll(async () => (await heard(page, "interest-lens.answered")).at(-1).history).toEqual([...history, item]);
});

test("nobody but the page around is heard, and nobody else hears anything", async ({ page }) => {
  // A stranger is another frame of the same page, and of the same origin as the page around.
  host.show("/stranger.html", hostPage("<p>a stranger</p>"));
  await around(page, `${frame("v=1&embed=steps")}<iframe id="stranger" src="/stranger.html"></iframe>`);
  const before = await ready(page);
  const stranger = page.frames().find((frame) => frame.url().endsWith("stranger.html"))!;
  await stranger.evaluate(() => {
    const lens = parent.frames[0]!;
    lens.postMessage({ type: "interest-lens.set", address: "v=1&network=din&history=" }, "*");
    lens.postMessage({ type: "interest-lens.get", what: "state", id: "stranger" }, "*");
    lens.postMessage({ context: "h5p", action: "hello" }, "*");
  });
  // What its own page asks for afterwards is answered after that.
  expect(await ask(page, "state")).toMatchObject({ network: before.network, history: before.history, busy: false });
  expect(await stranger.evaluate(() => window.heard)).toEqual([]);
  expect(await heard(page, "interest-lens.done")).toEqual([]);
  // What is no message of these, or is broken, is nothing.
  await page.evaluate(() => {
    const lens = document.querySelector<HTMLIFrameElement>("#lens")!.contentWindow!;
    for (const data of [null, 0, "interest-lens.get", [], {}, { type: "interest-lens.get" }, { type: "interest-lens.set", address: 5 }, { type: "interest-lens.get", what: "memory" }]) {
      lens.postMessage(data, "*");
    }
  });
  expect((await ask(page, "state")).history).toEqual(before.history);
});

test("keys that it does not use go on to the page around, and no others", async ({ page }) => {
  await around(page, frame("v=1&embed=model"));
  await ready(page);
  await fits(page);
  const keys = async () => (await heard(page, "interest-lens.key")).map(({ key }) => key);
  // Without the focus it hears none.
  await page.keyboard.press("PageDown");
  expect(await keys()).toEqual([]);
  await inside(page).getByTestId("model-stage").nth(1).click();
  // While it is higher than the frame, it scrolls by these keys.
  await fits(page);
  await page.keyboard.press("PageDown");
  await page.keyboard.press("PageUp");
  await expect.poll(keys).toEqual(["PageDown", "PageUp"]);
  // Escape goes up in the view, and is told only where there is nothing above.
  await page.keyboard.press("Escape");
  await expect(inside(page).getByTestId("model-up")).toHaveCount(0);
  await fits(page);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("a");
  await page.keyboard.press("Control+PageDown");
  expect(await keys()).toEqual(["PageDown", "PageUp"]);
  await page.keyboard.press("Escape");
  await expect.poll(keys).toEqual(["PageDown", "PageUp", "Escape"]);
  // In a list of numbers, PageDown is its own.
  await inside(page).getByTestId("table-toggle").click();
  await inside(page).getByRole("region", { name: /as a table/ }).focus();
  await page.keyboard.press("PageDown");
  await inside(page).getByTestId("step-scrub").focus();
  await page.keyboard.press("PageUp");
  expect(await keys()).toEqual(["PageDown", "PageUp", "Escape"]);
});

/** Whether a page in this frame may keep anything. */
const storage = (frame: FrameLocator) =>
  frame.locator("body").evaluate(() => {
    try {
      return typeof localStorage.length;
    } catch (error) {
      return (error as Error).name;
    }
  });

test("in a frame that may run scripts and nothing else", async ({ page }) => {
  await around(page, frame("v=1&embed=steps&step=2&theme=dark", 'sandbox="allow-scripts"', host.page));
  const state = await ready(page);
  expect(await storage(inside(page))).toBe("SecurityError");
  expect(state).toMatchObject({ problem: null, view: "steps", settings: { step: "2" } });
  await fits(page);
  await inside(page).getByTestId("step-next").click();
  await expect.poll(async () => (await ask(page, "state")).settings).toEqual({ step: "3" });
  await expect(inside(page).locator("html")).toHaveAttribute("data-theme", "dark");
});

test.describe("a model of one’s own in a frame that may run scripts and nothing else", () => {
  // Chromium logs it, too.
  test.use({ expectedErrors: [/reader_worker|Failed to load resource/] });

  test("is refused with the reason, and the page’s own network answers", async ({ page }) => {
    await around(page, `<input id="mine"><iframe id="lens" src="${host.page}?backend=cpu&model=assets/din.safetensors#v=1&embed=steps" sandbox="allow-scripts" width="900" height="700"></iframe>`);
    await page.locator("#mine").focus();
    await expect(inside(page).getByTestId("own-model-error")).toContainText("reader_worker.js is not allowed to run", { timeout: 60_000 });
    await expect(inside(page).getByTestId("alone-about")).toContainText(START.name);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("mine");
  });
});

test("a model of one’s own in a frame that may have an origin", async ({ page }) => {
  await around(page, `<iframe id="lens" src="${pageUrl}?backend=cpu&model=assets/din.safetensors#v=1&amp;network=yours&amp;embed=steps&amp;step=2" sandbox="allow-scripts allow-same-origin" width="900" height="700"></iframe>`);
  expect(await ready(page)).toMatchObject({ network: "Your model", problem: null, settings: { step: "2" } });
});

test("where the browser gives frames of other sites no storage", async ({}, testInfo) => {
  const profile = mkdtempSync(join(tmpdir(), "interest-lens-"));
  mkdirSync(join(profile, "Default"));
  // What the setting “Block third-party cookies” writes.
  writeFileSync(join(profile, "Default", "Preferences"), JSON.stringify({ profile: { block_third_party_cookies: true, cookie_controls_mode: 1 } }));
  const context = await browsers.launchPersistentContext(profile, { ...chromium, viewport: { width: 1200, height: 900 } });
  try {
    const page = await context.newPage();
    await around(page, frame("v=1&embed=map&step=4"));
    const state = await ready(page);
    expect(await storage(inside(page)), "the browser forbids storage").toBe("SecurityError");
    expect(state).toMatchObject({ problem: null, view: "map", settings: { step: "4" } });
    await expect(inside(page).getByTestId("map-path")).toHaveCount(5);
    await fits(page);
    await page.reload();
    expect((await ready(page)).settings).toEqual({ step: "4" });
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
  expect(testInfo.errors).toEqual([]);
});

test("six frames of a page keep apart, and each takes less than 64 MB", async ({ page }) => {
  test.slow();
  const histories = Array.from({ length: 6 }, (_, place) => IDS.slice(10 * place, 10 * place + 5 + place));
  const views = ["steps", "model", "what-if", "map", "compare", "ranking"];
  const frames = histories.map((history, place) => `<iframe id="f${place}" src="${alone(`v=1&history=${history.join()}&embed=${views[place]}`)}" width="600" height="300" data-fixed></iframe>`);
  await page.setViewportSize({ width: 1300, height: 1000 });
  await around(page, frames.join(""));
  for (const [place, history] of histories.entries()) expect((await ready(page, `f${place}`)).history).toEqual(history);
  for (const frame of page.frames().slice(1)) {
    const megabytes = await frame.evaluate(() => window.interestLens!.memory() / 1e6);
    expect(megabytes).toBeLessThan(64);
  }
  // A reload brings each its own clicks again.
  await page.reload();
  for (const [place, history] of histories.entries()) expect((await ready(page, `f${place}`)).history).toEqual(history);
});

test("a frame far from the screen loads nothing until somebody comes near", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await around(page, `<div style="height:9000px"></div>${frame("v=1&embed=steps")}<div style="height:2000px"></div>`);
  await expect(inside(page).locator(".loading")).toBeAttached();
  const large = () => asked.filter((url) => /\.wasm|assets\//.test(url) && !url.endsWith("icon.svg"));
  expect(large()).toEqual([]);
  await page.locator("#lens").scrollIntoViewIfNeeded();
  await ready(page);
  expect(large().length).toBeGreaterThan(2);
});

test("the line that makes a frame is ready to copy, for every view, with what is set", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, `?backend=cpu#v=1&history=${IDS.slice(0, 6).join()}&inside=steps&step=2`);
  await page.getByTestId("copy-link").click();
  await page.getByTestId("frame-line").click();
  const line = page.getByTestId("frame-line-html");
  await expect(line).toHaveValue(/^<iframe src="http[^"]+&amp;embed=steps&amp;step=2" title="Interest Lens: Steps"/);
  await page.getByTestId("frame-line-copy").click();
  await expect(page.getByRole("status").filter({ hasText: "The line is copied." })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(await line.inputValue());
  await page.getByTestId("frame-line-view").selectOption("ranking");
  await expect(line).toHaveValue(/embed=ranking" title="Interest Lens: Ranking"/);
  await around(page, copied.replace("<iframe", '<iframe id="lens"'));
  expect(await ready(page)).toMatchObject({ view: "steps", settings: { step: "2" }, history: IDS.slice(0, 6) });
});

test("the whole page is a link away, with the same state", async ({ page }) => {
  await page.goto(`./?backend=cpu#v=1&embed=steps&step=3&network=din`);
  const { settings, network } = await answered(page);
  expect(settings).toEqual({ step: "3" });
  const [whole] = await Promise.all([page.waitForEvent("popup"), page.getByTestId("open-whole").click()]);
  await expect.poll(async () => (await answered(whole)).settings).toEqual(settings);
  expect((await answered(whole)).network).toBe(network);
  await expect(whole.getByTestId("shop-item").first()).toBeVisible();
  expect(whole.url()).toContain("inside=steps");
});

test("nothing that is not there can be shown alone, and that is said", async ({ page }) => {
  await page.goto("./?backend=cpu#v=1&embed=tarot");
  await answered(page);
  await expect(page.getByTestId("ranking-row").first()).toBeVisible();
  await expect(page.getByTestId("alone-unknown")).toContainText("There is no view “tarot”");
});
