// SPDX-License-Identifier: MIT
// A mixed load, for so many seconds: shells and pipelines, children that touch memory and are killed, files that are
// written, mapped and removed, signals. Says what went wrong, and how many rounds there were.
//
//   linux_mixed SECONDS [SEED]
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 64, CHILDREN = 4 };

static unsigned seed = 1, wrong, heard;

static unsigned next(unsigned below) {
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % below;
}

static void expect(int holds, const char *what) {
    if (holds) return;
    wrong++;
    printf("wrong: %s\n", what);
}

static void pipeline(void) {
    char text[64] = "";
    FILE *lines = popen("/bin/tools cat /bin/lines | /bin/tools sort | /bin/tools wc -l", "r");
    expect(lines != NULL && fgets(text, sizeof text, lines) != NULL && atoi(text) == 3,
           "a pipeline counts three lines");
    if (lines != NULL) expect(pclose(lines) == 0, "a pipeline ends well");
    expect(system("exit 7") == 7 << 8, "a shell's status");
}

static void file(void) {
    static char block[PAGES * PAGE];
    char name[32];
    snprintf(name, sizeof name, "/mixed%u", next(4));
    memset(block, (int)next(256), sizeof block);
    int number = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    expect(number >= 0, "a file can be made");
    expect(write(number, block, sizeof block) == (ssize_t)sizeof block, "a file can be written");
    char *mapped = mmap(NULL, sizeof block, PROT_READ | PROT_WRITE, MAP_SHARED, number, 0);
    expect(mapped != MAP_FAILED && memcmp(mapped, block, sizeof block) == 0, "a mapping shows the file");
    if (mapped != MAP_FAILED) {
        mapped[PAGE] = 'x';
        expect(munmap(mapped, sizeof block) == 0, "a mapping ends");
    }
    char seen = 0;
    expect(pread(number, &seen, 1, PAGE) == 1 && seen == 'x', "what a mapping wrote is in the file");
    close(number);
    expect(unlink(name) == 0, "a file can be removed");
}

static __attribute__((noreturn)) void touch_for_ever(unsigned pages) {
    char *memory = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) _exit(1);
    for (unsigned n = 0;; n++) memory[(size_t)(n % pages) * PAGE] = (char)n;
}

static void children(void) {
    pid_t child[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        child[i] = fork();
        if (child[i] == 0) touch_for_ever(16 + next(256));
        expect(child[i] > 0, "a fork");
    }
    struct timespec moment = {0, (long)next(5) * 1000000};
    nanosleep(&moment, NULL);
    for (int i = 0; i < CHILDREN; i++) {
        int status = 0;
        kill(child[i], SIGKILL);
        expect(waitpid(child[i], &status, 0) == child[i] && WIFSIGNALED(status), "a child that is killed ends");
    }
}

static void hear(int signal) {
    (void)signal;
    heard++;
}

static void signals(void) {
    unsigned before = heard;
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        kill(parent, SIGUSR1);
        _exit(0);
    }
    expect(waitpid(child, NULL, 0) == child, "a child that signals ends");
    expect(heard == before + 1, "its signal was heard");
}

int main(int count, char **words) {
    void (*const parts[])(void) = {pipeline, file, children, signals};
    long seconds = count > 1 ? atol(words[1]) : 1, rounds = 0;
    struct sigaction action = {.sa_handler = hear, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    if (count > 2) seed = (unsigned)atol(words[2]);
    time_t end = time(NULL) + seconds;
    do {
        for (unsigned i = 0; i < 8; i++) parts[next(4)]();
        rounds++;
    } while (time(NULL) < end && wrong == 0);
    printf("mixed: %ld rounds, %u wrong\n", rounds, wrong);
    return wrong != 0;
}
