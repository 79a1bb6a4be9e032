// SPDX-License-Identifier: MIT
// stat: what is known of a file.
#include <inttypes.h>
#include <limits.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "modes.h"
#include "tool.h"
#include "tools.h"

static void print_time(const char *name, const struct timespec *when) {
    struct tm parts;
    char text[64] = "?";
    if (localtime_r(&when->tv_sec, &parts) != NULL) strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    printf("%-9s%s.%09ld\n", name, text, when->tv_nsec);
}

int tool_stat(int count, char **words) {
    struct options options = options_read(count, words, "L", "[-L] FILE...");
    if (options.count == 0) give_up("usage: stat [-L] FILE...");
    for (int i = 0; i < options.count; i++) {
        const char *path = options.words[i];
        struct stat status;
        if ((options.given['L'] ? stat(path, &status) : lstat(path, &status)) < 0) {
            complain_errno(path);
            continue;
        }
        char mode[11], target[PATH_MAX];
        mode_print(mode, status.st_mode);
        printf("file     %s", path);
        ssize_t length = S_ISLNK(status.st_mode) ? readlink(path, target, sizeof target) : 0;
        if (length > 0) printf(" -> %.*s", (int)length, target);
        printf("\nsize     %" PRId64 " bytes, %" PRId64 " blocks of 512, in units of %ld\n", (int64_t)status.st_size,
               (int64_t)status.st_blocks, (long)status.st_blksize);
        printf("inode    %" PRIu64 " on %u:%u, %u links\n", (uint64_t)status.st_ino, major(status.st_dev),
               minor(status.st_dev), (unsigned)status.st_nlink);
        printf("mode     %04o %s, user %u, group %u\n", status.st_mode & 07777, mode, status.st_uid, status.st_gid);
        if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
            printf("device   %u:%u\n", major(status.st_rdev), minor(status.st_rdev));
        }
        print_time("accessed", &status.st_atim);
        print_time("modified", &status.st_mtim);
        print_time("changed", &status.st_ctim);
    }
    return tool_status();
}
