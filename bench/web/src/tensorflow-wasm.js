// TensorFlow.js's wasm backend with SIMD, on one thread.

import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

setThreadsCount(1);
setWasmPaths(new URL("./", location.href).href);
