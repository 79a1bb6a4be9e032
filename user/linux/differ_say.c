// SPDX-License-Identifier: MIT
// What a sequence of the differential test says. No heap: it is one of the things that are tested.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "differ.h"

enum { LINE = 400, TEXT = 65536, WHOSE = 40 };

bool differ_verbose;
uint64_t differ_digest;
char differ_whose[WHOSE];

static char text[TEXT];
static size_t used;

void say_now(void) {
    for (size_t done = 0; done < used;) {
        ssize_t some = write(STDOUT_FILENO, text + done, used - done);
        if (some <= 0) break;
        done += (size_t)some;
    }
    used = 0;
}

void say(const char *format, ...) {
    char line[LINE];
    va_list words;
    va_start(words, format);
    int size = vsnprintf(line, sizeof line, format, words);
    va_end(words);
    for (int i = 0; i < size && i < LINE - 1; i++) differ_digest = (differ_digest ^ (uint8_t)line[i]) * 0x100000001b3;
    if (!differ_verbose) return;
    if (used + LINE + WHOSE > sizeof text) say_now();
    used += (size_t)snprintf(text + used, LINE + WHOSE, "%s%s\n", differ_whose, line);
}

const char *name_address(const void *at, char *to, size_t size) {
    const uint64_t near = (uint64_t)UNITS * scale * PAGE;
    for (const struct place *place = places; place < places + PLACES; place++) {
        int64_t distance = (const char *)at - place->base;
        if (distance >= (int64_t)near || distance < -(int64_t)near * (place == places + ZONE ? 16 : 0)) continue;
        snprintf(to, size, "%s%s0x%lx", place->name, distance < 0 ? "-" : "+",
                 (unsigned long)(distance < 0 ? -distance : distance));
        return to;
    }
    return at == NULL ? "0" : "elsewhere";
}

const char *name_error(long answer, char *to, size_t size) {
    if (answer != -1) return name_address((const void *)answer, to, size);
    return strerrorname_np(errno);
}
