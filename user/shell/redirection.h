// SPDX-License-Identifier: MIT
// < > >> >| <> <& >& and here-documents: a command's descriptors, and how the shell gets its own back.
#pragma once

#include <stdbool.h>

#include "scratch.h"
#include "syntax.h"

struct saved_descriptor {
    struct saved_descriptor *next;
    int descriptor, copy; // copy: -1 if it was closed
};

// With `saved`, the old ones are kept for redirections_undo, even if this fails. => false: it has been complained
bool redirect(const struct redirection *list, struct scratch *scratch, struct saved_descriptor **saved);
void redirections_undo(struct saved_descriptor *saved);

// The copies are closed: the new descriptors stay.
void redirections_keep(struct saved_descriptor *saved);
