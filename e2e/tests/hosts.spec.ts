// The examples of docs/embedding.md, as they stand there: slides of reveal.js, and a page as Quarto makes one.

import { readFileSync } from "node:fs";

import { expect } from "@playwright/test";

import { pageUrl } from "../playwright.config.ts";
import { type Host, startHost } from "../support/host.ts";
import { test } from "../support/page.ts";

const DOCS = readFileSync(new URL("../../docs/embedding.md", import.meta.url), "utf8");
const REVEAL = new URL("../node_modules/reveal.js/", import.meta.url);

/** The code of an example, with the page that is tested in place of the one that is meant. */
function example(title: string, block: RegExp): string {
  const section = DOCS.split(/^## /m).find((section) => section.startsWith(`${title}\n`))!;
  const code = block.exec(section)![1]!;
  expect(code).toContain("https://example.org/interest-lens/");
  return code.replaceAll("https://example.org/interest-lens/", `${pageUrl}?backend=cpu`);
}

let host: Host;
test.beforeAll(async () => {
  host = await startHost(pageUrl);
});
test.afterAll(() => host.close());

test("on a slide of reveal.js it waits for its slide, and the slides turn by the keys that it does not use", async ({ page }) => {
  for (const [file, type] of [
    ["dist/reveal.css", "text/css"],
    ["dist/theme/white.css", "text/css"],
    ["dist/reveal.js", "text/javascript"],
  ] as const) {
    host.serve(`/reveal.js/${file}`, type, readFileSync(new URL(file, REVEAL)));
  }
  host.show("/slides.html", example("reveal.js", /^```html\n(.+?)^```$/ms));
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${host.url}/slides.html`);
  const slide = () => page.evaluate(() => (window as any).Reveal.getIndices().h);
  await expect.poll(slide).toBe(0);
  expect(asked.filter((url) => url.endsWith(".wasm"))).toEqual([]);
  await page.keyboard.press("PageDown");
  await expect.poll(slide).toBe(1);
  const lens = page.frameLocator("iframe");
  await expect(lens.getByTestId("step-now")).toHaveAttribute("data-step", "11", { timeout: 60_000 });
  // By the keyboard: the slide is scaled, and the pointer's places in it are others.
  await lens.getByTestId("step-back").focus();
  await page.keyboard.press("Enter");
  await expect(lens.getByTestId("step-now")).toHaveAttribute("data-step", "10");
  expect(await slide()).toBe(1);
  // What is higher than its frame scrolls there first, and at its end the next slide comes; and back.
  for (const [key, next] of [["PageDown", 2], ["PageUp", 1]] as const) {
    await expect(async () => {
      await page.keyboard.press(key);
      await expect.poll(slide, { timeout: 500 }).toBe(next);
    }).toPass();
  }
});

test("in a page as Quarto makes one it is as high as what is in it", async ({ page }) => {
  const block = example("Quarto", /^```\{=html\}\n(.+?)^```$/ms);
  const body = `<div id="quarto-content" class="page-columns page-rows-contents page-layout-article"><main class="content" id="quarto-document-content"><h1 class="title">Interest evolution</h1><p>A path a product.</p>${block}<p>And on.</p></main></div>`;
  host.show("/article.html", `<!doctype html><html lang="en"><head><meta charset="utf-8"><style>main { margin: auto; max-width: 800px }</style></head><body>${body}</body></html>`);
  await page.goto(`${host.url}/article.html`);
  const lens = page.frameLocator("iframe");
  await expect(lens.getByTestId("map-path")).toHaveCount(5, { timeout: 60_000 });
  await expect(async () => {
    const content = await lens.locator("body").evaluate((body) => body.getBoundingClientRect().height);
    const frame = await page.locator("iframe").evaluate((frame) => frame.clientHeight);
    expect(Math.abs(frame - content)).toBeLessThanOrEqual(1);
  }).toPass({ timeout: 60_000 });
});
