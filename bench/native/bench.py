"""Times the benchmark's networks in native ONNX Runtime with one thread, beside what `cargo bench` measured of ours.

Exits with 1 where an answer of ONNX Runtime is further than the tolerance from that of our CPU engine.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
from safetensors import safe_open

import networks

HERE = Path(__file__).parent
NETWORKS = {"din": "DIN", "dien": "DIEN"}
# Ours are float32 too, and add in another order.
TOLERANCE = 1e-4
WARM_UP, RUNS = 5, 100


def read(path):
    with safe_open(path, "numpy") as file:
        return json.loads(file.metadata()["config"]), {name: file.get_tensor(name) for name in file.keys()}


def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def measure(name, fixture):
    """The times of ONNX Runtime in ms, each with another history, and how far its answer is from ours."""
    config, tensors = read(fixture / f"{name}.safetensors")
    categories = np.array(json.loads((fixture / "categories.json").read_text()))
    answer = json.loads((fixture / f"{name}.answer.json").read_text())
    steps, candidates = len(answer["history"]), np.arange(len(answer["probabilities"]))
    build = {"din": networks.din, "dien": lambda *weights: networks.dien(*weights, steps)}[name]
    run = session(build(config, tensors, categories)).run
    feed = {"history": np.array(answer["history"]), "candidates": candidates}
    probabilities, attention = run(["probabilities", "attention"], feed)
    difference = max(
        np.abs(probabilities - answer["probabilities"]).max(),
        np.abs(attention[:, answer["inspected"]].T - answer["attention"]).max(),
    )
    times = []
    for turn in range(WARM_UP + RUNS):
        feed["history"] = (np.arange(steps) * 37 + turn) % len(categories)
        start = time.perf_counter()
        run(["probabilities", "attention"], feed)
        times.append((time.perf_counter() - start) * 1000)
    return times[WARM_UP:], float(difference), steps, len(candidates)


def criterion(folder, network):
    """The median in ms of everything that `cargo bench` measured of a network, by name."""
    results = {}
    for path in sorted((folder / network).glob("*/new")):
        name = json.loads((path / "benchmark.json").read_text())["function_id"]
        results[name] = json.loads((path / "estimates.json").read_text())["median"]["point_estimate"] / 1e6
    if not results:
        sys.exit(f"{folder / network}: nothing measured; run `cargo bench --package shaders` first")
    return results


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")


def markdown(results):
    of_runtime = f"ONNX Runtime {results['onnxruntime']}, one thread"
    lines = [
        "# Native: one new history, every candidate ranked",
        "",
        f"{results['steps']} clicks, {results['candidates']} candidates, {results['processor']}. Medians in ms.",
        "",
        f"| | {' | '.join(NETWORKS.values())} |",
        f"|---|{'---|' * len(NETWORKS)}",
    ]
    names = list(dict.fromkeys(name for network in results["networks"].values() for name in network["ms"]))
    for name in names:
        cells = [f"{network['ms'][name]:.2f}" if name in network["ms"] else "" for network in results["networks"].values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    ratios = [
        f"{NETWORKS[key]} {network['ms'][of_runtime] / network['ms']['CPU engine, one thread']:.1f}"
        for key, network in results["networks"].items()
    ]
    lines += [
        "",
        f"ONNX Runtime's time over that of our CPU engine: {', '.join(ratios)} (goal: at least 1).",
        f"Its answers are within {max(n['difference'] for n in results['networks'].values()):.0e} of ours.",
        "",
    ]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fixture", type=Path, help="folder that the example bench_fixture wrote")
    parser.add_argument("criterion", type=Path, help="folder that cargo bench wrote, target/criterion")
    arguments = parser.parse_args()
    results = {"processor": processor(), "onnxruntime": onnxruntime.__version__, "networks": {}}
    for name in NETWORKS:
        times, difference, results["steps"], results["candidates"] = measure(name, arguments.fixture)
        ms = criterion(arguments.criterion, name)
        ms[f"ONNX Runtime {onnxruntime.__version__}, one thread"] = statistics.median(times)
        results["networks"][name] = {"ms": ms, "difference": difference}
        print(f"{NETWORKS[name]}: off by {difference:.1e}; {ms}")
        if not difference <= TOLERANCE:
            sys.exit(f"{NETWORKS[name]}: ONNX Runtime's answer is {difference} from ours, more than {TOLERANCE}")
    (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    (HERE / "results.md").write_text(markdown(results))


if __name__ == "__main__":
    main()
