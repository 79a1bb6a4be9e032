// SPDX-License-Identifier: MIT
#include "editor.h"
#include "jobs.h"
#include "shell.h"
#include "traps.h"
#include "variables.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
void editor_begin(int terminal) { (void)terminal; }
void editor_end(void) {}
bool editor_line(struct text *text, bool goes_on) {
    struct text told = {0};
    jobs_tell(&told, false, false);
    write_all(2, text_string(&told), told.length);
    text_free(&told);
    const char *p = variable_get(goes_on ? "PS2" : "PS1");
    write_all(2, p, strlen(p));
    for (;;) {
        char byte;
        ssize_t count = read(STDIN_FILENO, &byte, 1);
        if (count < 0 && errno == EINTR) {
            traps_run();
            if (shell.flow == FLOW_ABORT) {
                write_all(2, "\n", 1);
                return true;
            }
            continue;
        }
        if (count <= 0) return false;
        text_add_char(text, byte);
        if (byte == '\n') return true;
    }
}
