# SPDX-License-Identifier: MIT
# Boot images (boot/image.h): made, read, and made again with another system description.
from __future__ import annotations

import re
import struct

MAGIC = b"pagoda\r\n"
VERSION = 1
PAGE = 4096
FILES_LIMIT = 1024
NAME = 48  # with the zero byte at its end
HEADER = struct.Struct("<8sQIIQ")
ENTRY = struct.Struct(f"<{NAME}sQQ")
UNCHECKED = 16
DESCRIPTION = b"system"  # the file that init reads

Files = dict[bytes, bytes]


def checksum(data: bytes) -> int:
    total = 0
    for (word,) in struct.iter_unpack("<Q", data):
        total = (total ^ word) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        total ^= total >> 32
    return total


def pad(data: bytes) -> bytes:
    return data + bytes(-len(data) % PAGE)


def make_image(files: Files) -> bytes:
    offset = len(pad(bytes(HEADER.size + ENTRY.size * len(files))))
    table, contents = [], []
    for name, data in files.items():
        table.append(ENTRY.pack(name, offset, len(data)))
        contents.append(pad(data))
        offset += len(contents[-1])
    image = pad(HEADER.pack(MAGIC, 0, VERSION, len(files), offset) + b"".join(table)) + b"".join(contents)
    return HEADER.pack(MAGIC, checksum(image[UNCHECKED:]), VERSION, len(files), offset) + image[HEADER.size:]


def read_image(image: bytes) -> Files:
    """The files of a good image."""
    count = HEADER.unpack_from(image)[3]
    entries = (ENTRY.unpack_from(image, HEADER.size + number * ENTRY.size) for number in range(count))
    return {name.rstrip(b"\0"): image[offset:offset + size] for name, offset, size in entries}


def with_file(image: bytes, name: bytes, data: bytes) -> bytes:
    return make_image({**read_image(image), name: data})


def described(image: bytes, description: str) -> bytes:
    """The image with this system description."""
    return with_file(image, DESCRIPTION, description.encode())


def running(description: str, *commands: str) -> str:
    """The description with these commands in place of what it runs; then the machine ends."""
    lines = [line for line in description.splitlines() if not re.match(r"\s*(run|start|finally)\b", line)]
    return "\n".join([*lines, *(f"run operator {command}" for command in commands), "finally poweroff", ""])


def description_of(image: bytes) -> str:
    return read_image(image)[DESCRIPTION].decode()
