// The table of a view, and what its buttons save.

import { readFileSync } from "node:fs";

import { expect, type Locator, type Page } from "@playwright/test";

import type { Table } from "./csv.ts";

/** The view's table, which is shown. */
export async function shownTable(view: Locator): Promise<Table> {
  const table = view.locator(":scope > .view-table table");
  await expect(table.locator("tbody tr").first()).toBeVisible();
  return table.evaluate((table) => {
    const texts = (row: Element) => Array.from(row.children, (cell) => cell.textContent ?? "");
    return { columns: texts(table.querySelector("thead tr")!), rows: Array.from(table.querySelectorAll("tbody tr"), texts) };
  });
}

/** The text of the file that a button offers. */
export async function saved(page: Page, button: Locator): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { name: download.suggestedFilename(), text: readFileSync((await download.path())!, "utf8") };
}
