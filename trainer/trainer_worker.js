// The worker that trains networks. The page sends [the bytes of the wasm, a command], later commands with null in place of the
// bytes; back go reports. training/src/messages.rs says what they are.

importScripts("./trainer.js");

let trainer = null;
let ready = null;
let scheduled = false;
// What was asked for last: one thing is done after the other.
let done = Promise.resolve();
// A turn of the worker's loop between two steps, so that the page's commands come in between; a timer would wait 4 ms.
const turn = new MessageChannel();

function run(work) {
  done = done.then(async () => {
    if (!trainer) return;
    try {
      for (const report of await work()) postMessage(report);
      if (trainer.working && !scheduled) {
        scheduled = true;
        turn.port2.postMessage(null);
      }
    } catch (error) {
      failed(error);
    }
  });
}

function failed(error) {
  trainer = null;
  postMessage({ failed: { problem: String(error), tensor: null, best: null } });
}

turn.port1.onmessage = () => {
  scheduled = false;
  run(() => trainer.work(performance.now()));
};

onmessage = async ({ data: [wasm, command] }) => {
  try {
    ready ??= wasm_bindgen({ module_or_path: wasm }).then(() => (trainer = new wasm_bindgen.Trainer()));
    await ready;
  } catch (error) {
    failed(error);
    return;
  }
  run(() => trainer.command(command, performance.now()));
};
