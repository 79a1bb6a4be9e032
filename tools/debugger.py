# SPDX-License-Identifier: MIT
# gdb on a machine that is halted before its first instruction. The console's output appears among gdb's.
from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import Refusal, machine_from, machine_options, refuse

COMMANDS = Path(__file__).resolve().parent / "gdb" / "pagoda.py"


def wait_for(socket: Path, machine: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if socket.exists():
            return
        if machine.poll() is not None:
            break
        time.sleep(0.05)
    raise Refusal("QEMU did not open its gdb socket; it says why above")


def main() -> int:
    parser = argparse.ArgumentParser(description="boot halted, and attach gdb")
    machine_options(parser)
    parser.add_argument("--image", type=Path, help="boot this, e.g. build/debug/user/suite.img")
    divider = sys.argv.index("--")  # what follows is for gdb, e.g. -- -batch -ex 'pagoda harts'
    options = parser.parse_args(sys.argv[1:divider])

    # A socket in a folder of our own: unlike a port it cannot be in use.
    with tempfile.TemporaryDirectory(prefix="pagoda-gdb-") as folder:
        socket = Path(folder) / "socket"
        try:
            machine = machine_from(options)
            machine.image = options.image or machine.image
            machine.extra = ["-S", "-chardev", f"socket,id=gdb,path={socket},server=on,wait=off", "-gdb", "chardev:gdb"]
            # In a session of its own, so that Ctrl-C stops the guest through gdb, and does not end QEMU.
            qemu = subprocess.Popen(machine.command(), stdin=subprocess.DEVNULL, pass_fds=machine.files,
                                    start_new_session=True)
        except Refusal as refusal:
            return refuse(refusal)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            wait_for(socket, qemu)
            command = ["gdb-multiarch", "-q", str(options.build / "boot" / "pagoda.elf"), "-ex", "set confirm off",
                       "-ex", f"source {COMMANDS}", "-ex", f"target remote {socket}", *sys.argv[divider + 1:]]
            if options.verbose:
                print("pagoda:", " ".join(command), file=sys.stderr)
            return subprocess.run(command, check=False, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)).returncode
        except Refusal as refusal:
            return refuse(refusal)
        finally:
            qemu.terminate()
            qemu.wait()


if __name__ == "__main__":
    sys.exit(main())
