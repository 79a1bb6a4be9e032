// SPDX-License-Identifier: MIT
// ps, kill, free, uptime: who lives, on what; read from /proc.
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signal_names.h"
#include "tool.h"
#include "tools.h"

struct shown {
    char name[64], state;
    long parent, group, terminal;
    uint64_t user, system, bytes, pages;
};

// /proc/N/stat: the name is in parentheses, and may have any in it.
static bool read_stat(const char *pid, struct shown *shown) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    char *text = file_read(path);
    if (text == NULL) return false;
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    bool done = open != NULL && close != NULL && close > open &&
                sscanf(close + 1,
                       " %c %ld %ld %*s %ld %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64
                       " %*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64,
                       &shown->state, &shown->parent, &shown->group, &shown->terminal, &shown->user, &shown->system,
                       &shown->bytes, &shown->pages) == 8;
    if (done) snprintf(shown->name, sizeof shown->name, "%.*s", (int)(close - open - 1), open + 1);
    free(text);
    return done;
}

static int by_number(const void *left, const void *right) {
    const char *const *one = left, *const *other = right;
    long a = atol(*one), b = atol(*other);
    return (a > b) - (a < b);
}

int tool_ps(int count, char **words) {
    struct options options = options_read(count, words, "aefluwx", "[-aefl]");
    (void)options; // all of them are shown in any case
    size_t number;
    char **names = names_read("/proc", &number);
    if (names == NULL) return tool_status();
    qsort(names, number, sizeof *names, by_number);
    uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK), page = (uint64_t)sysconf(_SC_PAGESIZE);
    printf("%7s %7s %7s S %9s %9s %8s COMMAND\n", "PID", "PPID", "PGID", "VIRTUAL", "RESIDENT", "TIME");
    for (size_t i = 0; i < number; i++) {
        struct shown shown;
        char size[16], resident[16];
        if (!isdigit((unsigned char)*names[i]) || !read_stat(names[i], &shown)) continue; // or it has just ended
        uint64_t hundredths = (shown.user + shown.system) * 100 / ticks;
        size_print(size, sizeof size, shown.bytes);
        size_print(resident, sizeof resident, shown.pages * page);
        printf("%7s %7ld %7ld %c %9s %9s %5" PRIu64 ".%02" PRIu64 " %s\n", names[i], shown.parent, shown.group,
               shown.state, size, resident, hundredths / 100, hundredths % 100, shown.name);
    }
    names_free(names, number);
    return tool_status();
}

int tool_kill(int count, char **words) {
    int number = SIGTERM, i = 1;
    if (count > 1 && strcmp(words[1], "-l") == 0) {
        for (int one = 1; one < SIGNALS; one++) printf("%2d %s\n", one, signal_name(one));
        return tool_status();
    }
    if (count > 2 && words[1][0] == '-' && words[1][1] != '\0' && words[1][1] != '-') {
        const char *name = words[1] + 1;
        i = 2;
        if (strcmp(name, "s") == 0) name = words[i++];
        number = strcmp(name, "0") == 0 ? 0 : signal_by_name(name);
        if (number < 0) give_up("%s: no such signal", name);
    }
    if (i < count && strcmp(words[i], "--") == 0) i++;
    if (i >= count) give_up("usage: kill [-SIGNAL] PID... | -l");
    for (; i < count; i++) {
        int64_t pid = number_read(words[i]);
        if (kill((pid_t)pid, number) < 0) complain_errno(words[i]);
    }
    return tool_status();
}

// => kibibytes; 0 if there is no such line
static uint64_t meminfo(const char *text, const char *name) {
    const char *line = strstr(text, name);
    return line != NULL ? strtoull(line + strlen(name), NULL, 10) : 0;
}

static void print_size(uint64_t kibibytes, char unit) {
    char text[32];
    if (unit == 'h') {
        size_print(text, sizeof text, kibibytes << 10);
    } else {
        snprintf(text, sizeof text, "%" PRIu64,
                 unit == 'm'   ? kibibytes >> 10
                 : unit == 'b' ? kibibytes << 10
                               : kibibytes);
    }
    printf(" %11s", text);
}

int tool_free(int count, char **words) {
    struct options options = options_read(count, words, "bkmh", "[-bkmh]");
    char unit = options.given['h'] ? 'h' : options.given['m'] ? 'm' : options.given['b'] ? 'b' : 'k';
    char *text = file_read("/proc/meminfo");
    if (text == NULL) give_up("/proc/meminfo: %s", strerror(errno));
    uint64_t total = meminfo(text, "MemTotal:"), rest = meminfo(text, "MemFree:");
    uint64_t cached = meminfo(text, "\nBuffers:") + meminfo(text, "\nCached:");
    uint64_t swap = meminfo(text, "SwapTotal:"), swap_rest = meminfo(text, "SwapFree:");
    const uint64_t memory[] = {total, total > rest + cached ? total - rest - cached : 0, rest, cached,
                               meminfo(text, "MemAvailable:")};
    printf("%-5s %11s %11s %11s %11s %11s\nMem: ", "", "total", "used", "free", "cached", "available");
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) print_size(memory[i], unit);
    fputs("\nSwap:", stdout);
    print_size(swap, unit);
    print_size(swap > swap_rest ? swap - swap_rest : 0, unit);
    print_size(swap_rest, unit);
    putchar('\n');
    free(text);
    return tool_status();
}

int tool_uptime(int count, char **words) {
    (void)count, (void)words;
    char *text = file_read("/proc/uptime");
    if (text == NULL) give_up("/proc/uptime: %s", strerror(errno));
    unsigned long seconds = strtoul(text, NULL, 10);
    printf("up %lu days, %lu:%02lu:%02lu\n", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    free(text);
    return tool_status();
}
