// The page without a network: a service worker, which keeps the files of one version. `offline.rs` writes this file, with two lists
// of them at its end, each with its SHA-256: FILES, which it keeps from the start, and LATER, which it keeps once somebody asks for them.

const PREFIX = `interest-lens ${registration.scope} `;
const pathOf = (url) => url.slice(registration.scope.length).split(/[?#]/)[0];
const isOurs = (url) => url.startsWith(registration.scope);
const isKnown = (path) => path in FILES || path in LATER;
const hashOf = (path) => FILES[path] ?? LATER[path];
/** Pages that are of a newer version than this one. */
const newer = new Set();

async function hash(response) {
  const digest = await crypto.subtle.digest("SHA-256", await response.clone().arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A file of this version: as it is kept, else as a version before has it, else from the server. What is not it is not kept. */
async function file(path) {
  const cache = await caches.open(PREFIX + VERSION);
  const kept = await cache.match(path);
  if (kept && (await hash(kept)) === hashOf(path)) return kept;
  const before = await caches.match(path);
  const isSame = before && (await hash(before)) === hashOf(path);
  // The server is asked whether what the browser has is still right.
  const found = isSame ? before : await fetch(path, { cache: "no-cache" });
  if (isSame || (await hash(found)) === hashOf(path)) await cache.put(path, found.clone());
  return found;
}

/** A page as the server has it. */
async function served(request, path, id) {
  const response = await fetch(request);
  if (response.type === "opaqueredirect") return response;
  if (!response.ok) throw new Error(`status ${response.status}`);
  if ((await hash(response)) !== FILES[path]) newer.add(id);
  return response;
}

/** The server's page, unless it takes more than three seconds, else the one that is kept. */
function page(request, path, id) {
  const late = new Promise((_, reject) => setTimeout(reject, 3000));
  return Promise.race([served(request, path, id), late]).catch(() => file(path));
}

/** A file of another version, which a page that is still open may ask for. */
const ofAnother = async (request) => (await caches.match(request.url, { ignoreVary: true })) ?? fetch(request);

/** Throws the files of other versions away, unless a page is open that may need them, or a newer version is on its way. */
async function tidy() {
  if (registration.installing || registration.waiting) return;
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (pages.some(({ url }) => isOurs(url))) return;
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION).map((name) => caches.delete(name)));
}

async function keepAll() {
  // One after the other: the page has the connection first.
  for (const path of Object.keys(FILES)) {
    if ((await hash(await file(path))) !== FILES[path]) throw new Error(`${path} is of another version`);
  }
}

addEventListener("install", (event) => event.waitUntil(keepAll()));
addEventListener("activate", (event) => event.waitUntil(tidy().then(() => clients.claim())));
// A page says which program it runs, or that somebody chose this version.
addEventListener("message", ({ data, source }) => {
  if (data === "take over" || `${data}page.js` in FILES) skipWaiting();
  else source.postMessage("newer");
});
addEventListener("fetch", (event) => {
  const { method, url, mode, cache } = event.request;
  // Whoever looks for a newer version asks the server alone.
  if (method !== "GET" || !isOurs(url) || cache === "no-store") return;
  const path = pathOf(url);
  if (mode === "navigate") {
    const html = path.replace(/(^|\/)$/, "$1index.html");
    if (html in FILES) {
      event.respondWith(page(event.request, html, event.resultingClientId));
      event.waitUntil(tidy());
    }
  } else if (isKnown(path)) {
    if (!newer.has(event.clientId)) event.respondWith(file(path));
  } else if (/^page-[0-9a-f]{16}\//.test(path)) {
    event.respondWith(ofAnother(event.request));
  }
});
