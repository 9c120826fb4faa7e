// A model of one's own: chosen, dropped or named in the address, and what happens to files that are no model.

import { truncateSync, writeFileSync } from "node:fs";

import { expect, type Page } from "@playwright/test";

import { compose, drop, fuxictr, parse, repository, type Upload, upload, weightsOf } from "../support/files.ts";
import { dialogOverflow, expectNoBarriers, THEMES, useTheme } from "../support/layout.ts";
import { choose, running } from "../support/own_model.ts";
import { answered, change, choose as chooseNetwork, open, test } from "../support/page.ts";
import { din } from "../support/reference/din.ts";
import { START } from "../support/reference/index.ts";

const DIN = fuxictr("fuxi_din_1_sizes");
const DIEN = fuxictr("fuxi_dien_AUGRU_bilinear_attention_1_bn");
const PEERS = [DIN, DIEN, fuxictr("fuxi_dien_AIGRU_dot_attention_0"), fuxictr("fuxi_dien_GRU_0")];

/** The same network as PyTorch wrote it. */
const PYTORCH = { ...DIEN, model: upload("checkpoint.ckpt", repository("model/tests/peers/fuxi_dien_AUGRU_bilinear_attention_1_bn.pt")) };

/** As many products and categories as the small networks of the tests have. */
const TEN = upload(
  "ten.csv",
  ["id,title,category", ...Array.from({ length: 10 }, (_, index) => `${index},Product ${index},Category ${index % 4}`)].join("\n"),
);

for (const peer of PEERS) {
  test(`${peer.model.name}: the page computes what FuxiCTR computed`, async ({ page }) => {
    await open(page);
    await choose(page, peer);
    const empty = await running(page, peer);
    expect(empty.history).toEqual([]);
    expect(Object.keys(empty.probabilities)).toContain(peer.target);
    await page.getByTestId("own-model-see").click();

    // One click after the other, as a visitor would.
    let now = empty;
    for (const id of peer.history) {
      now = await change(page, () => page.locator(`[data-testid="shop-item"][data-item="${id}"]`).click());
    }
    expect(now.history).toEqual(peer.history);
    // 1e-5, as everywhere between two implementations in 32-bit floats.
    expect(Math.abs(now.probabilities[peer.target]! - peer.probability)).toBeLessThan(1e-5);
  });
}

test("what a file does not say is asked, and the right answer gives the library's own", async ({ page }) => {
  await open(page);
  const { tensors } = parse(DIN.model.buffer);
  // As a user's file is, without a word on options.
  const bare = upload("bare.safetensors", compose({ tensors, metadata: {} }));
  await choose(page, { model: bare, catalogue: DIN.catalogue });
  const questions = page.getByTestId("own-model-question");
  const question = page.locator('[data-testid="own-model-question"][data-option="normalization"]');
  await expect(question).toContainText("What turns attention scores into weights?");
  await expect(question).toContainText("As long as nobody says: none, the default of FuxiCTR.");
  await expect(question).toContainText("DIN(din_use_softmax=…)");
  await expect(page.getByTestId("own-model-unchecked")).toHaveText("not checked against your library");
  const count = await questions.count();

  await question.getByRole("combobox").selectOption("softmax");
  await expect(question).not.toContainText("As long as nobody says");
  await expect(question).toContainText("Weights are a softmax of the scores, and add up to 1.");
  await expect(question.getByRole("combobox")).toHaveValue("softmax");
  await expect(questions).toHaveCount(count);
  await page.getByTestId("own-model-see").click();
  let now = await running(page, { model: bare });
  for (const id of DIN.history) {
    now = await change(page, () => page.locator(`[data-testid="shop-item"][data-item="${id}"]`).click());
  }
  // 1e-5, as everywhere between two implementations in 32-bit floats.
  expect(Math.abs(now.probabilities[DIN.target]! - DIN.probability)).toBeLessThan(1e-5);
});

test("a checkpoint of PyTorch and an archive of NumPy run as they are, whatever they are called", async ({ page }) => {
  await open(page);
  await choose(page, PYTORCH);
  let now = await running(page, PYTORCH);
  await expect(page.getByTestId("own-model-unchecked")).toBeVisible();
  await page.getByTestId("own-model-see").click();
  for (const id of DIEN.history) {
    now = await change(page, () => page.locator(`[data-testid="shop-item"][data-item="${id}"]`).click());
  }
  expect(Object.keys(now.probabilities)).toContain(DIEN.target);
  const archive = upload("variables.bin", repository("model/tests/peers/deepctr_tf_din_1.npz"));
  await drop(page, [archive, TEN]);
  await running(page, { model: archive });
  await expect(page.getByTestId("own-model-summary")).toContainText("DIN: local activation unit 8 → 4");
});

test("weights of other libraries run as they are, one after the other", async ({ page }) => {
  test.setTimeout(300_000);
  await open(page);
  for (const [name, kind] of [
    ["deepctr_dien_AUGRU_noaux", "DIEN: AUGRU"],
    ["deepctr_din_1_bn", "DIN: local activation unit 8 → 4"],
    ["recbole_dien_AGRU", "DIEN: AGRU"],
    ["recbole_din", "DIN: local activation unit 10 → 6 sigmoid"],
    ["deepctr_tf_dien_AUGRU", "DIEN: AUGRU with the gate of the authors’ code"],
  ] as const) {
    await test.step(name, async () => {
      const peer = { model: weightsOf(name), catalogue: TEN };
      await drop(page, [peer.catalogue, peer.model]);
      await running(page, peer);
      await expect(page.getByTestId("own-model-summary")).toContainText(kind);
      await page.getByTestId("own-model-see").click();
      const clicked = await change(page, () => page.getByTestId("shop-item").first().click());
      const probabilities = Object.values(clicked.probabilities);
      expect(probabilities).toHaveLength(10);
      for (const probability of probabilities) expect(probability > 0 && probability < 1).toBe(true);
      expect(new Set(probabilities).size).toBeGreaterThan(5);
    });
  }
});

test("model first, then its catalogue; and the demo is one click away with its history", async ({ page }) => {
  const demo = await open(page);
  await choose(page, { model: DIEN.model });
  const error = page.getByTestId("own-model-error");
  await expect(error).toContainText(DIEN.model.name);
  await expect(error).toContainText(/2,784 products/);
  await expect(error).toContainText(/catalogue’s CSV/);
  expect((await answered(page)).probabilities).toEqual(demo.probabilities);

  await choose(page, { catalogue: DIEN.catalogue });
  const own = await running(page, DIEN);
  expect(own.history).toEqual([]);
  await expect(error).toHaveCount(0);
  const summary = page.getByTestId("own-model-summary");
  for (const part of ["DIEN", "AUGRU", "hidden 8", "bilinear attention", "softmax", "10 → 6 ReLU"]) {
    await expect(summary).toContainText(part);
  }
  await expect(page.getByTestId("own-model-notes")).toContainText(/user_id/);
  await page.getByTestId("own-model-see").click();
  await expect(page.getByTestId("shop-item")).toHaveCount(Object.keys(own.probabilities).length);
  await expect(page.getByTestId("preset")).toHaveCount(0);
  const clicked = await change(page, () => page.getByTestId("shop-item").first().click());
  // Without a projection from training, the path is drawn by one fitted on the page.
  await expect(page.locator(".map figcaption")).toContainText("made-up histories");
  expect(clicked.inspected!.evolution!.path).toHaveLength(2);

  const back = await change(page, () => page.getByTestId("own-model-leave").click());
  expect(back.network).toBe(START.name);
  expect(back.history).toEqual(demo.history);
  expect(back.probabilities).toEqual(demo.probabilities);
  await expect(summary).toHaveCount(0);
  const again = await change(page, () => page.getByTestId("model-own").click());
  expect(again.history).toEqual(clicked.history);
  expect(again.probabilities).toEqual(clicked.probabilities);
});

test("a catalogue first says what it has and waits for the model", async ({ page }) => {
  await open(page);
  await choose(page, { catalogue: DIN.catalogue });
  await expect(page.getByTestId("own-model-waiting")).toContainText(/catalogue\.csv has \d products/);
  await choose(page, { model: DIN.model });
  const own = await running(page, DIN);
  await page.getByTestId("own-model-see").click();
  await expect(page.locator("#evolution")).toContainText(/DIN .*no evolution to show/);
  expect(own.inspected!.evolution).toBeNull();
});

test("on the GPU, too, the page computes what FuxiCTR computed", async ({ page }) => {
  test.setTimeout(300_000);
  await open(page, "?backend=gpu");
  for (const peer of PEERS) {
    await drop(page, [peer.model, peer.catalogue, peer.histories]);
    await running(page, peer);
    await expect(page.getByTestId("histories-user")).toBeVisible();
    const state = await change(page, () => page.getByTestId("histories-user").click());
    expect(state.backend).toBe("gpu");
    expect(state.history).toEqual(peer.history);
    expect(Math.abs(state.probabilities[peer.target]! - peer.probability), peer.model.name).toBeLessThan(1e-5);
  }
});

test("a model answers where the address of before says a view and no network", async ({ page }) => {
  await open(page, "#v=1&inside=compare");
  await choose(page, DIN);
  await running(page, DIN);
  // The page writes its address half a second after a change.
  await page.waitForTimeout(1000);
  expect((await answered(page)).network).toBe("Your model");
});

test("both files dropped at once", async ({ page }) => {
  await open(page);
  await drop(page, [DIEN.catalogue, DIEN.model]);
  await running(page, DIEN);
});

test("a weights file of this project runs with the page's catalogue, and keeps the history", async ({ page }) => {
  const demo = await open(page);
  await choose(page, { model: upload("mine.safetensors", repository(`assets/${din.id}.safetensors`)) });
  const own = await running(page, { model: upload("mine.safetensors", "") });
  expect(own.history).toEqual(demo.history);
  await page.getByTestId("own-model-see").click();
  const again = await chooseNetwork(page, din);
  expect(again.probabilities).toEqual(own.probabilities);
});

test.describe("files that are no model", () => {
  const nan = parse(DIEN.model.buffer);
  nan.tensors.get("dnn.mlp.0.weight")!.bytes.writeFloatLE(NaN, 8);
  const missing = parse(DIEN.model.buffer);
  missing.tensors.delete("extraction_modules.0.weight_hh_l0");
  const huge = Buffer.from(`        {"w":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}`);
  huge.writeBigUInt64LE(BigInt(huge.length - 8));
  const cases: [string, { model?: Upload; catalogue?: Upload }, RegExp][] = [
    ["no bytes", { model: upload("none.safetensors", "") }, /none\.safetensors/],
    ["half a file", { model: upload("half.safetensors", DIEN.model.buffer.subarray(0, 4000)) }, /half\.safetensors/],
    ["a header that claims 10^12 numbers", { model: upload("huge.safetensors", huge) }, /huge\.safetensors/],
    ["not a number", { model: upload("nan.safetensors", compose(nan)) }, /nan\.safetensors.*dnn\.mlp\.0\.weight.*NaN/i],
    ["a tensor less", { model: upload("less.safetensors", compose(missing)) }, /less\.safetensors.*extraction_modules\.0\.weight_hh_l0.*missing/],
    ["what the code of the DIEN authors keeps in no checkpoint", { model: weightsOf("mouna99_din_small"), catalogue: TEN }, /mouna99.*dice_1\/mean/],
    ["half an archive", { model: upload("model.pth", PYTORCH.model.buffer.subarray(0, 3000)) }, /model\.pth.*damaged archive.*export it again/],
    ["a pickle of a program", { model: upload("model.bin", Buffer.from("80027d71002e", "hex")) }, /model\.bin.*pickle without tensors.*torch\.save/],
    ["a catalogue without titles", { catalogue: upload("bad.csv", "id,category\n1,a") }, /bad\.csv.*title/],
    ["a catalogue with an id twice", { catalogue: upload("twice.csv", "id,title,category\n1,a,b\n1,c,b") }, /twice\.csv.*line 3.*"1"/],
    ["the wrong catalogue", { catalogue: upload("large.csv", repository("assets/catalogue.csv")) }, /fuxi_dien.*2784|large/],
  ];
  test("each is refused by name, and the model before goes on", async ({ page }) => {
    await open(page);
    await choose(page, DIEN);
    await running(page, DIEN);
    await page.getByTestId("own-model-see").click();
    const before = await change(page, () => page.getByTestId("shop-item").first().click());
    for (const [what, files, message] of cases) {
      await test.step(what, async () => {
        await choose(page, files);
        await expect(page.getByTestId("own-model-error")).toContainText(message);
        await expect(page.getByTestId("own-model-error")).toContainText(/Nothing has changed/);
        expect((await answered(page)).probabilities).toEqual(before.probabilities);
        await page.getByRole("button", { name: "Start again" }).click();
        // The files that were open are chosen no longer, so the next case begins with the model alone.
        await page.getByTestId("own-model-file").setInputFiles([]);
        if (!files.model) {
          await page.getByTestId("own-model-file").setInputFiles(DIEN.model);
          // Once it is being read, the dialog says no longer that it is open, until it is again.
          await answered(page);
          await expect(page.getByTestId("own-model-see")).toBeVisible();
        }
      });
    }
    await page.keyboard.press("Escape");
    const after = await change(page, () => page.getByTestId("shop-item").nth(1).click());
    expect(after.history).toHaveLength(2);
  });
});

test("a file that is no model, or half of one, is not blamed on the catalogue, and neither is what is no table", async ({ page }) => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
  await open(page);
  const error = page.getByTestId("own-model-error");
  for (const [model, remedy] of [
    [upload("half.safetensors", DIEN.model.buffer.subarray(0, 4000)), "download or export it again"],
    [upload("pointer.safetensors", pointer), "git lfs pull fetches the file itself"],
    [upload("pointer.bin", pointer), "git lfs pull fetches the file itself"],
    [upload("page.safetensors", "<!DOCTYPE html><title>404</title>"), "download the file itself"],
    [upload("picture.safetensors", Buffer.from("89504e470d0a1a0a", "hex")), "choose the file of the weights"],
    [upload("archive.safetensors", Buffer.from("504b030414000000", "hex")), "download or export it again"],
  ] as const) {
    await choose(page, { model });
    await expect(error).toContainText(model.name);
    await expect(error).toContainText(remedy);
    await expect(error).not.toContainText("catalogue");
    await page.getByRole("button", { name: "Start again" }).click();
  }
  for (const [content, remedy] of [
    [pointer, "git lfs pull fetches the file itself"],
    ["<html><title>Sign in</title></html>", "download the file itself"],
  ] as const) {
    await choose(page, { catalogue: upload("shop.csv", content) });
    await expect(error).toContainText("shop.csv: a ");
    await expect(error).toContainText(remedy);
    await page.getByRole("button", { name: "Start again" }).click();
  }
});

test("a file that is too large is refused before it is read", async ({ page }, info) => {
  // A file with a hole in it, which takes no room on the disk.
  const path = info.outputPath("large.safetensors");
  writeFileSync(path, "");
  truncateSync(path, 300_000_000);
  await open(page);
  await page.getByTestId("own-model").click();
  await page.getByTestId("own-model-file").setInputFiles(path);
  await expect(page.getByTestId("own-model-error")).toContainText(/large\.safetensors has 300\.0 MB, more than the 256\.0 MB/);
});

test.describe("the part of the page that reads files", () => {
  // Chromium itself logs each request that fails.
  test.use({ expectedErrors: [/Failed to load resource|importScripts/] });

  for (const file of ["reader_bg.wasm", "reader.js", "reader_worker.js"]) {
    test(`where ${file} does not arrive, the dialog says so, and a second attempt reads the files`, async ({ page }) => {
      await page.route(`**/${file}`, (route) => route.abort("failed"));
      const before = await open(page);
      await choose(page, DIEN);
      const error = page.getByTestId("own-model-error");
      await expect(error).toContainText("part of the page that reads files is missing");
      expect((await answered(page)).probabilities).toEqual(before.probabilities);
      await page.unroute(`**/${file}`);
      await error.getByTestId("retry").click();
      await running(page, DIEN);
    });
  }
});

test.describe("in the address", () => {
  // Chromium itself logs each request that fails.
  test.use({ expectedErrors: [/Failed to load resource|CORS policy/] });

  const serve = async (page: Page, address: string, peer: typeof DIEN) => {
    await page.route(`${address}/model.safetensors`, (route) => route.fulfill({ body: peer.model.buffer }));
    await page.route(`${address}/catalogue.csv`, (route) => route.fulfill({ body: peer.catalogue.buffer }));
  };

  test("relative addresses open model, catalogue and history; the demo is there too", async ({ page }) => {
    await serve(page, "**/mine", DIEN);
    await page.goto(`./?model=mine/model.safetensors&catalogue=mine/catalogue.csv&history=${DIEN.history.join()}`);
    await expect(page.getByTestId("own-model-summary")).toContainText("model.safetensors");
    const own = await answered(page);
    expect(own.network).toBe("Your model");
    expect(own.history).toEqual(DIEN.history);
    expect(Math.abs(own.probabilities[DIEN.target]! - DIEN.probability)).toBeLessThan(1e-5);
    await expect(page.getByTestId("own-model-dialog")).not.toBeVisible();
    const demo = await change(page, () => page.getByTestId("own-model-leave").click());
    expect(demo.network).toBe(START.name);
    expect(demo.history.length).toBeGreaterThan(0);
  });

  test("a site that lets nobody read its files: the reason, and the demo", async ({ page }) => {
    await page.route("https://elsewhere.example/**", (route) => route.abort("failed"));
    await page.goto("./?model=https://elsewhere.example/model.safetensors");
    const error = page.getByTestId("own-model-error");
    await expect(error).toContainText("https://elsewhere.example/model.safetensors");
    await expect(error).toContainText("Access-Control-Allow-Origin");
    expect((await answered(page)).network).toBe(START.name);
  });

  test("an address that has nothing: its status, and the demo", async ({ page }) => {
    await page.route("**/mine/*", (route) => route.fulfill({ status: 404, body: "" }));
    await page.goto("./?model=mine/model.safetensors&catalogue=mine/catalogue.csv");
    await expect(page.getByTestId("own-model-error")).toContainText(/mine\/catalogue\.csv.*404/);
    const demo = await answered(page);
    expect(demo.network).toBe(START.name);
    await expect(page.getByTestId("preset")).toHaveCount(3);
  });
});

test("with the keyboard alone", async ({ page }) => {
  // While somebody listens, Playwright takes every chooser; if it stopped after the first file, the next key could be sooner.
  page.on("filechooser", () => undefined);
  await open(page);
  await page.getByTestId("own-model").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("own-model-dialog")).toBeVisible();
  await expect(page.getByTestId("guide")).toBeVisible();
  const reached: string[] = [];
  for (let stop = 0; stop < 16; stop++) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? document.activeElement?.tagName ?? ""));
  }
  for (const stop of ["own-model-file", "own-model-catalogue", "predictions-file", "histories-file", "SUMMARY"]) expect(reached).toContain(stop);
  for (const file of [DIEN.catalogue, DIEN.model]) {
    await page.getByTestId(file === DIEN.model ? "own-model-file" : "own-model-catalogue").focus();
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
    await chooser.setFiles(file);
  }
  await running(page, DIEN);
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("own-model-dialog")).not.toBeVisible();
  await expect(page.getByTestId("own-model")).toBeFocused();
});

test("the guide has each library's code, and copies it", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  await page.getByTestId("own-model").click();
  const guide = page.getByTestId("guide");
  for (const [library, code] of [
    ["FuxiCTR", "model.pt"],
    ["DeepCTR-Torch", "model.pt"],
    ["RecBole", "saved/"],
    ["TensorFlow", "save_weights"],
    ["catalogue", "id,title,category"],
  ] as const) {
    const part = guide.locator("details", { has: page.locator("summary", { hasText: library }) });
    await part.locator("summary").click();
    // The codes of two libraries share that line.
    await page.evaluate(() => navigator.clipboard.writeText("what was copied before"));
    await part.getByRole("button", { name: "Copy" }).first().click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain(code);
  }
});

test("the dialog and the page with a model fit a phone, and axe finds no barrier, in both themes", async ({ page }, info) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page);
  await choose(page, DIEN);
  await running(page, DIEN);
  await expect(page.getByTestId("guide")).toBeVisible();
  for (const summary of await page.getByTestId("guide").locator("summary").all()) await summary.click();
  const look = async (what: string) => {
    for (const theme of THEMES) {
      await useTheme(page, theme);
      const path = info.outputPath(`${what}-${theme}.png`);
      await page.screenshot({ path });
      await info.attach(`${what}, ${theme}`, { path, contentType: "image/png" });
      await expectNoBarriers(page);
      expect(await dialogOverflow(page), `horizontal overflow of the ${what}, ${theme}`).toBeLessThanOrEqual(0);
    }
  };
  await look("dialog");
  await page.getByTestId("own-model-see").click();
  await change(page, () => page.getByTestId("shop-item").first().click());
  await look("page");
  for (const width of [768, 1200]) {
    await page.setViewportSize({ width, height: 900 });
    for (const theme of THEMES) {
      await useTheme(page, theme);
      const header = await page.locator(".header > *, .header-tools > *").evaluateAll((parts) =>
        parts.map((part) => part.getBoundingClientRect()).filter((box) => box.width > 0).map(({ left, right, top, bottom }) => ({ left, right, top, bottom })),
      );
      for (const [index, a] of header.entries()) {
        for (const b of header.slice(index + 1)) {
          const apart = a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
          const inside = (one: typeof a, other: typeof a) => one.left >= other.left - 1 && one.right <= other.right + 1 && one.top >= other.top - 1 && one.bottom <= other.bottom + 1;
          expect(apart || inside(a, b) || inside(b, a), `the header's parts at ${width} px, ${theme}`).toBe(true);
        }
      }
    }
  }
});
