// SPDX-License-Identifier: MIT
// A program that the host started by `./pagoda run -- FILE WORD...`: its words, what it is given, how what it writes
// gets to the host. On the console that is told apart from what others print there (tools/program.py).
#pragma once

#include "linux_image.h"

#define HOST_MARK   '\x02' // a piece begins; then which; then its bytes
#define HOST_ESCAPE '\x01' // the next byte, with bit 6 turned, is meant: those below ' ' are not sent as they are
#define HOST_END    '\x03'
#define HOST_BEGIN  'B' // the program begins
#define HOST_ENDED  'E' // it has ended
#define HOST_NATIVE 'N' // from now on what is printed is a native program's that it has become
#define HOST_OTHERS 'O' // from now on not

// Reads what the host wrote, a file of the boot image: a word with a letter for each thing that the host wants, then
// the program's words, each with a zero byte. => error 0
struct linux_refusal host_read(const char *name, const char **word, uint64_t most, uint64_t *count);
// The files 0, 1 and 2 become what the host wants, and it is told that the program begins.
struct linux_refusal host_begin(void);
// A process has become a native program, whose output goes to the console as it is; or that has ended.
void host_tell_native(bool begins);
// The process ends: if it is the one that was begun, the host is told.
void host_tell_end(void);
