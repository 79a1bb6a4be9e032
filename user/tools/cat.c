// SPDX-License-Identifier: MIT
// cat, tee: bytes as they are.
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"
#include "tools.h"

int tool_cat(int count, char **words) {
    struct options options = options_read(count, words, "u", "[FILE]...");
    if (options.count == 0) copy_bytes(STDIN_FILENO, STDOUT_FILENO, "-", "output");
    for (int i = 0; i < options.count; i++) {
        const char *name = options.words[i];
        bool is_input = strcmp(name, "-") == 0;
        int file = is_input ? STDIN_FILENO : open(name, O_RDONLY);
        if (file < 0) {
            complain_errno(name);
            continue;
        }
        copy_bytes(file, STDOUT_FILENO, name, "output");
        if (!is_input) close(file);
    }
    return tool_status();
}

int tool_tee(int count, char **words) {
    struct options options = options_read(count, words, "a", "[-a] [FILE]...");
    enum { MOST = 16 };
    int files[MOST + 1] = {STDOUT_FILENO}, opened = 1;
    if (options.count > MOST) give_up("more than %d files", MOST);
    for (int i = 0; i < options.count; i++) {
        files[opened] = open(options.words[i], O_WRONLY | O_CREAT | (options.given['a'] ? O_APPEND : O_TRUNC), 0666);
        if (files[opened] < 0) {
            complain_errno(options.words[i]);
        } else {
            opened++;
        }
    }
    char bytes[4096];
    for (ssize_t length; (length = read(STDIN_FILENO, bytes, sizeof bytes)) > 0;) {
        for (int i = 0; i < opened; i++) {
            if (files[i] >= 0 && write(files[i], bytes, (size_t)length) != length) {
                complain_errno("write");
                files[i] = -1;
            }
        }
    }
    return tool_status();
}
