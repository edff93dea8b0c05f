#!/usr/bin/env python3
"""Who may include whom. One table; the longest matching folder decides. Run by ctest and by ./dev lint.

Headers of the own tree are named by folder, libraries by the names of LIBRARIES. What no row allows is a finding;
so is a library that has no name here.
"""

import re
import sys

import source_tree

LIBRARIES = {  # name: beginnings of <...>
    "caf": ["caf/"],
    "capnp": ["capnp/", "kj/"],
    "rocksdb": ["rocksdb/"],
    "rdkafka": ["librdkafka/"],
    "zmq": ["zmq.h", "zmq.hpp", "zmq_addon.hpp"],
    "boost": ["boost/"],
    "prometheus": ["prometheus/"],
    "simdjson": ["simdjson.h"],
    "nlohmann": ["nlohmann/"],
    "toml": ["toml++/"],
    "cli11": ["CLI/"],
    "spdlog": ["spdlog/"],
    "fmt": ["fmt/"],
    "sodium": ["sodium.h", "sodium/"],
    "xxhash": ["xxhash.h", "xxh3.h"],
    "intrinsics": ["immintrin.h"],
    "eigen": ["Eigen/"],
    "zlib": ["zlib.h"],
    "zstd": ["zstd.h"],
    "gtest": ["gtest/", "gmock/"],
    "rapidcheck": ["rapidcheck.h", "rapidcheck/"],
    "benchmark": ["benchmark/"],
    "posix": ["sys/", "netinet/", "arpa/", "linux/", "unistd.h", "fcntl.h", "poll.h", "signal.h", "pty.h", "netdb.h",
              "dirent.h", "termios.h", "pthread.h", "sched.h", "execinfo.h", "spawn.h", "ftw.h"],
}

FORMATTING = {"cstdio"}  # snprintf; its files are the world's

# The standard headers through which threads, files, clocks and unreproducible chance come in: not for engine/.
WORLD = {"thread", "mutex", "shared_mutex", "condition_variable", "future", "stop_token", "semaphore", "latch", "barrier",
         "atomic", "fstream", "iostream", "filesystem", "ctime", "chrono", "random", "csignal", "execution"}

ENGINE_ORDER = ["engine/base", "engine/records", "engine/catalog", "engine/stats", "engine/learners", "engine/profiles", "engine/decisions", "engine/rounds"]
CODECS = ["schemas"]
SERVER_LIBRARIES = ["std", "world", "formatting", "posix", "caf"]
THREADS = "nodes/adapters/threads"  # how threads share the cores, and what time it is to them: for every adapter that has one
TESTING = ["gtest", "rapidcheck"]
ALL_OF_OURS = ["engine", "schemas", "schemas:generated", "actors", "nodes", "clients", "tests", "bench"]


def engine_row(folder, libraries=()):
    """engine/ is built upwards: a folder sees itself and what stands before it."""
    below = ENGINE_ORDER[: ENGINE_ORDER.index(folder) + 1]
    return {"ours": below, "libraries": ["std", "eigen", *libraries]}


# folder: what it may include. "ours" names folders (schemas:generated = schemas/*.capnp.h), "libraries" names of above;
# std = the standard library without WORLD and FORMATTING, world = WORLD, formatting = FORMATTING.
TABLE = {
    "engine": {"ours": ["engine"], "libraries": ["std", "eigen"]},
    "engine/base": engine_row("engine/base", ["xxhash"]),
    "engine/records": engine_row("engine/records"),
    "engine/catalog": engine_row("engine/catalog"),
    "engine/stats": engine_row("engine/stats"),
    "engine/learners": engine_row("engine/learners"),
    "engine/learners/linear_algebra": engine_row("engine/learners", ["intrinsics"]),
    "engine/profiles": engine_row("engine/profiles"),
    "engine/decisions": engine_row("engine/decisions"),
    "engine/rounds": engine_row("engine/rounds"),
    "schemas": {"ours": ["engine", "schemas", "schemas:generated"], "libraries": ["std", "capnp"]},
    # JSON is a form of the contracts like any other: one text for HTTP and for the operator's tool.
    "schemas/json": {"ours": ["engine", "schemas"], "libraries": ["std", "formatting", "simdjson", "nlohmann"]},
    "actors": {"ours": ["engine", *CODECS, "actors"], "libraries": ["std", "world", "formatting", "caf"]},
    "actors/ports": {"ours": ["engine", *CODECS, "actors/ports"], "libraries": ["std", "world"]},
    # The zero-copy routing peek: the one place outside of the codecs that reads generated code.
    "actors/gateway/peek": {"ours": ["engine", *CODECS, "schemas:generated", "actors"], "libraries": ["std", "capnp"]},
    # Each adapter owns one library.
    "nodes/adapters": {"ours": ["engine", *CODECS, "actors"], "libraries": SERVER_LIBRARIES},
    "nodes/adapters/threads": {"ours": ["nodes/adapters/threads"], "libraries": ["std", "world", "posix"]},
    "nodes/adapters/allocator": {"ours": [THREADS, "nodes/adapters/allocator"], "libraries": ["std", "world"]},
    "nodes/adapters/rocksdb": {
        "ours": ["engine", *CODECS, "actors", THREADS, "nodes/adapters/rocksdb"], "libraries": [*SERVER_LIBRARIES, "rocksdb"]},
    "nodes/adapters/kafka": {
        "ours": ["engine", *CODECS, "actors", THREADS, "nodes/adapters/kafka"], "libraries": [*SERVER_LIBRARIES, "rdkafka"]},
    "nodes/adapters/zmq": {
        "ours": ["engine", *CODECS, "actors", THREADS, "nodes/adapters/zmq"], "libraries": [*SERVER_LIBRARIES, "zmq"]},
    "nodes/adapters/http": {  # JSON is what this adapter speaks, so it reads and writes it
        "ours": ["engine", *CODECS, "actors", THREADS, "nodes/adapters/http"],
        "libraries": [*SERVER_LIBRARIES, "boost", "simdjson", "nlohmann"]},
    "nodes/adapters/prometheus": {
        "ours": ["engine", *CODECS, "actors", "nodes/adapters/prometheus"],
        "libraries": [*SERVER_LIBRARIES, "prometheus"]},
    "nodes/kindred": {
        "ours": ["engine", *CODECS, "actors", "nodes/adapters", "nodes/kindred"],
        "libraries": [*SERVER_LIBRARIES, "toml", "cli11", "spdlog", "fmt", "sodium", "nlohmann"]},
    "clients/cpp": {"ours": ["engine/base", "engine/records", *CODECS, "clients/cpp"], "libraries": ["std", "world", "formatting", "posix", "zmq"]},
    "nodes/kindredctl": {
        "ours": ["engine", *CODECS, "clients/cpp", "nodes/kindredctl"],
        "libraries": ["std", "world", "formatting", "posix", "cli11", "nlohmann", "simdjson", "fmt", "zlib", "zstd"]},
    "tests": {"ours": ALL_OF_OURS, "libraries": ["*"]},
    # The simulator runs actor states in one thread: no process, no adapter, no actor system.
    "tests/simulation": {
        "ours": ["engine", *CODECS, "actors", "clients/cpp", "tests/simulation", "tests/support"],
        "libraries": ["std", "world", "formatting", "posix", *TESTING]},
    "bench": {"ours": ALL_OF_OURS, "libraries": ["*"]},
}

# Inside a room: folders that must not see each other although the row above allows it, with the reason.
FORBIDDEN = [
    ("nodes/kindredctl/demo/world", "engine", "the demo's world shares no code with what it judges"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def row_of(path):
    """The row with the longest folder that is `path` or contains it; peek rows match file beginnings."""
    best = ""
    for folder in TABLE:
        if (path.startswith(folder + "/") or path.startswith(folder + ".")) and len(folder) > len(best):
            best = folder
    return best


def library_of(header):
    for name, beginnings in LIBRARIES.items():
        for beginning in beginnings:
            if header == beginning or (beginning.endswith("/") and header.startswith(beginning)):
                return name
    if header in WORLD:
        return "world"
    if header in FORMATTING:
        return "formatting"
    if re.fullmatch(r"[a-z_0-9]+", header):
        return "std"
    return None


def ours_of(header):
    if re.fullmatch(r"schemas/[^/]+\.capnp\.h", header):
        return "schemas:generated"
    return header


def allowed_ours(row, header):
    name = ours_of(header)
    if name == "schemas:generated":
        return name in TABLE[row]["ours"]
    return any(name.startswith(folder + "/") for folder in TABLE[row]["ours"])


def check_line(root, path, header, is_library):
    """What is wrong with this include of `path`, or None."""
    row = row_of(path)
    if not row:
        return f"no row of tools/layer_check.py covers {path}; add one that says what it may include"
    if is_library:
        library = library_of(header)
        if library is None:
            return f"<{header}> belongs to no library of tools/layer_check.py; a new library needs a decision page"
        if library not in TABLE[row]["libraries"] and TABLE[row]["libraries"] != ["*"]:
            return f"{row} may not use {library} (<{header}>); {row} uses {', '.join(TABLE[row]['libraries'])}"
        return None
    for folder, hidden, reason in FORBIDDEN:
        if path.startswith(folder) and header.startswith(hidden + "/"):
            return f"{folder} may not include {header}: {reason}"
    if not allowed_ours(row, header):
        return f"{row} may not include {header}; {row} sees {', '.join(TABLE[row]['ours'])}"
    if ours_of(header) != "schemas:generated" and not (root / header).is_file():
        return f"{header} is not in the tree; include by the full path from its root"
    return None


def main():
    root = source_tree.root_from_arguments(__doc__.splitlines()[0])
    findings = source_tree.Findings("layer check")
    files = source_tree.sources(root)
    for path in files:
        if "/examples/" in str(path) or "/consumer/" in str(path):
            continue  # projects of their own, which see the installed headers
        for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if match:
                text = check_line(root, str(path), match.group(1) or match.group(2), match.group(2) is not None)
                if text:
                    findings.add(path, number, text)
    return findings.exit_code(len(files))


if __name__ == "__main__":
    sys.exit(main())
