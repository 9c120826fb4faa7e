// The views of what is inside a network.

import { expect, type Page } from "@playwright/test";

import { choose, open } from "./page.ts";
import { comirecSa } from "./reference/comirec_sa.ts";
import { din } from "./reference/din.ts";

export const VIEWS = ["model", "steps", "what-if", "compare", "interests", "map", "auxiliary", "embedding", "shader", "train"] as const;
/** Those that are about the clicks, whatever the network that the page begins with is. */
export const OF_CLICKS = ["model", "steps", "what-if", "compare", "map", "auxiliary"] as const;
export type View = (typeof VIEWS)[number];

/** What is there once a network has answered that a view asks beside the page's own. */
const ASKED: Partial<Record<View, string>> = {
  "what-if": "[data-testid=leave-one-out]",
  compare: `text=${din.name} would show next`,
  map: "[data-testid=map-shopper]",
  shader: "[data-testid=shader-equation]",
};

/** The network of which a view shows something, where it is not the one that the page begins with. */
const OF: Partial<Record<View, { id: string; name: string }>> = { interests: comirecSa };

/** Opens a view and waits until it is complete. */
export async function openWhole(page: Page, id: View): Promise<void> {
  await open(page, `#inside=${id}`);
  if (OF[id]) await choose(page, OF[id]);
  if (ASKED[id]) await expect(page.getByTestId(`view-${id}`).locator(ASKED[id])).not.toHaveCount(0);
}
