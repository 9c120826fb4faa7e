"""Runs notebooks of the page, for tests; prints what their cells print, and fails where one of them does.

    run_notebooks.py run FILE …            runs every code cell, as Jupyter would, of notebooks that are valid
    run_notebooks.py spoil FILE …          expects each to fail once any of its tensors, or one bit of them, is another
    run_notebooks.py validate SCHEMA FILE  expects a JSON file to be as a schema says
"""

import base64
import contextlib
import hashlib
import io
import json
import re
import struct
import sys
import warnings

import jsonschema
import nbformat


def read(path):
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5), f"{path}: another version of the format"
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs for cell in codes), f"{path}: there are outputs"
    return [(cell.id, cell.source) for cell in codes]


def run(cells):
    """What the cells print."""
    printed, names = io.StringIO(), {}
    with contextlib.redirect_stdout(printed):
        for name, source in cells:
            exec(compile(source, name, "exec"), names)
    return printed.getvalue()


def with_file(cells, file, checksum=None):
    """The cells with other data."""
    checksum = checksum or hashlib.sha256(file).hexdigest()
    data = f'CHECKSUM = "{checksum}"\nDATA = "{base64.b64encode(file).decode()}"'
    return [(name, data if source.startswith("CHECKSUM = ") else source) for name, source in cells]


def expect_failure(cells, what):
    try:
        run(cells)
    except AssertionError:
        return
    raise SystemExit(f"{what} is another, and no cell fails")


def spoil(path):
    cells = read(path)
    source = next(source for _, source in cells if source.startswith("CHECKSUM = "))
    checksum, data = re.findall(r'"(.*)"', source)
    file = base64.b64decode(data)
    run(with_file(cells, file))
    start = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:start])
    tensors = {name: entry["data_offsets"] for name, entry in header.items() if name != "__metadata__"}
    for name, (first, end) in tensors.items():
        if first == end:
            continue
        spoiled = bytearray(file)
        numbers = struct.unpack(f"<{(end - first) // 4}f", file[start + first : start + end])
        # In turn up and down, so that a softmax does not take it for the same; a variance stays one.
        others = [1.25 * number + (0.125, 0.25)[place % 2] for place, number in enumerate(numbers)]
        spoiled[start + first : start + end] = struct.pack(f"<{len(others)}f", *others)
        expect_failure(with_file(cells, bytes(spoiled)), f"{path}: {name}")
    for place in (start, len(file) - 1):
        flipped = bytearray(file)
        flipped[place] ^= 1
        expect_failure(with_file(cells, bytes(flipped), checksum), f"{path}: bit 0 of byte {place}")
    return f"{len(tensors)} tensors"


def validate(schema, path):
    with open(schema, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    with open(path, encoding="utf-8") as file:
        jsonschema.validate(json.load(file), schema, jsonschema.Draft202012Validator)


def main(task, *paths):
    warnings.simplefilter("error")
    if task == "validate":
        validate(*paths)
        return
    for path in paths:
        try:
            said = spoil(path) if task == "spoil" else run(read(path))
        except Exception as error:
            raise SystemExit(f"{path}: {type(error).__name__}: {error}") from error
        print(f"{path}\n{said}")


if __name__ == "__main__":
    main(*sys.argv[1:])
