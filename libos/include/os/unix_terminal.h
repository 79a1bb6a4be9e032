// SPDX-License-Identifier: MIT
// Terminals of the server `unix`: which there are, and what `control` and `terminal_set` can do to one.
#pragma once

#include <os/unix_protocol.h>

// Which: Linux's device numbers.
enum {
    TERMINAL_OWN = 0x500,     // the caller's session's
    TERMINAL_CONSOLE = 0x501, // the machine's serial line
    TERMINAL_NEW = 0x502,     // the other side of a new pseudo-terminal
    TERMINAL_SERIAL = 0x440,  // the serial line, by another name
    TERMINAL_PSEUDO = 0x8800, // and the number of a pseudo-terminal
};

// Flags of `terminal`.
#define TERMINAL_NOT_OWN 0x100u // it does not become the session's
#define TERMINAL_LOOK    0x200u // nothing is opened: is there such a terminal?

enum {
    TERMINAL_MODES = 36, // bytes: Linux's struct termios
    TERMINAL_WINDOW = 8, // and struct winsize
};

// With TERMINAL_ANYWAY also from the background of it.
#define TERMINAL_ANYWAY 0x10000u

enum terminal_control {
    TERMINAL_GET_MODES = UNIX_CONTROL_OWN, // => text
    TERMINAL_GET_WINDOW,                   // => text
    TERMINAL_DRAIN,                        // waits until all output is shown
    TERMINAL_FLUSH,                        // value: 0 input, 1 output, 2 both
    TERMINAL_FLOW,                         // value: 0 output stops, 1 goes on, 2 the other side shall stop, 3 go on
    TERMINAL_SHOWN,                        // => how many bytes of output wait
    TERMINAL_GROUP,                        // => in the foreground
    TERMINAL_SET_GROUP,                    // value: it is now
    TERMINAL_SESSION,                      // => whose terminal it is
    TERMINAL_TAKE,                         // it becomes the session's; value 1: also another's
    TERMINAL_LEAVE,                        // the session has none
    TERMINAL_SIGNAL,                       // value: to the caller's group, which is in the background
    TERMINAL_DEVICE,                       // => which
    TERMINAL_LOCK,                         // value: whether its programs' side cannot be opened
};

enum terminal_set { TERMINAL_SET_MODES, TERMINAL_SET_MODES_FLUSH, TERMINAL_SET_WINDOW };
