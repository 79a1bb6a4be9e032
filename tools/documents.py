# SPDX-License-Identifier: MIT
# Documents against the tree: what the reference must have, and what the documents name or quote.
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

SOURCES = (".c", ".h", ".S", ".def", ".ld", ".py", ".build", ".md", "")
LAYERS = ("boot", "kernel", "libos", "pagers", "drivers", "user", "tools")


def rows(path: Path, macro: str) -> list[list[str]]:
    """The rows of a table: each a name, then its texts."""
    found = re.findall(rf"^{macro}\((\w+), (.*)\)$", path.read_text(), re.MULTILINE)
    return [[name, *re.findall(r'"([^"]*)"', rest)] for name, rest in found]


def members(path: Path, enum: str) -> list[str]:
    body = re.search(rf"enum {enum} {{(.*?)}};", path.read_text(), re.DOTALL)
    names = re.findall(r"^\s*(\w+)", body[1], re.MULTILINE) if body else []
    return [name for name in names if not name.endswith("_KINDS")]


def entries(reference: str, section: str) -> dict[str, str]:
    """The entries of a section by their headings."""
    parts = re.split(r"^## (.*)$", reference, flags=re.MULTILINE)
    text = dict(zip(parts[1::2], parts[2::2])).get(section, "")
    pieces = re.split(r"^### (.*)$", text, flags=re.MULTILINE)
    return {heading: " ".join(body.split()) for heading, body in zip(pieces[1::2], pieces[2::2])}


def compare_headings(section: str, found: dict[str, str], wanted: list[str]) -> Iterator[str]:
    yield from (f"'{section}' has no entry ### {name}" for name in wanted if name not in found)
    yield from (f"'{section}' has an entry {name}, which is in no table" for name in found if name not in wanted)
    if not set(found) ^ set(wanted) and list(found) != wanted:
        yield f"the entries of '{section}' are not in the order of their table"


def signature(row: list[str]) -> str:
    name, arguments, results = row[:3]
    return f"{name}({arguments}) => {results or 'nothing'}"


def compare_signatures(section: str, reference: str, table: list[list[str]]) -> Iterator[str]:
    found = entries(reference, section)
    yield from compare_headings(section, found, [row[0] for row in table])
    yield from (f"'{section}': the signature of {row[0]} is: {signature(row)}" for row in table
                if not found.get(row[0], signature(row)).startswith(signature(row)))


def linux_table(root: Path) -> list[str]:
    """The lines of docs/linux.md's table, as libos/linux/calls.def has them."""
    table = (root / "libos/linux/calls.def").read_text()
    found = re.findall(r'^LINUX_CALL\((\d+), (\w+), \(.*\), (\w+), "(.*)"\)$', table, re.MULTILINE)
    return [f"| {number} | {name} | {tier} | {differs} |" for number, name, tier, differs in found]


def check_linux(root: Path) -> list[str]:
    lines = (root / "docs/linux.md").read_text().splitlines()
    shown = [line for line in lines if re.match(r"\| \d+ \| \w+ \|", line)]
    wanted = linux_table(root)
    return [*(f"linux.md: its table has no line: {line}" for line in wanted if line not in shown),
            *(f"linux.md: no such row in libos/linux/calls.def: {line}" for line in shown if line not in wanted)]


def check_reference(root: Path) -> list[str]:
    """What docs/reference.md lacks, or says otherwise than the tables."""
    abi = root / "libos/abi/abi"
    reference = (root / "docs/reference.md").read_text()
    os = root / "libos/include/os"
    statuses, events = rows(abi / "status.def", "STATUS"), rows(abi / "events.def", "EVENT")
    wrong = [*compare_signatures("Calls", reference, rows(abi / "system_calls.def", "CALL")),
             *compare_signatures("Requests to init", reference, rows(os / "init_calls.def", "INIT_CALL")),
             *compare_signatures("Requests to a pager", reference, rows(os / "pager_calls.def", "PAGER_CALL")),
             *compare_signatures("Requests to the file server", reference, rows(os / "file_calls.def", "FILE_CALL")),
             *compare_signatures("Requests to the server unix", reference, rows(os / "unix_calls.def", "UNIX_CALL")),
             *compare_signatures("Requests to the disk server", reference, rows(os / "disk_calls.def", "DISK_CALL"))]

    found = entries(reference, "Statuses")
    wrong += compare_headings("Statuses", found, [f"STATUS_{row[0]}" for row in statuses])
    wrong += [f"the entry of STATUS_{name} does not begin with its sentence: {sentence}" for name, sentence in statuses
              if not found.get(f"STATUS_{name}", sentence).lower().startswith(sentence.lower())]

    wrong += compare_headings("Messages", entries(reference, "Messages"), members(abi / "message.h", "message_kind"))
    wrong += compare_headings("Verdicts", entries(reference, "Verdicts"), members(abi / "message.h", "verdict"))

    found = entries(reference, "Events")
    wrong += compare_headings("Events", found, [f"EVENT_{row[0]}" for row in events])
    wrong += [f"the words of EVENT_{name} are: {words}" for name, *texts in events
              if (words := ", ".join(filter(None, texts))) not in found.get(f"EVENT_{name}", words)]

    options = rows(root / "user/init/options.def", "OPTION")
    found = entries(reference, "The system description")
    wrong += compare_headings("The system description", found, [row[0] for row in options])
    for name, value, what in options:
        line = f"{name}={value} {what}" if value else f"{name} {what}"
        if not found.get(name, line).lower().startswith(line.lower()):
            wrong.append(f"the entry of the option {name} does not begin with: {line}")

    errors = rows(os / "file_errors.def", "FILE_ERROR")
    found = entries(reference, "Errors of files")
    wrong += compare_headings("Errors of files", found, [f"FILE_{row[0]}" for row in errors])

    errors = rows(os / "unix_errors.def", "UNIX_ERROR")
    found = entries(reference, "Errors of unix")
    wrong += compare_headings("Errors of unix", found, [f"UNIX_{row[0]}" for row in errors])
    wrong += [f"the entry of UNIX_{name} does not begin with its sentence: {sentence}" for name, sentence in errors
              if not found.get(f"UNIX_{name}", sentence).lower().startswith(sentence.lower())]

    errors = rows(os / "disk_errors.def", "DISK_ERROR")
    found = entries(reference, "Errors of a disk")
    wrong += compare_headings("Errors of a disk", found, [f"OS_DISK_{row[0]}" for row in errors])
    wrong += [f"the entry of OS_DISK_{name} does not begin with its sentence: {sentence}" for name, sentence in errors
              if not found.get(f"OS_DISK_{name}", sentence).lower().startswith(sentence.lower())]

    errors = rows(os / "pager_errors.def", "PAGER_ERROR")
    found = entries(reference, "Errors of a pager")
    wrong += compare_headings("Errors of a pager", found, [f"PAGER_{row[0]}" for row in errors])
    wrong += [f"the entry of PAGER_{name} does not begin with its sentence: {sentence}" for name, sentence in errors
              if not found.get(f"PAGER_{name}", sentence).lower().startswith(sentence.lower())]
    return [f"docs/reference.md: {line}" for line in wrong]


def source_files(root: Path) -> list[Path]:
    return [path for layer in LAYERS for path in (root / layer).rglob("*")
            if path.is_file() and path.suffix in SOURCES and "__pycache__" not in path.parts]


def plain(line: str) -> str:
    """A line of code without its comment and blanks."""
    return "".join(re.sub(r"//.*", "", line).split())


def check_quotes(root: Path) -> list[str]:
    """Code and names in the documents that the tree does not have."""
    sources = source_files(root)
    texts = [path.read_text(errors="replace") for path in (*sources, root / "pagoda")]
    lines = {plain(line) for text in texts for line in text.splitlines()}
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    names = {path.name for path in sources}
    wrong: list[str] = []
    for document in sorted((root / "docs").glob("*.md")):
        text = document.read_text()
        for code in re.findall(r"^```(?:c|asm)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            wrong += [f"docs/{document.name}: no such line in the tree: {line.strip()}" for line in code.splitlines()
                      if plain(line) not in lines and line.strip() != "..."]
        prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
        for name in sorted(set(re.findall(r"`([\w./-]+)`", prose))):
            is_word = re.fullmatch(r"[A-Za-z_]\w*", name)
            is_file = re.fullmatch(r"[\w/-]+\.(c|h|S|def|ld|py)", name)
            if is_word and name not in words:
                wrong.append(f"docs/{document.name}: no such name in the tree: {name}")
            if is_file and not (name in names or (root / name).is_file()):
                wrong.append(f"docs/{document.name}: no such file in the tree: {name}")
    return wrong
