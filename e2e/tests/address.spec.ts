// What the page shows stands in its address: a link shows somebody else the same, and Back and Forward work.

import { type Browser, expect, type Page } from "@playwright/test";

import { ADDRESSES } from "../support/addresses.ts";
import { answered, change, choose, open, type State, state, test } from "../support/page.ts";
import { comirecSa } from "../support/reference/comirec_sa.ts";
import { din } from "../support/reference/din.ts";
import { ALL, START } from "../support/reference/index.ts";
import { IDS } from "../support/shop.ts";
import { VIEWS, type View } from "../support/views.ts";

/** What an address says behind its #, by name. */
const said = (page: Page) => Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.slice(1)));

/** What two people see who have the same link, on the same backend: everything but how long it took. */
const seen = ({ totalMs, gpuMs, busy, ...same }: State) => same;

/** The page's state once the address says all of it. */
async function settled(page: Page): Promise<State> {
  await expect(async () => {
    const { view, settings } = await answered(page);
    const { inside, ...all } = said(page);
    expect(inside ?? null).toBe(view);
    expect(all).toMatchObject(settings);
    const of = ["v", "network", "shop", "history", "inspect", "compare", "clicked", "theme"];
    expect(Object.keys(all).filter((name) => !of.includes(name)).sort()).toEqual(Object.keys(settings).sort());
  }).toPass({ timeout: 60_000 });
  return state(page);
}

/** Opens the page's address in a browser that has never seen the page, and expects the same there. */
async function expectSameElsewhere(page: Page, browser: Browser): Promise<void> {
  const mine = seen(await settled(page));
  const context = await browser.newContext({ viewport: page.viewportSize() });
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(async () => expect(seen(await answered(other))).toEqual(mine)).toPass({ timeout: 60_000 });
  await expect.poll(() => other.url()).toBe(page.url());
  await context.close();
}

/** Goes to another address of the open page. */
const go = (page: Page, hash: string) => page.evaluate((hash) => (location.hash = hash), hash);

test("it says only what differs, and shows somebody else the same, to the bit", async ({ page, browser }) => {
  await open(page, "?backend=cpu");
  expect(new URL(page.url()).hash).toBe("");
  await choose(page, din);
  await change(page, () => page.getByTestId("shop-item").nth(4).click());
  await page.getByTestId("inspect").nth(5).click();
  await answered(page);
  await page.getByTestId("compare").nth(2).click();
  await answered(page);
  await page.getByTestId("open-steps").click();
  await expect.poll(() => said(page)).toMatchObject({ v: "1", network: din.id, inside: "steps" });
  const mine = await settled(page);
  expect(said(page).history).toBe(mine.history.join());
  expect(said(page).inspect).toBe(mine.inspected!.item);
  expect(said(page).compare).toBe(mine.compared!.item);
  await expectSameElsewhere(page, browser);
});

/** What somebody sets in each view. */
const SET: [view: View, what: string, set: (page: Page) => Promise<void>, network?: { id: string; name: string }][] = [
  [
    "model",
    "the step, a stage and a scale",
    async (page) => {
      await page.getByTestId("step-scrub").fill("3");
      await page.getByTestId("shared-scale").check();
      await page.getByTestId("model-stage").nth(2).click();
    },
  ],
  [
    "model",
    "one number",
    async (page) => {
      await page.getByTestId("model-stage").nth(1).click();
      await page.getByTestId("model-vector").nth(1).getByTestId("model-cell").nth(4).click();
    },
    din,
  ],
  [
    "steps",
    "the step, the speed and a scale",
    async (page) => {
      await page.getByTestId("step-scrub").fill("4");
      await page.getByTestId("step-speed").selectOption({ index: 3 });
      await page.getByTestId("shared-scale").check();
    },
  ],
  ["steps", "the table", (page) => page.getByTestId("table-toggle").click()],
  [
    "what-if",
    "a draft",
    async (page) => {
      const slots = page.getByTestId("what-if-item");
      await slots.nth(2).click();
      await page.getByTestId("what-if-mute").click();
      await slots.nth(5).click();
      await page.getByTestId("what-if-repeat").click();
      await page.getByTestId("what-if-earlier").click();
      await page.getByTestId("read-in-reverse").click();
    },
  ],
  [
    "compare",
    "the other network and the settings of both",
    async (page) => {
      await page.getByTestId("compare-network").selectOption(din.id);
      await page.getByTestId("compare-side").nth(0).getByTestId("compare-evolution").selectOption({ index: 1 });
      await page.getByTestId("compare-side").nth(1).getByTestId("compare-normalization").selectOption({ index: 1 });
    },
  ],
  ["interests", "the table", (page) => page.getByTestId("table-toggle").click(), comirecSa],
  [
    "map",
    "the products, the path and the step",
    async (page) => {
      await page.getByTestId("map-remove").first().click();
      await expect(page.getByTestId("map-product")).toHaveCount(4);
      await page.getByTestId("map-add").selectOption({ index: 9 });
      await expect(page.getByTestId("map-product")).toHaveCount(5);
      await page.getByTestId("map-product").nth(3).click();
      await page.getByTestId("step-scrub").fill("2");
    },
  ],
  [
    "auxiliary",
    "the sample and the step",
    async (page) => {
      await page.getByTestId("sample-again").click();
      await page.getByTestId("sample-again").click();
      await page.getByTestId("auxiliary-step").nth(3).hover();
    },
  ],
  [
    "embedding",
    "the product, the area and a category",
    async (page) => {
      await page.getByTestId("embedding-search").fill("bag");
      await page.getByTestId("embedding-found").nth(1).click();
      await page.getByTestId("zoom-in").click();
      await page.getByTestId("embedding-group").nth(2).click();
    },
  ],
  ["shader", "the stage", (page) => page.getByTestId("shader-stage").nth(2).click()],
  [
    "train",
    "the network, the seed and a size",
    async (page) => {
      await page.getByTestId("train-network").selectOption(din.id);
      await page.getByTestId("train-seed").fill("3");
      await page.getByTestId("train-more").click();
      await page.getByTestId("train-head").fill("32 16");
      await page.getByTestId("train-head").blur();
    },
  ],
];

test("there is a test of what is set in every view", () => {
  expect([...new Set(SET.map(([view]) => view))].sort()).toEqual([...VIEWS].sort());
});

for (const [view, what, set, network] of SET) {
  test(`${view}: ${what} are the same for whoever has the link`, async ({ page, browser }) => {
    await open(page, `?backend=cpu#inside=${view}`);
    if (network) await choose(page, network);
    await set(page);
    await expectSameElsewhere(page, browser);
    expect(Object.keys((await state(page)).settings), "something is set").not.toEqual([]);
    expect(new URL(page.url()).hash.length).toBeLessThan(400);
  });
}

test("theme: whoever has the link sees it, and keeps the theme that is theirs", async ({ page, browser }) => {
  await open(page, "?backend=cpu");
  await page.getByTestId("theme").click();
  await expect.poll(() => said(page).theme).toBe("dark");
  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(page.url());
  await answered(other);
  await expect(other.locator("html")).toHaveAttribute("data-theme", "dark");
  expect(await other.evaluate(() => localStorage.getItem("theme"))).toBeNull();
  // An address that says nothing of it leaves it.
  await go(other, "v=1&inside=steps");
  await expect(other.getByTestId("view-steps")).toBeVisible();
  await expect(other.locator("html")).toHaveAttribute("data-theme", "dark");
  await context.close();
});

test("fifty clicks are under 400 characters, whatever their ids and whatever is set", async ({ page, browser }) => {
  // The longest of the shop, each once.
  const ids = [...IDS].sort((a, b) => b.length - a.length).slice(0, 50);
  await open(page, `?backend=cpu#history=${ids.join()}`);
  await choose(page, din);
  await page.getByTestId("inspect").nth(3).click();
  await answered(page);
  await page.getByTestId("compare").nth(4).click();
  await answered(page);
  await page.getByTestId("hide-clicked").uncheck();
  await page.getByTestId("open-what-if").click();
  for (const at of [3, 9, 27]) {
    await page.getByTestId("what-if-item").nth(at).click();
    await page.getByTestId("what-if-mute").click();
  }
  await page.getByTestId("read-in-reverse").click();
  await page.getByTestId("theme").click();
  await settled(page);
  expect((await state(page)).history).toEqual(ids);
  await expect.poll(() => said(page).theme).toBe("dark");
  expect(new URL(page.url()).hash.length).toBeLessThan(400);
  await expectSameElsewhere(page, browser);
  // And the form that people write is read as ever.
  await go(page, `v=1&network=din&history=${ids.slice(0, 49).join()}`);
  await expect.poll(async () => (await answered(page)).history).toEqual(ids.slice(0, 49));
});

test("Back and Forward go from view to view, and leave the clicks", async ({ page }) => {
  const first = await open(page, "?backend=cpu");
  await page.getByTestId("open-steps").click();
  const clicked = await change(page, () => page.getByTestId("shop-item").nth(2).click());
  await page.getByTestId("open-compare").click();
  await expect(page.getByTestId("view-compare")).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId("view-steps")).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId("ranking-row").first()).toBeVisible();
  expect((await answered(page)).history).toEqual(clicked.history);
  expect(clicked.history).toHaveLength(first.history.length + 1);
  await page.goForward();
  await expect(page.getByTestId("view-steps")).toBeVisible();
  await expect.poll(() => said(page).history).toBe(clicked.history.join());
});

test("Back and Forward bring what was set in a view, unless the clicks that it is about are others", async ({ page }) => {
  await open(page, "?backend=cpu#inside=what-if");
  await page.getByTestId("what-if-item").nth(1).click();
  await page.getByTestId("what-if-mute").click();
  const { settings } = await settled(page);
  expect(settings).toMatchObject({ chosen: "2" });
  await page.getByTestId("open-steps").click();
  await page.getByTestId("step-scrub").fill("2");
  await expect.poll(() => said(page)).toMatchObject({ inside: "steps", step: "2" });
  await page.goBack();
  await expect.poll(async () => (await answered(page)).settings).toEqual(settings);
  await page.goForward();
  await expect.poll(async () => (await answered(page)).settings).toEqual({ step: "2" });
  await change(page, () => page.getByTestId("shop-item").nth(2).click());
  await page.goBack();
  await expect(page.getByTestId("view-what-if")).toBeVisible();
  await expect.poll(async () => (await settled(page)).settings).toEqual({});
  await expect(page.getByTestId("history-unknown")).toHaveCount(0);
});

test("an address that somebody goes to while the page is open is followed", async ({ page }) => {
  await open(page, "?backend=cpu");
  const ids = IDS.slice(5, 9);
  await page.evaluate((hash) => (location.hash = hash), `v=1&network=${din.id}&history=${ids.join()}&inspect=${IDS[20]}`);
  await expect.poll(async () => (await answered(page)).network).toBe(din.name);
  await expect.poll(async () => (await answered(page)).inspected?.item).toBe(IDS[20]);
  expect((await answered(page)).history).toEqual(ids);
  // A click may be waiting to be written: what is asked for meanwhile is not lost.
  await page.evaluate(() => {
    document.querySelectorAll<HTMLElement>('[data-testid="shop-item"]')[6]!.click();
    setTimeout(() => (location.hash = "inside=compare"), 200);
  });
  await expect(page.getByTestId("view-compare")).toBeVisible();
  // What it leaves out is as the page begins.
  await page.evaluate(() => (location.hash = "v=1&inside=steps"));
  await expect(page.getByTestId("view-steps")).toBeVisible();
  await expect.poll(async () => (await answered(page)).network).toBe(START.name);
});

test.describe("addresses that people have kept open as ever", () => {
  for (const [address, shows] of ADDRESSES) {
    test(address || "the page", async ({ page }) => {
      const [query, hash] = address.split("#");
      await page.goto(`./${query}${query ? "&" : "?"}backend=cpu${hash ? `#${hash}` : ""}`);
      await expect(async () => {
        const shown = await answered(page);
        expect(shown.problem).toBeNull();
        expect(shown.network).toBe((shows.network ?? START).name);
        if (shows.history) expect(shown.history).toEqual(shows.history);
        if (shows.inspected) expect(shown.inspected?.item).toBe(shows.inspected);
        if (shows.compared !== undefined) expect(shown.compared?.item ?? null).toBe(shows.compared);
        expect(shown.view).toBe(shows.view ?? null);
        expect(shown.settings).toEqual(shows.settings ?? {});
      }).toPass({ timeout: 60_000 });
      if (shows.view) await expect(page.getByTestId(`view-${shows.view}`)).toBeVisible();
      else await expect(page.getByTestId("ranking-row").first()).toBeVisible();
      await expect(page.getByTestId("history-unknown")).toHaveCount(0);
      // It is the page's own address from now on, and says the same.
      await settled(page);
    });
  }
});

/** Numbers that look random, the same in every run (Mulberry32). */
function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

test("what the page reads of an address it writes again, for any state", async ({ page, browser }) => {
  const below = random(19);
  const one = <T>(all: readonly T[]): T => all[below(all.length)]!;
  const maybe = (name: string, value: () => string | number) => (below(2) ? [`${name}=${value()}`] : []);
  await open(page, "?backend=cpu");
  for (let round = 0; round < 12; round++) {
    const network = one(ALL);
    const history = Array.from({ length: 3 + below(37) }, () => one(IDS));
    const view = one(VIEWS.filter((view) => network.evolution || !["map", "auxiliary"].includes(view)));
    const step = () => 1 + below(history.length - 1);
    const settings: Partial<Record<View, () => string[]>> = {
      model: () => [...maybe("step", step), ...maybe("opened", () => 1 + below(2)), ...maybe("scale", () => "shared")],
      steps: () => [...maybe("step", step), ...maybe("speed", () => one(["0.5", "2", "4"]))],
      "what-if": () => [...maybe("draft", () => `~1,*${one(IDS)},${history.length}-2`), ...maybe("reverse", () => "read")],
      compare: () => maybe("with", () => one(ALL).id),
      map: () => [...maybe("products", () => `${IDS[below(99)]},${IDS[99 + below(99)]}`), ...maybe("step", step)],
      auxiliary: () => maybe("sample", () => 2 + below(9)),
      embedding: () => [...maybe("product", () => one(IDS)), ...maybe("area", () => `0.${1 + below(8)},0.${1 + below(8)},${2 + below(50)}`)],
    };
    const parts = [
      "v=1",
      `network=${network.id}`,
      `history=${history.join()}`,
      ...maybe("inspect", () => one(IDS)),
      ...maybe("compare", () => (below(2) ? one(IDS) : "")),
      ...maybe("clicked", () => "shown"),
      `inside=${view}`,
      ...maybe("as", () => "table"),
      ...(settings[view]?.() ?? []),
    ];
    const address = Object.fromEntries(new URLSearchParams(parts.join("&")));
    await test.step(parts.join("&"), async () => {
      await go(page, parts.join("&"));
      await expect(async () => {
        const now = await settled(page);
        expect(now.history).toEqual(history);
        const { shop, history: _, network: id, ...written } = said(page);
        const { history: __, network: asked, ...wanted } = address;
        expect(id ?? START.id).toBe(asked);
        expect(written).toEqual(wanted);
      }).toPass({ timeout: 60_000 });
      await expect(page.getByTestId("history-unknown")).toHaveCount(0);
    });
    if (round % 4 === 0) await expectSameElsewhere(page, browser);
  }
});

test("of any address the page reads what it can, and goes on", async ({ page }) => {
  const below = random(7);
  const names = "v network shop history inspect compare clicked theme embed inside step opened draft with a b products path area product stage as".split(" ");
  const text = () =>
    Array.from({ length: below(24) }, () => {
      const kind = below(6);
      if (kind === 0) return String.fromCodePoint(below(0x2ff) + 1);
      if (kind === 1) return "%" + below(256).toString(16);
      if (kind === 2) return String.fromCodePoint(0x1f300 + below(500));
      return "0123456789-~*,.=&\"abc"[below(22)]!;
    }).join("");
  await open(page, "?backend=cpu");
  const inside = () => (below(3) ? `inside=${VIEWS[below(VIEWS.length)]}` : text());
  const broken = Array.from({ length: 150 }, () =>
    [...(below(2) ? ["v=1"] : []), ...Array.from({ length: below(5) }, () => `${names[below(names.length)]}=${text()}`), inside()].join("&"),
  );
  await page.evaluate(async (broken) => {
    for (const hash of broken) {
      location.hash = hash;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }, broken);
  await answered(page);
  // And some of them as the first that the page sees.
  for (const hash of broken.slice(0, 5)) {
    await page.goto("about:blank");
    await page.goto(`./?backend=cpu#${hash}`);
    expect((await answered(page)).problem).toBeNull();
  }
  await expect(page.locator(".crash")).toHaveCount(0);
  await go(page, `v=1&network=din&history=${IDS[3]}`);
  await expect.poll(async () => (await answered(page)).history).toEqual([IDS[3]]);
});

test("of a broken address everything is read that can be, and the rest is named", async ({ page }) => {
  const first = await open(page, `#v=1&network=gru4rec&inspect=nobody&inside=tarot&clicked=shown&history=${IDS[0]},zzz`);
  expect(first.network).toBe(START.name);
  expect(first.history).toEqual([IDS[0]]);
  const unknown = page.getByTestId("history-unknown");
  for (const part of ["zzz", "there is no network “gru4rec”", "there is no product “nobody”", "there is no view “tarot”"]) {
    await expect(unknown).toContainText(part);
  }
  await expect(page.getByTestId("hide-clicked")).not.toBeChecked();
  await change(page, () => page.getByTestId("shop-item").first().click());
  await expect(unknown).toHaveCount(0);
});

test("of what cannot be set in a view the rest is, and that is named", async ({ page }) => {
  await open(page, "?backend=cpu#v=1&inside=steps&step=900&speed=2&as=graph&scale=shared&tarot=9");
  const unknown = page.getByTestId("history-unknown");
  await expect(unknown).toContainText("step cannot be “900”");
  await expect(unknown).toContainText("as cannot be “graph”");
  expect((await state(page)).settings).toEqual({ speed: "2", scale: "shared" });
  // What is set while a view is open can be changed alone.
  await go(page, "step=2");
  await expect.poll(async () => (await answered(page)).settings).toEqual({ speed: "2", scale: "shared", step: "2" });
});

test("the clicks of another catalogue are refused by its name", async ({ page }) => {
  const untouched = await open(page, "?backend=cpu");
  await page.goto("about:blank");
  const state = await open(page, `?backend=cpu#v=1&shop=abcdef&history=${IDS[0]}&network=${din.id}`);
  expect(state.history).toEqual(untouched.history);
  expect(state.network).toBe(din.name);
  await expect(page.getByTestId("history-unknown")).toContainText("another catalogue (abcdef, and this one is ");
  // So is what is set in a view and names products, and nothing else of it.
  await page.goto("about:blank");
  const embeddings = await open(page, `?backend=cpu#v=1&shop=abcdef&inside=embedding&product=${IDS[9]}&category=2`);
  expect(embeddings.settings).toEqual({ category: "2" });
  await expect(page.getByTestId("history-unknown")).toContainText("another catalogue");
  await go(page, `v=1&shop=abcdef&inside=what-if&draft=2-1,*${IDS[3]}&reverse=read`);
  await expect.poll(async () => (await answered(page)).settings).toEqual({ reverse: "read" });
  await expect(page.getByTestId("history-unknown")).toContainText("another catalogue");
});

test("a link is copied, and where the browser forbids it the address bar has it", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  await change(page, () => page.getByTestId("shop-item").nth(1).click());
  await page.getByTestId("copy-link").click();
  await expect(page.getByRole("status").filter({ hasText: "The link is copied." })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(page.url());
  expect(copied).toContain("history=");
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await page.getByTestId("copy-link").click();
  await expect(page.getByRole("status").filter({ hasText: "The link is in the address bar." })).toBeVisible();
});
