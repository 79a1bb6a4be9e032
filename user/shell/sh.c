// SPDX-License-Identifier: MIT
// sh: a shell. `sh` at a terminal, `sh FILE words...`, `sh -c TEXT name words...`, or lines from its input.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "editor.h"
#include "execution.h"
#include "jobs.h"
#include "script.h"
#include "shell.h"
#include "traps.h"
#include "variables.h"

extern char **environ;

static void begin_variables(void) {
    char path[PATH_MAX];
    variables_import(environ);
    if (variable_get("PATH") == NULL) variable_set("PATH", "/bin:/sbin:/usr/bin:/usr/sbin");
    variable_set("IFS", " \t\n");
    variable_set("OPTIND", "1");
    if (variable_get("PS2") == NULL) variable_set("PS2", "> ");
    if (variable_get("PS4") == NULL) variable_set("PS4", "+ ");
    if (getcwd(path, sizeof path) != NULL) variable_set("PWD", path);
    struct text text = {0};
    text_add_format(&text, "%d", (int)getppid());
    variable_set("PPID", text.bytes);
    text_free(&text);
    if (variable_get("PS1") == NULL) variable_set("PS1", geteuid() == 0 ? "# " : "$ ");
}

// A line of the input that is no terminal, byte by byte: what the commands read is theirs.
static bool next_line(struct text *text, bool goes_on) {
    (void)goes_on;
    for (;;) {
        char byte;
        ssize_t count = read(STDIN_FILENO, &byte, 1);
        if (count < 0 && errno == EINTR) {
            traps_run();
            continue;
        }
        if (count <= 0) return false;
        text_add_char(text, byte);
        if (byte == '\n') return true;
    }
}

static int run_interactive(void) {
    int terminal = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 20);
    if (terminal < 0) terminal = STDIN_FILENO;
    shell.interactive = true;
    traps_begin(true);
    shell.job_control = jobs_begin(terminal);
    if (!shell.job_control) complain("no job control at this terminal");
    const char *start = variable_get("ENV");
    if (start != NULL && *start != '\0') run_file(start);
    editor_begin(terminal);
    run_lines(editor_line);
    editor_end();
    return shell.status;
}

static _Noreturn void wrong_use(const char *word) {
    complain("%.100s: usage: sh [-eufxCi] [-c TEXT [NAME]] [FILE] [WORD]...", word);
    exit(2);
}

int main(int count, char **words) {
    const char *text = NULL;
    bool takes_text = false, interactive = false;
    shell.pid = getpid();
    begin_variables();
    int i = 1;
    for (; i < count && words[i][0] == '-' && words[i][1] != '\0'; i++) {
        if (strcmp(words[i], "--") == 0) {
            i++;
            break;
        }
        for (const char *letter = words[i] + 1; *letter != '\0'; letter++) {
            switch (*letter) {
            case 'c':
                takes_text = true;
                break;
            case 'e':
                shell.exit_on_error = true;
                break;
            case 'f':
                shell.no_globs = true;
                break;
            case 'i':
                interactive = true;
                break;
            case 'l':
            case 's':
                break; // a login shell is like any; lines from the input are what is read anyway
            case 'u':
                shell.unset_is_error = true;
                break;
            case 'x':
                shell.trace = true;
                break;
            case 'C':
                shell.no_clobber = true;
                break;
            default:
                wrong_use(words[i]);
            }
        }
    }
    if (takes_text) {
        if (i == count) wrong_use("-c");
        text = words[i++];
    }
    if (i < count) shell.name = words[i++];
    parameters_set(words + i, (size_t)(count - i));
    bool has_file = !takes_text && i > 1 && shell.name == words[i - 1];
    if (takes_text) {
        traps_begin(false);
        run_text(text, strlen(text), false);
    } else if (has_file) {
        traps_begin(false);
        if (!run_file(shell.name)) {
            complain("%.200s: %s", shell.name, strerror(errno));
            shell.status = errno == ENOENT ? 127 : 126;
        }
    } else if (interactive || (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))) {
        run_interactive();
    } else {
        traps_begin(false);
        run_lines(next_line);
    }
    leave_shell();
}
