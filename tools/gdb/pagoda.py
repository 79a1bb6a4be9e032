# SPDX-License-Identifier: MIT
# gdb commands that print the kernel's tables: pagoda harts, frames [NUMBER], ring [COUNT], waits.
from __future__ import annotations

import gdb


def symbol(name: str) -> gdb.Value:
    try:
        return gdb.parse_and_eval(f"'{name}'")
    except gdb.error as error:
        raise gdb.GdbError(f"this kernel has no '{name}': {error}") from None


def started_harts() -> list[gdb.Value]:
    try:
        count = int(symbol("hart_count"))
    except gdb.MemoryError:
        count = 0
    if count == 0:
        raise gdb.GdbError("no hart is known yet; let the kernel start first: break obey, then continue")
    return [symbol("harts")[index] for index in range(count)]


def enum_name(value: gdb.Value, prefix: str) -> str:
    return str(value).removeprefix(prefix)


def frame_table() -> tuple[gdb.Value, int, int]:
    table, first, end = symbol("frame_table"), int(symbol("frame_first")), int(symbol("frame_end"))
    if int(table) == 0:
        raise gdb.GdbError("there is no frame table yet; let the kernel start first: break obey, then continue")
    return table, first, end


def frame_kinds() -> tuple[dict[int, str], bytes]:
    """The names of kinds, and the kind of every frame from the first on."""
    table, first, end = frame_table()
    names = {field.enumval: field.name for field in gdb.lookup_type("enum frame_kind").fields()}
    size = table.dereference().type.sizeof
    offset = next(field.bitpos // 8 for field in table.dereference().type.fields() if field.name == "kind")
    memory = gdb.selected_inferior().read_memory(int(table) + first * size, (end - first) * size).tobytes()
    return names, memory[offset::size]


def ring_events() -> list[tuple[int, int, gdb.Value]]:
    """Every event that is still there: cycle, hart, event; in the order of their cycles."""
    events = []
    for index, hart in enumerate(started_harts()):
        ring = hart["ring"]
        slots, count = ring["event"].type.range()[1] + 1, int(ring["count"])
        events += [(int(ring["event"][number % slots]["cycle"]), index, ring["event"][number % slots])
                   for number in range(max(0, count - slots), count)]
    return sorted(events, key=lambda entry: entry[:2])


def place(address: int) -> str:
    return str(gdb.Value(address).cast(gdb.lookup_type("void").pointer()))


class Pagoda(gdb.Command):
    """Print the kernel's tables: pagoda harts | frames | ring | waits."""

    def __init__(self) -> None:
        super().__init__("pagoda", gdb.COMMAND_DATA, prefix=True)


class Harts(gdb.Command):
    """pagoda harts: every hart, and how much it has recorded."""

    def __init__(self) -> None:
        super().__init__("pagoda harts", gdb.COMMAND_DATA)

    def invoke(self, argument: str, from_tty: bool) -> None:
        print(f"{'hart':>4} {'id':>4} {'online':>6} {'events':>8}")
        for index, hart in enumerate(started_harts()):
            print(f"{index:4} {int(hart['id']):4} {'yes' if hart['online'] else 'no':>6} {int(hart['ring']['count']):8}")


class Frames(gdb.Command):
    """pagoda frames: how many frames are of each kind; pagoda frames NUMBER: that one."""

    def __init__(self) -> None:
        super().__init__("pagoda frames", gdb.COMMAND_DATA)

    def invoke(self, argument: str, from_tty: bool) -> None:
        table, first, end = frame_table()
        if argument:
            number = int(gdb.parse_and_eval(argument))
            if not first <= number < end:
                raise gdb.GdbError(f"frame {number:#x} does not exist; they go from {first:#x} up to {end - 1:#x}")
            print(f"frame {number:#x}, physical {number << 12:#x}: {table[number]}")
            return
        names, codes = frame_kinds()
        print(f"{end - first} frames, {first:#x} to {end - 1:#x}")
        for code in sorted(set(codes)):
            print(f"{codes.count(code):10} {names.get(code, str(code)).removeprefix('FRAME_').lower()}")


class Ring(gdb.Command):
    """pagoda ring [COUNT]: the last events (16) of every hart, in the order of their cycles."""

    def __init__(self) -> None:
        super().__init__("pagoda ring", gdb.COMMAND_DATA)

    def invoke(self, argument: str, from_tty: bool) -> None:
        most = int(argument or 16)
        for cycle, index, event in ring_events()[-most:]:
            kind = gdb.lookup_type("enum event_kind")
            print(f"{cycle:14} hart {index} {enum_name(event['kind'].cast(kind), 'EVENT_'):12}"
                  f" {place(int(event['first']))} {place(int(event['second']))}")


class Waits(gdb.Command):
    """pagoda waits: every thread that waits, for what, for whom, and since when (while events are traced)."""

    DIRECT_BASE = 0xffffffc000000000
    WAITING = {"SENDING": "to be received", "WAITING": "for an answer"}
    BEGINNINGS = ("EVENT_fault", "EVENT_message")  # their words begin with the token of who waits

    def __init__(self) -> None:
        super().__init__("pagoda waits", gdb.COMMAND_DATA)

    def threads(self) -> list[gdb.Value]:
        names, kinds = frame_kinds()
        _, first, _ = frame_table()
        code = next(code for code, name in names.items() if name == "FRAME_THREAD")
        pointer = gdb.lookup_type("struct thread").pointer()
        return [gdb.Value(self.DIRECT_BASE + (first + index << 12)).cast(pointer).dereference()
                for index, kind in enumerate(kinds) if kind == code]

    @staticmethod
    def state(thread: gdb.Value) -> str:
        return enum_name(thread["state"].cast(gdb.lookup_type("enum thread_state")), "THREAD_")

    @staticmethod
    def number(thread: gdb.Value) -> int:
        return int(thread["token"]) & 0xffffffff

    def told(self, thread: gdb.Value) -> str:
        state = self.state(thread)
        text = f"thread {self.number(thread):x} of space {int(thread['space']['id']) >> 32} "
        if state not in self.WAITING:
            return text + f"is {state.lower()}, pc {int(thread['registers']['pc']):#x}"
        errand = enum_name(thread["errand"].cast(gdb.lookup_type("enum thread_errand")), "ERRAND_")
        what = f"its fault at {int(thread['va']):#x}" if errand == "FAULT" else "its call"
        return text + f"waits {self.WAITING[state]} to {what}, pc {int(thread['registers']['pc']):#x}"

    def since(self) -> dict[int, int]:
        """The cycle of the last fault or message of each thread."""
        kind, found = gdb.lookup_type("enum event_kind"), {}
        for cycle, _, event in ring_events():
            name = str(event["kind"].cast(kind))
            if name in self.BEGINNINGS:
                token = int(event["second" if name == "EVENT_fault" else "first"])
                found[token & 0xffffffff] = cycle
        return found

    def invoke(self, argument: str, from_tty: bool) -> None:
        since, threads = self.since(), self.threads()
        for thread in threads:
            began = since.get(self.number(thread))
            waits = self.state(thread) in self.WAITING
            print(self.told(thread) + (f", since cycle {began}" if waits and began is not None else ""))
            for _ in range(8):
                if self.state(thread) not in self.WAITING or int(thread["port"]) == 0:
                    break
                holder = thread["port"]["holder"]
                mates = [other for other in threads if int(other["space"]) == int(holder)]
                if int(holder) == 0 or not mates:
                    break
                thread = min(mates, key=lambda mate: self.state(mate) in ("RECEIVING", "STOPPED"))  # who works, if one does
                print("  of whom " + self.told(thread))


Pagoda()
Waits()
Harts()
Frames()
Ring()
