"""Reads every #include and reports those that point the wrong way between the rooms.

The rooms stand in one total order; a room includes only itself and rooms to its left. Inside the recorder
and profile the same holds of their folders. Public headers (include/lathe) know nothing of the rooms, and nothing of the
libraries that Lathe is built with. Usage: architecture_test.py [root]
"""

import pathlib
import re
import sys

ROOMS = ["base", "recorder", "codegen", "array", "ffi", "script", "profile", "capi", "tools"]
INNER = {"recorder": ["ir", "expand", "log", "build", "runtime", "interp", "passes", "cache", "lazy"],
         "profile": ["output", "log", "model", "advice", "source", "machine", "findings", "answers", "export", "command",
                     "session"]}
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
PRIVATE_LIBRARIES = ("absl/", "asmjit/", "tbb/", "oneapi/", "zlib.h", "histedit.h", "CLI/", "simdjson.h", "nlohmann/",
                     "ffi.h")
# A library is the business of one room: others reach it through that room's headers.
LIBRARY_ROOMS = {"asmjit/": "codegen", "tbb/": "codegen", "oneapi/": "codegen", "zlib.h": "array",
                 "histedit.h": "tools", "simdjson.h": "profile", "ffi.h": "ffi"}
# CLI11 is the tool's; the subcommands of `lathe trace` live beside their answers.
CLI_FOLDERS = {("tools", ""), ("profile", "command")}


def room_of(path):
    """("recorder", "ir") for src/recorder/ir/op.h; None for files outside the rooms."""
    parts = pathlib.PurePosixPath(path).parts
    if parts[0] == "tools":
        return "tools", ""
    if parts[0] == "src" and len(parts) > 2:
        return parts[1], parts[2] if len(parts) > 3 else ""
    return None


def problem(path, quoted, target):
    """Why `path` may not include `target`, or None."""
    if path.startswith("include/"):
        if target.startswith(PRIVATE_LIBRARIES):
            return "a public header includes a private library"
        if quoted and not target.startswith("lathe/"):
            return "a public header includes a private one"
        return None
    here = room_of(path)
    if here is None:
        return None
    for prefix, owner in LIBRARY_ROOMS.items():
        if target.startswith(prefix) and here[0] != owner:
            return f"only {owner} includes {prefix.rstrip('/')}"
    if target.startswith("CLI/") and here not in CLI_FOLDERS:
        return "only tools and profile/command include CLI"
    there = room_of(target)
    if there is None:
        return None
    if here[0] not in ROOMS or there[0] not in ROOMS:
        return f"unknown room; the rooms are {' '.join(ROOMS)}"
    if ROOMS.index(there[0]) > ROOMS.index(here[0]):
        return f"{here[0]} stands left of {there[0]}"
    order = INNER.get(here[0])
    if order and here[0] == there[0] and here[1] and there[1]:
        if here[1] not in order or there[1] not in order:
            return f"unknown folder; the folders are {' '.join(order)}"
        if order.index(there[1]) > order.index(here[1]):
            return f"{here[0]}/{here[1]} stands left of {there[0]}/{there[1]}"
    return None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    files = [p for folder in ("include", "src", "tools") for p in sorted((root / folder).rglob("*"))
             if p.suffix in (".h", ".cc", ".def")]
    good, bad = 0, 0
    for file in files:
        path = file.relative_to(root).as_posix()
        wrong = []
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            reason = problem(path, match[1] == '"', match[2]) if match else None
            if reason:
                wrong.append(f"{path}:{number}: includes {match[2]}: {reason}")
        print("\n".join(wrong), end="\n" if wrong else "")
        good, bad = good + (not wrong), bad + bool(wrong)
    print(f"architecture: {good} passed, {bad} failed")
    sys.exit(1 if bad else 0)


main()
