// Claims: what is shown, and what is true. Those that are wrong are told together.

import { expect } from "@playwright/test";

/** 32-bit sums in another order than the equations', as in the native tests: of what is at most 1, … */
export const SHARE = 1e-5;
/** … and of states, gates, scores and logits, times the number itself where that is above 1. */
export const STATE = 1e-4;
/** Of positions: the page writes them in hundredths of a per cent, the browser rounds to 1/64 of a pixel. */
export const DRAWN = 1e-3;

export class Claims {
  private wrong: string[] = [];
  count = 0;

  equal(what: string, shown: unknown, is: unknown): void {
    this.count++;
    if (JSON.stringify(shown) !== JSON.stringify(is)) this.wrong.push(`${what}: ${JSON.stringify(shown)} is ${JSON.stringify(is)}`);
  }

  close(what: string, shown: number | null | undefined, is: number, tolerance: number): void {
    this.count++;
    // Written so that what is not a number is wrong.
    if (!(Math.abs((shown ?? NaN) - is) <= tolerance)) this.wrong.push(`${what}: ${shown} is ${is}`);
  }

  /** The same 32-bit float. */
  same(what: string, shown: number, is: number): void {
    this.equal(what, Math.fround(shown), Math.fround(is));
  }

  /** Lists of any depth, number by number. */
  all(what: string, shown: unknown, is: unknown, tolerance: number): void {
    if (!Array.isArray(shown) || !Array.isArray(is)) {
      const [a, b] = [shown as number, is as number];
      return this.close(what, a, b, tolerance === SHARE ? SHARE : tolerance * Math.max(1, Math.abs(b)));
    }
    this.equal(`${what}: how many`, shown.length, is.length);
    shown.forEach((one, index) => this.all(`${what} ${index + 1}`, one, is[index], tolerance));
  }

  /** `text` is `exact` rounded to its own number of decimals, which are at least `decimals`, with a true minus sign. */
  rounded(what: string, text: string, exact: number, decimals: number): void {
    const [, digits, power] = /^−?\d+(?:\.(\d+))?(·10\S+)?$/.exec(text) ?? [];
    const value = toNumber(text);
    const found = (digits?.length ?? 0) - Math.round(power ? Math.log10(toNumber(`1${power}`)) : 0);
    this.close(what, value, exact, 0.5 * 10 ** -found + 1e-7 * Math.abs(exact));
    this.equal(`${what}: decimals`, found >= decimals || Math.abs(exact) >= 1e6, true);
    this.equal(`${what}: no negative zero`, text.startsWith("−") && value === 0, false);
  }

  /** A weight or gate: three decimals, fewer from 10 on. */
  weight(what: string, text: string, exact: number): void {
    this.rounded(what, text, exact, Math.abs(exact) < 9.99 ? 3 : 0);
  }

  /** A probability in per cent. */
  percent(what: string, text: string, probability: number): void {
    const percent = 100 * probability;
    if (text === "<0.01%") this.equal(what, percent > 0 && percent < 0.01, true);
    else if (text === ">99.9%") this.equal(what, percent < 100 && percent >= 99.95, true);
    else {
      this.equal(`${what}: unit`, text.endsWith("%"), true);
      this.rounded(what, text.slice(0, -1), percent, percent === 0 ? 0 : percent < 9.9 ? 2 : 1);
    }
  }

  /** Fails with every claim that is wrong. */
  check(): void {
    expect(this.wrong).toEqual([]);
    expect(this.count).toBeGreaterThan(0);
  }
}

/** Of 0.5, −2 or 1·10⁻⁵; a hyphen is no minus. */
export function toNumber(text: string): number {
  if (text === "" || text.includes("-")) return NaN;
  const [digits, power] = text.replace("−", "-").split("·10");
  const plain = [...(power ?? "⁰")].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻".indexOf(sign)).map((place) => (place === 10 ? "-" : place));
  return Number(`${digits}e${plain.join("")}`);
}

/** A count with commas. */
export const grouped = (count: number) => count.toLocaleString("en");
/** The number at the end of a text. */
export const lastNumber = (text: string) => Number(text.split(" ").at(-1));
/** A network's name inside a sentence. */
export const midSentence = (name: string) => (name === OWN ? "your model" : name);
/** The name of a model of one's own. */
export const OWN = "Your model";
