import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { batch, batches, examples, negatives, randomNumbers, stepSize } from "../src/training/batches.js";
import { itemCategories } from "../src/training/catalogue.js";
import { pack, unpack } from "../src/training/purchases.js";
import { trainingSets } from "../src/training/sets.js";

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const header = { format: "interest-lens-purchases/1", items: 2784, vocabulary: "hash" };
const shopper = (items, baskets = items.map((_, index) => index)) => ({ items, baskets });

test("purchases are packed as they are unpacked, and a damaged file names what is wrong", () => {
  const users = [shopper([5, 2783, 0], [0, 0, 1]), shopper([7])];
  const { buffer } = pack(users, header, sha256);
  const unpacked = unpack("test.bin", buffer);
  assert.deepEqual(unpacked.users, users);
  assert.deepEqual(unpacked.header, { ...header, users: 2, purchases: 4 });
  // The last purchase is cut off.
  assert.throws(() => unpack("test.bin", buffer.slice(0, -2)), /test.bin: .*: there should be \d/);
  const other = pack(users, { ...header, format: "another" }, sha256).buffer;
  assert.throws(() => unpack("test.bin", other), /test.bin: format: found "another"/);
});

test("categories are numbered in alphabetical order, whatever is in quotes", () => {
  const csv = 'id,title,category,price\r\n1,"a, ""b""\nc",Toys,2\r\n2,d,"Books, old",\r\n3,e,Toys,1\r\n';
  assert.deepEqual(Array.from(itemCategories(csv)), [1, 0, 1]);
  assert.throws(() => itemCategories("id,title\n1,a\n"), /category/);
});

test("histories end before the purchase, or before its basket", () => {
  const users = [shopper([1, 2, 3, 4], [0, 1, 1, 2])];
  const histories = (protocol) => examples(users, { protocol }, 2).map(({ history }) => history);
  assert.deepEqual(histories("next_item"), [[], [1], [1, 2], [2, 3]]);
  assert.deepEqual(histories("next_basket"), [[], [1], [1], [2, 3]]);
});

test("an epoch has every example once, in batches of like lengths", () => {
  const all = examples([shopper(Array.from({ length: 40 }, (_, item) => item))], { protocol: "next_item" }, 50);
  const epoch = batches(all, 8, randomNumbers(1));
  assert.deepEqual(
    epoch.map(({ length }) => length),
    [8, 8, 8, 8, 8],
  );
  assert.equal(new Set(epoch.flat()).size, 40);
  for (const examples of epoch) {
    const lengths = examples.map(({ history }) => history.length);
    assert.equal(Math.max(...lengths) - Math.min(...lengths), 7);
  }
});

test("negatives are of what was not bought, half of them by popularity", () => {
  const users = [shopper([0, 1]), shopper([1, 2]), shopper([2, 2])];
  const negative = negatives(users, 100, randomNumbers(2));
  const drawn = Array.from({ length: 4000 }, () => negative(new Set([0, 1])));
  assert.ok(drawn.every((item) => item > 1 && item < 100));
  const popular = drawn.filter((item) => item === 2).length / drawn.length;
  // All of the draws by popularity are item 2; of 4,000 the share has a standard deviation of 0.008.
  assert.ok(Math.abs(popular - 0.505) < 0.04, String(popular));
  // Where blind draws find nothing, what is left is listed.
  const last = negatives([shopper([0])], 3000, randomNumbers(3));
  const bought = new Set(Array.from({ length: 3000 }, (_, item) => item).filter((item) => item !== 1234));
  assert.equal(last(bought), 1234);
});

test("a batch is padded to its longest history", () => {
  const bought = new Set();
  const given = batch(
    [
      { item: 9, bought, history: [1, 2, 3] },
      { item: 8, bought, history: [] },
    ],
    2,
    () => 7,
  );
  assert.deepEqual(Array.from(given.histories), [1, 2, 3, 0, 0, 0]);
  assert.deepEqual(Array.from(given.lengths), [3, 0]);
  assert.deepEqual(Array.from(given.candidates), [9, 7, 7, 8, 7, 7]);
  const { rows, steps, columns } = given;
  assert.deepEqual({ rows, steps, columns }, { rows: 2, steps: 3, columns: 3 });
  assert.equal(batch([{ item: 8, bought, history: [] }], 1, () => 7).steps, 1);
});

test("the step size rises and then falls to a tenth", () => {
  const at = (warmup, step) => stepSize({ learning_rate: 0.2, warmup }, step, 10);
  for (const [warmup, step, expected] of [
    [0, 0, 0.2],
    [0, 5, 0.11],
    [0.4, 0, 0.05],
    [0.4, 1, 0.091],
    [0, 10, 0.02],
  ]) {
    assert.ok(Math.abs(at(warmup, step) - expected) < 1e-12);
  }
});

test("the sets have full batches, and the check one negative", () => {
  const users = Array.from({ length: 400 }, (_, user) =>
    shopper(Array.from({ length: 10 + (user % 40) }, (_, item) => item)),
  );
  const { buffer } = pack(users, header, sha256);
  const network = { config: { max_history: 50 }, train: { batch: 256, weight_decay: 0.1, seed: 3 } };
  const { files, trainings } = trainingSets("test.bin", buffer, { din: network, tin: network }, sha256);
  const usersOf = (name) => unpack(name, files[name].buffer).users;
  const purchases = (name) => usersOf(name).reduce((sum, { items }) => sum + items.length, 0);
  assert.equal(purchases("timed.bin"), 12 * 256);
  assert.equal(purchases("trial.bin"), 2 * 256);
  assert.equal(trainings.timed.tin.train.batch, 256);
  const [one, ...others] = usersOf("check.bin");
  assert.deepEqual(others, []);
  assert.equal(new Set(one.items).size, 2783);
  const { config, train } = trainings.check.din;
  assert.deepEqual([train.batch, train.weight_decay, train.seed], [2783, 0, 3]);
  const lengths = new Set(examples([one], train, config.max_history).map(({ history }) => history.length));
  assert.deepEqual([...lengths], [0, 3, 10]);
});
