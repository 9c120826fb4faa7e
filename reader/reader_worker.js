// The worker that reads other people's files. The page sends the bytes of the wasm, the name of one of its functions and
// the arguments; back goes [what it returns, why it refused, why it stopped], of which one is not null.

importScripts("./reader.js");

onmessage = async ({ data: [wasm, name, ...values] }) => {
  try {
    await wasm_bindgen({ module_or_path: wasm });
    postMessage([wasm_bindgen[name](...values), null, null]);
  } catch (error) {
    // What the reader refuses comes as a sentence, anything else is an accident.
    postMessage(typeof error === "string" ? [null, error, null] : [null, null, String(error)]);
  }
};
