// SPDX-License-Identifier: MIT
// df, du, mount: file systems, and what is in them.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "tool.h"
#include "tools.h"

static void print_size(uint64_t bytes, bool human) {
    char text[32];
    if (human) {
        size_print(text, sizeof text, bytes);
    } else {
        snprintf(text, sizeof text, "%" PRIu64, bytes >> 10);
    }
    printf(" %10s", text);
}

static void print_filesystem(const char *device, const char *place, bool human) {
    struct statvfs status;
    if (statvfs(place, &status) < 0) {
        complain_errno(place);
        return;
    }
    uint64_t unit = status.f_frsize, total = status.f_blocks * unit, used = total - status.f_bfree * unit;
    uint64_t available = status.f_bavail * unit;
    printf("%-20s", device);
    print_size(total, human);
    print_size(used, human);
    print_size(available, human);
    printf(" %3" PRIu64 "%% %s\n", used + available > 0 ? (100 * used + used + available - 1) / (used + available) : 0,
           place);
}

int tool_df(int count, char **words) {
    struct options options = options_read(count, words, "hk", "[-hk] [FILE]...");
    printf("%-20s %10s %10s %10s  use mounted on\n", "file system", options.given['h'] ? "size" : "KiB", "used",
           "available");
    for (int i = 0; i < options.count; i++) print_filesystem("-", options.words[i], options.given['h']);
    char *text = options.count == 0 ? file_read("/proc/mounts") : NULL;
    if (options.count == 0 && text == NULL) print_filesystem("-", "/", options.given['h']);
    char *rest = NULL;
    for (char *line = text != NULL ? strtok_r(text, "\n", &rest) : NULL; line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *more = NULL, *device = strtok_r(line, " ", &more), *place = strtok_r(NULL, " ", &more);
        struct statvfs status;
        // Those that have no blocks are the kernel's inventions.
        if (place != NULL && statvfs(place, &status) == 0 && status.f_blocks > 0) {
            print_filesystem(device, place, options.given['h']);
        }
    }
    free(text);
    return tool_status();
}

static void print_used(uint64_t bytes, const char *path, bool human) {
    char text[32];
    if (human) {
        size_print(text, sizeof text, bytes);
    } else {
        snprintf(text, sizeof text, "%" PRIu64, (bytes + 1023) >> 10);
    }
    printf("%s\t%s\n", text, path);
}

static uint64_t disk_use(const struct options *options, const char *path, unsigned depth) {
    struct stat status;
    if (lstat(path, &status) < 0) {
        complain_errno(path);
        return 0;
    }
    uint64_t bytes = (uint64_t)status.st_blocks * 512;
    bool is_folder = S_ISDIR(status.st_mode);
    size_t count;
    char **names = is_folder && depth < 256 ? names_read(path, &count) : NULL;
    for (size_t i = 0; names != NULL && i < count; i++) {
        char *inside = path_join(path, names[i]);
        bytes += disk_use(options, inside, depth + 1);
        free(inside);
    }
    if (names != NULL) names_free(names, count);
    bool shown = depth == 0 || (!options->given['s'] && (is_folder || options->given['a']));
    if (shown) print_used(bytes, path, options->given['h']);
    return bytes;
}

int tool_du(int count, char **words) {
    struct options options = options_read(count, words, "ahsk", "[-ahsk] [FILE]...");
    if (options.count == 0) disk_use(&options, ".", 0);
    for (int i = 0; i < options.count; i++) disk_use(&options, options.words[i], 0);
    return tool_status();
}

int tool_mount(int count, char **words) {
    (void)words;
    if (count > 1) give_up("mounting is the system description's; without words it shows what is mounted");
    char *text = file_read("/proc/mounts");
    if (text == NULL) give_up("/proc/mounts: %s", strerror(errno));
    fputs(text, stdout);
    free(text);
    return tool_status();
}
