// What loads the parts of a program that come later: see parts.rs.

// The parts whose style sheets do not come with the page.
const STYLED = /split_(views|lesson|exercises|train)\./;

// The page has a fetch that ends, and a style sheet that comes later, see index.html.
async function fetchPart(url) {
    try {
        const styled = STYLED.test(url.href) ? globalThis.styled?.() : null;
        const [response] = await Promise.all([(globalThis.patiently ?? fetch)(url), styled]);
        return [response, url.href];
    } catch (error) {
        throw Object.assign(error, { part: error.part ?? url.href });
    }
}

async function instantiatePart(arriving, imports) {
    const [response, part] = await arriving;
    try {
        if (!response.ok) throw new Error(`status ${response.status}`);
        // A browser compiles what is still arriving by this type alone, and not every server knows it.
        const streams = response.headers.get("Content-Type") === "application/wasm";
        return await (streams
            ? WebAssembly.instantiateStreaming(response, imports)
            : WebAssembly.instantiate(await response.arrayBuffer(), imports));
    } catch (error) {
        throw Object.assign(error, { part });
    }
}

// Leaves behind why a part was lost, for lost.rs. The page looks into it, see index.html; other pages that run programs do not.
async function noteLoss(error) {
    console.error(error);
    globalThis.lost = globalThis.whyLost ? await whyLost(error, error.part) : `${error}.`;
}
