// What the page shows stands in its address: a link shows somebody else the same, and Back and Forward work.

import { expect, type Page } from "@playwright/test";

import { answered, change, choose, open, type State, test } from "../support/page.ts";
import { din } from "../support/reference/din.ts";
import { START } from "../support/reference/index.ts";
import { IDS } from "../support/shop.ts";

/** What an address says behind its #, by name. */
const said = (page: Page) => Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.slice(1)));

/** What two people see who have the same link, on the same backend. */
const seen = ({ network, history, probabilities, inspected, compared }: State) => ({
  network,
  history,
  probabilities,
  inspected,
  compared,
});

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
  const mine = seen(await answered(page));
  await expect.poll(() => said(page).history).toBe(mine.history.join());
  expect(said(page).inspect).toBe(mine.inspected!.item);
  expect(said(page).compare).toBe(mine.compared!.item);

  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(page.url());
  await other.getByTestId("view-steps").waitFor();
  // What the address names is inspected once the products are there.
  await expect.poll(async () => (await answered(other)).inspected?.item).toBe(mine.inspected!.item);
  expect(seen(await answered(other))).toEqual(mine);
  expect(said(other)).toEqual(said(page));
  await context.close();
});

test("fifty clicks are under 400 characters", async ({ page }) => {
  const longest = [...IDS].sort((a, b) => b.length - a.length);
  // As in the shop: a few of the ids are longer than the others.
  const ids = [...longest.slice(0, 10), ...IDS.slice(0, 40)];
  await open(page, `#history=${ids.join()}`);
  await choose(page, din);
  await page.getByTestId("open-what-if").click();
  await expect.poll(() => said(page).inside).toBe("what-if");
  expect(said(page).history!.split(",")).toHaveLength(50);
  expect(new URL(page.url()).hash.length).toBeLessThan(400);
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

test.describe("addresses of earlier versions open as ever", () => {
  for (const [address, shows] of [
    ["#inside=steps", { inside: "steps" }],
    ["#inside=embedding", { inside: "embedding" }],
    [`?history=${IDS.slice(0, 3).join()}`, { history: IDS.slice(0, 3) }],
    [`?history=${IDS.slice(0, 2).join()}#inside=model`, { history: IDS.slice(0, 2), inside: "model" }],
    ["#ranking", {}],
  ] as [string, { inside?: string; history?: string[] }][]) {
    test(address, async ({ page }) => {
      await page.goto(`./${address}`);
      const state = await answered(page);
      expect(state.problem).toBeNull();
      if (shows.inside) await expect(page.getByTestId(`view-${shows.inside}`)).toBeVisible();
      else await expect(page.getByTestId("ranking-row").first()).toBeVisible();
      if (shows.history) expect(state.history).toEqual(shows.history);
      await expect(page.getByTestId("history-unknown")).toHaveCount(0);
    });
  }
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

test("the clicks of another catalogue are refused by its name", async ({ page }) => {
  const untouched = await open(page, "?backend=cpu");
  await page.goto("about:blank");
  const state = await open(page, `?backend=cpu#v=1&shop=abcdef&history=${IDS[0]}&network=${din.id}`);
  expect(state.history).toEqual(untouched.history);
  expect(state.network).toBe(din.name);
  await expect(page.getByTestId("history-unknown")).toContainText("another catalogue (abcdef, and this one is ");
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
