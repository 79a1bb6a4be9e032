# SPDX-License-Identifier: MIT
# System tests as a table: a machine, the words given to it, what its console must show in this order, how it ends.
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from machine import Machine

SUCCESS, REFUSED, PANICKED = 0, 1, 101  # how the kernel ends the machine


@dataclass(frozen=True)
class Scenario:
    shows: tuple[str, ...]  # regular expressions, found in this order
    status: int | None = SUCCESS  # of the machine; None: it runs on, and is stopped after the last line expected
    append: str = "poweroff"
    never: tuple[str, ...] = ("PANIC", "cannot start")
    harts: int = 1
    memory: int = 128  # MiB
    icount: bool = False
    only_release: bool = False  # for budgets
    image: Callable[[bytes], bytes] | None = bytes  # what becomes of the good image; None: there is none
    timeout: float = 60  # long, because a test machine may be busy; a boot takes well under two seconds

    def machine(self, boot: Path, scratch: Path, variant: str) -> Machine:
        image = None
        if self.image is not None:
            image = scratch / "pagoda.img"
            image.write_bytes(self.image((boot / "pagoda.img").read_bytes()))
        return Machine(boot / f"{variant}.bin", image, self.harts, self.memory, self.append, self.icount,
                       reboots=self.status is None)


def comes_up(harts: int = 1, memory: int = 128) -> Scenario:
    hart_word = "hart" if harts == 1 else "harts"
    return Scenario((rf"pagoda: ready: {harts} {hart_word}, {memory} MiB",), harts=harts, memory=memory)


def dies(append: str, *shows: str, harts: int = 1) -> Scenario:
    return Scenario(shows, PANICKED, append, never=("cannot start",), harts=harts)


def refused(*shows: str, harts: int = 1, image: Callable[[bytes], bytes] | None = bytes) -> Scenario:
    return Scenario(shows, REFUSED, never=("PANIC", "ready"), harts=harts, image=image)


SCENARIOS = {
    "one_hart_comes_up": comes_up(1),
    "two_harts_come_up": comes_up(2),
    "four_harts_come_up": comes_up(4),
    "eight_harts_come_up": comes_up(8),
    "eight_mebibytes_are_enough": comes_up(memory=8),
    "sixteen_mebibytes_are_enough": comes_up(8, memory=16),
    "four_gibibytes_are_used": comes_up(memory=4096),
    "it_is_ready_within_two_million_instructions": Scenario((r"pagoda: ready: .* 1?\d{1,6} instructions",), icount=True,
                                                            only_release=True),
    "eight_harts_come_up_when_instructions_are_counted": Scenario(("pagoda: ready: 8 harts",), icount=True, harts=8,
                                                                  timeout=20),
    "a_reboot_starts_the_machine_again": Scenario(("pagoda: ready", "OpenSBI", "pagoda: ready"), None, "reboot"),
    "a_panic_names_its_cause_and_ends_with_failure": dies("panic", "pagoda: PANIC: "),
    "a_failed_assertion_names_its_place": dies("assert", r"pagoda: PANIC: .*\.c:\d+"),
    "a_fault_in_the_kernel_names_cause_and_address": dies("fault", r"pagoda: PANIC: .*fault"),
    "nine_harts_are_refused": refused("cannot start: .*harts", harts=9),
    "a_missing_image_is_refused": refused("cannot start: .*image", image=None),
    "a_truncated_image_is_refused": refused("cannot start: .*image", image=lambda good: good[:len(good) // 2]),
    "a_corrupted_image_is_refused": refused("cannot start: .*image",
                                            image=lambda good: good[:-1] + bytes([good[-1] ^ 1])),
}


def names(build_type: str) -> list[str]:
    return [name for name, scenario in SCENARIOS.items() if build_type == "release" or not scenario.only_release]
