// What does not arrive, or not as it should: each cause is told from the others, and each sentence goes with what helps.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, type Page } from "@playwright/test";

import { drop, fuxictr } from "../support/files.ts";
import { answered, button, change, open, test } from "../support/page.ts";
import { din } from "../support/reference/din.ts";

// Chromium itself logs each request that fails, and the page why a file of its program did.
test.use({ expectedErrors: [/failed to (load|fetch)|network error|TimeoutError|status \d+|CompileError|importScripts|Content Security Policy/i] });

/** Lets the server have lost these files of the page, as after a deployment. */
const lose = (page: Page, files: string) => page.route(files, (route) => route.fulfill({ status: 404, body: "not found" }));

/** Lets the server answer with a page of its own for these files, as servers of pages with one file do. */
const replace = (page: Page, files: string) =>
  page.route(files, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Not this one</title>" }));

/** Lets the server have a newer version of the page, whose program is another. */
async function deploy(page: Page, baseURL: string): Promise<void> {
  const html = await (await page.request.get(baseURL)).text();
  const body = html.replaceAll(/page-[0-9a-f]{16}/g, "page-0123456789abcdef");
  await page.route(baseURL, (route) =>
    route.request().isNavigationRequest() ? route.fallback() : route.fulfill({ contentType: "text/html", body }),
  );
}

/** Has the page sent with a Content-Security-Policy. */
async function protect(page: Page, baseURL: string, policy: string): Promise<void> {
  await page.route(baseURL, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": policy } });
  });
}

const NEWER = "A newer version of this page is on the server.";

test("files that are dropped before the part that opens them has arrived wait for the second attempt", async ({ page }) => {
  const model = fuxictr("fuxi_din_1_sizes");
  await open(page);
  await lose(page, "**/split_views.wasm");
  await drop(page, [model.catalogue, model.model]);
  const dialog = page.getByTestId("own-model-dialog");
  await expect(dialog.getByRole("alert")).toContainText("status 404 for split_views.wasm");
  await page.unrouteAll();
  await dialog.getByTestId("retry").click();
  await expect(page.getByTestId("own-model-error")).toContainText("The part of the page that opens models did not arrive.");
  await page.getByTestId("own-model-error").getByTestId("retry").click();
  await expect(page.getByTestId("own-model-summary")).toContainText(model.model.name);
});

test("a view whose style sheet is lost says so, and comes with it on the second attempt", async ({ page }) => {
  await open(page);
  await lose(page, "**/later.css");
  await page.getByTestId("open-steps").click();
  const place = page.locator("#inside");
  await expect(place.getByRole("alert")).toContainText("The server answered with status 404 for later.css.");
  await page.unrouteAll();
  await place.getByTestId("retry").click();
  await page.getByTestId("view-steps").waitFor();
});

for (const [width, height] of [[1440, 900], [390, 844]] as const) {
  test(`the style sheet of what is opened later changes nothing that is there, ${width} px wide`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await open(page);
    const changed = await page.evaluate(async () => {
      // A dialog is not there before it is opened.
      const shown = [...document.querySelectorAll("body *")].filter((element) => !element.closest("dialog"));
      const looks = () =>
        shown.map((element) => {
          const style = getComputedStyle(element);
          return [...style].filter((name) => !name.startsWith("--")).map((name) => style.getPropertyValue(name)).join();
        });
      await (window as any).styled();
      const after = looks();
      // At one moment, so that nothing else changes meanwhile.
      document.querySelector<HTMLStyleElement>("head > style:last-of-type")!.disabled = true;
      const before = looks();
      return shown.filter((_, place) => before[place] !== after[place]).map((element) => element.outerHTML.slice(0, 200));
    });
    expect(changed).toEqual([]);
  });
}

test.describe("after a deployment", () => {
  test("a dialog whose part is gone offers the new version, and the clicks come along", async ({ page, baseURL }) => {
    await open(page);
    const clicked = await change(page, () => page.getByTestId("shop-item").nth(3).click());
    await lose(page, "**/split_views.wasm");
    await deploy(page, baseURL!);
    await page.getByTestId("about").click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("alert")).toContainText("The server answered with status 404 for split_views.wasm.");
    await expect(dialog.getByTestId("new-version")).toBeVisible();
    await expect(dialog.getByTestId("new-version")).toContainText(NEWER);
    await expect(dialog.getByTestId("retry")).toBeVisible();
    await page.unrouteAll();
    await dialog.getByRole("button", { name: "Open the new version" }).click();
    await expect(dialog).not.toBeVisible();
    expect((await answered(page)).history).toEqual(clicked.history);
    await page.getByTestId("about").click();
    await expect(dialog.getByRole("heading", { name: "How good the page’s networks are" })).toBeVisible();
  });

  test("so does a view, and the evolution", async ({ page, baseURL }) => {
    await deploy(page, baseURL!);
    await lose(page, "**/split_evolution.wasm");
    await lose(page, "**/split_views.wasm");
    await open(page);
    await expect(page.locator("#evolution").getByTestId("new-version")).toBeVisible();
    await page.getByTestId("open-steps").click();
    await expect(page.locator("#inside").getByTestId("new-version")).toBeVisible();
  });

  test("without what runs on GPUs, the CPU answers, for that reason", async ({ page, baseURL }) => {
    await deploy(page, baseURL!);
    await lose(page, "**/split_gpu.wasm");
    expect((await open(page)).backend).toBe("cpu");
    await page.getByText("CPU or GPU?").click();
    await expect(page.getByTestId("status")).toContainText(
      "The part of this page that runs on GPUs could not be loaded. The server answered with status 404 for split_gpu.wasm.",
    );
    await expect(page.getByTestId("status").getByTestId("new-version")).toBeVisible();
  });

  for (const [what, lost] of [
    ["gone", lose],
    ["another page", replace],
  ] as const) {
    test(`weights that are ${what} are named, with the new version`, async ({ page, baseURL }) => {
      await open(page);
      await lost(page, `**/assets/${din.id}.safetensors`);
      await deploy(page, baseURL!);
      await page.reload();
      await answered(page);
      await button(page, din).click();
      const alert = page.getByRole("alert").filter({ hasText: `assets/${din.id}.safetensors` });
      await expect(alert.getByTestId("new-version")).toBeVisible();
    });
  }

  for (const file of ["reader_bg.wasm", "reader.js", "reader_worker.js"]) {
    test(`without ${file}, no file is read, and the new version is offered`, async ({ page, baseURL }) => {
      const before = await open(page);
      await lose(page, `**/${file}`);
      await deploy(page, baseURL!);
      await page.getByTestId("own-model").click();
      await page.getByTestId("own-model-file").setInputFiles(fuxictr("fuxi_din_1_sizes").model);
      const error = page.getByTestId("own-model-error");
      await expect(error).toContainText(`part of the page that reads files is missing. `);
      await expect(error.getByTestId("new-version")).toBeVisible();
      expect((await answered(page)).probabilities).toEqual(before.probabilities);
    });
  }

  test("the guide is missed with the new version", async ({ page, baseURL }) => {
    await open(page);
    await replace(page, "**/assets/guide.en.html");
    await deploy(page, baseURL!);
    await page.getByTestId("own-model").click();
    const alert = page.getByTestId("own-model-dialog").getByRole("alert");
    await expect(alert).toContainText("assets/guide.en.html did not arrive: the server sent another page.");
    await expect(alert.getByTestId("new-version")).toBeVisible();
  });

  test("the start of a page that the browser kept offers the new version", async ({ page, baseURL }) => {
    await deploy(page, baseURL!);
    await lose(page, "**/*_bg.wasm");
    await page.goto("./");
    await expect(page.locator(".loading-failed .new-version")).toBeVisible();
    await expect(page.locator(".loading-failed .again")).not.toBeVisible();
    await page.unrouteAll();
    await page.getByRole("button", { name: "Open the new version" }).click();
    expect((await answered(page)).problem).toBeNull();
  });
});

test.describe("a part that the server still has", () => {
  const causes: [string, (page: Page) => Promise<unknown>, (page: Page) => Promise<unknown>, string][] = [
    ["no connection", (page) => page.context().setOffline(true), (page) => page.context().setOffline(false), "The connection failed."],
    [
      "an error of the server",
      (page) => page.route("**/split_views.wasm", (route) => route.fulfill({ status: 500 })),
      (page) => page.unrouteAll(),
      "The server answered with status 500 for split_views.wasm.",
    ],
    [
      "another page in its place",
      (page) => replace(page, "**/split_views.wasm"),
      (page) => page.unrouteAll(),
      "The server sent split_views.wasm with the type “text/html”, and it is not the WebAssembly that it should be.",
    ],
  ];
  for (const [what, begin, end, sentence] of causes) {
    test(`${what} is said, and another try brings it`, async ({ page }) => {
      await open(page);
      await begin(page);
      await page.getByTestId("about").click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByRole("alert")).toContainText(`This part of the page did not arrive. ${sentence}`);
      await expect(dialog.getByTestId("new-version")).not.toBeVisible();
      await end(page);
      await dialog.getByTestId("retry").click();
      await expect(dialog.getByRole("heading", { name: "How good the page’s networks are" })).toBeVisible();
    });
  }

  test("nothing for twenty seconds is said, and another try brings it", async ({ page }) => {
    await page.clock.install();
    await open(page);
    // Never answered.
    await page.route("**/split_views.wasm", () => undefined);
    const asked = page.waitForRequest("**/split_views.wasm");
    await page.getByTestId("about").click();
    await asked;
    await page.clock.runFor(20_000);
    const dialog = page.getByRole("dialog");
    await page.unrouteAll();
    await expect(dialog.getByRole("alert")).toContainText("This part of the page did not arrive. Nothing came for 20 seconds.");
    await dialog.getByTestId("retry").click();
    await expect(dialog.getByRole("heading", { name: "How good the page’s networks are" })).toBeVisible();
  });

  test("no connection is no newer version, though there was one before", async ({ page, baseURL, context }) => {
    await open(page);
    await lose(page, "**/split_views.wasm");
    await deploy(page, baseURL!);
    await page.getByTestId("about").click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByTestId("new-version")).toBeVisible();
    await page.unrouteAll();
    await context.setOffline(true);
    await dialog.getByTestId("retry").click();
    await expect(dialog.getByRole("alert")).toContainText("The connection failed.");
    await expect(dialog.getByTestId("new-version")).not.toBeVisible();
  });
});

for (const [what, type] of [
  ["the type of any bytes", "application/octet-stream"],
  ["no type", undefined],
] as const) {
  test(`WebAssembly that is sent with ${what} runs, on the GPU and in views too`, async ({ page }) => {
    const sent = new Set<string>();
    await page.route("**/*.wasm", async (route) => {
      const response = await route.fetch();
      const { "content-type": _, ...headers } = response.headers();
      sent.add(route.request().url().split("/").at(-1)!);
      await route.fulfill({ response, headers: type ? { ...headers, "content-type": type } : headers });
    });
    expect((await open(page, "?backend=gpu#inside=steps")).backend).toBe("gpu");
    for (const file of ["split_gpu.wasm", "split_views.wasm"]) expect([...sent]).toContain(file);
  });
}

test.describe("the start says what is in its way", () => {
  const failed = (page: Page) => page.locator(".loading-failed");
  const again = (page: Page) => failed(page).locator(".again");

  for (const [file, sentence] of [
    ["page.js", "The server answered with status 404 for page.js."],
    ["__wasm_split.js", "The server answered with status 404 for __wasm_split.js."],
    ["*_bg.wasm", "The server answered with status 404 for page_bg.wasm."],
  ] as const) {
    test(`${file} is missing`, async ({ page }) => {
      await lose(page, `**/${file}`);
      await page.goto("./");
      await expect(failed(page)).toContainText(`Interest Lens could not be loaded. ${sentence}`);
      await page.unrouteAll();
      await again(page).click();
      await answered(page);
    });
  }

  for (const [file, sentence] of [
    ["page.js", "The server sent page.js with the type “text/html”, and browsers run a script only as “text/javascript”."],
    ["page_bg.wasm", "The server sent page_bg.wasm with the type “text/html”, and it is not the WebAssembly that it should be."],
  ] as const) {
    test(`another page comes in place of ${file}`, async ({ page }) => {
      await replace(page, `**/${file}`);
      await page.goto("./");
      await expect(failed(page)).toContainText(sentence);
      await expect(again(page)).toBeVisible();
    });
  }

  test("nothing comes for twenty seconds", async ({ page }) => {
    await page.clock.install();
    await page.route(/page(_plain)?_bg\.wasm/, () => undefined);
    const asked = page.waitForRequest(/page(_plain)?_bg\.wasm/);
    await page.goto("./");
    await asked;
    await page.clock.runFor(20_000);
    await page.unrouteAll();
    await expect(page.locator("#loading")).toContainText("Interest Lens could not be loaded. Nothing came for 20 seconds.");
    await page.getByRole("button", { name: "Try again" }).click();
    expect((await answered(page)).problem).toBeNull();
  });

  test("nothing, where only the script that takes the program is late", async ({ page }) => {
    await page.clock.install();
    let release = () => {};
    const late = new Promise<void>((resolve) => (release = resolve));
    await page.route("**/page.js", async (route) => {
      await late;
      await route.continue();
    });
    const program = page.waitForResponse(/page(_plain)?_bg\.wasm/);
    await page.goto("./", { waitUntil: "commit" });
    await (await program).finished();
    await page.clock.runFor(25_000);
    release();
    expect((await answered(page)).problem).toBeNull();
  });

  test("no connection", async ({ page }) => {
    await page.route("**/page_bg.wasm", (route) => route.abort("failed"));
    await page.goto("./");
    await expect(failed(page)).toContainText("The connection failed.");
    await expect(page.locator(".loading-text")).not.toBeVisible();
    await page.unrouteAll();
    await again(page).click();
    await answered(page);
  });

  test("the server's policy forbids WebAssembly", async ({ page, baseURL }) => {
    await protect(page, baseURL!, "script-src 'self' 'unsafe-inline'");
    await page.goto("./");
    await expect(failed(page)).toContainText("Content-Security-Policy forbids WebAssembly: its script-src needs 'wasm-unsafe-eval'.");
    await expect(again(page)).not.toBeVisible();
  });

  for (const [what, policy, file] of [
    ["requests", "default-src 'none'; style-src 'unsafe-inline'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'", "page_bg.wasm"],
    ["scripts from files", "script-src 'unsafe-inline' 'wasm-unsafe-eval'", "page.js"],
  ] as const) {
    test(`the server's policy forbids ${what}`, async ({ page, baseURL }) => {
      await protect(page, baseURL!, policy);
      await page.goto("./");
      await expect(failed(page)).toContainText(`Content-Security-Policy forbids ${file}`);
    });
  }

  test("the server's policy forbids scripts in the page", async ({ page, baseURL }) => {
    await protect(page, baseURL!, "script-src 'self'");
    await page.goto("./");
    await expect(page.locator(".no-scripts")).toBeVisible();
    await expect(page.locator(".no-scripts")).toContainText("Content-Security-Policy");
    await expect(page.locator(".loading-text")).not.toBeVisible();
    await expect(failed(page)).not.toBeVisible();
  });

  test("a policy with what the page needs lets it run", async ({ page, baseURL }) => {
    await protect(
      page,
      baseURL!,
      "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src 'self'; " +
        "connect-src 'self'; worker-src 'self'",
    );
    await open(page, "#inside=steps");
    await page.getByTestId("own-model").click();
    await page.getByTestId("own-model-file").setInputFiles(fuxictr("fuxi_din_1_sizes").model);
    // The reader has run: it knows that the catalogue on the page is another one.
    await expect(page.getByTestId("own-model-error")).toContainText("2,784 products");
  });

  test.describe("where it is the browser,", () => {
    // The errors at which the start ends.
    test.use({ expectedErrors: [/from origin 'null'|Failed to (load|fetch)|WebAssembly is not defined|CompileError|RangeError/] });

    test("which runs no modules from a file", async ({ page }) => {
      await page.goto(new URL("../../dist/index.html", import.meta.url).href);
      await expect(failed(page)).toContainText("Browsers do not run such a page from a file.");
      await expect(failed(page)).toContainText("cargo xtask serve");
      await expect(again(page)).not.toBeVisible();
    });

    test("which has no WebAssembly", async ({ page }) => {
      await page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebAssembly"));
      await page.goto("./");
      await expect(failed(page)).toContainText("It needs WebAssembly, which this browser does not have or has switched off");
      await expect(again(page)).not.toBeVisible();
    });

    test("which has no SIMD", async ({ page }) => {
      await page.addInitScript(() => {
        const refuse = () => Promise.reject(new WebAssembly.CompileError("invalid value type 0x7b"));
        Object.assign(WebAssembly, { validate: () => false, instantiate: refuse, instantiateStreaming: refuse });
      });
      await page.goto("./");
      await expect(failed(page)).toContainText("This browser is too old: its WebAssembly has no SIMD.");
      await expect(again(page)).not.toBeVisible();
    });

    test("which has no memory to begin with", async ({ page }) => {
      await page.addInitScript(() => {
        const refuse = () => Promise.reject(new RangeError("could not allocate memory"));
        Object.assign(WebAssembly, { instantiate: refuse, instantiateStreaming: refuse });
      });
      await page.goto("./");
      await expect(failed(page)).toContainText("The browser could not run it: RangeError: could not allocate memory.");
      await expect(again(page)).toBeVisible();
    });
  });
});

test.describe("with JavaScript switched off", () => {
  test.use({ javaScriptEnabled: false });

  test("the page says what it needs", async ({ page }) => {
    await page.goto("./");
    await expect(page.locator(".no-scripts")).toContainText("JavaScript is switched off");
    await expect(page.locator(".loading-text")).not.toBeVisible();
  });
});

test.describe("a connection that breaks off in the middle of", () => {
  /** The page from a server that breaks off this file in the middle. */
  async function breaking(baseURL: string, file: string): Promise<Server> {
    const server = createServer(async (request, response) => {
      const whole = await fetch(new URL(request.url!.slice(1), baseURL));
      const bytes = Buffer.from(await whole.arrayBuffer());
      response.writeHead(whole.status, { "content-type": whole.headers.get("content-type") ?? "", "content-length": bytes.length });
      if (!request.url!.split("?")[0]!.endsWith(file)) return response.end(bytes);
      response.write(bytes.subarray(0, bytes.length / 2), () => response.socket?.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
  }
  const address = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  // Whatever waits for the rest of a file hears of it, and nobody else: an error that nobody handles fails the test.
  for (const [file, query, where] of [
    ["page_bg.wasm", "", ".loading-failed"],
    ["assets/catalogue.csv", "", "[role=alert]"],
    ["assets/dien.safetensors", "", "[role=alert]"],
    ["assets/din.safetensors", "?model=assets/din.safetensors", "[data-testid=own-model-error]"],
    ["reader_bg.wasm", "?model=assets/din.safetensors", "[data-testid=own-model-error]"],
  ] as const) {
    test(`${file} is said where it is missed`, async ({ page, baseURL }) => {
      const server = await breaking(baseURL!, file);
      await page.goto(address(server) + query);
      await expect(page.locator(where).first()).toContainText(/the connection failed/i);
      server.close();
    });
  }

  test("a part of the program is said where it is missed", async ({ page, baseURL }) => {
    const server = await breaking(baseURL!, "split_views.wasm");
    await page.goto(address(server));
    await answered(page);
    await page.getByTestId("about").click();
    await expect(page.getByRole("dialog").getByRole("alert")).toContainText("The connection failed.");
    server.close();
  });
});
