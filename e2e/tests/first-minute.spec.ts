// The first minute of a visitor who knows nothing: what this is, what to click, what changed, and what the words mean.

import { readFileSync, writeFileSync } from "node:fs";

import { expect, type Locator, type Page } from "@playwright/test";

import { dialogOverflow, expectNoBarriers, THEMES, useTheme } from "../support/layout.ts";
import { made, openMade } from "../support/made_models.ts";
import { answered, change, choose, drawn, open, test, type State } from "../support/page.ts";
import { dien } from "../support/reference/dien.ts";
import { din } from "../support/reference/din.ts";
import { START } from "../support/reference/index.ts";
import { asset, IDS, row, SHOP } from "../support/shop.ts";
import { openWhole, VIEWS } from "../support/views.ts";

const SIZES = [
  { width: 390, height: 844 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
] as const;
const PHONE = SIZES[0];

const CARD = new URL("../../assets/card.jpg", import.meta.url);

interface Entry {
  id: string;
  name: string;
  text: string;
}
const glossary = (language: string) => JSON.parse(asset(`glossary.${language}.json`).toString()) as Entry[];

interface Icon {
  icon: string;
  words: string[];
  d: string;
}
const DRAWINGS = new Set((JSON.parse(asset("pictograms.json").toString()) as { icons: Icon[] }).icons.map(({ d }) => d));

/** What comes after the first answer is here. */
async function withAids(page: Page): Promise<void> {
  const drawn = () => page.getByTestId("ranking-row").first().locator("path").first().getAttribute("d");
  await expect.poll(async () => DRAWINGS.has((await drawn())!)).toBe(true);
}

/** Products by click probability, those in the history left out. */
const ranked = ({ history, probabilities }: State): string[] =>
  IDS.filter((id) => !history.includes(id)).sort((a, b) => probabilities[b]! - probabilities[a]! || row(a) - row(b));

/** What must be said of two answers: the product of the first twenty that rose most, from where to where, and how many others rose. */
function riser(before: State, now: State): { title: string; from: number; to: number; others: number } | null {
  const [was, is] = [ranked(before), ranked(now)];
  const risers = is.slice(0, 20).map((id, place) => ({ id, from: was.indexOf(id) + 1, to: place + 1 })).filter(({ from, to }) => from > to);
  const most = risers.toSorted((a, b) => b.from / b.to - a.from / a.to)[0];
  return most ? { title: SHOP[row(most.id)]!.title, from: most.from, to: most.to, others: risers.length - 1 } : null;
}

const grouped = (count: number) => count.toLocaleString("en-GB");

function sentence(cause: string, before: State, now: State): string {
  const most = riser(before, now);
  if (!most) return `${cause}: none of the first 20 rose.`;
  const others = most.others === 0 ? "" : `, as did ${most.others} more`;
  return `${cause}: ${most.title} rose from place ${grouped(most.from)} to ${grouped(most.to)}${others}.`;
}

/** That all of it is on the screen, and nothing lies in front of its middle. */
async function expectInSight(one: Locator): Promise<void> {
  await expect(one).toBeInViewport({ ratio: 0.99 });
  const isInFront = await one.evaluate((one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    const front = document.elementFromPoint(left + width / 2, top + height / 2);
    return one.contains(front) || (front?.contains(one) ?? false);
  });
  expect(isInFront, "nothing lies in front").toBe(true);
}

for (const size of SIZES) {
  test.describe(`at ${size.width} pixels`, () => {
    test.use({ viewport: size });

    test("what this is and what to do are in sight at once, and so is a product to click", async ({ page }, info) => {
      await open(page);
      await withAids(page);
      await expectInSight(page.getByTestId("orientation"));
      await expect(page.getByTestId("orientation")).toHaveText("A neural network guesses what is bought next. Click a product and watch its guess change.");
      await expectInSight(page.getByTestId("shop-item").first());
      expect(await page.evaluate(() => scrollY)).toBe(0);
      for (const theme of THEMES) {
        await useTheme(page, theme);
        await drawn(page);
        await page.screenshot({ path: info.outputPath(`first-${size.width}-${theme}.png`) });
      }
    });

    test("the history says whose it is, and which clicks are the visitor's", async ({ page }) => {
      await open(page);
      const whose = page.getByTestId("history-shopper");
      await expect(whose).toHaveText("Ready-made shopper “The first school day”. Yours come next.");
      await expectInSight(whose);
      await change(page, () => page.getByTestId("shop-item").nth(1).click());
      await expect(whose).toHaveText("Ready-made shopper “The first school day”, then 1 of yours.");
      await change(page, () => page.getByTestId("preset").nth(1).click());
      await expect(whose).toContainText("“The baker”. Yours");
      await change(page, () => page.getByTestId("clear").click());
      await expect(whose).toHaveText("");
    });

    test("a click, without scrolling, shows in the answer, and a sentence says what changed", async ({ page }, info) => {
      const before = await open(page);
      await withAids(page);
      const said = size === PHONE ? page.locator(".answer-changed") : page.getByTestId("changed");
      await expect(said).toHaveText("Click a product, and this line says what changed.");
      const card = page.getByTestId("shop-item").first();
      const title = SHOP[row((await card.getAttribute("data-item"))!)]!.title;
      const now = await change(page, () => card.click());
      await expect(said).toHaveText(sentence(`After ${title}`, before, now));
      await expectInSight(said);
      expect(await said.evaluate((one) => one.scrollHeight - one.clientHeight)).toBeLessThanOrEqual(2);
      expect(await page.evaluate(() => scrollY)).toBe(0);
      await expectInSight(page.getByTestId("attention-bar").last());
      const first = ranked(now)[0]!;
      const best = size === PHONE ? page.getByTestId("answer") : page.getByTestId("ranking-row").first();
      await expect(best).toContainText(SHOP[row(first)]!.title);
      await expect(best).toContainText(`${(100 * now.probabilities[first]!).toFixed(1)}%`);
      await expectInSight(best);
      for (const theme of THEMES) {
        await useTheme(page, theme);
        await drawn(page);
        await page.screenshot({ path: info.outputPath(`clicked-${size.width}-${theme}.png`) });
      }
    });

    test("a word explains itself when it is pointed at, focused or tapped, and nothing of that is cut", async ({ page }, info) => {
      const files: string[] = [];
      page.on("request", (request) => files.push(...(/glossary\.\w+\.json/.exec(request.url()) ?? [])));
      await open(page);
      await withAids(page);
      expect(files).toEqual([]);
      const word = page.locator("#evolution .term", { hasText: "Attentional update gate" });
      await word.scrollIntoViewIfNeeded();
      const explanation = page.getByRole("tooltip");
      const entry = glossary("en").find(({ id }) => id === "attentional-update")!;
      const expectExplained = async () => {
        await expect(explanation).toContainText(entry.text);
        await expect(explanation.locator("strong")).toHaveText(entry.name);
        await expect(word).toHaveAttribute("aria-describedby", "glossary");
        await expect(explanation).toBeInViewport({ ratio: 1 });
        expect(await dialogOverflow(page)).toBeLessThanOrEqual(0);
      };

      await word.hover();
      await expectExplained();
      expect(files).toEqual(["glossary.en.json"]);
      // The pointer may go over to what it explains, and then away.
      await explanation.hover();
      await expectExplained();
      await page.mouse.move(1, 1);
      await expect(explanation).toHaveCount(0);

      await page.mouse.move(size.width / 2, 2);
      await word.evaluate((word) => {
        // The keyboard's focus, from what is before it.
        const all = [...document.querySelectorAll<HTMLElement>("button, [tabindex='0'], a")].filter((one) => one.offsetParent && one.tabIndex === 0);
        all[all.indexOf(word as HTMLElement) - 1]!.focus();
      });
      await page.keyboard.press("Tab");
      await expect(word).toBeFocused();
      await expectExplained();
      await page.keyboard.press("Escape");
      await expect(explanation).toHaveCount(0);
      await expect(word).not.toHaveAttribute("aria-describedby");

      await word.click();
      await expectExplained();
      await page.mouse.move(1, 1);
      await expectExplained();
      for (const theme of THEMES) {
        await useTheme(page, theme);
        await page.screenshot({ path: info.outputPath(`word-${size.width}-${theme}.png`) });
        await expectNoBarriers(page);
      }
      await word.click();
      await expect(explanation).toHaveCount(0);
      expect(files).toEqual(["glossary.en.json"]);
    });

    test("no line runs through a number, and the inspected product's bars are never flat", async ({ page }) => {
      const before = await open(page);
      // A click that the compared product attends to far more than the inspected one.
      for (const place of [0, 3, 6]) {
        await change(page, () => page.getByTestId("shop-item").nth(place).click());
        await drawn(page);
        const bars = await page.getByTestId("history-item").evaluateAll((steps) =>
          steps.map((step) => {
            const box = (selector: string) => step.querySelector(selector)!.getBoundingClientRect();
            const [area, bar, value, mark] = [box(".bar-area"), box(".bar"), box(".bar-value"), box(".compared-mark")];
            return { share: bar.height / area.height, crossed: mark.bottom > value.top && mark.top < value.bottom };
          }),
        );
        expect(Math.max(...bars.map(({ share }) => share))).toBeGreaterThan(0.49);
        expect(bars.filter(({ crossed }) => crossed)).toEqual([]);
      }
      expect(before.compared).not.toBeNull();
      // Whose choice the other product was, its word says.
      await withAids(page);
      await page.locator(".bars-label .term", { hasText: "Lines" }).click();
      await expect(page.getByRole("tooltip")).toContainText("the best one of another category, unless you choose one");
    });

    test("clicks out of sight are counted and a button away, and each can be removed without hovering", async ({ page }) => {
      await open(page);
      await drawn(page);
      const scroller = page.locator(".time-line");
      const older = page.getByTestId("older");
      const isScrolled = await scroller.evaluate((one) => one.scrollLeft > 1);
      await expect(older).toHaveCount(isScrolled ? 1 : 0);
      if (isScrolled) {
        const hidden = await scroller.evaluate((one) => {
          const { left } = one.getBoundingClientRect();
          return [...one.querySelectorAll("li")].filter((step) => step.getBoundingClientRect().left < left - 1).length;
        });
        await expect(older).toHaveText(`${hidden} older`);
        await older.click();
        await expect(page.getByTestId("history-item").first()).toBeInViewport({ ratio: 0.99 });
        await expect(older).toHaveCount(0);
      }
      await page.mouse.move(1, 1);
      const remove = page.getByTestId("history-remove").first();
      expect(await remove.evaluate((one) => Number(getComputedStyle(one).opacity))).toBeGreaterThanOrEqual(0.6);
      const box = (await remove.boundingBox())!;
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(24);
    });

    test("pictograms come after the first ranking, move nothing, and most products have their own", async ({ page }) => {
      let arrive = () => {};
      const arrival = new Promise<void>((resolve) => (arrive = resolve));
      await page.route("**/pictograms.json", async (route) => {
        await arrival;
        await route.continue();
      });
      const asked = page.waitForRequest("**/pictograms.json");
      await open(page);
      await asked;
      await drawn(page);
      const boxes = () =>
        page.locator("[data-testid=shop-item], [data-testid=history-item], [data-testid=ranking-row], .icon").evaluateAll((all) =>
          all.map((one) => {
            const { x, y, width, height } = one.getBoundingClientRect();
            return [x, y, width, height];
          }),
        );
      const before = await boxes();
      arrive();
      await withAids(page);
      await drawn(page);
      expect(await boxes()).toEqual(before);
      for (const part of [".card .category", ".chip", ".row-title"]) {
        const icons = page.locator(`${part} > .icon`).first();
        await expect(icons).toHaveAttribute("aria-hidden", "true");
        const own = await page.locator(`${part} > .icon path`).evaluateAll((all) => all.map((one) => one.getAttribute("d")!));
        const share = own.filter((d) => DRAWINGS.has(d)).length / own.length;
        expect(share, part).toBeGreaterThan(0.7);
      }
    });
  });
}

test("on a phone the answer lies over the shop until the ranking is there, and leads to it", async ({ page }) => {
  await page.setViewportSize(PHONE);
  await open(page);
  const answer = page.getByTestId("answer");
  await expectInSight(answer);
  await answer.click();
  await expect(page.locator("#ranking")).toBeInViewport();
  await expect.poll(async () => (await page.getByTestId("ranking-row").first().boundingBox())!.y).toBeLessThan(PHONE.height - 100);
  const [own, ranking] = [(await answer.boundingBox())!, (await page.locator("#ranking").boundingBox())!];
  expect(own.y + own.height).toBeLessThanOrEqual(ranking.y + 1);
  await page.getByTestId("open-steps").click();
  await expect(answer).toBeHidden();
});

test("the sentence on what changed names the network, the click that is gone, and more than one click", async ({ page }) => {
  const first = await open(page);
  await withAids(page);
  const said = page.getByTestId("changed");
  await expect(said).toHaveText("Click a product, and this line says what changed.");
  const gone = SHOP[row(first.history[2]!)]!.title;
  const removed = await change(page, () => page.getByTestId("history-remove").nth(2).click());
  await expect(said).toHaveText(sentence(`Without ${gone}`, first, removed));
  const other = await choose(page, din);
  await expect(said).toHaveText(sentence(`${din.name} in place of ${START.name}`, removed, other));
  const baker = await change(page, () => page.getByTestId("preset").nth(1).click());
  await expect(said).toHaveText(sentence("With these clicks", other, baker));
});

test("the click probability says once what it was learned from and what one in two means", async ({ page }) => {
  await open(page);
  await page.getByTestId("odds").click();
  const odds = page.locator("#odds");
  for (const words of ["Learned from purchases, each beside one product drawn at random", "50%, one in two, is as good as chance"]) {
    await expect(odds).toContainText(words);
  }
  await expect(page.getByText("Learned from purchases")).toHaveCount(1);
});

test("every word that explains itself has an entry, in every language, in every view", async ({ page }) => {
  const [english, chinese] = [glossary("en"), glossary("zh")];
  expect(chinese.map(({ id }) => id)).toEqual(english.map(({ id }) => id));
  for (const { text } of chinese) expect(text).toMatch(/[\u4e00-\u9fff]/);
  const known = new Set(english.map(({ id }) => id));
  const seen = new Set<string>();
  for (const view of VIEWS) {
    // Anew, with the network that the page begins with.
    await page.goto("about:blank");
    await openWhole(page, view);
    for (const id of await page.locator("[data-term]").evaluateAll((all) => all.map((one) => one.getAttribute("data-term")!))) {
      expect(known, `${view}: ${id}`).toContain(id);
      seen.add(id);
    }
    // Each is named as its tab is.
    const [tab, heading] = [await page.getByTestId(`open-${view}`).textContent(), await page.getByTestId(`view-${view}`).getByRole("heading", { level: 2 }).textContent()];
    expect(heading!.toLowerCase()).toContain(tab!.toLowerCase());
  }
  for (const id of ["auc", "softmax", "attention", "update", "attentional-update", "evolution-state", "points", "tau", "click-probability", "dien", "din", "tin"]) {
    expect([...seen]).toContain(id);
  }
});

test("in Chinese the words are explained in Chinese", async ({ page }) => {
  await open(page, "#lang=zh");
  await withAids(page);
  await page.locator("#ranking [data-term=click-probability]").first().click();
  await expect(page.getByRole("tooltip")).toContainText(glossary("zh").find(({ id }) => id === "click-probability")!.text);
});

test("in a dialog, Escape closes the explanation first", async ({ page }) => {
  await open(page);
  await withAids(page);
  await page.getByTestId("about").click();
  const dialog = page.getByRole("dialog");
  const word = dialog.locator("th .term").first();
  await word.scrollIntoViewIfNeeded();
  await word.click();
  await expectInSight(page.getByRole("tooltip"));
  await page.keyboard.press("Escape");
  await expect(page.getByRole("tooltip")).toHaveCount(0);
  await expect(dialog).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test.describe("with a finger", () => {
  test.use({ hasTouch: true, viewport: PHONE });

  test("a tap explains a word and another takes it back, and a network's button chooses the network", async ({ page }) => {
    await open(page);
    await withAids(page);
    const word = page.locator(".bars-label .term", { hasText: "aₜ" });
    const explanation = page.getByRole("tooltip");
    await word.tap();
    await expect(explanation).toContainText("The weight of one past click");
    const box = (await word.boundingBox())!;
    expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(24);
    await word.tap();
    await expect(explanation).toHaveCount(0);
    await word.tap();
    await expect(explanation).toHaveCount(1);
    await page.locator("#shop-title").tap();
    await expect(explanation).toHaveCount(0);
    await change(page, () => page.getByTestId(`model-${din.id}`).tap());
    await expect(explanation).toHaveCount(0);
  });
});

test("a catalogue of one's own goes on with what its categories have", async ({ page }) => {
  await openMade(page, made(dien.small), ["p3", "p8"]);
  // All of it comes with the strip.
  await expect(page.getByTestId("answer")).toHaveCount(1);
  await drawn(page);
  const drawings = await page.locator(".card .category > .icon path").evaluateAll((all) => all.map((one) => one.getAttribute("d")!));
  expect(drawings.length).toBeGreaterThan(20);
  for (const d of drawings) expect(d).toMatch(/^[Mm]/);
});

test("without pictograms and glossary the page goes on", async ({ page }) => {
  await page.route("**/{pictograms,glossary.en}.json", (route) => route.fulfill({ status: 200, body: "[]" }));
  await open(page);
  await change(page, () => page.getByTestId("shop-item").first().click());
  await page.locator("#ranking .term").first().click();
  await drawn(page);
  await expect(page.getByRole("tooltip")).toHaveCount(0);
  expect((await answered(page)).problem).toBeNull();
});

test("nothing of a title or of the choice of categories is cut at 1440 pixels", async ({ page }) => {
  await open(page);
  await drawn(page);
  const cut = await page.locator(".row-title > span:last-child").evaluateAll((all) =>
    all.filter((one) => one.scrollHeight > one.clientHeight + 2 || one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent),
  );
  expect(cut).toEqual([]);
  const room = await page.getByTestId("category").evaluate((select: HTMLSelectElement) => {
    const canvas = document.createElement("canvas").getContext("2d")!;
    canvas.font = getComputedStyle(select).font;
    // The arrow of a select has some twenty pixels.
    return select.clientWidth - 24 - canvas.measureText(select.options[0]!.text).width;
  });
  expect(room).toBeGreaterThanOrEqual(0);
});

test("a chat finds a sentence and a picture of the right size", async ({ page, baseURL, request }) => {
  const html = await (await request.get(baseURL!)).text();
  const said = (name: string) => new RegExp(`<meta\\s+(?:property|name)="${name}"\\s+content="([^"]+)"`).exec(html)?.[1];
  expect(said("og:title")!.length).toBeLessThan(70);
  expect(said("og:description")!.length).toBeLessThan(200);
  expect(said("twitter:card")).toBe("summary_large_image");
  const picture = said("og:image")!;
  expect(picture).toMatch(/^(https:\/\/.*\/)?assets\/card\.jpg$/);
  const bytes = await (await request.get(new URL("assets/card.jpg", baseURL).href)).body();
  expect(bytes.length).toBeLessThanOrEqual(150_000);
  const size = await page.evaluate(async (bytes) => {
    const { width, height } = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0))]));
    return [width, height].map(String);
  }, bytes.toString("base64"));
  expect(size).toEqual(["1200", "630"]);
  expect([said("og:image:width"), said("og:image:height")]).toEqual(size);
  // It costs a visitor nothing.
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await open(page);
  expect(asked.join(" ")).not.toContain("card.jpg");
});

test("the picture of a link can be made anew of the page", async ({ page }, info) => {
  const shown = await open(page, "?backend=cpu");
  await withAids(page);
  await useTheme(page, "light");
  await page.mouse.move(1, 1);
  await drawn(page);
  const part = async (selector: string, most: number) => {
    const { x, y, width, height } = (await page.locator(selector).boundingBox())!;
    const bytes = await page.screenshot({ clip: { x, y, width, height: Math.min(height, most) } });
    return `data:image/png;base64,${bytes.toString("base64")}`;
  };
  const [ranking, history] = [await part("#ranking .rows", 410), await part("#history", 330)];
  const logo = await page.locator(".logo").evaluate((one) => one.outerHTML);
  const card = await page.context().newPage();
  await card.setViewportSize({ width: 1200, height: 630 });
  await card.setContent(`
    <style>
      body { background: #faf9f6; color: #1c1d20; font: 400 30px/1.35 sans-serif; height: 630px; margin: 0; overflow: hidden; position: relative; }
      h1 { align-items: center; display: flex; font-size: 64px; gap: 18px; left: 56px; letter-spacing: -2px; line-height: 1; margin: 0; position: absolute; top: 52px; }
      svg { fill: none; height: 62px; stroke: #1f5ac8; stroke-linecap: round; stroke-width: 2.6; width: 62px; }
      p { left: 56px; margin: 0; position: absolute; top: 142px; width: 620px; }
      img { background: #faf9f6; border: 1px solid #e0ddd6; border-radius: 14px; box-shadow: 0 6px 30px rgb(0 0 0 / 0.12); position: absolute; }
      .history { left: 56px; padding: 14px; top: 268px; width: 700px; }
      .ranking { padding: 14px; right: 40px; top: 52px; width: 400px; }
    </style>
    <h1>${logo}Interest Lens</h1>
    <p>A neural network guesses what is bought next. Look inside while it does.</p>
    <img class="history" src="${history}"><img class="ranking" src="${ranking}">`);
  await card.waitForFunction(() => [...document.images].every((one) => one.complete));
  const picture = await card.screenshot({ path: info.outputPath("card.jpg"), quality: 88 });
  expect(shown.problem).toBeNull();
  expect(picture.length).toBeLessThanOrEqual(150_000);
  // Made anew with --update-snapshots, as the pictures of the views are.
  if (info.config.updateSnapshots === "all") writeFileSync(CARD, picture);
  expect(readFileSync(CARD).length).toBeGreaterThan(10_000);
});
