// Without a network, and across deployments: what one visit keeps is enough for all of the page.

import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, type BrowserContext, type Page } from "@playwright/test";

import { pageUrl } from "../playwright.config.ts";
import { openExercise } from "../support/exercises.ts";
import { answered, choose, state, test } from "../support/page.ts";
import { ALL } from "../support/reference/index.ts";
import { at, card, STOPS } from "../support/tour.ts";
import { VIEWS } from "../support/views.ts";

test.use({ serviceWorkers: "allow", expectedErrors: [/ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to (load|fetch)/] });

type Files = Map<string, { type: string; body: Buffer }>;

/** Every file of the page that the tests' server has, by its path. */
async function deployed(page: Page): Promise<Files> {
  const files: Files = new Map();
  const get = async (path: string) => {
    const response = await page.request.get(`${pageUrl}${path}`);
    expect(response.ok(), path).toBe(true);
    files.set(path, { type: response.headers()["content-type"]!, body: await response.body() });
  };
  await get("sw.js");
  for (const path of listed(files)) await get(path);
  return files;
}

/** What the service worker keeps: paths and hashes. */
const list = (files: Files): [string, string][] =>
  [...files.get("sw.js")!.body.toString().matchAll(/^ {2}"(.*)": "([0-9a-f]{64})",$/gm)].map(([, path, hash]) => [path!, hash!]);
const listed = (files: Files) => list(files).map(([path]) => path);

const sha256 = (body: Buffer) => createHash("sha256").update(body).digest("hex");

/** The next version: another program, of the same content but for its folder's name, and a mark on the page. */
function next(files: Files): Files {
  const [, folder] = /(page-[0-9a-f]{16})\//.exec(listed(files).find((path) => path.startsWith("page-"))!)!;
  const renamed = (text: string) => text.replaceAll(folder!, "page-0123456789abcdef");
  const later: Files = new Map();
  for (const [path, { type, body }] of files) {
    const isText = path.endsWith(".html") || path === "sw.js";
    later.set(renamed(path), { type, body: isText ? Buffer.from(renamed(body.toString())) : body });
  }
  const index = later.get("index.html")!;
  index.body = Buffer.from(index.body.toString().replace("<html ", '<html data-version="next" '));
  const worker = later.get("sw.js")!;
  let script = worker.body.toString().replace(/VERSION = "[^"]*"/, 'VERSION = "next"');
  script = script.replace(/"index\.html": "[^"]*"/, `"index.html": "${sha256(index.body)}"`);
  worker.body = Buffer.from(script);
  return later;
}

/** Whether the page is that of the next version. */
const isNext = (page: Page) => page.evaluate(() => document.documentElement.dataset.version === "next");

/** A server of a version, which can be replaced by another one. */
class Site {
  readonly asked: string[] = [];
  /** Whether it takes requests and never answers. */
  hangs = false;
  private server?: Server;

  constructor(public files: Files) {}

  async open(): Promise<string> {
    this.server = createServer((request, response) => {
      const path = decodeURIComponent(new URL(request.url!, "http://localhost").pathname).replace(/^\/lens\//, "").replace(/^$/, "index.html");
      this.asked.push(path);
      if (this.hangs) return;
      const found = this.files.get(path);
      response.writeHead(found ? 200 : 404, { "content-type": found?.type ?? "text/plain", "cache-control": "no-cache" });
      response.end(found?.body ?? "not found");
    });
    await new Promise<void>((resolve) => this.server!.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/lens/`;
  }

  close(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

/** One visit, after which the page has kept all that it needs. */
async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await answered(page);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await new Promise((resolve) => (navigator.serviceWorker.oncontrollerchange = resolve));
  });
}

/** The caches, each with the number of its files. */
const caches = (page: Page) =>
  page.evaluate(async () => {
    const names = await window.caches.keys();
    return Promise.all(names.map(async (name) => (await (await window.caches.open(name)).keys()).length));
  });

async function withSite(page: Page, work: (site: Site, url: string) => Promise<void>): Promise<void> {
  const site = new Site(await deployed(page));
  try {
    await work(site, await site.open());
  } finally {
    site.close();
  }
}

test("after one visit every view, network, dialog and language works without a network, and so do tour and article", async ({ page, context }) => {
  test.setTimeout(300_000);
  await visit(page, `${pageUrl}?backend=cpu`);
  await context.setOffline(true);
  await page.reload();
  await answered(page);
  for (const network of ALL) {
    await choose(page, network);
    expect((await state(page)).problem).toBeNull();
  }
  for (const view of VIEWS) {
    await page.getByTestId(`open-${view}`).click();
    await expect(page.getByTestId(`view-${view}`)).toBeVisible();
    await answered(page);
  }
  await page.getByTestId("about").click();
  await expect(page.getByRole("dialog").getByRole("heading", { name: "How good the page’s networks are" })).toBeVisible();
  await expect(page.getByRole("dialog").locator("tbody tr").first()).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByTestId("prove-it").click();
  await expect(page.getByTestId("verify-table").locator("tbody tr").first()).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByTestId("own-model").click();
  await expect(page.getByTestId("own-model-dialog")).toContainText("safetensors");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.keyboard.press("Escape");

  for (const lang of ["zh-Hans", "en"]) {
    await page.getByTestId("language").click();
    await expect(page.locator("html")).toHaveAttribute("lang", lang);
    await page.getByTestId("open-tour").click();
    await at(page, STOPS[0]!);
    await page.getByTestId("tour-leave").click();
    await expect(card(page)).toHaveCount(0);
  }
  await page.evaluate(() => (location.hash = "lecture=1"));
  await expect(page.getByTestId("lecture-leave")).toBeVisible();
  await page.getByTestId("lecture-leave").click();

  await openExercise(page, "1");
  // The article, in both languages, and one of its figures.
  for (const address of ["learn/zh-Hans.html", "learn/lesson.html", "learn/"]) {
    await page.goto(`./${address}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  const figure = page.locator("[id^=figure-]").first();
  await figure.scrollIntoViewIfNeeded();
  await expect(figure.getByTestId("live")).toBeVisible();
});

test("whoever has trained a network here can train another one without a network", async ({ page, context }) => {
  await visit(page, `${pageUrl}?backend=cpu#v=1&inside=train`);
  const train = async () => {
    await page.getByTestId("train-start").click();
    await expect.poll(async () => Number(await page.getByTestId("train-curve").getAttribute("data-step")), { timeout: 60_000 }).toBeGreaterThan(0);
    await page.getByTestId("train-stop").click();
    await expect(page.getByTestId("train-status")).toContainText("Stopped");
  };
  const kept = await caches(page);
  await train();
  const more = await caches(page);
  expect(more.map((files, place) => files - kept[place]!)).toEqual([5]);
  await context.setOffline(true);
  await page.reload();
  await answered(page);
  await train();
});

test("nothing is fetched for it before the first ranking, and nothing twice", async ({ page }) => {
  await withSite(page, async (site, url) => {
    await page.goto(`${url}?backend=cpu`);
    await answered(page);
    await visit(page, `${url}?backend=cpu`);
    const worker = site.asked.indexOf("sw.js");
    expect(worker).toBeGreaterThan(0);
    for (const needed of ["assets/catalogue.csv", "assets/dien.safetensors"]) expect(site.asked.indexOf(needed)).toBeLessThan(worker);
    const keeps = listed(site.files).filter((path) => path.startsWith("page-") && /reader|gpu|views/.test(path));
    expect(keeps.length).toBeGreaterThan(3);
    for (const path of keeps) expect(site.asked.indexOf(path), path).toBeGreaterThan(worker);
    // All of what it lists is what it says.
    for (const [path, hash] of list(site.files)) expect(sha256(site.files.get(path)!.body), path).toBe(hash);
  });
});

test("a server that does not answer is waited for for three seconds, then the kept page comes", async ({ page }) => {
  await withSite(page, async (site, url) => {
    await visit(page, `${url}?backend=cpu`);
    site.hangs = true;
    await page.reload({ waitUntil: "commit" });
    await answered(page);
    expect((await state(page)).problem).toBeNull();
  });
});

test("an entry that was damaged is fetched again", async ({ page }) => {
  await withSite(page, async (site, url) => {
    await visit(page, `${url}?backend=cpu`);
    const damage = (bytes: string) =>
      page.evaluate(async (bytes) => {
        const [name] = await window.caches.keys();
        const cache = await window.caches.open(name!);
        await cache.put("assets/dien.safetensors", new Response(bytes));
      }, bytes);
    await damage("damaged");
    site.asked.length = 0;
    await page.reload();
    await answered(page);
    expect((await state(page)).problem).toBeNull();
    // That one alone, beside the page itself and its worker.
    expect(site.asked.filter((path) => path.startsWith("assets/") && path.endsWith(".safetensors"))).toEqual(["assets/dien.safetensors"]);
    site.asked.length = 0;
    await page.reload();
    await answered(page);
    expect(site.asked).not.toContain("assets/dien.safetensors");
  });
});

/** Another tab, whose service worker is the same. */
async function tab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await answered(page);
  return page;
}

test("a tab that was open during a deployment goes on, is offered the new version, and takes it when it is told to", async ({ page, context }) => {
  test.setTimeout(300_000);
  await withSite(page, async (site, url) => {
    await visit(page, `${url}?backend=cpu`);
    const files = listed(site.files).length;
    expect(await caches(page)).toEqual([files]);
    const other = await tab(context, `${url}?backend=cpu`);
    site.files = next(site.files);
    // A visible tab looks for a newer version.
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    const offer = page.getByTestId("offer-update");
    await expect(offer).toBeVisible();
    expect(await caches(page)).toEqual([files, files]);
    // Nothing is forced: the old page goes on, with a part that it never loaded.
    expect(await isNext(page)).toBe(false);
    await page.getByTestId("open-steps").click();
    await expect(page.getByTestId("view-steps")).toBeVisible();
    await page.screenshot({ path: test.info().outputPath("offer.png") });

    await offer.click();
    await expect.poll(() => isNext(page).catch(() => false)).toBe(true);
    await answered(page);
    await expect(page.getByTestId("offer-update")).toHaveCount(0);
    // The other tab was left alone, and still finds what the server no longer has.
    await other.getByTestId("open-model").click();
    await expect(other.getByTestId("view-model")).toBeVisible();
    expect(await caches(page)).toEqual([files, files]);

    // With the last old tab go the old files.
    await other.close();
    await page.goto("about:blank");
    await page.goto(`${url}?backend=cpu`);
    await answered(page);
    await expect.poll(() => caches(page)).toEqual([files]);
    await context.setOffline(true);
    await page.reload();
    await answered(page);
    expect(await isNext(page)).toBe(true);
  });
});

test("a reload after a deployment shows the new version, and its worker takes over by itself", async ({ page }) => {
  await withSite(page, async (site, url) => {
    await visit(page, `${url}?backend=cpu`);
    site.files = next(site.files);
    await page.reload();
    await answered(page);
    expect(await isNext(page)).toBe(true);
    await expect.poll(() => page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      return [registration?.waiting ?? null, registration?.installing ?? null];
    })).toEqual([null, null]);
    await expect(page.getByTestId("offer-update")).toHaveCount(0);
  });
});

test("in a frame, sandboxed or not, nothing is kept, and there is no error", async ({ page, context }) => {
  await withSite(page, async (site, url) => {
    for (const sandbox of ['sandbox="allow-scripts allow-same-origin"', ""]) {
      site.files.set("host.html", { type: "text/html", body: Buffer.from(`<!doctype html><iframe ${sandbox} src="./?backend=cpu" width="1200" height="800"></iframe>`) });
      await page.goto(`${url}host.html`);
      await page.frameLocator("iframe").getByTestId("ranking-row").first().waitFor();
    }
    expect(site.asked).not.toContain("sw.js");
    expect(context.serviceWorkers()).toEqual([]);
  });
});

test("it can be installed: a manifest with a name, icons of its sizes, and the page's own folder", async ({ page }) => {
  await page.goto("./");
  const href = await page.locator("link[rel=manifest]").evaluate((link: HTMLLinkElement) => link.href);
  const manifest = await (await page.request.get(href)).json();
  expect(manifest).toMatchObject({ name: "Interest Lens", display: "standalone" });
  for (const name of ["id", "start_url", "scope"]) expect(new URL(manifest[name], href).href, name).toBe(pageUrl);
  const sizes: string[] = [];
  for (const { src, sizes: said, type, purpose } of manifest.icons) {
    const response = await page.request.get(new URL(src, href).href);
    expect(response.headers()["content-type"]).toBe(type);
    if (type !== "image/png") continue;
    const bytes = await response.body();
    // Width and height in the header of a PNG.
    expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(said);
    sizes.push(`${said} ${purpose ?? "any"}`);
  }
  expect(sizes).toEqual(["192x192 any", "512x512 any", "512x512 maskable"]);
});
