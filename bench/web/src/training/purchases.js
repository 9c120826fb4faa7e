// Users' purchases in the files from which networks are trained: training/src/packed.rs has the format.

const FORMAT = "interest-lens-purchases/1";
const BEGINS_USER = 1 << 15;
const BEGINS_BASKET = 1 << 14;
const ITEM = BEGINS_BASKET - 1;
/** Bytes of the SHA-256 at the end. */
const HASH = 32;

/** A file's header, and each user's purchases, oldest first: { items, baskets }, of the same length. `file` names it in errors. */
export function unpack(file, buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  if (header.format !== FORMAT) throw new Error(`${file}: format: found "${header.format}", expected "${FORMAT}"`);
  // Copied, for the header's length may be odd.
  const words = new Uint16Array(buffer.slice(4 + length, buffer.byteLength - HASH));
  const users = [];
  for (const word of words) {
    if (word & BEGINS_USER) users.push({ items: [], baskets: [] });
    const { items, baskets } = users.at(-1);
    items.push(word & ITEM);
    baskets.push(baskets.length === 0 ? 0 : baskets.at(-1) + (word & BEGINS_BASKET ? 1 : 0));
  }
  for (const [field, found] of [
    ["users", users.length],
    ["purchases", words.length],
  ]) {
    if (found !== header[field])
      throw new Error(`${file}: ${field}: there should be ${header[field]}, and there are ${found}`);
  }
  return { header, users };
}

/** The file of these users' purchases. `header` is that of a file of the same catalogue, `sha256` gives the hash of bytes. */
export function pack(users, header, sha256) {
  const words = users.flatMap(({ items, baskets }) =>
    items.map((item, index) => {
      const begins = index === 0 ? BEGINS_USER | BEGINS_BASKET : baskets[index] > baskets[index - 1] ? BEGINS_BASKET : 0;
      return item | begins;
    }),
  );
  const text = new TextEncoder().encode(JSON.stringify({ ...header, users: users.length, purchases: words.length }));
  const bytes = new Uint8Array(4 + text.length + 2 * words.length + HASH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length, true);
  bytes.set(text, 4);
  words.forEach((word, index) => view.setUint16(4 + text.length + 2 * index, word, true));
  bytes.set(sha256(bytes.subarray(0, bytes.length - HASH)), bytes.length - HASH);
  return bytes;
}
