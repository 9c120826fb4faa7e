// CSV as RFC 4180 has it, but for line breaks in fields, with a byte order mark or without.

export interface Table {
  columns: string[];
  rows: string[][];
}

/** Fields of one line. Each has a comma before it, the first one too: an empty field would else be no match of any length. */
const fields = (line: string) =>
  [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!);

export function parseCsv(text: string): Table {
  const [columns, ...rows] = text.replace(/^\uFEFF/, "").trim().split(/\r?\n/).map(fields);
  return { columns: columns!, rows };
}

/** One record a row, by the names of the columns. */
export const records = ({ columns, rows }: Table): Record<string, string>[] =>
  rows.map((row) => Object.fromEntries(row.map((text, index) => [columns[index]!, text])));
