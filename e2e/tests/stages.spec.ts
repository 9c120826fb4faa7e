// Every stage in the browser: the shaders on WebGPU and their CPU counterparts in WebAssembly, against burn's numbers,
// which a native program wrote. `cargo xtask e2e` builds both programs.

import { expect } from "@playwright/test";

import { stagesUrl } from "../playwright.config.ts";
import { test } from "../support/page.ts";
import { ALL } from "../support/reference/index.ts";

/** What `stage_check` reports. */
interface Report {
  adapter: string;
  tolerable: boolean;
  comparisons: Comparison[];
}

/** The greatest absolute differences from burn; null where one was not a number. */
interface Comparison {
  implementation: "WGSL" | "CPU";
  network: string;
  /** Items in the history. */
  length: number;
  probability: number | null;
  attention: number | null;
  states: number | null;
}

test("WGSL, its CPU counterpart and burn agree, for every network and every length of history", async ({ page }, info) => {
  test.setTimeout(600_000);
  await page.route(stagesUrl, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Stages</title>" }));
  await page.goto(stagesUrl);
  // Nothing comes of a check that panics.
  const panic = page.waitForEvent("pageerror", { timeout: 0 }).then((error) => Promise.reject(error));
  const check = page.evaluate(async () => {
    const stages = await import(new URL("stage_check.js", location.href).href);
    await stages.default();
    const fixture = await (await fetch("fixture.json")).arrayBuffer();
    return (await stages.check(new Uint8Array(fixture))) as string;
  });
  const text = await Promise.race([check, panic]);
  await info.attach("differences from burn", { body: text, contentType: "application/json" });
  const { comparisons, tolerable }: Report = JSON.parse(text);

  const networks = new Set(comparisons.map((one) => one.network).filter((name) => !name.endsWith(", after a lost device")));
  expect([...networks]).toEqual(expect.arrayContaining(ALL.map(({ name }) => name)));
  for (const implementation of ["WGSL", "CPU"]) {
    for (const name of networks) {
      const lengths = comparisons.filter((one) => one.implementation === implementation && one.network === name);
      expect(lengths.map((one) => one.length).sort((a, b) => a - b)).toEqual([0, 1, 2, 49, 50, 51, 200]);
    }
  }
  // Absolute, as in the native tests: 32-bit sums in another order and exponentials of another kind leave less than this.
  const apart = comparisons.filter(
    (one) => !((one.probability ?? NaN) <= 1e-5 && (one.attention ?? NaN) <= 1e-5 && (one.states ?? NaN) <= 1e-4),
  );
  expect(apart).toEqual([]);
  expect(tolerable).toBe(true);
});
