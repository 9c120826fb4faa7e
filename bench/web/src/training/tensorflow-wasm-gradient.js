// What TensorFlow.js's wasm backend lacks for the gradient of tf.gather: its kernel UnsortedSegmentSum
// (github.com/tensorflow/tfjs, issue 8082), in JavaScript on the backend's own memory.

import { UnsortedSegmentSum, registerKernel } from "@tensorflow/tfjs-core";

registerKernel({
  kernelName: UnsortedSegmentSum,
  backendName: "wasm",
  kernelFunc({ inputs: { x, segmentIds }, attrs: { numSegments }, backend }) {
    const output = backend.makeOutput([numSegments, ...x.shape.slice(segmentIds.shape.length)], x.dtype);
    // Views come after the output: making it may let the memory grow, which leaves older ones empty.
    const [sums, values, segments] = [output, x, segmentIds].map((tensor) => backend.typedArrayFromHeap(tensor));
    const width = sums.length / numSegments;
    sums.fill(0);
    for (let row = 0; row < segments.length; row++) {
      const [to, from] = [segments[row] * width, row * width];
      for (let column = 0; column < width; column++) sums[to + column] += values[from + column];
    }
    return output;
  },
});
