// Twenty thousand products in the embedding space: drawn by the GPU or as SVG, at the places that the weights say, and how
// one moves and zooms among them.

import { expect, type Page } from "@playwright/test";

import { chromium } from "../playwright.config.ts";
import { loseGpu, noteGpu } from "../support/gpu.ts";
import { csv, file, made, type Product } from "../support/made_models.ts";
import { answered, test } from "../support/page.ts";
import { embeddingMlp } from "../support/reference/embedding_mlp.ts";

const COUNT = 20_000;
/** Some lie outside the cloud of all others, so that nothing covers them: x and y of the first products. */
const ALONE = [[2.1, 1.3], [-2.2, 1.1], [-1.9, -1.4], [1.7, -1.5], [2.3, -0.2]] as const;
/** The categories have these shares of the products, so that their order is known: the largest has the first colour. */
const CATEGORIES = ["Bags", "Bags", "Bags", "Candles", "Candles", "Garden"];
const PRODUCTS: Product[] = Array.from({ length: COUNT }, (_, index) => ({
  id: `p${index + 1}`,
  title: index < ALONE.length ? `Lonely number ${index + 1}` : `Product number ${index + 1}`,
  category: CATEGORIES[index % CATEGORIES.length]!,
  price: "",
  popularity: index % 7,
}));
/** Place in the legend, by size. */
const GROUPS = ["Bags", "Candles", "Garden"];

/** Weights of which x and y are the first two numbers of the embedding: 4 of the item, 2 of the category. */
function weights(products: Product[]) {
  const found = made(
    embeddingMlp.small,
    { "embedding.item.weight": (index) => (index % 4 < 2 ? ALONE[index >> 2]?.[index % 4] : undefined) },
    false,
    products,
  );
  found.tensors.set("projection.embedding.mean", { shape: [6], values: new Float32Array(6) });
  found.tensors.set("projection.embedding.components", {
    shape: [6, 2],
    values: Float32Array.from([1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
  });
  return found;
}
const WEIGHTS = weights(PRODUCTS);
const at = (item: number) => [0, 1].map((axis) => WEIGHTS.tensors.get("embedding.item.weight")!.values[4 * item + axis]!) as [number, number];

/** What a visitor brings. */
const ALL = { model: file(WEIGHTS, PRODUCTS), catalogue: csv(PRODUCTS), history: ["p900", "p7000"] };
/** A few of the products, for what has nothing to do with their number: each is a circle that takes its time. */
const FEW_PRODUCTS = PRODUCTS.slice(0, 500);
const FEW = { model: file(weights(FEW_PRODUCTS), FEW_PRODUCTS), catalogue: csv(FEW_PRODUCTS), history: ["p90", "p400"] };

test.use({
  // So that the whole plane is on the screen.
  viewport: { width: 1440, height: 1200 },
  launchOptions: {
    ...chromium,
    args: [
      ...chromium.args,
      // A canvas that WebGPU draws on is seen only where the page itself is drawn by a GPU: that is SwiftShader, too.
      "--use-vulkan=swiftshader",
      "--use-angle=swiftshader",
      "--enable-features=Vulkan",
      "--enable-unsafe-swiftshader",
      "--ignore-gpu-blocklist",
    ],
  },
});

async function openSpace(page: Page, backend: string, { model, catalogue, history } = ALL): Promise<void> {
  await page.route("**/made/model.safetensors", (route) => route.fulfill({ body: model }));
  await page.route("**/made/catalogue.csv", (route) => route.fulfill({ body: catalogue }));
  const files = "model=made/model.safetensors&catalogue=made/catalogue.csv";
  await page.goto(`./?backend=${backend}&${files}&history=${history.join(",")}#inside=embedding`);
  const first = await answered(page);
  expect([first.problem, first.history]).toEqual([null, history]);
  const plane = page.getByTestId("embedding-plane");
  await expect(plane).toBeVisible();
  await plane.evaluate((plane) => plane.scrollIntoView({ block: "center" }));
  // With a GPU the paths are there, to be saved, and not seen.
  const clouds = plane.locator(".cloud");
  await expect(clouds).toHaveCount(GROUPS.length);
  if (backend === "gpu") await expect(plane).toHaveClass(/on-gpu/);
  // Before the whole, it shows another area.
  await answered(page);
  for (const cloud of await clouds.all()) await expect(cloud).toBeVisible({ visible: backend === "cpu" });
}

/** What is shown of the plane: left, top, width and height, y downwards. */
const viewBox = async (page: Page) => (await page.getByTestId("embedding-plane").locator("svg").getAttribute("viewBox"))!.split(" ").map(Number);

/** The colours on the screen at points of the plane, and at so many pixels to the right of each. */
async function colours(page: Page, points: [number, number][], right: number): Promise<number[][][]> {
  const plane = page.getByTestId("embedding-plane");
  const [left, top, width, height] = (await viewBox(page)) as [number, number, number, number];
  const box = (await plane.boundingBox())!;
  const places = points.map(([x, y]) => [((x - left) / width) * box.width, ((-y - top) / height) * box.height]);
  const picture = (await plane.screenshot()).toString("base64");
  return page.evaluate(
    async ({ picture, places, right }) => {
      const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
      const context = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
      context.drawImage(image, 0, 0);
      // The pixel around the place: its middle is up to half a pixel away.
      const colour = (x: number, y: number) => Array.from(context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data.slice(0, 3));
      return places.map(([x, y]) => [colour(x!, y!), colour(x! + right, y!)]);
    },
    { picture, places, right },
  );
}

/** The colour of the plane and those of the groups on it, as the styles have them. */
async function wanted(page: Page): Promise<{ ground: number[]; groups: number[][] }> {
  return page.getByTestId("embedding-plane").evaluate((plane) => {
    const numbers = (colour: string) => colour.match(/[\d.]+/g)!.map(Number);
    const ground = numbers(getComputedStyle(plane).backgroundColor);
    const groups = Array.from(plane.querySelectorAll(".cloud"), (cloud) => {
      const { stroke, strokeOpacity } = getComputedStyle(cloud);
      return numbers(stroke).map((part, index) => Number(strokeOpacity) * part + (1 - Number(strokeOpacity)) * ground[index]!);
    });
    return { ground, groups };
  });
}

const far = (a: number[], b: number[]) => Math.max(...a.map((part, index) => Math.abs(part - b[index]!)));

/** The lonely products lie where the weights say, each alone, in its group's colour. */
async function expectDrawn(page: Page, which = [...ALONE.keys()]): Promise<void> {
  const points = which.map(at);
  await expect(async () => {
    const { ground, groups } = await wanted(page);
    const found = await colours(page, points, 5);
    which.forEach((item, index) => {
      const group = groups[GROUPS.indexOf(PRODUCTS[item]!.category)]!;
      // Colours are rounded to 8 bits, once when they are drawn and once when the layers are put together.
      const [middle, beside] = found[index] as [number[], number[]];
      expect(far(middle, group), `${item}: ${middle} is ${group}`).toBeLessThanOrEqual(3);
      expect(far(beside, ground), `beside ${item}: ${beside} is ${ground}`).toBeLessThanOrEqual(3);
    });
    // A picture of 20,000 points takes a busy CPU most of a minute.
  }).toPass({ timeout: 240_000 });
}

/** The product that a search finds is in the middle, and read. */
async function find(page: Page, item: number): Promise<void> {
  await page.getByTestId("embedding-search").fill(PRODUCTS[item]!.title.toLowerCase());
  await page.getByTestId("embedding-found").first().click();
  await expect(page.getByTestId("embedding-chosen")).toHaveAttribute("data-item", PRODUCTS[item]!.id);
  const middle = async () => {
    const [left, top, width, height] = (await viewBox(page)) as [number, number, number, number];
    return Math.hypot(left + width / 2 - at(item)[0], -top - height / 2 - at(item)[1]);
  };
  // Of a plane that is 2 or so wide then: 32-bit numbers.
  await expect.poll(middle).toBeLessThan(1e-5);
  await expectDrawn(page, [item]);
}

/** What is saved has each point as a vector. */
async function expectSaved(page: Page): Promise<void> {
  const download = page.waitForEvent("download");
  await page.getByTestId("save-svg").click();
  const stream = await (await download).createReadStream();
  const svg = (await stream.toArray()).join("");
  expect(svg.match(/h0/g)).toHaveLength(COUNT);
}

test("the GPU draws 20,000 points where they should be, in both themes, closer and further", async ({ page }) => {
  test.setTimeout(300_000);
  await page.emulateMedia({ colorScheme: "light" });
  await openSpace(page, "gpu");
  await expectDrawn(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectDrawn(page);
  await page.getByTestId("theme").click();
  await expectDrawn(page);

  // One group alone, and the others are faint.
  await page.getByTestId("embedding-group").nth(1).click();
  await expect(page.locator(".cloud.faint")).toHaveCount(2);
  await expectDrawn(page);
  await page.getByTestId("embedding-group").nth(1).click();
  await expect(page.locator(".cloud.faint")).toHaveCount(0);

  // Closer, around the point under the mouse; and along with the mouse.
  const plane = page.getByTestId("embedding-plane");
  await plane.evaluate((plane) => plane.scrollIntoView({ block: "center" }));
  const box = (await plane.boundingBox())!;
  const [left, top, width, height] = (await viewBox(page)) as [number, number, number, number];
  const x = async () => {
    const [left, , width] = (await viewBox(page)) as [number, number, number, number];
    return box.x + ((at(0)[0] - left) / width) * box.width;
  };
  const before = await x();
  await page.mouse.move(before, box.y + ((-at(0)[1] - top) / height) * box.height);
  await page.mouse.wheel(0, -240);
  await expect.poll(async () => (await viewBox(page))[2]! / width).toBeCloseTo(1 / 1.5, 3);
  // A mouse is at whole pixels.
  expect(Math.abs((await x()) - before)).toBeLessThan(1);
  await page.mouse.move(box.x + 20, box.y + 20);
  await expectDrawn(page, [0]);
  const closer = await x();
  await page.mouse.down();
  await page.mouse.move(box.x + 10, box.y + 40, { steps: 3 });
  await page.mouse.up();
  await expect.poll(async () => closer - (await x())).toBeCloseTo(10, 1);
  await expectDrawn(page, [0]);
  // What was dragged was not chosen.
  await expect(plane.locator(".embedding-ring.chosen")).toHaveCount(0);
  // As far as it goes.
  await page.mouse.wheel(0, 3000);
  await expect.poll(() => viewBox(page)).toEqual([left, top, width, height]);
  await page.mouse.move(0, 0);
  await expectDrawn(page);

  await find(page, 2);
  await expectSaved(page);
});

test("without a GPU the same points are SVG", async ({ page }) => {
  test.setTimeout(600_000);
  await page.emulateMedia({ colorScheme: "light" });
  await openSpace(page, "cpu");
  await expectDrawn(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectDrawn(page);
  await find(page, 2);
  const [, , width] = await viewBox(page);
  await page.getByTestId("embedding-plane").press("+");
  await expect.poll(async () => (await viewBox(page))[2]! / width!).toBeCloseTo(1 / 1.5, 3);
  await expectDrawn(page, [2]);
  await expectSaved(page);
});

test("a GPU that is lost leaves the points on the page", async ({ page }) => {
  test.setTimeout(300_000);
  await noteGpu(page);
  await openSpace(page, "gpu", FEW);
  await expectDrawn(page);
  expect(await loseGpu(page)).toBeGreaterThan(0);
  const plane = page.getByTestId("embedding-plane");
  await expect(plane).not.toHaveClass(/on-gpu/);
  for (const cloud of await plane.locator(".cloud").all()) await expect(cloud).toBeVisible();
  await expectDrawn(page);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test("two fingers zoom and move, one scrolls the page", async ({ page }) => {
    test.setTimeout(300_000);
    await openSpace(page, "cpu", FEW);
    const plane = page.getByTestId("embedding-plane");
    await plane.evaluate((plane) => plane.scrollIntoView({ block: "center" }));
    const box = (await plane.boundingBox())!;
    const [left, top, width, height] = (await viewBox(page)) as [number, number, number, number];
    const client = await page.context().newCDPSession(page);
    // A finger is at a whole pixel of the screen, which the corner of the plane need not be.
    const corner = { x: Math.round(box.x), y: Math.round(box.y) };
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...fingers: [number, number][]) =>
      client.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: fingers.map(([x, y], id) => ({ x: corner.x + x, y: corner.y + y, id })),
      });
    const scrolled = () => page.evaluate(() => document.scrollingElement!.scrollTop);
    const before = await scrolled();
    // Both go up by 40 pixels, and twice as far apart as they were.
    await touch("touchStart", [150, 150]);
    await touch("touchStart", [150, 150], [210, 150]);
    await touch("touchMove", [140, 130], [220, 130]);
    await touch("touchMove", [120, 110], [240, 110]);
    await touch("touchEnd");
    await expect.poll(async () => (await viewBox(page))[2]! / width).toBeCloseTo(0.5, 2);
    const [nowLeft, nowTop, nowWidth, nowHeight] = (await viewBox(page)) as [number, number, number, number];
    // What was between the fingers is there still.
    const [across, down] = [(x: number) => (corner.x - box.x + x) / box.width, (y: number) => (corner.y - box.y + y) / box.height];
    expect(nowLeft + across(180) * nowWidth).toBeCloseTo(left + across(180) * width, 2);
    expect(nowTop + down(110) * nowHeight).toBeCloseTo(top + down(150) * height, 2);
    expect(await scrolled()).toBe(before);

    // One finger goes up: the page scrolls, and the plane is as it was.
    await touch("touchStart", [150, 150]);
    for (let up = 10; up <= 120; up += 10) await touch("touchMove", [150, 150 - up]);
    await touch("touchEnd");
    await expect.poll(scrolled).toBeGreaterThan(before + 50);
    expect((await viewBox(page))[2]).toBeCloseTo(nowWidth, 5);
  });
});
