// SPDX-License-Identifier: MIT
// Settings of a test program.
#include "settings.h"

#include <os/begin.h>

#include "image.h"
#include "string.h"

#include <stdbool.h>

// What stands behind "name=" on a line of its own. => NULL: it is not there
static const char *find(const char *name, const char **end) {
    struct image image;
    if (os_boot_image == NULL || image_open(&image, os_boot_image, os_boot_image_size) != NULL) return NULL;
    const struct image_file *file = image_find(&image, "suite.conf");
    if (file == NULL) return NULL;
    size_t length = string_length(name);
    const char *at = image_bytes(&image, file);
    const char *file_end = at + file->size;
    while (at < file_end) {
        const char *line_end = at;
        while (line_end < file_end && *line_end != '\n') line_end++;
        *end = line_end;
        if ((size_t)(line_end - at) > length && memcmp(at, name, length) == 0 && at[length] == '=')
            return at + length + 1;
        at = line_end + 1;
    }
    return NULL;
}

uint64_t settings_number(const char *name, uint64_t otherwise) {
    const char *end, *at = find(name, &end);
    if (at == NULL) return otherwise;
    uint64_t value = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++) value = value * 10 + (uint64_t)(*at - '0');
    return value;
}

void settings_text(const char *name, char *text, size_t size) {
    const char *end, *at = find(name, &end);
    if (at == NULL || size == 0) return;
    size_t length = (size_t)(end - at) < size - 1 ? (size_t)(end - at) : size - 1;
    memcpy(text, at, length);
    text[length] = '\0';
}
