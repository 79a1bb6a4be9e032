// SPDX-License-Identifier: MIT
// The first process of a real Linux, as tools/linux.py boots it: runs what /commands lists, one after the other, says
// how each ended, and turns the machine off.
//
// /commands: its first line is a word that no program prints; each further line is a command, its words apart by tabs:
// a file that is its input, then the program and its arguments. What a command prints stands between the lines
// "WORD begins" and "WORD exited STATUS" (or "WORD killed SIGNAL").
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { WORDS = 64, NOT_RUN = 127 };

static void mount_all(void) {
    static const struct {
        const char *type, *place;
    } systems[] = {{"proc", "/proc"},      {"sysfs", "/sys"}, {"devtmpfs", "/dev"},
                   {"devpts", "/dev/pts"}, {"tmpfs", "/tmp"}, {"tmpfs", "/dev/shm"}};
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++) {
        mkdir(systems[i].place, S_IRWXU | S_IRWXG | S_IRWXO);
        if (mount(systems[i].type, systems[i].place, systems[i].type, 0, NULL) != 0)
            printf("linux: cannot mount %s: %s\n", systems[i].place, strerror(errno));
    }
}

// What programs print arrives as they wrote it.
static void make_console_plain(void) {
    struct termios settings;
    if (tcgetattr(STDOUT_FILENO, &settings) != 0) return;
    settings.c_oflag &= ~(tcflag_t)OPOST;
    tcsetattr(STDOUT_FILENO, TCSANOW, &settings);
}

static _Noreturn void become(char *const *words) {
    int input = open(words[0], O_RDONLY);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0) {
        printf("linux: cannot read %s: %s\n", words[0], strerror(errno));
        exit(NOT_RUN);
    }
    close(input);
    setsid();
    execv(words[1], words + 1);
    printf("linux: cannot run %s: %s\n", words[1], strerror(errno));
    exit(NOT_RUN);
}

static void run(const char *mark, char *line) {
    char *words[WORDS] = {NULL};
    int status = 0;
    unsigned count = 0;
    for (char *word = strsep(&line, "\t"); word != NULL && count < WORDS - 1; word = strsep(&line, "\t"))
        words[count++] = word;
    if (count < 2) return;
    printf("%s begins\n", mark);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) become(words);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (child > 0 && WIFSIGNALED(status))
        printf("\n%s killed %d\n", mark, WTERMSIG(status));
    else
        printf("\n%s exited %d\n", mark, child > 0 ? WEXITSTATUS(status) : NOT_RUN);
    fflush(stdout);
    kill(-1, SIGKILL); // what it left behind
    while (wait(NULL) > 0)
        ;
}

int main(void) {
    mount_all();
    make_console_plain();
    setenv("PATH", "/bin", 1);
    setenv("HOME", "/", 1);
    char *mark = NULL, *line = NULL;
    size_t mark_size = 0, line_size = 0;
    FILE *commands = fopen("/commands", "re");
    if (commands == NULL || getline(&mark, &mark_size, commands) < 0) {
        printf("linux: there is no /commands\n");
    } else {
        mark[strcspn(mark, "\n")] = '\0';
        while (getline(&line, &line_size, commands) >= 0) {
            line[strcspn(line, "\n")] = '\0';
            run(mark, line);
        }
    }
    fflush(stdout);
    tcdrain(STDOUT_FILENO);
    reboot(RB_POWER_OFF);
    return 1;
}
