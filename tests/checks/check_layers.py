#!/usr/bin/env python3
"""Fails when a file includes something its layer may not see, or a heavy header outside the few files meant for it.

usage: check_layers.py [repository root]

Includes point one way: tools -> api -> gateway -> storage -> protocol (docs/architecture.md). protocol is free of IO:
no sockets, files, threads or clocks, so that it can be fuzzed and replayed.
"""
import re
import sys
from dataclasses import dataclass
from pathlib import Path

SOURCES = ("*.hpp", "*.cpp")
CHILDREN = ("fcntl.h", "linux/", "poll.h", "sched.h", "sys/mount.h", "sys/utsname.h", "sys/prctl.h", "sys/resource.h", "sys/stat.h", "sys/syscall.h", "sys/wait.h")
SOCKETS = ("netdb.h", "netinet/", "arpa/", "sys/socket.h")


@dataclass(frozen=True)
class Layer:
    own: tuple[str, ...]      # project folders it may include
    foreign: tuple[str, ...]  # prefixes of other headers it may include; the standard library is free unless banned
    banned: tuple[str, ...] = ()
    silent_about: re.Pattern | None = None  # code it must not contain


CLOCKS = re.compile(r"\b(?:system|steady|high_resolution)_clock::now\b|\bgetenv\s*\(|\bfopen\s*\(")

LAYERS = {
    "protocol": Layer(
        own=("protocol",),
        foreign=("boost/json/", "boost/system/", "google/protobuf/", "openssl/", "signal/", "sodium.h", "zlib.h"),
        banned=("thread", "mutex", "shared_mutex", "condition_variable", "future", "fstream", "filesystem", "iostream"),
        silent_about=CLOCKS),
    "storage": Layer(
        own=("storage", "protocol"),
        foreign=("boost/system/", "sqlite3.h", "sodium.h", "fcntl.h", "unistd.h", "sys/file.h", "sys/random.h", "sys/stat.h")),
    "gateway": Layer(
        own=("gateway", "storage", "protocol"),
        foreign=("boost/", "fmt/", "openssl/", "spdlog/", "zlib.h", "malloc.h", "unistd.h", *SOCKETS, *CHILDREN)),
    "api": Layer(
        own=("api", "gateway", "storage", "protocol"),
        foreign=("boost/", "fmt/", "png.h", "qrencode.h", "zlib.h")),
    "tools/wagate": Layer(
        own=("tools/wagate", "api", "gateway", "storage", "protocol"),
        foreign=("boost/", "fmt/", "openssl/", "sodium.h", "CLI/", "toml++/", "unistd.h", "fcntl.h", "sys/", "csignal", *SOCKETS)),
    # Simulates the other side: it must not share the gateway's code, or both would be wrong together.
    "tools/sandbox": Layer(
        own=("tools/sandbox", "protocol"),
        foreign=("boost/", "google/protobuf/", "openssl/", "sodium.h", "zlib.h", "unistd.h", "sys/")),
}

# Heavy or delicate headers: prefix -> the files and folders that may include it.
RESERVED = {
    "boost/asio/impl/src": ("gateway/runtime/asio_impl.cpp", "tools/sandbox/net/asio_src.cpp"),
    "boost/asio/ssl/": ("tools/sandbox/net/",),
    "boost/beast/src": ("gateway/runtime/beast_impl.cpp", "tools/sandbox/net/beast_src.cpp"),
    "boost/beast/websocket": ("gateway/transport/wss_link.cpp", "api/http/web_socket.cpp", "tools/sandbox/net/acceptor.cpp"),
    "boost/beast/": ("gateway/runtime/beast_impl.cpp", "gateway/transport/wss_link.cpp", "gateway/transport/socket_stream_teardown.hpp", "gateway/transport/http_client.cpp",
                     "gateway/transport/http_transfer.cpp",
                     "api/http/web_socket.cpp", "tools/sandbox/net/"),
    "spdlog/": ("gateway/telemetry/log.cpp",),
    "sqlite3.h": ("storage/sqlite/",),
    "signal/": ("protocol/signal/", "protocol/crypto/signal_curve.cpp"),
    "CLI/": ("tools/wagate/options.cpp",),
    "toml++/": ("tools/wagate/config.cpp",),
    "png.h": ("api/waha/qr_image.cpp",),
    "qrencode.h": ("api/waha/qr_image.cpp",),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)


def layer_of(file: Path) -> str | None:
    return max((name for name in LAYERS if file.is_relative_to(name)), key=len, default=None)


def is_standard(header: str) -> bool:
    return not re.search(r"[/.]", header)


def includes(file: str, layer: Layer, layer_name: str, text: str):
    for kind, header in INCLUDE.findall(text):
        where = f"{file}: {header}"
        if kind == '"':
            if not any(header.startswith(folder + "/") for folder in layer.own):
                yield f"{where} may not be seen by {layer_name}"
        elif header in layer.banned:
            yield f"{where} is banned in {layer_name}"
        elif not is_standard(header) and not any(header.startswith(prefix) for prefix in layer.foreign):
            yield f"{where} is not a dependency of {layer_name}"
        yield from (f"{where} may only be included by {', '.join(users)}" for prefix, users in RESERVED.items()
                    if kind == "<" and header.startswith(prefix) and not any(file.startswith(user) for user in users))


def check(root: Path) -> tuple[int, list[str]]:
    """How many files were looked at, and what is wrong with them."""
    count, problems = 0, []
    files = sorted(path for top in sorted({name.split("/")[0] for name in LAYERS})
                   for pattern in SOURCES for path in (root / top).rglob(pattern))
    for path in files:
        file = path.relative_to(root)
        name = layer_of(file)
        if name is None:
            continue
        count += 1
        layer, text = LAYERS[name], path.read_text(encoding="utf-8")
        problems.extend(includes(file.as_posix(), layer, name, text))
        if layer.silent_about:
            problems.extend(f"{file.as_posix()}: {found.group().strip()} is banned in {name}"
                            for found in layer.silent_about.finditer(COMMENT.sub(" ", text)))
    return count, problems


if __name__ == "__main__":
    looked_at, found = check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found) or f"layers hold in {looked_at} files")
    sys.exit(bool(found) or looked_at == 0)
