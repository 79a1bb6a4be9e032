// SPDX-License-Identifier: MIT
// What /proc tells of a process, as far as it is the same everywhere.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul

static char *const room = (char *)0x1000000000;

// => static text, all of the file
static char *text_of(const char *path) {
    static char text[1 << 16];
    int file = open(path, O_RDONLY);
    size_t length = 0;
    ssize_t some;
    if (file < 0) {
        snprintf(text, sizeof text, "%s", strerrorname_np(errno));
        return text;
    }
    while (length < sizeof text - 1 && (some = read(file, text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)some;
    close(file);
    text[length] = '\0';
    return text;
}

static void fill(const char *path, size_t size) {
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (ftruncate(file, (off_t)size) != 0) printf("cannot\n");
    close(file);
}

// The mappings in `room`; of a file's device and inode nothing is shown.
static void maps(const char *when) {
    char *line = strtok(text_of("/proc/self/maps"), "\n");
    printf("%s\n", when);
    for (; line != NULL; line = strtok(NULL, "\n")) {
        unsigned long start, end, offset, inode;
        char rights[5], device[16], name[256] = "";
        int fields =
            sscanf(line, "%lx-%lx %4s %lx %15s %lu %255[^\n]", &start, &end, rights, &offset, device, &inode, name);
        if (fields < 6) printf("a line is odd: %s\n", line);
        if (start < (unsigned long)room || start >= (unsigned long)room + (64 << 20)) continue;
        long column = strchr(line, '/') != NULL ? strchr(line, '/') - line : 0;
        printf("  %lx-%lx %s %08lx %s %s at %ld\n", start, end, rights, offset, inode != 0 ? "inode" : "-", name,
               column);
    }
}

static void memory(void) {
    fill("/texts", 5 * PAGE);
    int file = open("/texts", O_RDWR);
    mmap(room, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    mmap(room + 16 * PAGE, 3 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, (off_t)PAGE);
    mmap(room + 24 * PAGE, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 0);
    int alone = memfd_create("some", 0);
    if (ftruncate(alone, 4 * PAGE) != 0) printf("cannot\n");
    mmap(room + 32 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, alone, 0);
    close(file);
    close(alone);
    maps("mapped");
    mprotect(room + 2 * PAGE, PAGE, PROT_NONE);
    mprotect(room + 5 * PAGE, 2 * PAGE, PROT_READ | PROT_EXEC);
    mprotect(room + 25 * PAGE, PAGE, PROT_READ);
    munmap(room + 17 * PAGE, PAGE);
    maps("protected");
    mprotect(room + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE);
    munmap(room + 24 * PAGE, 3 * PAGE);
    maps("again");
    char *text = text_of("/proc/self/maps");
    printf("heap %s, stack %s, program %s\n", strstr(text, "[heap]") != NULL ? "is there" : "is not",
           strstr(text, "[stack]") != NULL ? "is there" : "is not",
           strstr(text, "linux_texts") != NULL ? "is there" : "is not");
    unlink("/texts");
}

static unsigned long number_behind(const char *text, const char *name) {
    const char *found = strstr(text, name);
    return found != NULL ? strtoul(found + strlen(name), NULL, 10) : 99999999;
}

static const char *yes(int condition) { return condition ? "yes" : "no"; }

static void sizes(void) {
    unsigned long before, after, resident_before, resident_after;
    sscanf(text_of("/proc/self/statm"), "%lu %lu", &before, &resident_before);
    char *at = mmap(NULL, 1000 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(at, 1, 500 * PAGE);
    sscanf(text_of("/proc/self/statm"), "%lu %lu", &after, &resident_after);
    printf("statm: %lu more, of them %s there\n", after - before,
           resident_after >= resident_before + 500 && resident_after < resident_before + 700 ? "500" : "not 500");
    char *text = text_of("/proc/self/status");
    printf("status: pid %s, parent %s, threads %lu, size %s, stack %s\n",
           yes(number_behind(text, "\nPid:\t") == (unsigned long)getpid()),
           yes(number_behind(text, "\nPPid:\t") == (unsigned long)getppid()), number_behind(text, "\nThreads:\t"),
           yes(number_behind(text, "VmSize:\t") == after * 4), yes(number_behind(text, "VmRSS:\t") >= 2000));
    printf("%.17s\n", strstr(text, "Name:"));
    printf("%.24s\n", strstr(text, "State:"));
    at = strstr(text_of("/proc/self/smaps"), "\nSize:");
    printf("smaps: %s, %s\n", yes(at != NULL),
           yes(at != NULL && strstr(at, "\nPrivate_Dirty:") != NULL && strstr(at, "\nVmFlags:") != NULL));
    printf("smaps_rollup: %s\n", yes(number_behind(text_of("/proc/self/smaps_rollup"), "\nRss:") >= 2000));
}

static void words(char **argument) {
    char *text = text_of("/proc/self/cmdline");
    printf("cmdline: %s\n", yes(strcmp(text, argument[0]) == 0));
    printf("comm: %s", text_of("/proc/self/comm"));
    FILE *file = fopen("/proc/self/environ", "r");
    printf("environ: %s\n", yes(file != NULL && fgetc(file) == environ[0][0]));
    if (file != NULL) fclose(file);
    unsigned long vector[64] = {0};
    int auxv = open("/proc/self/auxv", O_RDONLY);
    ssize_t size = read(auxv, vector, sizeof vector);
    close(auxv);
    unsigned long entry = 0;
    for (size_t i = 0; i + 1 < (size_t)size / sizeof vector[0]; i += 2)
        entry = vector[i] == AT_ENTRY ? vector[i + 1] : entry;
    printf("auxv: %s\n", yes(entry != 0 && entry == getauxval(AT_ENTRY)));
    char path[64], target[256] = "";
    snprintf(path, sizeof path, "/proc/%d/exe", getpid());
    ssize_t length = readlink(path, target, sizeof target - 1);
    printf("exe: %s\n", yes(length > 11 && strcmp(target + length - 11, "linux_texts") == 0));
    length = readlink("/proc/self", target, sizeof target - 1);
    if (length > 0) target[length] = '\0';
    printf("self: %s\n", yes(atoi(target) == getpid()));
    text = text_of("/proc/self/limits");
    printf("%.80s\n", strstr(text, "Max stack size"));
    printf("oom_score_adj: %s", text_of("/proc/self/oom_score_adj"));
    printf("mounts: %s\n", yes(strstr(text_of("/proc/mounts"), " / ") != NULL &&
                               strstr(text_of("/proc/self/mounts"), " /proc proc ") != NULL));
}

static void show_stat(int process) {
    char path[64], name[64], state;
    int number, parent, group, session;
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    char *text = text_of(path);
    if (sscanf(text, "%d (%63[^)]) %c %d %d %d", &number, name, &state, &parent, &group, &session) != 6) {
        printf("stat: %s\n", text);
        return;
    }
    int fields = 1;
    for (const char *at = text; *at != '\0'; at++) fields += *at == ' ';
    printf("stat: %s, (%s) %c, child %s, in our group %s, session %s, %d fields\n", yes(number == process), name,
           state == 'R' && process != getpid() ? 'S' : state, yes(parent == getpid()), yes(group == getpgrp()),
           yes(session == getsid(0)), fields);
}

static int is_listed(int wanted) {
    DIR *folder = opendir("/proc");
    int found = 0;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        found += atoi(entry->d_name) == wanted;
    if (folder != NULL) closedir(folder);
    return found;
}

static void processes(void) {
    int gate[2];
    char c;
    show_stat(getpid());
    printf("listed: %d\n", is_listed(getpid()));
    if (pipe(gate) != 0) return;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(gate[1]);
        _exit(read(gate[0], &c, 1) == 1 ? 0 : 3);
    }
    close(gate[0]);
    show_stat(child);
    printf("listed: %d\n", is_listed(child));
    close(gate[1]);
    siginfo_t info;
    waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
    show_stat(child);
    int status;
    waitpid(child, &status, 0);
    printf("ended: %d, listed: %d\n", WEXITSTATUS(status), is_listed(child));
    show_stat(child);
    printf("no such: %s, %s\n", text_of("/proc/self/nothing"), text_of("/proc/0/stat"));
}

static void machine(void) {
    static const char *const wanted[] = {"MemTotal:",  "MemFree:",  "MemAvailable:", "Buffers:",     "Cached:",
                                         "SwapTotal:", "SwapFree:", "Shmem:",        "CommitLimit:", "Committed_AS:"};
    char *text = text_of("/proc/meminfo");
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (strstr(text, wanted[i]) == NULL) printf("meminfo: %s is not there\n", wanted[i]);
    unsigned long total = number_behind(text, "MemTotal:"), free = number_behind(text, "MemFree:");
    printf("meminfo: %s\n", yes(total > 16384 && free > 0 && free < total));
    printf("stat: %s\n", yes(strncmp(text_of("/proc/stat"), "cpu  ", 5) == 0));
    printf("uptime: %s\n", yes(strtod(text_of("/proc/uptime"), NULL) > 0));
    printf("loadavg: %s\n", yes(strchr(text_of("/proc/loadavg"), '/') != NULL));
    printf("version: %.14s\n", text_of("/proc/version"));
    printf("cpuinfo: %s\n", yes(strncmp(text_of("/proc/cpuinfo"), "processor\t: 0\n", 14) == 0));
    printf("max_map_count: %s", text_of("/proc/sys/vm/max_map_count"));
    printf("ostype: %s", text_of("/proc/sys/kernel/ostype"));
    printf("uuid: %zu\n", strlen(text_of("/proc/sys/kernel/random/uuid")));
}

int main(int count, char **argument) {
    (void)count;
    memory();
    sizes();
    words(argument);
    processes();
    machine();
    return 0;
}
