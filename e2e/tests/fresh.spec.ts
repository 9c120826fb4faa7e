// Nothing stale: whatever happened before, a view shows what it would show if it were opened now.

import { expect, type Page } from "@playwright/test";

import { seeded } from "../support/made_models.ts";
import { answered, drawn, test } from "../support/page.ts";
import { ALL } from "../support/reference/index.ts";
import { VIEWS } from "../support/views.ts";

/** Walks; those of a page begin with a fresh one, whose files arrive while it walks. */
const [WALKS, WALKS_A_PAGE] = process.env.SOAK === "full" ? [200, 10] : [5, 5];
const STEPS = 8;

/** Everything that a view says: texts, and the numbers and states in attributes, as a list of lines. */
async function says(page: Page): Promise<string[]> {
  await answered(page);
  await drawn(page);
  return page.evaluate(() => {
    const root = document.querySelector("[data-testid^=view-]")!;
    const lines: string[] = [];
    const walk = (node: Node) => {
      if (node instanceof Text) {
        if (node.data.trim()) lines.push(node.data.trim());
        return;
      }
      if (!(node instanceof Element)) return;
      // A map only ever shows more of its plane, so that a place keeps its meaning: where its grid ends is no news.
      if (node.matches(".evolution-map .grid, .evolution-map .axis")) return;
      const attributes = Array.from(node.attributes)
        .filter(({ name }) => /^(data-|aria-|d$|value$|title$|class$)/.test(name))
        .map(({ name, value }) => `${name}=${value}`);
      lines.push(`<${node.tagName} ${attributes.join(" ")}>`);
      if (node instanceof HTMLSelectElement || node instanceof HTMLInputElement) lines.push(`value ${node.value}`);
      node.childNodes.forEach(walk);
    };
    walk(root);
    return lines;
  });
}

for (let first = 1; first <= WALKS; first += WALKS_A_PAGE) {
  test(`walks ${first} to ${first + WALKS_A_PAGE - 1}: every view shows what it would show if it were opened now`, async ({ page }) => {
    test.setTimeout(600_000);
    const random = seeded(first);
    const below = (count: number) => Math.floor(random() * count);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 1 + below(4) });
    await page.goto(`./?backend=cpu#inside=${VIEWS[below(VIEWS.length)]}`);
    await page.getByTestId("shop-item").first().waitFor();
    for (let walk = first; walk < first + WALKS_A_PAGE; walk++) {
      const path: string[] = [];
      for (let step = 0; step < STEPS; step++) {
        const [what, which] = [below(10), below(1 << 16)];
        const action = (selector: string, place: number) => {
          path.push(`${selector} ${place}`);
          // At once, whatever the page is doing; what is not there, or is off, is left alone.
          return page.evaluate(([selector, place]) => {
            document.querySelectorAll<HTMLButtonElement>(selector as string)[place as number]?.click();
          }, [selector, place]);
        };
        if (what < 4) await action("[data-testid=shop-item]", which % 24);
        else if (what < 6) await action(`[data-testid=model-${ALL[which % ALL.length]!.id}]`, 0);
        else if (what < 8) await action(`[data-testid=open-${VIEWS[which % VIEWS.length]}]`, 0);
        else if (what < 9) await action("[data-testid=undo]", 0);
        else await action(["[data-testid=preset]", "[data-testid=clear]", "[data-testid=history-remove]"][which % 3]!, which % 2);
        await page.waitForTimeout(below(3) === 0 ? below(150) : 0);
      }
      await answered(page);
      const id = (await page.locator("[role=tab][aria-selected=true]").getAttribute("data-testid"))!.replace("open-", "");
      const other = id === "model" ? "steps" : "model";
      // A view is made anew whenever it is opened.
      const shown = await says(page);
      await page.getByTestId(`open-${other}`).click();
      await page.getByTestId(`view-${other}`).waitFor();
      await page.getByTestId(`open-${id}`).click();
      expect(shown, `walk ${walk}, ${id}: ${path.join(", ")}`).toEqual(await says(page));
    }
  });
}
