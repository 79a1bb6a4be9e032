# SPDX-License-Identifier: MIT
# A Linux initramfs: files packed as cpio's "newc" format wants them.
from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import PurePosixPath

CONSOLE = (5, 1)  # the device that programs speak to


@dataclass(frozen=True)
class Node:
    mode: int
    data: bytes = b""
    device: tuple[int, int] = (0, 0)


def executable(data: bytes) -> Node:
    return Node(stat.S_IFREG | 0o755, data)


def plain_file(data: bytes) -> Node:
    return Node(stat.S_IFREG | 0o644, data)


def packed(number: int, name: str, node: Node) -> bytes:
    encoded = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(node.mode) else 1
    fields = (number, node.mode, 0, 0, links, 0, len(node.data), 0, 0, *node.device, len(encoded), 0)
    entry = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    entry += bytes(-len(entry) % 4) + node.data
    return entry + bytes(-len(entry) % 4)


def make_archive(files: dict[str, Node]) -> bytes:
    """Of absolute paths. Folders on the way to them are made, and the console that the first process needs."""
    nodes = {"dev/console": Node(stat.S_IFCHR | 0o600, device=CONSOLE), **{path.lstrip("/"): node for path, node in files.items()}}
    folders = {str(folder) for path in nodes for folder in PurePosixPath(path).parents} - {"."} - nodes.keys()
    nodes |= {folder: Node(stat.S_IFDIR | 0o755) for folder in folders}
    ordered = [packed(number, name, nodes[name]) for number, name in enumerate(sorted(nodes), 1)]
    return b"".join(ordered) + packed(0, "TRAILER!!!", Node(0))
