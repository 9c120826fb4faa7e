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
