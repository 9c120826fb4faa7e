import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

// `cargo xtask test` and `cargo xtask e2e` build the page, serve it under a sub-path and set these.
export const pageUrl = required("PAGE_URL");
export const stagesUrl = required("STAGES_URL");
export const trainerUrl = required("TRAINER_URL");

// What Chromium does without. The last list holds, so Playwright's own begins it.
const WITHOUT = [
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "LensOverlay",
  "MediaRouter",
  "PaintHolding",
  "ThirdPartyStoragePartitioning",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "OptimizationHints",
  "NetworkTimeServiceQuerying",
  "AimEnabled",
  "PreconnectToSearch",
  // The list under the address bar is a page of its own, loaded for each test's window: it takes longer than ours.
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "WebUIOmniboxFullPopup",
];

/** How Chromium is started. */
export const chromium = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  env: { ...process.env, FONTCONFIG_FILE: fileURLToPath(new URL("fonts.conf", import.meta.url)) },
  args: [
    "--no-sandbox",
    "--enable-unsafe-webgpu",
    // The software adapter, also where there is a real one: the same results on every machine.
    "--use-webgpu-adapter=swiftshader",
    `--disable-features=${WITHOUT.join(",")}`,
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  // No test times anything.
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  // SwiftShader runs compute shaders on the CPU: a first answer takes seconds, on a busy machine many.
  timeout: 120_000,
  expect: {
    timeout: 30_000,
    // Another release of Chromium smooths letters otherwise; whatever moves or changes its colour is more than this.
    toHaveScreenshot: { maxDiffPixelRatio: 0.01 },
  },
  snapshotPathTemplate: "screenshots/{arg}{ext}",
  // fonts.conf gives the same fonts on every Linux. Elsewhere they are others, and screenshots are only taken.
  ignoreSnapshots: process.platform !== "linux",
  reporter: [["list"], ["json"]],
  use: {
    baseURL: pageUrl,
    viewport: { width: 1440, height: 900 },
    // Bars and rows are where they belong at once, not after a transition, whose drawing takes longer than many an answer;
    // `together.spec.ts` looks at both.
    contextOptions: { reducedMotion: "reduce" },
    // Requests that a service worker answers pass the tests by; `offline.spec.ts` allows them.
    serviceWorkers: "block",
    // Without traces the tests take a third less; `--trace retain-on-failure` shows every step of one that failed.
    screenshot: "only-on-failure",
    launchOptions: chromium,
  },
});

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the browser tests with \`cargo xtask e2e\``);
  return value;
}
