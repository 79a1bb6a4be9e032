# SPDX-License-Identifier: MIT
# gdb commands that print the kernel's tables: pagoda harts, pagoda frames [NUMBER], pagoda ring [COUNT].
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


def place(address: int) -> str:
    return str(gdb.Value(address).cast(gdb.lookup_type("void").pointer()))


class Pagoda(gdb.Command):
    """Print the kernel's tables: pagoda harts | frames | ring."""

    def __init__(self) -> None:
        super().__init__("pagoda", gdb.COMMAND_DATA, prefix=True)


class Harts(gdb.Command):
    """pagoda harts: every hart, where its kernel runs, and what has interrupted it."""

    def __init__(self) -> None:
        super().__init__("pagoda harts", gdb.COMMAND_DATA)

    def invoke(self, argument: str, from_tty: bool) -> None:
        print(f"{'hart':>4} {'id':>4} {'online':>6} {'from others':>12} {'timer':>8} {'events':>8}")
        for hart in started_harts():
            print(f"{int(hart['index']):4} {int(hart['id']):4} {'yes' if hart['online'] else 'no':>6}"
                  f" {int(hart['interrupts_from_others']):12} {int(hart['timer_interrupts']):8}"
                  f" {int(hart['ring']['count']):8}")


class Frames(gdb.Command):
    """pagoda frames: how many frames are of each kind; pagoda frames NUMBER: that one."""

    def __init__(self) -> None:
        super().__init__("pagoda frames", gdb.COMMAND_DATA)

    def invoke(self, argument: str, from_tty: bool) -> None:
        table, first, end = symbol("frame_table"), int(symbol("frame_first")), int(symbol("frame_end"))
        if int(table) == 0:
            raise gdb.GdbError("there is no frame table yet; let the kernel start first: break obey, then continue")
        if argument:
            number = int(gdb.parse_and_eval(argument))
            if not first <= number < end:
                raise gdb.GdbError(f"frame {number:#x} does not exist; they go from {first:#x} up to {end - 1:#x}")
            print(f"frame {number:#x}, physical {number << 12:#x}: {table[number]}")
            return
        kinds = gdb.lookup_type("enum frame_kind")
        names = {field.enumval: field.name for field in kinds.fields()}
        size, offset = table.dereference().type.sizeof, 0
        for field in table.dereference().type.fields():
            if field.name == "kind":
                offset = field.bitpos // 8
        memory = gdb.selected_inferior().read_memory(int(table) + first * size, (end - first) * size).tobytes()
        codes = memory[offset::size]
        print(f"{end - first} frames, {first:#x} to {end - 1:#x}")
        for code in sorted(set(codes)):
            print(f"{codes.count(code):10} {names.get(code, str(code)).removeprefix('FRAME_').lower()}")


class Ring(gdb.Command):
    """pagoda ring [COUNT]: the last events (16) of every hart, in the order of their cycles."""

    def __init__(self) -> None:
        super().__init__("pagoda ring", gdb.COMMAND_DATA)

    def invoke(self, argument: str, from_tty: bool) -> None:
        most = int(argument or 16)
        events = []
        for hart in started_harts():
            ring = hart["ring"]
            slots = ring["event"].type.range()[1] + 1
            count = int(ring["count"])
            events += [(int(ring["event"][number % slots]["cycle"]), int(hart["index"]), ring["event"][number % slots])
                       for number in range(max(0, count - slots), count)]
        for cycle, index, event in sorted(events, key=lambda entry: entry[:2])[-most:]:
            kind = gdb.lookup_type("enum event_kind")
            print(f"{cycle:14} hart {index} {enum_name(event['kind'].cast(kind), 'EVENT_'):12}"
                  f" {place(int(event['first']))} {place(int(event['second']))}")


Pagoda()
Harts()
Frames()
Ring()
