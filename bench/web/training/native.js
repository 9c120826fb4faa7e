// The native trainer, for the same step without a browser.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Epochs of a turn, of which the last one counts. */
const EPOCHS = 2;

/**
 * The milliseconds of each step of an epoch. The command is a program and its arguments, to which the network's name and the number
 * of epochs are added. It trains so many epochs of the set "timed" and prints a line of JSON for each, { network, ms }, `ms` being
 * the milliseconds of each of its steps.
 */
export async function trainNatively([program, ...given], network) {
  const { stdout } = await promisify(execFile)(program, [...given, network, String(EPOCHS)]);
  const epochs = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const last = epochs.at(-1);
  if (epochs.length !== EPOCHS || last.network !== network) {
    throw new Error(`${program} ${network}: expected ${EPOCHS} epochs of ${network}, found ${stdout.slice(0, 200)}`);
  }
  return last.ms;
}
