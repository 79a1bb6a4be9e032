// SPDX-License-Identifier: MIT
// What follows from the end of a ward, and what runs next.
#pragma once

#include "ward.h"

// Ends it, tells who waits, lets go of its children, starts it again or goes on with the next program.
void fate_end(struct ward *ward, enum os_ended how, uint64_t value);

// A command line of the description, or of a ward (parent). => NULL: a status, or STATUS_COUNT and why it cannot be
struct ward *fate_run(const struct description *description, char *command, const struct ward *parent, bool operates,
                      uint64_t *status, const char **wrong);

// => the file of the boot image that runs for a command that begins with this word; NULL: there is none
const struct image_file *fate_program(const struct image *image, const char *name);

// A bit of init's port: call fate_later().
#define NOTIFY_LATER (UINT64_C(1) << 63)
void fate_later(void);

// The machine ends, as soon as its servers have finished. how: enum power_how
void fate_finish(uint64_t how, uint64_t status);

// Runs what the description says, from the first line on.
void fate_begin(const struct description *description);
