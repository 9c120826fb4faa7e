// Exercises: predict, commit, see the gap. Whoever asks the engine gets full marks, whoever guesses gets chance, and before one
// commits there is no answer anywhere.

import { expect, type Page } from "@playwright/test";

import { pageUrl } from "../playwright.config.ts";
import { heard, hostPage, startHost } from "../support/host.ts";
import { cutOff, expectNoBarriersInThemes, overflow } from "../support/layout.ts";
import { madeModels, openMade, seeded } from "../support/made_models.ts";
import { open, state, test } from "../support/page.ts";
import {
  commit, engine, type Exercise, exercise, EXERCISES, guessed, openExercise, predict, reveal, said, solved,
} from "../support/exercises.ts";

const KINDS = [...new Set(EXERCISES.map(({ kind }) => kind))];
const first = (kind: Exercise["kind"]) => EXERCISES.find((one) => one.kind === kind)!;
const right = (page: Page) => page.locator('[data-testid=exercise-reply][data-right="true"]');

test("there are at least twelve exercises of every kind, each with a variant", () => {
  expect(EXERCISES.length).toBeGreaterThanOrEqual(12);
  expect(KINDS.toSorted()).toEqual(["attention", "comes", "find", "goes", "order", "reordered"]);
  for (const { variants } of EXERCISES) expect(variants.length).toBeGreaterThanOrEqual(2);
});

for (const kind of KINDS) {
  test(`whoever asks the engine gets full marks: ${kind}`, async ({ page, context }) => {
    test.setTimeout(300_000);
    const ask = await engine(await context.newPage(), page);
    for (const { id, variants } of EXERCISES.filter((one) => one.kind === kind)) {
      await openExercise(page, id);
      for (const [place, question] of variants.entries()) {
        await expect(exercise(page)).toHaveAttribute("data-variant", String(place + 1));
        await expect(exercise(page)).toHaveAttribute("data-id", id);
        await predict(page, await solved(ask, kind, question));
        expect((await commit(page)).score, `${id}.${place + 1}`).toBe(1);
        if (place + 1 < variants.length) await page.getByTestId("exercise-variant").click();
      }
    }
  });
}

test("whoever guesses gets chance", async ({ page }) => {
  test.setTimeout(300_000);
  const uniform = seeded(7);
  await openExercise(page, "1");
  const got: { score: number; chance: number }[] = [];
  for (const [number, { id, kind, variants }] of EXERCISES.entries()) {
    for (const [place, question] of variants.entries()) {
      await expect(exercise(page)).toHaveAttribute("data-variant", String(place + 1));
      await predict(page, guessed(uniform, kind, question));
      // Some bar is above zero, and something is clicked.
      got.push(await commit(page));
      if (place + 1 < variants.length) await page.getByTestId("exercise-variant").click();
    }
    if (number + 1 < EXERCISES.length) {
      await page.getByTestId("exercise-next").click();
      await expect(exercise(page)).not.toHaveAttribute("data-id", id);
    }
  }
  const mean = (of: (one: (typeof got)[number]) => number) => got.reduce((sum, one) => sum + of(one), 0) / got.length;
  const [score, chance] = [mean((one) => one.score), mean((one) => one.chance)];
  const error = Math.sqrt(mean((one) => (one.score - score) ** 2) / got.length);
  expect(Math.abs(score - chance)).toBeLessThan(3 * error);
  // And the summary says so.
  await expect(page.getByTestId("exercise-results").locator("tr")).toHaveCount(got.length);
  await expect(page.getByTestId("exercise-total")).toContainText(String(Math.round(100 * score)));
});

/** Everything that a page tells: its elements with their attributes and values, and its handle. */
const told = (page: Page) =>
  page.evaluate(() => {
    const values = [...document.querySelectorAll("input, textarea")].map((one) => (one as HTMLInputElement).value);
    const handle = [window.interestLens!.state(), window.interestLens!.trace()].map((one) => JSON.stringify(one));
    const style = [...document.querySelectorAll("style, script")];
    const html = document.documentElement.outerHTML;
    return { html: style.reduce((html, one) => html.replace(one.outerHTML, ""), html), values, handle };
  });

for (const kind of KINDS) {
  test(`nothing tells the answer before one commits: ${kind}`, async ({ page, context }) => {
    const { id, variants } = first(kind);
    const question = variants[0]!;
    const { network, history, inspect } = said(question);
    const sent: string[] = [];
    page.on("response", async (response) => {
      if (!response.url().includes("/lesson/")) return;
      sent.push(`${response.url()} ${await response.text()}`);
    });
    // The page itself is about the same clicks and the same product, and each of its views has been open.
    await open(page, `?backend=cpu#v=1&network=${network}&history=${history.join(",")}&inspect=${inspect}`);
    const before = await state(page);
    for (const view of ["steps", "what-if", "ranking"]) await page.getByTestId(`open-${view}`).click();
    await page.evaluate((id) => (location.hash = `exercise=${id}`), id);
    await expect(page.getByTestId("exercise-question")).not.toBeEmpty();
    const now = await told(page);
    const found = await state(page);
    expect([found.network, found.inspected, found.compared, found.history, found.probabilities]).toEqual([null, null, null, [], {}]);
    expect(now.handle[1]).toBe("{}");
    await expect(page.locator("main")).toBeHidden();
    await expect(page.getByTestId("ranking-row")).toHaveCount(0);
    // What the engine says of it, as numbers and in per cent.
    const numbers = [...Object.values(before.probabilities), ...(before.inspected?.attention ?? [])].filter((one) => Math.abs(one) > 0.01);
    expect(numbers.length).toBeGreaterThan(100);
    const text = [now.html, ...now.values, ...now.handle].join("\n");
    for (const number of numbers) expect(text).not.toContain(String(number));
    // Whatever the numbers are, a half is what a guess gets.
    expect(text.replace(/50% is chance|50%, one in two, is as good as chance| style="[^"]*"/g, "")).not.toMatch(/\d%/);
    expect(text).not.toContain("data-probability");
    // Nobody hears what is said in a part of the page that is hidden.
    const live = page.locator("[aria-live], [role=status], [role=alert]").filter({ visible: true });
    for (const said of await live.allTextContents()) expect(said.replace(/[\d.]+ (ms|s)\b/g, "")).not.toMatch(/\d/);
    const files = sent.map((one) => one.split(" ")[0]!.split("/").at(-1));
    expect(files.toSorted()).toEqual(["exercises.en.json", "exercises.json"]);
    for (const one of sent) expect(one).not.toMatch(/probabilit(y|ies)":|"answer|"right"|"score"/);
    // Afterwards it is there.
    const ask = await engine(await context.newPage(), page);
    await predict(page, await solved(ask, kind, question));
    await commit(page);
    await expect(reveal(page)).toContainText(/\d%|of/);
    await expect(page.getByTestId("exercise-why")).toBeVisible();
  });
}

test("each explanation has an answer, and one of them holds", async ({ page }) => {
  await openExercise(page, "goes-1");
  await predict(page, { up: true });
  await commit(page);
  const choices = page.getByTestId("exercise-choice");
  const replies = new Set<string>();
  let holds = 0;
  for (let place = 0; place < (await choices.count()); place++) {
    await choices.nth(place).check();
    // Each has a reply of its own, and so the one before goes.
    await expect.poll(async () => replies.has((await page.getByTestId("exercise-reply").textContent())!)).toBe(false);
    replies.add((await page.getByTestId("exercise-reply").textContent())!);
    holds += await right(page).count();
  }
  expect(replies.size).toBe(await choices.count());
  expect(holds).toBe(1);
});

test("what was committed stands, and the first answer counts", async ({ page }) => {
  await openExercise(page, "goes-1");
  await expect(page.getByTestId("exercise-commit")).toBeDisabled();
  await predict(page, { up: true });
  const { score } = await commit(page);
  await expect(page.getByTestId("exercise-way-down")).toBeDisabled();
  await expect(page.getByTestId("exercise-commit")).toHaveCount(0);
  await page.getByTestId("exercise-variant").click();
  await page.getByTestId("exercise-entry").nth(EXERCISES.findIndex(({ id }) => id === "goes-1")).click();
  await expect(exercise(page)).toHaveAttribute("data-variant", "1");
  await predict(page, { up: false });
  expect((await commit(page)).score).toBe(1 - score);
  await expect(page.getByTestId("exercise-results").locator("tr")).toHaveCount(1);
  await expect(page.getByTestId("exercise-results")).toContainText(`${100 * score} of 100`);
});

test("the visitor's own state comes back on leaving, by the button and by Back", async ({ page }) => {
  await open(page, "?backend=cpu");
  await page.getByTestId("shop-item").nth(4).click();
  await expect.poll(async () => (await state(page)).busy).toBe(false);
  const shown = ({ network, history, probabilities, inspected }: Awaited<ReturnType<typeof state>>) => ({ network, history, probabilities, inspected });
  const before = shown(await state(page));
  for (const leave of [() => page.getByTestId("exercises-leave").click(), () => page.goBack()]) {
    await page.getByTestId("open-exercises").click();
    await expect(exercise(page)).toBeVisible();
    await expect(page).toHaveURL(/exercise=/);
    await predict(page, { order: first("order").variants[0]!.products!.toReversed() });
    await leave();
    await expect(page.locator("main")).toBeVisible();
    await expect(page).not.toHaveURL(/exercise=/);
    expect(shown(await state(page))).toEqual(before);
  }
});

test("the page shows what was asked, once one wants to see it there", async ({ page }) => {
  const { id, variants } = first("attention");
  const { history, inspect } = said(variants[0]!);
  await openExercise(page, id);
  await predict(page, { bars: history.map(() => 50) });
  await commit(page);
  const attention = await reveal(page).locator("[data-attention]").evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("data-attention"))));
  await page.getByTestId("exercise-on-page").click();
  await expect.poll(async () => (await state(page)).inspected?.item).toBe(inspect);
  expect((await state(page)).history).toEqual(history);
  expect((await state(page)).inspected!.attention).toEqual(attention);
});

test("an exercise has an address, by its number and by its id, and an unknown one is named", async ({ page }) => {
  await openExercise(page, "3");
  await expect(exercise(page)).toHaveAttribute("data-id", EXERCISES[2]!.id);
  await openExercise(page, `${EXERCISES[1]!.id}.2`);
  await expect(exercise(page)).toHaveAttribute("data-id", EXERCISES[1]!.id);
  await expect(exercise(page)).toHaveAttribute("data-variant", "2");
  await page.evaluate(() => (location.hash = "exercise=nobody"));
  await expect(page.getByTestId("exercises").getByRole("alert")).toContainText("nobody");
});

test("everything can be done with the keyboard alone", async ({ page }) => {
  const { id, variants } = first("order");
  await openExercise(page, id);
  const products = page.getByTestId("exercise-product");
  const items = () => products.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-item")));
  const [top, next] = variants[0]!.products!;
  await products.nth(0).getByTestId("exercise-down").focus();
  await page.keyboard.press("ArrowDown");
  await expect.poll(async () => (await items()).slice(0, 2)).toEqual([next, top]);
  // What moved is said, and the focus goes with it.
  await expect(page.locator(".exercise-prediction [role=status]")).toContainText("place 2 of 5");
  await expect(products.nth(1).getByTestId("exercise-down")).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect.poll(async () => (await items()).slice(0, 2)).toEqual([top, next]);
  await page.keyboard.press("Enter");
  await page.getByTestId("exercise-commit").focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("#exercise-reveal-title")).toBeFocused();

  await openExercise(page, first("attention").id);
  const slider = exercise(page).locator("input[type=range]").first();
  await slider.focus();
  for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowRight");
  await expect(slider).toHaveValue("3");
  await exercise(page).getByTestId("exercise-more").first().press("Enter");
  await expect(slider).toHaveValue("13");
  await expect(slider).toHaveAttribute("aria-valuetext", "100.0%");
});

test("a row is dragged by its dots", async ({ page }) => {
  const { id, variants } = first("order");
  await openExercise(page, id);
  const products = page.getByTestId("exercise-product");
  const grip = await products.nth(0).locator(".grip").boundingBox();
  const last = await products.nth(4).boundingBox();
  await page.mouse.move(grip!.x + grip!.width / 2, grip!.y + grip!.height / 2);
  await page.mouse.down();
  await page.mouse.move(grip!.x + 10, last!.y + last!.height / 2, { steps: 8 });
  await page.mouse.up();
  await expect(products.nth(4)).toHaveAttribute("data-item", variants[0]!.products![0]!);
});

test("an exercise alone in another page tells it the result, and how high it is", async ({ page }) => {
  const host = await startHost(pageUrl);
  host.show("/host.html", hostPage(`<iframe id="lens" src="${pageUrl}?backend=cpu#embed=exercise:2" width="900" height="300"></iframe>`));
  await page.goto(`${host.url}/host.html`);
  const frame = page.frameLocator("#lens");
  await expect(frame.getByTestId("exercise")).toHaveAttribute("data-id", EXERCISES[1]!.id);
  for (const other of ["exercises-leave", "exercise-entry", "exercise-copy", "ranking-row"]) await expect(frame.getByTestId(other)).toHaveCount(0);
  await expect.poll(() => heard(page, "interest-lens.ready")).toHaveLength(1);
  expect(await heard(page, "interest-lens.answered")).toEqual([]);
  const height = async () => (await heard(page, "lti.frameResize")).at(-1)?.height as number;
  await expect.poll(height).toBeGreaterThan(300);
  const before = await height();
  await frame.getByTestId("exercise-way-up").check();
  await frame.getByTestId("exercise-commit").click();
  const score = Number(await frame.getByTestId("exercise-reveal").getAttribute("data-score"));
  await expect.poll(() => heard(page, "interest-lens.result")).toEqual([
    { type: "interest-lens.result", exercise: EXERCISES[1]!.id, kind: "goes", variant: 1, network: "dien", score, chance: 0.5, aboveChance: 2 * score - 1 },
  ]);
  await expect.poll(height).toBeGreaterThan(before);
  await expect(frame.getByTestId("exercise-next")).toHaveCount(0);
  await frame.getByTestId("exercise-variant").click();
  await expect(frame.getByTestId("exercise")).toHaveAttribute("data-variant", "2");
  await host.close();
});

test("the results can be copied", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openExercise(page, "goes-1");
  await predict(page, { up: true });
  await commit(page);
  await page.getByTestId("exercise-copy").click();
  await expect(page.getByTestId("exercises")).toContainText("The results are copied.");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split("\n")[1]).toMatch(/^goes-1\t.*\tDIEN\t(0|100) of 100 points/);
});

test("a visitor's own model gets questions of its own, and answers them", async ({ page }) => {
  const [, weights] = madeModels("views").find(([, { config }]) => config.network.name === "din")!;
  await openMade(page, weights, ["p3", "p9"]);
  await page.getByTestId("open-exercises").click();
  for (const kind of KINDS) {
    await page.getByTestId("exercise-entry").nth(EXERCISES.findIndex((one) => one.kind === kind)).click();
    await expect(exercise(page)).toHaveAttribute("data-kind", kind);
    await expect(page.getByTestId("exercise-commit")).toBeVisible();
    await expect(exercise(page)).toContainText(/Product number \d+/);
    if (kind === "goes" || kind === "comes") await predict(page, { up: true });
    if (kind === "attention") await exercise(page).locator("input[type=range]").first().fill("50");
    if (kind === "find") await page.getByTestId("exercise-offer").first().click();
    const { score, chance } = await commit(page);
    expect(score).toBeGreaterThanOrEqual(0);
    expect(chance).toBeGreaterThan(0);
  }
});

for (const kind of KINDS) {
  test(`fits every screen, has targets of 24 pixels and no barrier in either theme: ${kind}`, async ({ page }) => {
    test.setTimeout(300_000);
    const { id, variants } = first(kind);
    await openExercise(page, id);
    const small = () =>
      page.getByTestId("exercises").evaluate((all) =>
        [...all.querySelectorAll("button, input, label")]
          .filter((one) => !one.matches("label input") && (one as HTMLElement).offsetParent)
          .map((one) => [one.outerHTML, one.getBoundingClientRect()] as const)
          .filter(([, { width, height }]) => width < 24 || height < 24)
          .map(([html]) => html),
      );
    for (const stage of ["before", "after"]) {
      if (stage === "after") {
        await predict(page, guessed(seeded(3), kind, variants[0]!));
        await commit(page);
        await expect(page.getByTestId("exercise-why")).toBeVisible();
      }
      for (const [width, height] of [[360, 780], [1440, 900], [1920, 1080]] as const) {
        await page.setViewportSize({ width, height });
        expect(await overflow(page), `${width}, ${stage}`).toBeLessThanOrEqual(0);
        expect(await cutOff(page), `${width}, ${stage}`).toEqual([]);
        expect(await small(), `${width}, ${stage}`).toEqual([]);
      }
      await expectNoBarriersInThemes(page);
    }
  });
}

test("exercises speak Chinese where the page does", async ({ page }) => {
  await open(page, "?backend=cpu#lang=zh");
  await page.getByTestId("open-exercises").click();
  await expect(page.getByTestId("exercise-commit")).toHaveText("提交");
  await page.getByTestId("exercise-commit").click();
  await expect(page.getByTestId("exercise-why")).toContainText("为什么？");
});
