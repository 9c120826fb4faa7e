// Numbers and tables as the report shows them.

/** Three digits. */
export function number(value) {
  if (value === undefined || !Number.isFinite(value)) return "–";
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(value < 0.1 ? 1 : value < 1 ? 2 : 3);
}

/** Milliseconds. */
export const ms = (value) => `${number(value)} ms`;

/** A table in Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index ? "---:" : "---"))), ...rows.map(line)].join("\n");
}
