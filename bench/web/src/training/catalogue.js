// What training needs to know of the products.

/** The row of each item's category, categories being numbered in alphabetical order, from the catalogue's CSV. */
export function itemCategories(csv) {
  const [head, ...items] = rows(csv);
  const column = head.indexOf("category");
  if (column < 0) throw new Error('the catalogue has no column "category"');
  const names = items.map((item) => item[column]);
  const numbers = new Map([...new Set(names)].sort().map((name, number) => [name, number]));
  return Int32Array.from(names, (name) => numbers.get(name));
}

/** The fields of each line, of which some are in quotes and then may hold commas, line breaks and, doubled, quotes. */
function rows(csv) {
  const rows = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== ",") rows.push([]);
  }
  return rows.filter((fields) => fields.length > 1);
}
