"""Imports the checkpoints of checkpoints.py with `interest-lens import` and writes how each fares: docs/import-matrix.md.

    python3 bench/peers/matrix.py --cases FOLDER --program target/release/interest-lens

A case is imported without any option, and then with `--check` of the library's own answers, which must be met within 1e-5. Where
the program asks for rows of further features, the catalogue that has them is given; of which user the answers are is said. It ends with a status of 1 where a case is wrong in silence: imported without a question, and its
answers are not the library's.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ITSELF, ASKED, REFUSED = "imports by itself", "imports after a question", "refused"
UNANSWERED, WRONG = "refused by its predictions", "wrong in silence"


class Outcome(NamedTuple):
    kind: str
    # Options that are asked for.
    questions: list
    # What answers them, or why the file is refused.
    details: str
    off: float


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=Path, nargs="+", required=True)
    parser.add_argument("--program", type=Path, default=Path("target/release/interest-lens"))
    parser.add_argument(
        "--output", type=Path, help="such as docs/import-matrix.md; without it a table goes to the terminal"
    )
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    program = options.program.resolve()
    files = sorted(file for folder in options.cases for file in checkpoints(folder.resolve()))
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = []
        for file, found in zip(files, pool.map(lambda file: outcome(program, file), files)):
            off = f" ({found.off:.1e})" if found.off else ""
            questions = ", ".join(found.questions)
            print(f"{file.parent.name}/{file.name}: {found.kind}{off} [{questions}] {found.details}", flush=True)
            outcomes.append(found)
    rows = [(about(file), found) for file, found in zip(files, outcomes)]
    print(counts(outcomes))
    if options.output:
        options.output.write_text(text(rows))
    sys.exit(any(found.kind == WRONG for found in outcomes))


def checkpoints(folder):
    """The files of the cases in a folder, or of the one case that it is."""
    for expected in sorted(folder.rglob("expected.json")):
        described = expected.with_name("about.json")
        if described.exists():
            yield expected.with_name(json.loads(described.read_text())["file"])
        else:
            yield from (file for file in expected.parent.iterdir() if file.suffix not in (".csv", ".json", ".md"))


def about(file):
    described = file.with_name("about.json")
    if described.exists():
        return json.loads(described.read_text())
    note = file.with_name("NOTE.md")
    named = re.findall(r"--context '?([\w ]+)=([\d.]+)", note.read_text()) if note.exists() else []
    user = {name: float(value) for name, value in named}
    return dict(library=file.parent.name, version="", configuration=file.name, file=file.name, user=user)


class Run:
    """One run of the program on a checkpoint."""

    def __init__(self, program, file, catalogue, *more):
        self.file = file
        with tempfile.TemporaryDirectory() as folder:
            command = [
                program,
                "import",
                file,
                "--catalogue",
                file.with_name(catalogue),
                "--output",
                f"{folder}/made",
                *more,
            ]
            done = subprocess.run(command, capture_output=True, text=True)
        self.succeeds = done.returncode == 0
        self.said = done.stdout + done.stderr
        self.questions = re.findall(r"^--([\w-]+): ", self.said, re.M)
        self.settled = re.findall(r"^They settle (?!context)([\w-]+: .*)\.$", self.said, re.M)
        off = re.search(r"reproduced, off by ([\d.e+-]+) at most", self.said)
        self.off = float(off[1]) if off else None

    def why(self):
        """The program's sentence, without the path of the file."""
        lines = [line for line in self.said.splitlines() if line.startswith("error: ")]
        sentence = lines[0].removeprefix("error: ") if lines else self.said.strip()
        return sentence.replace(f"{self.file}: ", "").replace(str(self.file.parent) + "/", "")


def outcome(program, file):
    alone, questions, catalogue = Run(program, file, "catalogue.csv"), [], "catalogue.csv"
    if not alone.succeeds and "_row" in alone.said and file.with_name("catalogue_rows.csv").exists():
        catalogue = "catalogue_rows.csv"
        questions.append("column " + re.search(r"\w+_row\b", alone.said)[0].replace("NAME_row", "brand_row"))
        alone = Run(program, file, catalogue)
    questions += alone.questions
    check = ["--check", str(file.with_name("expected.json"))]
    # The user whose answers they are; numbers have no names in some files, where they are numbered.
    user = about(file)["user"]
    numbers = [value for value in user.values() if isinstance(value, float)]
    named = {**{f"number {place + 1}": value for place, value in enumerate(numbers)}, **user}
    has = re.search(r"there are: (.*)", Run(program, file, catalogue, "--context=none=0", *check).said)
    context = [f"--context={name}={named[name]}" for name in (has[1].split(", ") if has else []) if name in named]
    said = [f"--{option}={answer}" for option, answer in about(file).get("answers", {}).items()]
    checked = Run(program, file, catalogue, *check, *context, *said)
    if checked.off is not None:
        kind = ASKED if questions else ITSELF
        return Outcome(kind, questions, "; ".join(checked.settled), checked.off)
    if alone.succeeds:
        return Outcome(WRONG, [], checked.why(), 0)
    if questions:
        # What follows the nearest of the ways that were tried.
        why = checked.why().partition("Another way is not supported, or not said: ")[2] or "no answer to the questions gives them"
        return Outcome(UNANSWERED, questions, why, 0)
    return Outcome(REFUSED, [], alone.why(), 0)


def counts(outcomes):
    found = Counter(outcome.kind for outcome in outcomes)
    shares = [f"{found[kind]} {kind}" for kind in (ITSELF, ASKED, REFUSED, UNANSWERED) if found[kind]]
    worst = max((outcome.off for outcome in outcomes), default=0)
    asked = Counter(len(outcome.questions) for outcome in outcomes if outcome.kind == ASKED)
    many = ", ".join(f"{count} ask {number}" for number, count in sorted(asked.items()))
    return (
        f"{len(outcomes)} checkpoints: {', '.join(shares)}, {found[WRONG]} {WRONG}; "
        f"those that import are off by {worst:.1e} at most. Questions: {many}."
    )


def by_library(rows):
    kinds = [ITSELF, ASKED, REFUSED, UNANSWERED, WRONG]
    lines = ["| | checkpoints | " + " | ".join(kinds) + " |", "|---|---:" + "|---:" * len(kinds) + "|"]
    for library in sorted({about["library"] for about, _ in rows}):
        found = Counter(found.kind for about, found in rows if about["library"] == library)
        lines.append(f"| {library} | {found.total()} | " + " | ".join(str(found[kind]) for kind in kinds) + " |")
    return "\n".join(lines)


def text(rows):
    head = f"""# Checkpoints of other libraries

Written by `bench/peers/matrix.py` from checkpoints that `bench/peers/checkpoints.py` makes with the libraries' own code, and
from each library's own answers to 50 questions; see [bench/peers](../bench/peers/README.md). A checkpoint counts as imported where
the network that `interest-lens import` makes of it gives all of them within 1e-5: by itself, without any option, or after the
questions that are named, which `--check` answered. It is refused as it is, or, where no answer to its questions gives the
predictions, by these; wrong in silence would be one that is imported without a question and answers otherwise than its library.
Weights are random, and the user whose answers they are is said.

{counts([found for _, found in rows])}

{by_library(rows)}

| library | version | configuration | file | import |
|---|---|---|---|---|
"""
    lines = []
    for about, found in rows:
        details = found.details if found.kind != ASKED else f"{', '.join(found.questions)}"
        said = f"{found.kind}: {details}" if details and found.kind != ITSELF else found.kind
        cells = [about["library"], about["version"], about["configuration"], f"`{about['file']}`", said]
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n")
    return head + "".join(sorted(lines, key=str.lower))


if __name__ == "__main__":
    main()
