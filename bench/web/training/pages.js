// The pages that train, in a browser.

/** A page in which a training of this set has begun: the peer's, or ours without one. */
export async function begin(browser, address, set, network, peer) {
  const page = await browser.newPage();
  const query = peer && new URLSearchParams({ backend: peer.backend, gradients: peer.gradients });
  await page.goto(new URL(peer ? `training-tensorflow/?${query}` : "training-ours/", address).href);
  await page.waitForFunction("window.training");
  await page.evaluate(([set, network]) => window.training.open(set, network), [set, network]);
  return page;
}

/** An epoch of a page's training, in front: to pages that nobody sees the browser gives little time. */
export async function epoch(page) {
  await page.bringToFront();
  return page.evaluate(() => window.training.epoch());
}
