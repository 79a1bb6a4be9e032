// SPDX-License-Identifier: MIT
// What a terminal sends, as keys: control characters, escape sequences, UTF-8.
#include "keys.h"

#include <string.h>

static const enum key_kind controls[32] = {
    [1] = KEY_HOME,   [2] = KEY_LEFT,        [3] = KEY_INTERRUPT,  [4] = KEY_END_OF_FILE, [5] = KEY_END,
    [6] = KEY_RIGHT,  [8] = KEY_BACKSPACE,   [9] = KEY_COMPLETE,   [10] = KEY_ENTER,      [11] = KEY_KILL_END,
    [12] = KEY_CLEAR, [13] = KEY_ENTER,      [14] = KEY_DOWN,      [16] = KEY_UP,         [18] = KEY_SEARCH,
    [20] = KEY_SWAP,  [21] = KEY_KILL_BEGIN, [23] = KEY_KILL_WORD, [25] = KEY_YANK,
};

// ESC [ numbers letter, ESC O letter, ESC letter.
static size_t decode_escape(const char *bytes, size_t length, struct key *key) {
    static const char letters[] = "ABCDHF";
    static const enum key_kind kinds[] = {KEY_UP, KEY_DOWN, KEY_RIGHT, KEY_LEFT, KEY_HOME, KEY_END};
    if (length < 2) return 0;
    if (bytes[1] == 'b' || bytes[1] == 'f') key->kind = bytes[1] == 'b' ? KEY_WORD_LEFT : KEY_WORD_RIGHT;
    if (bytes[1] == 127) key->kind = KEY_KILL_WORD;
    if (bytes[1] != '[' && bytes[1] != 'O') return 2;
    size_t at = 2;
    while (at < length && at < 16 && strchr("0123456789;", bytes[at]) != NULL && bytes[at] != '\0') at++;
    if (at == length) return at < 16 ? 0 : at;
    const char *letter = bytes[at] != '\0' ? strchr(letters, bytes[at]) : NULL;
    bool with_control = at >= 4 && bytes[at - 1] == '5' && bytes[at - 2] == ';';
    if (letter != NULL) {
        key->kind = kinds[letter - letters];
        if (with_control && key->kind == KEY_LEFT) key->kind = KEY_WORD_LEFT;
        if (with_control && key->kind == KEY_RIGHT) key->kind = KEY_WORD_RIGHT;
    } else if (bytes[at] == '~') {
        char number = bytes[2];
        key->kind = number == '1' || number == '7'   ? KEY_HOME
                    : number == '4' || number == '8' ? KEY_END
                    : number == '3'                  ? KEY_DELETE
                                                     : KEY_NONE;
    }
    return at + 1;
}

size_t key_decode(const char *bytes, size_t length, struct key *key) {
    *key = (struct key){.kind = KEY_NONE};
    if (length == 0) return 0;
    unsigned char first = (unsigned char)bytes[0];
    if (first == 27) return decode_escape(bytes, length, key);
    if (first == 127) {
        key->kind = KEY_BACKSPACE;
        return 1;
    }
    if (first < 32) {
        key->kind = controls[first];
        return 1;
    }
    size_t wanted = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (wanted == 0) return 1; // no UTF-8
    for (size_t i = 1; i < wanted; i++) {
        if (i == length) return 0;
        if (((unsigned char)bytes[i] & 0xc0) != 0x80) return i;
    }
    key->kind = KEY_TEXT;
    key->length = wanted;
    memcpy(key->text, bytes, wanted);
    return wanted;
}
