// What the page shows at one moment, read from its elements as drawn: texts, names for screen readers, positions, colours.

import type { Page } from "@playwright/test";

import { drawn } from "./page.ts";

export type Shown = Awaited<ReturnType<typeof shown>>;

/**
 * Everything that a number or a label is in, but the dialogs; once nothing is on its way, or `meanwhile`, as long as weights are.
 */
export async function shown(page: Page, meanwhile = false) {
  await drawn(page, meanwhile);
  return page.evaluate(() => {
    type Root = ParentNode;
    const all = (root: Root, selector: string) => Array.from(root.querySelectorAll<HTMLElement>(selector));
    const find = (root: Root, selector: string) => root.querySelector<HTMLElement>(selector);
    const text = (element: Element | null) => (element?.textContent ?? "").replace(/\s+/g, " ").trim();
    const attribute = (element: Element | null, name: string) => element?.getAttribute(name) ?? "";
    const number = (element: Element | null, name: string) => Number(element?.getAttribute(name) || "NaN");
    const is = (element: Element, name: string) => element.classList.contains(name);
    /** Lightness of a colour, 0 to 1: those on a scale are mixed in Oklab. */
    const lightness = (colour: string) => Number(/^oklab\(([\d.]+)/.exec(colour)?.[1] ?? NaN);

    const scroller = find(document, ".time-line");
    const column = scroller ? parseFloat(find(scroller, "ol")!.style.gridAutoColumns) : NaN;
    const steps = all(document, '[data-testid="history-item"]');
    const history = {
      count: text(find(document, "#history header p")),
      label: text(find(document, ".bars-label span")),
      compared: text(find(document, ".compared-word")),
      inspected: text(find(document, ".pill-title")),
      probability: text(find(document, ".pill .numbers")),
      probabilityTitle: attribute(find(document, ".pill .numbers"), "title"),
      bars: steps.map((step) => {
        const area = find(step, ".bar-area")!;
        const bar = find(step, ".bar")!;
        const mark = find(step, ".compared-mark");
        const [outer, inner] = [area.getBoundingClientRect(), bar.getBoundingClientRect()];
        const line = mark?.getBoundingClientRect();
        // Shares of the axis, from its lower end.
        const share = (y: number) => (outer.bottom - y) / outer.height;
        return {
          item: attribute(step, "data-item"),
          title: text(find(step, ".chip-title")),
          weight: number(area, "data-weight"),
          exact: attribute(area, "title"),
          name: attribute(area, "aria-label"),
          text: text(find(step, ".bar-value")),
          negative: is(bar, "negative"),
          from: share(inner.bottom),
          to: share(inner.top),
          zero: parseFloat(getComputedStyle(area, "::after").bottom) / outer.height,
          compared: line ? share((line.top + line.bottom) / 2) : null,
          colour: getComputedStyle(bar).backgroundColor,
          lightness: lightness(getComputedStyle(bar).backgroundColor),
        };
      }),
      curves: all(document, ".curves path").map((path) => {
        const x = Number(/^M([-\d.]+)/.exec(attribute(path, "d"))![1]);
        const width = find(document, ".curves")!.getBoundingClientRect().width;
        const offset = Math.max(width - column * steps.length, 0) / 2;
        return {
          step: Math.round((x + scroller!.scrollLeft - offset) / column - 0.5),
          width: parseFloat(getComputedStyle(path).strokeWidth),
          opacity: Number(getComputedStyle(path).strokeOpacity),
          dashed: getComputedStyle(path).strokeDasharray !== "none",
        };
      }),
      /** How many clicks are in view, and with that have a curve. */
      visible: scroller
        ? steps.filter((step) => {
            const [outer, inner] = [scroller.getBoundingClientRect(), step.getBoundingClientRect()];
            const middle = (inner.left + inner.right) / 2;
            return middle >= outer.left && middle <= outer.right;
          }).length
        : 0,
    };

    /** A colour of the sequential scale as the style sheet means it, and that of negative weights. */
    const probe = document.body.appendChild(document.createElement("i"));
    const resolved = (colour: string) => {
      probe.style.backgroundColor = colour;
      return getComputedStyle(probe).backgroundColor;
    };
    const scale = {
      low: lightness(resolved("color-mix(in oklab, var(--weight-low), var(--weight-low))")),
      high: lightness(resolved("color-mix(in oklab, var(--weight-high), var(--weight-high))")),
      negative: resolved("var(--weight-negative)"),
    };
    probe.remove();

    const ranking = {
      label: text(find(document, "#ranking header p")),
      against: text(find(document, ".ranking-options > span")),
      rows: all(document, '[data-testid="ranking-row"]')
        .map((row) => {
          const meter = find(row, ".meter")!.getBoundingClientRect();
          return {
            item: attribute(row, "data-item"),
            place: text(find(row, ".place")),
            placeTitle: attribute(find(row, ".place"), "title"),
            title: text(find(row, ".row-title")),
            probability: number(row, "data-probability"),
            text: text(find(row, ".probability")),
            exact: attribute(find(row, ".probability"), "title"),
            change: text(find(row, ".change")),
            up: is(find(row, ".change")!, "up"),
            down: is(find(row, ".change")!, "down"),
            meter: find(row, ".meter span")!.getBoundingClientRect().width / meter.width,
            inspected: is(row, "inspected"),
            compared: is(row, "compared"),
            apart: is(row, "apart"),
            top: row.getBoundingClientRect().top,
          };
        })
        .sort((a, b) => a.top - b.top),
    };

    const charts = all(document, ".chart:not(.states)").map((chart) => {
      const label = find(chart, ".chart-label")!;
      const detail = text(find(label, ".quiet"));
      const picture = find(chart, "svg")!;
      /** The points of a line: x in steps, y from the lower end of the axis, 0 to 1. */
      const line = (name: string) => {
        const path = find(chart, `.line.${name}`);
        const points = attribute(path, "d").slice(1).split("L").map((point) => point.split(" ").map(Number));
        return path && points.map(([x, y]) => ({ x: x!, y: 1 - y! / 100 }));
      };
      const zero = /^M0 ([\d.]+)H(\d+)$/.exec(attribute(find(chart, ".zero"), "d"));
      return {
        label: text(label).slice(0, -detail.length).trim(),
        detail,
        top: text(find(chart, ".tick.top")),
        bottom: text(find(chart, ".tick.bottom")),
        width: Number(attribute(picture, "viewBox").split(" ")[2]),
        inspected: line("inspected"),
        compared: line("compared"),
        zero: zero && { y: 1 - Number(zero[1]) / 100, length: Number(zero[2]) },
      };
    });

    const panel = find(document, ".chart.states");
    const states = panel && {
      label: text(find(panel, ".chart-label")),
      ends: text(find(panel, ".scale")).split(" ").join(""),
      name: attribute(find(panel, ".scale"), "aria-label"),
      scale: all(panel, ".scale i").map((shade) => getComputedStyle(shade).backgroundColor),
      size: attribute(find(panel, "svg"), "viewBox").split(" ").slice(2).map(Number),
      /** Every cell once: x is the step, y the unit. */
      cells: all(panel, "svg path").flatMap((path) => {
        const colour = getComputedStyle(path).fill;
        return [...attribute(path, "d").matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => ({
          step: Number(x),
          unit: Number(y),
          colour,
        }));
      }),
    };

    const map = find(document, ".map");
    const evolution = {
      none: text(find(document, "#evolution .empty")),
      legend: all(document, "#evolution .legend .key").map((key) => `${key.className.split(" ")[1]}: ${text(key)}`),
      charts,
      states,
      steps: all(document, '[data-testid="evolution-step"]').map((step) => ({
        attention: number(step, "data-attention"),
        update: number(step, "data-update"),
        attentionalUpdate: number(step, "data-attentional-update"),
        name: attribute(find(step, "[role=img]"), "aria-label"),
      })),
      readout: all(document, ".readout > *").map(text),
      map: map && {
        caption: text(find(map, "figcaption")),
        ends: all(map, ".axis-end").map(text),
        grid: all(map, ".grid").map((line) => Number(/^M([-\d.]+)/.exec(attribute(line, "d"))![1])),
        paths: all(map, ".path").map((path) => ({
          product: is(path, "inspected") ? "inspected" : "compared",
          item: attribute(find(path, "path"), "data-item"),
          exact: attribute(find(path, "path"), "data-path").split(" ").map((point) => point.split(",").map(Number)),
          points: all(path, "circle").map((circle) => [number(circle, "cx"), number(circle, "cy")]),
          titles: all(path, "circle title").map(text),
        })),
      },
    };

    return {
      status: {
        text: text(find(document, '[data-testid="status"]')),
        parts: all(document, '[data-testid="status"] .status-part').map((part) => ({
          text: text(part),
          title: attribute(part, "title"),
        })),
      },
      summary: text(find(document, "p[aria-live]")),
      /** The line about a model of one's own. */
      own: text(find(document, '[data-testid="own-model-summary"] p')),
      scale,
      history,
      ranking,
      evolution,
      shop: {
        categories: all(document, '[data-testid="category"] option').map(text),
        range: text(find(document, ".pages .numbers")),
        cards: all(document, '[data-testid="shop-item"]').map((card) => ({
          item: attribute(card, "data-item"),
          title: text(find(card, ".card-title")),
          category: text(find(card, ".category")),
          price: text(find(card, ".price")),
          clicked: text(find(card, ".clicked")),
        })),
      },
    };
  });
}
