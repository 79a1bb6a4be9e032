# SPDX-License-Identifier: MIT
# Tests of the judge of power cuts: that it finds what is wrong.
from __future__ import annotations

import random
import struct
import sys
import zlib
from pathlib import Path

from harness import expect, run_all, test

from powercut import LOG_ENTRY, LOG_FLUSH, LOG_MAGIC, SECTOR, Promises, Write, cut_short, read_log


def log_of(path: Path, *entries: tuple[int, bytes] | None) -> Path:
    contents = struct.pack("<QQQI", LOG_MAGIC, 1, len(entries), SECTOR).ljust(SECTOR, b"\0")
    for entry in entries:
        if entry is None:
            contents += LOG_ENTRY.pack(0, 0, LOG_FLUSH, 0).ljust(SECTOR, b"\0")
        else:
            contents += LOG_ENTRY.pack(entry[0], len(entry[1]) // SECTOR, 0, 0).ljust(SECTOR, b"\0") + entry[1]
    path.write_bytes(contents)
    return path


def promises(*lines: str) -> Promises:
    heard = Promises()
    for line in lines:
        heard.hear(line)
    return heard


def synced(path: str, contents: bytes) -> str:
    return f"synced {path} {len(contents)} {zlib.crc32(contents):08x}"


@test
def a_log_is_read_as_it_was_written_up_to_where_it_was_cut(folder: Path) -> None:
    log = log_of(folder / "log", (3, b"a" * SECTOR), None, (5, b"b" * 2 * SECTOR))
    whole = [Write(3, b"a" * SECTOR), None, Write(5, b"b" * 2 * SECTOR)]
    expect(read_log(log) == whole)
    log.write_bytes(log.read_bytes()[:-1])
    expect(read_log(log) == whole[:2])
    log.write_bytes(b"")
    expect(read_log(log) == [])


@test
def what_was_flushed_is_never_lost_and_the_rest_sometimes(folder: Path) -> None:
    fresh, result = folder / "fresh", folder / "result"
    fresh.write_bytes(bytes(8 * SECTOR))
    entries = [Write(0, b"a" * SECTOR), None, Write(1, b"b" * SECTOR)]
    outcomes = set()
    for seed in range(40):
        cut_short(fresh, entries, random.Random(seed), result)
        outcomes.add(result.read_bytes()[:2 * SECTOR])
    expect(outcomes == {b"a" * SECTOR + b"b" * SECTOR, b"a" * SECTOR + bytes(SECTOR)}, len(outcomes))


@test
def a_synced_file_must_be_there_whole(folder: Path) -> None:
    (folder / "good").write_bytes(b"good")
    (folder / "short").write_bytes(b"shor")
    (folder / "other").write_bytes(b"OTHER")
    told = promises(synced("/good", b"good"), synced("/short", b"short"), synced("/other", b"other"), synced("/gone", b""))
    wrong = told.broken(folder)
    expect(len(wrong) == 3 and all(any(name in line for line in wrong) for name in ("/short", "/other", "/gone")), wrong)


@test
def a_file_that_was_touched_again_may_be_anything(folder: Path) -> None:
    expect(promises(synced("/file", b"a"), "touching /file").broken(folder) == [])
    expect(promises("touching /file", synced("/file", b"a")).broken(folder) != [])


if __name__ == "__main__":
    sys.exit(run_all())
