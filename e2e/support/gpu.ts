// The GPU devices that the page opens, and what it asks of them.

import type { Page } from "@playwright/test";

/** Remembers every GPU device that the page opens, for `loseGpu`. Before the page is opened. */
export async function noteGpu(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const request = GPUAdapter.prototype.requestDevice;
    const devices: GPUDevice[] = [];
    Object.assign(window, { devices });
    GPUAdapter.prototype.requestDevice = async function (...options) {
      const device = await request.apply(this, options);
      devices.push(device);
      return device;
    };
  });
}

/** Destroys the page's GPU devices, as a driver reset would: how many there were. */
export async function loseGpu(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { devices } = window as unknown as { devices: GPUDevice[] };
    for (const device of devices) device.destroy();
    return devices.length;
  });
}

/** What the page has asked of WebGPU so far. */
export interface Work {
  dispatches: number;
  readbacks: number;
  submissions: number;
  /** Buffers ever made. */
  made: number;
  /** Bytes of those that are neither destroyed nor collected. */
  bytes: number;
}

declare global {
  interface Window {
    gpuWork?: Work;
  }
}

/** Counts what the page asks of WebGPU. Before the page is opened. */
export async function countWork(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const work: Work = { dispatches: 0, readbacks: 0, submissions: 0, made: 0, bytes: 0 };
    window.gpuWork = work;
    const before = <T extends object, K extends keyof T>(type: T, method: K, note: (self: unknown) => void) => {
      const original = type[method] as (...parameters: unknown[]) => unknown;
      type[method] = function (this: unknown, ...parameters: unknown[]) {
        note(this);
        return original.apply(this, parameters);
      } as T[K];
    };
    before(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => work.dispatches++);
    before(GPUBuffer.prototype, "mapAsync", () => work.readbacks++);
    before(GPUQueue.prototype, "submit", () => work.submissions++);
    const gone = (bytes: number) => void (work.bytes -= bytes);
    const collected = new FinalizationRegistry(gone);
    const create = GPUDevice.prototype.createBuffer;
    GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = create.call(this, descriptor);
      work.made++;
      work.bytes += buffer.size;
      collected.register(buffer, buffer.size, buffer);
      return buffer;
    };
    const destroyed = new WeakSet<GPUBuffer>();
    before(GPUBuffer.prototype, "destroy", (self) => {
      const buffer = self as GPUBuffer;
      if (destroyed.has(buffer)) return;
      destroyed.add(buffer);
      collected.unregister(buffer);
      gone(buffer.size);
    });
  });
}

/** What the page has asked of WebGPU so far. */
export const work = (page: Page): Promise<Work> => page.evaluate(() => ({ ...window.gpuWork! }));

/**
 * Lets the software adapter pass for a fast real one, which the page prefers to the CPU wherever it may choose: it says that it
 * is one, and no time passes while a buffer of its is read. Before the page is opened.
 */
export async function pretendHardware(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const claims = { vendor: "nvidia", architecture: "ampere", device: "", description: "NVIDIA GeForce RTX 3060" };
    for (const [name, value] of Object.entries({ ...claims, isFallbackAdapter: false })) {
      Object.defineProperty(GPUAdapterInfo.prototype, name, { get: () => value });
    }
    const now = performance.now.bind(performance);
    let [reading, since, away] = [0, 0, 0];
    performance.now = () => (reading > 0 ? since : now()) - away;
    const map = GPUBuffer.prototype.mapAsync;
    GPUBuffer.prototype.mapAsync = async function (...options) {
      if (reading++ === 0) since = now();
      try {
        return await map.apply(this, options);
      } finally {
        if (--reading === 0) away += now() - since;
      }
    };
  });
}

/** What may go wrong in a call: it throws, gives null, and, of a promise, is rejected or never settled; or the device is lost. */
export type Mode = "throws" | "null" | "rejects" | "never" | "lost";

/** What goes wrong from now on, whenever the page makes the call. */
export interface Fault {
  /** Such as `GPUDevice.createBuffer`. */
  call: string;
  mode: Mode;
}

declare global {
  interface Window {
    gpuFaults?: {
      /** The calls so far, each with what kind of thing it gave. */
      calls: Record<string, "promise" | "object" | "nothing">;
      fault: Fault | null;
      /** How often the fault was met. */
      met: number;
    };
  }
}

/** Notes every call that the page makes of WebGPU, and lets `window.gpuFaults.fault` happen. Before the page is opened. */
export async function faultyGpu(page: Page, fault: Fault | null = null): Promise<void> {
  await page.addInitScript((first) => {
    const state: NonNullable<Window["gpuFaults"]> = { calls: {}, fault: first, met: 0 };
    window.gpuFaults = state;
    const devices: GPUDevice[] = [];
    const refused = () => new DOMException("refused by the test", "OperationError");
    const types = [
      GPU, GPUAdapter, GPUDevice, GPUQueue, GPUBuffer, GPUTexture, GPUQuerySet, GPUShaderModule, GPUComputePipeline,
      GPURenderPipeline, GPUCommandEncoder, GPUComputePassEncoder, GPURenderPassEncoder, GPUCanvasContext,
    ];
    for (const type of types) {
      const prototype = type.prototype as unknown as Record<string, unknown>;
      for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
        if (name === "constructor" || typeof value !== "function") continue;
        const call = `${type.name}.${name}`;
        prototype[name] = function (this: unknown, ...parameters: unknown[]): unknown {
          const mode = state.fault?.call === call ? state.fault.mode : null;
          if (mode !== null) state.met++;
          if (mode === "throws") throw refused();
          if (mode === "rejects") return Promise.reject(refused());
          if (mode === "never") return new Promise(() => undefined);
          if (mode === "lost") for (const device of devices.splice(0)) device.destroy();
          const given: unknown = value.apply(this, parameters);
          if (given instanceof Promise) {
            void given.then((it) => it instanceof GPUDevice && devices.push(it), () => undefined);
          }
          state.calls[call] = given instanceof Promise ? "promise" : given instanceof Object ? "object" : "nothing";
          if (mode === "null") return given instanceof Promise ? Promise.resolve(null) : null;
          return given;
        };
      }
    }
  }, fault);
}

/** What can go wrong in each of the calls that the page has made: [call][mode]. */
export async function faults(page: Page): Promise<Fault[][]> {
  const calls = Object.entries(await page.evaluate(() => window.gpuFaults!.calls));
  const modes: Record<(typeof calls)[number][1], Mode[]> = {
    promise: ["throws", "null", "rejects", "never", "lost"],
    object: ["throws", "null", "lost"],
    nothing: ["throws", "lost"],
  };
  return calls.map(([call, kind]) => modes[kind].map((mode) => ({ call, mode })));
}
