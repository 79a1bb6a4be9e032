// SPDX-License-Identifier: MIT
// What many tools do with files.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

void each_input(const struct options *options, void (*use)(FILE *file, const char *name, void *context),
                void *context) {
    if (options->count == 0) use(stdin, "-", context);
    for (int i = 0; i < options->count; i++) {
        const char *name = options->words[i];
        FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
        if (file == NULL) {
            complain_errno(name);
            continue;
        }
        use(file, name, context);
        if (ferror(file)) complain_errno(name);
        if (file != stdin) fclose(file);
    }
}

static void *or_give_up(void *memory) {
    if (memory == NULL) give_up("out of memory");
    return memory;
}

char *path_join(const char *folder, const char *name) {
    size_t length = strlen(folder), room = length + strlen(name) + 2;
    char *path = or_give_up(malloc(room));
    snprintf(path, room, "%s%s%s", folder, length > 0 && folder[length - 1] == '/' ? "" : "/", name);
    return path;
}

const char *path_base(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static int by_text(const void *left, const void *right) {
    const char *const *one = left, *const *other = right;
    return strcmp(*one, *other);
}

char **names_read(const char *folder, size_t *count) {
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        complain_errno(folder);
        return NULL;
    }
    size_t room = 16;
    char **names = or_give_up(malloc(room * sizeof *names));
    *count = 0;
    errno = 0;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (*count == room) names = or_give_up(realloc(names, (room *= 2) * sizeof *names));
        names[(*count)++] = or_give_up(strdup(entry->d_name));
    }
    if (errno != 0) complain_errno(folder);
    closedir(directory);
    qsort(names, *count, sizeof *names, by_text);
    return names;
}

void names_free(char **names, size_t count) {
    for (size_t i = 0; i < count; i++) free(names[i]);
    free(names);
}

void size_print(char *text, size_t room, uint64_t bytes) {
    const char *unit = "KMGTPE";
    if (bytes < 1024) {
        snprintf(text, room, "%" PRIu64, bytes);
        return;
    }
    double value = (double)bytes / 1024;
    while (value >= 1023.5 && unit[1] != '\0') {
        value /= 1024;
        unit++;
    }
    snprintf(text, room, value < 9.95 ? "%.1f%c" : "%.0f%c", value, *unit);
}

bool copy_bytes(int from, int to, const char *from_name, const char *to_name) {
    static char bytes[64 << 10];
    for (;;) {
        ssize_t count = read(from, bytes, sizeof bytes);
        if (count == 0) return true;
        if (count < 0) {
            complain_errno(from_name);
            return false;
        }
        for (ssize_t done = 0, written; done < count; done += written) {
            written = write(to, bytes + done, (size_t)(count - done));
            if (written <= 0) {
                complain_errno(to_name);
                return false;
            }
        }
    }
}

char *file_read(const char *path) {
    int file = open(path, O_RDONLY);
    if (file < 0) return NULL;
    size_t length = 0, room = 4096;
    char *text = or_give_up(malloc(room + 1));
    ssize_t count;
    while ((count = read(file, text + length, room - length)) > 0) {
        length += (size_t)count;
        if (length == room) text = or_give_up(realloc(text, (room *= 2) + 1));
    }
    int error = errno;
    close(file);
    text[length] = '\0';
    errno = error;
    if (count == 0) return text;
    free(text);
    return NULL;
}
