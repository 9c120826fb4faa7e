// Other people's histories: a CSV of users, items and times.

import { expect } from "@playwright/test";

import { drop, fuxictr, upload } from "../support/files.ts";
import { expectNoBarriers } from "../support/layout.ts";
import { answered, change, open, test } from "../support/page.ts";
import { IDS } from "../support/shop.ts";

const FILE = upload(
  "shoppers.csv",
  [
    "user,item,time",
    `ann,${IDS[2]},2024-05-03`,
    `ann,${IDS[0]},2024-05-01`,
    `ann,${IDS[1]},2024-05-02`,
    `bob,${IDS[5]},2024-05-01`,
    "bob,no such thing,2024-05-02",
  ].join("\n"),
);

test("a file of histories: users to choose from, in the order of time, and undo brings the old history back", async ({ page }) => {
  const before = await open(page);
  await page.getByTestId("histories").click();
  await expect(page.locator("#own-histories")).toBeFocused();
  await page.getByTestId("histories-file").setInputFiles(FILE);
  const found = page.getByTestId("histories-found");
  await expect(found).toContainText("shoppers.csv: 2 users");
  await expect(found).toContainText(/1 of 5 lines.*line 6.*no such thing/);
  await expect(page.getByTestId("histories-user")).toHaveText([/ann\s*3 clicks/, /bob\s*1 click/]);
  const ann = await change(page, () => page.getByTestId("histories-user").first().click());
  expect(ann.history).toEqual([IDS[0], IDS[1], IDS[2]]);
  await expect(page.getByTestId("own-model-dialog")).not.toBeVisible();
  await expect(page.getByTestId("history-user")).toContainText("user ann");
  const undone = await change(page, () => page.getByTestId("undo").click());
  expect(undone.history).toEqual(before.history);
  expect(undone.probabilities).toEqual(before.probabilities);
  await expect(page.getByTestId("history-user")).toHaveText("");
});

test("pasted histories, of many users and one that is too long", async ({ page }) => {
  await open(page);
  const long = Array.from({ length: 250 }, (_, time) => `long,${IDS[time]},${time}`);
  const many = Array.from({ length: 60 }, (_, user) => `user ${user},${IDS[user]},1`);
  await page.getByTestId("histories").click();
  await page.getByText("Or paste them").click();
  await page.getByTestId("histories-paste").fill(["user,item,time", ...long, ...many].join("\n"));
  await page.getByTestId("histories-read").click();
  await expect(page.getByTestId("histories-found")).toContainText("61 users");
  const users = page.getByTestId("histories-user");
  expect(await users.count()).toBeLessThan(61);
  await page.getByTestId("histories-search").fill("USER 59");
  await expect(users).toHaveText([/user 59/]);
  await page.getByTestId("histories-search").fill("long");
  await expect(users).toHaveText([/long/]);
  const state = await change(page, () => users.first().click());
  expect(state.history).toEqual(IDS.slice(50, 250));
  await expect(page.getByTestId("history-user")).toContainText("the newest 200 of 250 clicks");
});

test("files that are no histories are refused by name and line, and the history stays", async ({ page }) => {
  const before = await open(page);
  await page.getByTestId("histories").click();
  for (const [file, message] of [
    [upload("empty.csv", ""), /empty\.csv/],
    [upload("column.csv", "user,time\na,1"), /column\.csv.*item/],
    [upload("time.csv", `user,item,time\na,${IDS[0]},yesterday`), /time\.csv.*line 2.*time.*yesterday/],
    [upload("other.csv", "user,item,time\na,x,1"), /other\.csv.*1 of 1 lines.*"x"/],
  ] as const) {
    await page.getByTestId("histories-file").setInputFiles(file);
    await expect(page.getByTestId("histories-error")).toContainText(message);
    await expect(page.getByTestId("histories-user")).toHaveCount(0);
  }
  expect((await answered(page)).history).toEqual(before.history);
});

test("model, catalogue and histories dropped together", async ({ page }) => {
  const peer = fuxictr("fuxi_din_1_sizes");
  await open(page);
  await drop(page, [peer.histories, peer.catalogue, peer.model]);
  const user = page.getByTestId("histories-user");
  await expect(user).toHaveText([/someone/]);
  const state = await change(page, () => user.click());
  expect(state.network).toBe("Your model");
  expect(state.history).toEqual(peer.history);
  expect(Math.abs(state.probabilities[peer.target]! - peer.probability)).toBeLessThan(1e-5);
  // They belong to that catalogue alone.
  await change(page, () => page.getByTestId("own-model-leave").click());
  await page.getByTestId("histories").click();
  await expect(page.getByTestId("own-model-dialog")).toContainText("another catalogue");
  await expect(user).toHaveCount(0);
});

test("axe finds no barrier in the list of users", async ({ page }) => {
  await open(page);
  await page.getByTestId("histories").click();
  await page.getByTestId("histories-file").setInputFiles(FILE);
  await expect(page.getByTestId("histories-user")).toHaveCount(2);
  await expectNoBarriers(page);
});
