// The GPU devices that the page opens.

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
