// What the results say: the goals, and all of it in Markdown.

import { ENGINES, FIRST, GROWTH, NETWORKS, NO_ENGINE, WHOLE_PAGE } from "./src/sizes.js";
import { timesAsLong } from "./sums.js";
import { ms, number, table } from "./tables.js";
import { trainingGoals, trainingSection } from "./training/report.js";

const NAMES = { din: "DIN", dien: "DIEN" };
/** Where engines are compared: T clicks, N candidates. */
const AT = { steps: 50, count: 1000 };

/** The one of `cells` that fits, if any. */
const find = (cells, wanted) => cells.find((cell) => Object.entries(wanted).every(([key, value]) => cell[key] === value));

/** The fastest peer among `cells`, on a device where one is named. */
export function fastestPeer(cells, wanted, device) {
  return cells
    .filter(
      (cell) => ENGINES[cell.engine] && !ENGINES[cell.engine].ours && (!device || ENGINES[cell.engine].device === device),
    )
    .filter((cell) => Object.entries(wanted).every(([key, value]) => cell[key] === value))
    .reduce((best, cell) => (best && best.ms <= cell.ms ? best : cell), undefined);
}

/** The goals: each with what was asked, what was found, and whether it is met; undefined where it was not measured. */
export function goals({ warm, choice, growth, first, burst, training }) {
  const list = [];
  const add = (goal, asked, found, met) => list.push({ goal, asked, found, met });
  const ours = (engine, wanted) => find(warm, { engine: `ours ${engine}`, ...wanted });
  const worst = (values) =>
    values.filter((value) => value).reduce((most, value) => (most && most.ratio >= value.ratio ? most : value), undefined);
  const size = ({ network, steps, count }) => `${NAMES[network]}, T=${steps}, N=${count}`;

  for (const [backend, device, least] of [
    ["gpu", "webgpu", 5],
    ["cpu", "wasm", 2],
  ]) {
    for (const network of NETWORKS) {
      const [mine, peer] = [ours(backend, { network, ...AT }), fastestPeer(warm, { network, ...AT }, device)];
      if (!mine || !peer) continue;
      const ratio = timesAsLong(peer, mine);
      const found = `${number(ratio)} times (medians ${ms(mine.ms)} against ${ms(peer.ms)} of ${peer.engine})`;
      add(
        `Our ${backend.toUpperCase()} against the fastest peer on ${device}, ${size({ network, ...AT })}`,
        `at least ${least} times as fast`,
        found,
        ratio >= least,
      );
    }
  }

  const automatic = worst(choice);
  if (automatic) {
    const { on, better, ratio } = automatic;
    const [best, chosen] = automatic.ms.map(ms);
    add(
      "What the engine chooses by itself, against the better of the two, in turns",
      "at most 1.1 times",
      `${number(ratio)} times at worst (${size(automatic)}: ${chosen} on the ${on.toUpperCase()} against ${best} of ${better})`,
      ratio <= 1.1,
    );
  }

  for (const backend of ["gpu", "cpu"]) {
    const steepest = worst(growth.filter(({ engine }) => engine === `ours ${backend}`));
    if (!steepest) continue;
    const { network, steps, ratio } = steepest;
    const [small, large] = steepest.ms.map(ms);
    const found = `${number(ratio)} times at worst (${NAMES[network]}, T=${steps}: ${large} against ${small})`;
    const goal = `Our ${backend.toUpperCase()}: N=${GROWTH[1]} against N=${GROWTH[0]}, in turns`;
    add(goal, "at most 5.5 times", found, ratio <= 5.5);
  }

  const onGpu = warm.filter(({ engine }) => engine === "ours gpu");
  const most = (name) => Math.max(...onGpu.flatMap(({ webgpu, click }) => [webgpu[name], click.webgpu[name]]));
  if (onGpu.length) {
    const [dispatches, readbacks, buffers] = ["dispatches", "readbacks", "buffers"].map(most);
    add(
      "Dispatches and readbacks of a warm click",
      "at most 6 and 1",
      `${dispatches} and ${readbacks}`,
      dispatches <= 6 && readbacks <= 1,
    );
    add("GPU buffers made by a warm click", "none", String(buffers), buffers === 0);
  }
  const longest = Math.max(...onGpu.filter(({ network }) => network === "dien").map(({ steps }) => steps));
  const dien = ours("gpu", { network: "dien", steps: longest, count: AT.count });
  const extractor = (stages) => stages?.find(({ stage }) => stage === "interest_extractor")?.least;
  const [whole, click] = [extractor(dien?.stages), extractor(dien?.click.stages)];
  if (whole !== undefined && click !== undefined) {
    add(
      `A click that appends one item: DIEN's interest extractor on the GPU, T=${longest}, quickest calls`,
      "one step, not T",
      `${ms(click)} against ${ms(whole)} for all steps`,
      click <= whole / 4,
    );
  }

  const starts = [
    ["ours auto", "din"],
    ["ours auto", "dien"],
    [WHOLE_PAGE, "dien"],
  ];
  for (const [engine, network] of starts) {
    const [mine, peer] = [find(first, { engine, network }), fastestPeer(first, { network })];
    if (!mine || !peer) continue;
    const nothing = find(first, { engine: NO_ENGINE, network });
    const floor = nothing ? `; ${ms(nothing.ms)} without any engine` : "";
    const found = `${number(mine.ms / peer.ms)} (${ms(mine.ms)} against ${ms(peer.ms)} of ${peer.engine}${floor})`;
    add(
      `From the navigation to the first ranking, ${NAMES[network]}: ${engine}`,
      "at most 0.5 of the fastest peer's",
      found,
      mine.ms <= peer.ms / 2,
    );
  }
  if (burst) {
    const { tasks } = burst;
    const found = tasks.length ? `${tasks.length}, the longest of ${ms(Math.max(...tasks))}` : "none";
    add(
      "Tasks over 50 ms of the whole page's main thread, 20 clicks in a second, slowed down 4 times",
      "none",
      found,
      tasks.length === 0,
    );
  }
  if (training) list.push(...trainingGoals(training));
  return list;
}

/** The report. */
export function markdown(results) {
  const { warm, first, bytes, failed } = results;
  const engines = Object.keys(ENGINES).filter((engine) => warm.some((cell) => cell.engine === engine));
  const sections = [];
  const section = (title, ...parts) => sections.push([`## ${title}`, ...parts].join("\n\n"));

  const software = /swiftshader|llvmpipe/i.test(results.adapter);
  const note = software ? " It is a CPU that emulates a GPU: read the ratios, not the times." : "";
  const libraries = Object.entries(results.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  const head = [
    "# Our engine and its peers in one browser",
    `${results.date}${results.quick ? ", a quick run" : ""}: ${results.browser}, adapter: ${results.adapter}.${note} Processor: ${results.machine}. Peers: ${libraries}, on wasm with SIMD and one thread. ` +
      "The same DIN and DIEN with the same weights: item 16 ‖ category 8, hidden 24, attention 36, head 64-32, 5,000 items in 40 categories. Every answer agreed with ours within 1e-4: the probabilities of all candidates and the attention of the first. `README.md` tells how this is measured and how to repeat it.",
  ];
  for (const [engine, message] of Object.entries(failed)) head.push(`${engine} failed and is left out: ${message}`);

  section(
    "Goals",
    table(
      ["Goal", "Asked", "Found", ""],
      goals(results).map(({ goal, asked, found, met }) => [goal, asked, found, met ? "met" : "**not met**"]),
    ),
  );

  const sizes = [...new Map(warm.map(({ steps, count }) => [`${steps} ${count}`, { steps, count }])).values()];
  for (const network of NETWORKS) {
    const rows = sizes.map(({ steps, count }) => {
      const cells = engines.map((engine) => find(warm, { network, steps, count, engine }));
      return [steps, count, ...cells.map((cell) => (cell ? `${number(cell.ms)} (${number(cell.p95)})` : "–"))];
    });
    const ratios = sizes.map(({ steps, count }) => {
      const ratio = (backend, device) => {
        const [mine, peer] = [
          find(warm, { network, steps, count, engine: `ours ${backend}` }),
          fastestPeer(warm, { network, steps, count }, device),
        ];
        return mine && peer ? `${number(timesAsLong(peer, mine))} (${peer.engine.replace(` ${device}`, "")})` : "–";
      };
      return [steps, count, ratio("gpu", "webgpu"), ratio("cpu", "wasm")];
    });
    section(
      `${NAMES[network]}: a warm call`,
      "Median in ms, with the 95th percentile in brackets. Another history at each call, and nothing kept from the last one.",
      table(["T", "N", ...engines], rows),
      "How many times the fastest peer's time is ours:",
      table(["T", "N", "our GPU, peers on webgpu", "our CPU, peers on wasm"], ratios),
    );
  }

  const ours = engines.filter((engine) => ENGINES[engine].ours);
  const clicks = NETWORKS.flatMap((network) =>
    sizes.map(({ steps, count }) => {
      const cells = ours.map((engine) => find(warm, { network, steps, count, engine }));
      return [
        NAMES[network],
        steps,
        count,
        ...cells.map((cell) => (cell ? `${number(cell.click.ms)} (${number(cell.ms)})` : "–")),
      ];
    }),
  );
  section(
    "A click that appends one item",
    "Median in ms of ours, which keeps the steps before it; in brackets with a whole new history, as above.",
    table(["", "T", "N", ...ours], clicks),
  );

  const staged = warm.filter(({ engine, count, stages }) => engine === "ours gpu" && stages && count >= 1000);
  if (staged.length) {
    const rows = staged.flatMap(({ network, steps, count, gpuMs, stages, click }) => [
      [NAMES[network], steps, count, "new history", number(gpuMs), stageList(stages)],
      [NAMES[network], steps, count, "one more click", "", stageList(click.stages ?? [])],
    ]);
    section(
      "Where the time goes, by stage",
      "Our GPU engine by timestamp queries, in ms, medians: from the first stage's beginning to the last one's end, and of each stage.",
      table(["", "T", "N", "", "GPU", "stages"], rows),
    );
  }

  const counted = engines.filter((engine) => ENGINES[engine].device === "webgpu");
  const calls = NETWORKS.flatMap((network) =>
    counted.map((engine) => {
      const { webgpu } = find(warm, { network, engine, ...AT }) ?? {};
      return [
        NAMES[network],
        engine,
        ...["dispatches", "submits", "readbacks", "buffers"].map((name) => webgpu?.[name] ?? "–"),
      ];
    }),
  );
  section(
    "What a warm call asks of WebGPU",
    `T=${AT.steps}, N=${AT.count}.`,
    table(["", "engine", "dispatches", "submits", "readbacks", "buffers made"], calls),
  );

  const kilobytes = (value) => (value / 1000).toFixed(value < 1e5 ? 1 : 0);
  const starts = first.map(({ engine, network, ms, least, most, calls }) => {
    const { raw, gzip, brotli, model } = find(bytes, { engine, network });
    return [
      NAMES[network],
      engine,
      `${number(ms / 1000)} (${number(least / 1000)}–${number(most / 1000)}, ${calls})`,
      ...[raw, gzip, brotli, model].map(kilobytes),
    ];
  });
  section(
    "From the navigation to the first ranking",
    `T=${FIRST.history}, N=${FIRST.candidates}, with a new profile each time, from a server on the same machine: median in s (least–most, runs). Bytes in kB of all files asked for until then, as they are and as a server would compress them; the model's share is gzipped. Without an engine, a page fetches the files that ours and TensorFlow.js need of the network, and is done. The whole page ranks its own catalogue of 2,784 items with its own DIEN, and shows it.`,
    table(
      ["", "engine", "s", "raw", "gzip", "brotli", "of it the model"],
      starts.toSorted((a, b) => (a[0] < b[0] ? 1 : a[0] > b[0] ? -1 : 0)),
    ),
  );
  if (results.training) section("Training", ...trainingSection(results.training));
  return `${[...head, ...sections].join("\n\n")}\n`;
}

const stageList = (stages) => stages.map(({ stage, ms }) => `${stage.replaceAll("_", " ")} ${number(ms)}`).join(", ");
