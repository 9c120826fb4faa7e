// What every page that trains offers, whatever trains in it: window.training = { open(set, network), epoch(), again(), close() }.
// A training begins with the network's own weights, and waits between its epochs. Each call of epoch() gives { ms, losses }: the
// milliseconds of the epoch's steps, without the validation at its end, and the loss of each. Ours can do it again in the same
// worker: again() stops it and begins anew.

/** Sets window.training for what has `open(set, network)`, which resolves to an open training, { epoch(), again(), close() }. */
export function offer(open) {
  let opened;
  window.training = {
    async open(set, network) {
      opened = await open(set, network);
    },
    epoch: () => opened.epoch(),
    again: () => opened.again(),
    close: () => opened.close(),
  };
}
