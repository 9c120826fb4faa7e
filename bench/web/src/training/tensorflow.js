// TensorFlow.js as the peer of our trainer, with the backend and the layers of gradients.js that the address names:
// `?backend=wasm&gradients=own`.

import "@tensorflow/tfjs-backend-cpu";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-backend-webgl";
import "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { readWeights } from "../weights.js";
import { batch, batches, examples, negatives, randomNumbers, stepSize } from "./batches.js";
import { itemCategories } from "./catalogue.js";
import { offer } from "./contract.js";
import { trainingOf } from "./files.js";
import * as gradients from "./gradients.js";
import { makeNetwork } from "./networks.js";
import { unpack } from "./purchases.js";
import "./tensorflow-wasm-gradient.js";

const asked = new URLSearchParams(location.search);
setThreadsCount(1);
setWasmPaths(new URL("./", location.href).href);
tf.enableProdMode();

/** The loss of the logits [row, candidate], the item bought first, with this share of softmax: training/src/train/batch.rs. */
function lossOf(logits, softmax) {
  const [clicked, others] = tf.split(logits, [1, logits.shape[1] - 1], 1);
  const logistic = tf.div(tf.add(tf.mean(tf.softplus(tf.neg(clicked))), tf.mean(tf.softplus(others))), 2);
  if (softmax === 0) return logistic;
  const chosen = tf.neg(tf.mean(tf.slice(tf.logSoftmax(logits), [0, 0], clicked.shape)));
  return tf.add(tf.mul(logistic, 1 - softmax), tf.mul(chosen, softmax));
}

offer(async (set, network) => {
  const backend = asked.get("backend");
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} cannot start`);
  const { config, train, ...files } = await trainingOf(set, network);
  const categories = itemCategories(new TextDecoder().decode(files.catalogue));
  const { users } = unpack(`${set}.bin`, files.users);
  const { tensors } = readWeights(files.weights);
  const random = randomNumbers(train.seed);
  const all = examples(users, train, config.max_history);
  const negative = negatives(users, categories.length, random);
  const layers = gradients[asked.get("gradients")];
  const { trained, logits } = makeNetwork({ config, tensors }, categories, layers);
  const adam = tf.train.adam(train.learning_rate, 0.9, 0.999, 1e-8);
  let done = 0;
  return {
    async epoch() {
      const schedule = batches(all, train.batch, random);
      const losses = [];
      const start = performance.now();
      for (const examples of schedule) {
        adam.learningRate = stepSize(train, done, train.epochs * schedule.length);
        done += 1;
        const loss = tf.tidy(() => {
          const given = batch(examples, train.negatives, negative);
          return adam.minimize(() => lossOf(logits(given), train.softmax), true, trained);
        });
        losses.push(...(await loss.data()));
        loss.dispose();
      }
      return { ms: performance.now() - start, losses };
    },
    close() {
      adam.dispose();
      tf.disposeVariables();
    },
  };
});
