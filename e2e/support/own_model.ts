// The dialog of a model of one's own.

import { expect, type Page } from "@playwright/test";

import type { Upload } from "./files.ts";
import { answered, type State } from "./page.ts";

/** Chooses files in the dialog. */
export async function choose(page: Page, files: { model?: Upload; catalogue?: Upload }): Promise<void> {
  const dialog = page.getByTestId("own-model-dialog");
  if (!(await dialog.isVisible())) await page.getByTestId("own-model").click();
  if (files.catalogue) await page.getByTestId("own-model-catalogue").setInputFiles(files.catalogue);
  if (files.model) await page.getByTestId("own-model-file").setInputFiles(files.model);
}

/** The file's model answers, about the products of its catalogue. */
export async function running(page: Page, peer: { model: Upload }): Promise<State> {
  await expect(page.getByTestId("own-model-summary")).toContainText(peer.model.name);
  await expect.poll(async () => (await answered(page)).network).toBe("Your model");
  return answered(page);
}
