// Pages of other people, in which the page is a frame: on a site of their own, so that nothing of the one is open to the other.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { Page } from "@playwright/test";

/** A message that a frame sent, and which one. */
export interface Heard {
  frame: string | null;
  data: any;
}

declare global {
  interface Window {
    /** Every message that reached the page around. */
    heard: Heard[];
    /** Every time the page around scrolled or its focus moved. */
    moved: string[];
  }
}

/** What the page around does: it notes what it hears, and makes each frame as high as that asks for, as course systems do. */
const HEARS = `
  window.heard = [];
  window.moved = [];
  addEventListener("message", ({ source, data }) => {
    const frame = [...document.querySelectorAll("iframe")].find((frame) => frame.contentWindow === source);
    heard.push({ frame: frame?.id ?? null, data });
    if (typeof data !== "string" || !frame || frame.dataset.fixed !== undefined) return;
    const { subject, height } = JSON.parse(data);
    if (subject === "lti.frameResize") frame.style.height = height + "px";
  });
  addEventListener("scroll", () => moved.push("scrolled to " + scrollY));
  addEventListener("focusin", ({ target }) => moved.push("focus on " + target.tagName));
  addEventListener("blur", () => moved.push("focus lost"));
`;

/** A page of somebody else's, with this in its body. */
export const hostPage = (body: string, head = ""): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Somebody else’s page</title>${head}<script>${HEARS}</script></head><body>${body}</body></html>`;

/** A server of such pages. */
export interface Host {
  /** Where its pages are, on a site that is not the page's own. */
  url: string;
  /** Where it serves the page itself to everybody, as hosts of static pages do: the page's own server need not. */
  page: string;
  /** Shows HTML at a path. */
  show(path: string, html: string): void;
  /** Serves a file under a path. */
  serve(path: string, type: string, bytes: Buffer): void;
  close(): Promise<void>;
}

/** Starts a server of pages by somebody else, which also passes on what the page's own has at `pageUrl`. */
export async function startHost(pageUrl: string): Promise<Host> {
  const files = new Map<string, [type: string, bytes: Buffer | string]>();
  const server: Server = createServer(async (request, response) => {
    const path = (request.url ?? "/").split("?")[0]!;
    const file = files.get(path);
    // What browsers ask every server for.
    if (path === "/favicon.ico") return response.writeHead(204).end();
    if (file) return response.writeHead(200, { "Content-Type": file[0] }).end(file[1]);
    if (!path.startsWith("/page/")) return response.writeHead(404).end();
    const answer = await fetch(new URL(request.url!.slice("/page/".length), pageUrl)).catch(() => null);
    if (!answer) return response.writeHead(502).end();
    const headers = { "Content-Type": answer.headers.get("Content-Type") ?? "", "Access-Control-Allow-Origin": "*" };
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    // A site is a name, whatever the port: the page's own is another one.
    url: `http://localhost:${port}`,
    page: `http://127.0.0.1:${port}/page/`,
    show: (path, html) => void files.set(path, ["text/html; charset=utf-8", html]),
    serve: (path, type, bytes) => void files.set(path, [type, bytes]),
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

/** What the page around heard of a type, or of a frame that resizes itself. */
export const heard = (page: Page, type: string): Promise<any[]> =>
  page.evaluate(
    (type) =>
      window.heard
        .map(({ data }) => (typeof data === "string" ? JSON.parse(data) : data))
        .filter((data) => [data.type, data.subject, data.action].includes(type)),
    type,
  );
