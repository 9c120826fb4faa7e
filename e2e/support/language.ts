// The language of the page's words: what is left of English where it is in another one.

import type { Page } from "@playwright/test";

import { parseCsv, records } from "./csv.ts";
import { repository } from "./files.ts";

/** English that stays in every language: names, and the names of columns. */
const NAMES = [
  "history,candidate,probability",
  "user, item, time",
  "user,item,time",
  "Interest Lens",
  "Deep Interest Network",
  "Deep Interest Evolution Network",
  "Temporal Interest Network",
  "Controllable Multi-Interest Framework",
  "UCI Machine Learning Repository",
];

/** The titles of the page's own products, the longest first. */
const TITLES = records(parseCsv(repository("assets/catalogue.csv").toString()))
  .map((product) => product.title!)
  .sort((a, b) => b.length - a.length);

/** Three Latin words and more, one after the other. */
const SENTENCE = /(?:\b[A-Za-z][A-Za-z’'-]+[ ,;:]+){2,}[A-Za-z][A-Za-z’'-]+/;

/** What the page, or a part of it, says in English, each once: its text, and what it is to those who do not see it. */
export async function english(page: Page, part = "body"): Promise<string[]> {
  const texts = await page.locator(part).first().evaluate((root) => {
    const found: string[] = [];
    for (const element of [root, ...root.querySelectorAll("*")]) {
      // Code, equations and what is typed into the computer are the same everywhere, and so is what says that it is English: names.
      if (element.closest("code, pre, math, .code, .loading, script, style, option[data-id], body [lang=en]")) continue;
      for (const name of ["title", "aria-label", "placeholder", "aria-valuetext", "alt"]) {
        found.push(element.getAttribute(name) ?? "");
      }
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent!);
    }
    return found;
  });
  const left = new Set<string>();
  for (const text of new Set(texts)) {
    let rest = text;
    for (const name of [...NAMES, ...TITLES]) if (name && rest.includes(name)) rest = rest.replaceAll(name, "·");
    if (SENTENCE.test(rest)) left.add(text.trim());
  }
  return [...left];
}
