// Numbers in the attributes of elements, and how near they are to others.

import { expect, type Locator } from "@playwright/test";

/** One attribute of every element, in the order of the page. */
export async function attributes(elements: Locator, name: string): Promise<string[]> {
  return elements.evaluateAll((all, name) => all.map((element) => element.getAttribute(name) ?? ""), name);
}

/** The numbers in one attribute of every element. */
export async function numbers(elements: Locator, name: string): Promise<number[]> {
  return (await attributes(elements, name)).map((text) => Number(text || "NaN"));
}

/** Fails unless both lists are equal as 32-bit floats, in which the engine computes. */
export function expectSame(actual: number[], expected: number[]): void {
  expect(actual.map(Math.fround)).toEqual(expected.map(Math.fround));
}

/** The greatest absolute difference between two lists of the same length. To be expected once: an `expect` takes 2 ms. */
export function distance(a: number[], b: number[]): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

export function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
