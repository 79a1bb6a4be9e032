// SPDX-License-Identifier: MIT
// The texts of /proc about a process, other than of its memory. Of another process only what the servers know is told.
#include <os/process.h>
#include <os/threads.h>
#include <os/time.h>
#include <os/unix.h>

#include "format.h"
#include "linux_area.h"
#include "linux_call.h"
#include "linux_credentials.h"
#include "linux_file.h"
#include "linux_limits.h"
#include "linux_proc.h"
#include "linux_signal.h"
#include "linux_start.h"
#include "linux_thread.h"
#include "linux_usage.h"
#include "linux_user.h"
#include "string.h"

enum { TICKS = 100, AT_A_TIME = 256, NICE_MIDDLE = 20 };

struct known {
    struct os_unix_process process;
    struct os_process native; // for which init is asked where the server `unix` does not know it
    bool is_own, is_unix;
    char name[32], state;
};

static bool know(uint64_t number, struct known *known) {
    *known = (struct known){.is_own = number == os_start->process, .state = 'S'};
    known->is_unix = os_unix_look(number, &known->process) == UNIX_OK && known->process.process == number;
    bool found = os_look(number, &known->native) && known->native.process == number;
    if (!found) known->native = (struct os_process){0};
    const char *name = known->is_unix ? known->process.name : known->native.name;
    uint64_t most = known->is_unix ? sizeof known->process.name : sizeof known->native.name;
    if (known->is_own) name = linux_self()->name, most = sizeof linux_self()->name;
    for (uint64_t i = 0; i < most && i < sizeof known->name - 1 && name[i] != '\0'; i++) known->name[i] = name[i];
    if (!known->is_unix) known->process = (struct os_unix_process){.parent = known->native.parent};
    if (known->is_own) {
        known->state = 'R';
        known->process.parent = (uint32_t)linux_sys_getppid();
    }
    if (known->is_unix && known->process.state == UNIX_STOPPED) known->state = 'T';
    if (known->is_unix && known->process.state == UNIX_ENDED) known->state = 'Z';
    return found || known->is_unix || known->is_own;
}

// ---- words of the program's ----

static void print_words(uint64_t from, uint64_t end, struct linux_sink *sink) {
    char some[AT_A_TIME];
    for (uint64_t size; from < end && !sink->is_full && !sink->is_bad; from += size) {
        size = end - from < sizeof some ? end - from : sizeof some;
        if (!user_read(some, from, size)) return;
        sink_bytes(sink, some, size);
    }
}

static void cmdline_text(const struct linux_made *node, struct linux_sink *sink) {
    struct known known;
    if (node->word == os_start->process)
        print_words(linux_words.arguments, linux_words.environment, sink);
    else if (know(node->word, &known) && known.state != 'Z')
        sink_bytes(sink, known.name, string_length(known.name) + 1);
}

static void environ_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    print_words(linux_words.environment, linux_words.end, sink);
}

static void auxv_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_bytes(sink, (const char *)linux_words.vector, linux_words.vector_size);
}

static void comm_text(const struct linux_made *node, struct linux_sink *sink) {
    struct known known;
    if (know(node->word, &known)) sink_print(sink, "%s\n", known.name);
}

// ---- status, stat ----

static uint64_t time_of(const struct known *known) {
    if (known->is_own) return usage_of_process() * TICKS / os_ticks_per_second;
    return known->process.user_time * TICKS / os_ticks_per_second;
}

static void stat_text(const struct linux_made *node, struct linux_sink *sink) {
    struct known known;
    struct proc_sizes sizes = {0};
    if (!know(node->word, &known)) return;
    if (known.is_own) proc_sizes(&sizes);
    const struct os_unix_process *process = &known.process;
    uint64_t resident = sizes.anonymous + sizes.of_files + sizes.shared, bytes = sizes.bytes;
    if (!known.is_own) resident = known.native.used, bytes = known.native.used * PAGE;
    uint32_t threads = known.is_own ? linux_alive : 1;
    int64_t foreground = process->terminal != 0 ? (int64_t)process->foreground : -1;
    sink_print(sink, "%lu (%s) %c %u %u %u %u %ld 0 ", node->word, known.name, known.state, process->parent,
               process->group, process->session, process->terminal, foreground);
    sink_print(sink, "%lu 0 0 0 %lu 0 0 0 %u 0 %u 0 0 ", known.native.faults_paged, time_of(&known), NICE_MIDDLE,
               threads);
    sink_print(sink, "%lu %lu %lu 1 1 ", bytes, resident, UINT64_MAX);
    sink_print(sink, "%lu 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 ", known.is_own ? LINUX_STACK_TOP : 0);
    sink_print(sink, "%lu %lu %lu %lu %d\n", known.is_own ? linux_words.arguments : 0,
               known.is_own ? linux_words.environment : 0, known.is_own ? linux_words.environment : 0,
               known.is_own ? linux_words.end : 0, process->status);
}

static const char *state_name(char state) {
    return state == 'R' ? "R (running)" : state == 'T' ? "T (stopped)" : state == 'Z' ? "Z (zombie)" : "S (sleeping)";
}

static void status_memory(struct linux_sink *sink) {
    struct proc_sizes sizes;
    proc_sizes(&sizes);
    uint64_t resident = (sizes.anonymous + sizes.of_files + sizes.shared) * (PAGE / 1024);
    sink_print(sink, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8lu kB\nVmPin:\t%8u kB\n", sizes.bytes / 1024,
               sizes.bytes / 1024, sizes.locked / 1024, 0);
    sink_print(sink, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\nRssAnon:\t%8lu kB\nRssFile:\t%8lu kB\nRssShmem:\t%8lu kB\n",
               resident, resident, sizes.anonymous * 4, sizes.of_files * 4, sizes.shared * 4);
    sink_print(sink,
               "VmData:\t%8lu kB\nVmStk:\t%8lu kB\nVmExe:\t%8lu kB\nVmLib:\t%8u kB\nVmPTE:\t%8u kB\nVmSwap:\t%8u kB\n",
               sizes.data / 1024, sizes.stack / 1024, sizes.text / 1024, 0, 0, 0);
}

static void status_signals(struct linux_sink *sink) {
    const struct linux_signals *signals = &linux_self()->signals;
    uint64_t ignored, caught, pending;
    linux_signal_tell(&pending, &ignored, &caught);
    sink_print(sink,
               "SigQ:\t0/%u\nSigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
               LINUX_SIGNALS_QUEUED, signals->pending, pending, signals->blocked, ignored, caught);
}

static void status_text(const struct linux_made *node, struct linux_sink *sink) {
    struct known known;
    const struct linux_credentials *who = &linux_credentials;
    static const struct linux_credentials nobody;
    if (!know(node->word, &known)) return;
    if (!known.is_own) who = &nobody;
    sink_print(sink, "Name:\t%s\nUmask:\t0022\nState:\t%s\nTgid:\t%lu\nNgid:\t0\nPid:\t%lu\nPPid:\t%u\nTracerPid:\t0\n",
               known.name, state_name(known.state), node->word, node->word, known.process.parent);
    sink_print(sink, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nFDSize:\t%u\nGroups:\t\n", who->user,
               who->effective_user, who->saved_user, who->file_user, who->group, who->effective_group, who->saved_group,
               who->file_group, LINUX_DESCRIPTORS);
    sink_print(sink, "NStgid:\t%lu\nNSpid:\t%lu\nNSpgid:\t%u\nNSsid:\t%u\n", node->word, node->word,
               known.process.group, known.process.session);
    if (known.is_own) status_memory(sink);
    sink_print(sink, "Threads:\t%u\n", known.is_own ? linux_alive : 1);
    if (known.is_own) {
        status_signals(sink);
        sink_print(sink,
                   "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t000001ffffffffff\nCapAmb:\t%016lx\n",
                   who->inheritable, who->permitted, who->effective, UINT64_C(0));
    }
    sink_print(sink, "NoNewPrivs:\t0\nSeccomp:\t0\nCpus_allowed:\t1\nCpus_allowed_list:\t0\nMems_allowed:\t1\n"
                     "Mems_allowed_list:\t0\nvoluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n");
}

// ---- limits ----

static size_t put_limit(char *to, size_t size, uint64_t limit) {
    if (limit == UINT64_MAX) return format_to(to, size, "unlimited");
    return format_to(to, size, "%lu", limit);
}

static void print_limit(struct linux_sink *sink, const char *name, enum linux_limit what, const char *unit) {
    static const size_t column[] = {26, 47, 68};
    char line[128];
    size_t length = format_to(line, sizeof line, "%s", name);
    for (; length < column[0]; length++) line[length] = ' ';
    length += put_limit(line + length, sizeof line - length, limit_of(what));
    for (; length < column[1]; length++) line[length] = ' ';
    length += put_limit(line + length, sizeof line - length, limit_most(what));
    for (; length < column[2]; length++) line[length] = ' ';
    sink_bytes(sink, line, length);
    sink_print(sink, "%s\n", unit);
}

static void limits_text(const struct linux_made *node, struct linux_sink *sink) {
    static const struct {
        const char *name, *unit;
        enum linux_limit what;
    } rows[] = {
        {"Max cpu time", "seconds   ", LIMIT_CPU},           {"Max file size", "bytes     ", LIMIT_FILE_SIZE},
        {"Max data size", "bytes     ", LIMIT_DATA},         {"Max stack size", "bytes     ", LIMIT_STACK},
        {"Max core file size", "bytes     ", LIMIT_CORE},    {"Max resident set", "bytes     ", LIMIT_RESIDENT},
        {"Max processes", "processes ", LIMIT_PROCESSES},    {"Max open files", "files     ", LIMIT_FILES},
        {"Max locked memory", "bytes     ", LIMIT_LOCKED},   {"Max address space", "bytes     ", LIMIT_MEMORY},
        {"Max file locks", "locks     ", LIMIT_LOCKS},       {"Max pending signals", "signals   ", LIMIT_SIGNALS},
        {"Max msgqueue size", "bytes     ", LIMIT_MESSAGES}, {"Max nice priority", "", LIMIT_NICE},
        {"Max realtime priority", "", LIMIT_PRIORITY},       {"Max realtime timeout", "us        ", LIMIT_TIME}};
    (void)node;
    sink_print(sink, "Limit                     Soft Limit           Hard Limit           Units     \n");
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        print_limit(sink, rows[i].name, rows[i].what, rows[i].unit);
}

// ---- what is the same for all ----

static void mounts_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_print(sink, "/dev/root / ext2 rw,relatime 0 0\nproc /proc proc rw,relatime 0 0\n"
                     "devtmpfs /dev devtmpfs rw,relatime 0 0\ntmpfs /dev/shm tmpfs rw,relatime 0 0\n");
}

static void mountinfo_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_print(sink,
               "1 0 254:0 / / rw,relatime - ext2 /dev/root rw\n2 1 0:5 / /proc rw,relatime - proc proc rw\n"
               "3 1 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw\n4 3 0:1 / /dev/shm rw,relatime - tmpfs tmpfs rw\n");
}

static void nothing_text(const struct linux_made *node, struct linux_sink *sink) { (void)node, (void)sink; }

static void zero_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_print(sink, "0\n");
}

static void zeros_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_print(sink, "0 0 0\n");
}

const struct proc_text proc_of_process[] = {
    {"auxv", auxv_text, false},          {"cgroup", nothing_text, true},     {"cmdline", cmdline_text, true},
    {"comm", comm_text, true},           {"environ", environ_text, false},   {"limits", limits_text, false},
    {"mountinfo", mountinfo_text, true}, {"mounts", mounts_text, true},      {"oom_adj", zero_text, true},
    {"oom_score", zero_text, true},      {"oom_score_adj", zero_text, true}, {"schedstat", zeros_text, true},
    {"stat", stat_text, true},           {"status", status_text, true},      {NULL, NULL, false}};
