// SPDX-License-Identifier: MIT
// What a terminal sends, as keys. Pure.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum key_kind {
    KEY_NONE, // unknown: to be passed over
    KEY_TEXT,
    KEY_ENTER,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_WORD_LEFT,
    KEY_WORD_RIGHT,
    KEY_HOME,
    KEY_END,
    KEY_UP,
    KEY_DOWN,
    KEY_BACKSPACE,
    KEY_DELETE,
    KEY_KILL_END,
    KEY_KILL_BEGIN,
    KEY_KILL_WORD,
    KEY_YANK,
    KEY_SWAP,
    KEY_CLEAR,
    KEY_SEARCH,
    KEY_COMPLETE,
    KEY_INTERRUPT,
    KEY_END_OF_FILE, // or delete, if there is text
};

struct key {
    enum key_kind kind;
    char text[4]; // one character of UTF-8
    size_t length;
};

// The first key of what was read. => how many bytes it has; 0: there is more to come
size_t key_decode(const char *bytes, size_t length, struct key *key);
