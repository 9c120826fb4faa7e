// The files that are trained with and on, each fetched once.

const fetched = new Map();

/** The bytes of a file at an address from the page's. */
export function bytes(address) {
  if (!fetched.has(address)) {
    const answer = fetch(address).then((response) => {
      if (!response.ok) throw new Error(`${address}: ${response.status}`);
      return response.arrayBuffer();
    });
    fetched.set(address, answer);
  }
  return fetched.get(address);
}

/** What the network is trained on in this set, { users, catalogue, validation, weights }, in bytes; and how, { config, train }. */
export async function trainingOf(set, network) {
  const names = [`${set}.bin`, "catalogue.csv", "validation.bin", `${network}.safetensors`, `${set}-${network}.json`];
  const [users, catalogue, validation, weights, how] = await Promise.all(names.map((name) => bytes(`../training/${name}`)));
  return { users, catalogue, validation, weights, ...JSON.parse(new TextDecoder().decode(how)) };
}
