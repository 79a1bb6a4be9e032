// SPDX-License-Identifier: MIT
// The texts of /proc about the machine, and of /proc/sys.
#include <os/attach.h>
#include <os/files.h>
#include <os/process.h>
#include <os/time.h>

#include "format.h"
#include "linux_area.h"
#include "linux_file.h"
#include "linux_grid.h"
#include "linux_place.h"
#include "linux_proc.h"
#include "linux_random.h"
#include "linux_system.h"
#include "string.h"

enum { TICKS = 100, KIB = PAGE / 1024, NAME_COLUMN = 16, RANDOM_BITS = 256 };

// ---- memory ----

struct memory {
    uint64_t pages, used;
    struct os_file_counters files;
    struct pager_stat pager;
};

static void look(struct memory *memory) {
    *memory = (struct memory){0};
    os_look_memory(&memory->pages, &memory->used);
    if (place_session()) os_file_counters(&memory->files);
    grid_stat(&memory->pager);
}

static void print_row(struct linux_sink *sink, const char *name, uint64_t pages) {
    char line[64];
    size_t length = format_to(line, sizeof line, "%s:", name);
    for (; length < NAME_COLUMN; length++) line[length] = ' ';
    sink_bytes(sink, line, length);
    sink_print(sink, "%8lu kB\n", pages * KIB);
}

static void meminfo_text(const struct linux_made *node, struct linux_sink *sink) {
    struct memory now;
    (void)node;
    look(&now);
    const struct os_file_counters *files = &now.files;
    uint64_t free = now.pages - now.used, swap = now.pager.store.places, swap_free = now.pager.store.places_free;
    uint64_t anonymous = now.pager.frames - now.pager.frames_free;
    print_row(sink, "MemTotal", now.pages);
    print_row(sink, "MemFree", free);
    print_row(sink, "MemAvailable", free + files->pages_clean);
    print_row(sink, "Buffers", 0);
    print_row(sink, "Cached", files->pages);
    print_row(sink, "SwapCached", 0);
    print_row(sink, "Active", anonymous);
    print_row(sink, "Inactive", files->pages_clean);
    print_row(sink, "Unevictable", files->pages_memory);
    print_row(sink, "Mlocked", 0);
    print_row(sink, "SwapTotal", swap);
    print_row(sink, "SwapFree", swap_free);
    print_row(sink, "Dirty", files->pages_dirty);
    print_row(sink, "Writeback", files->pages_writing);
    print_row(sink, "AnonPages", anonymous);
    print_row(sink, "Mapped", files->mappings != 0 ? files->pages : 0);
    print_row(sink, "Shmem", files->pages_memory);
    print_row(sink, "CommitLimit", now.pages / 2 + swap);
    print_row(sink, "Committed_AS", now.used + swap - swap_free);
    sink_print(sink, "VmallocTotal:   67108864 kB\nVmallocUsed:           0 kB\n");
    sink_print(sink, "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\n"
                     "HugePages_Surp:        0\nHugepagesize:       2048 kB\nHugetlb:               0 kB\n");
}

static void swaps_text(const struct linux_made *node, struct linux_sink *sink) {
    struct memory now;
    (void)node;
    look(&now);
    uint64_t swap = now.pager.store.places;
    sink_print(sink, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    if (swap != 0)
        sink_print(sink, "/dev/swap                               partition\t%lu\t\t%lu\t\t-2\n", swap * KIB,
                   (swap - now.pager.store.places_free) * KIB);
}

static void vmstat_text(const struct linux_made *node, struct linux_sink *sink) {
    struct memory now;
    (void)node;
    look(&now);
    const struct os_file_counters *files = &now.files;
    sink_print(sink, "nr_free_pages %lu\nnr_anon_pages %lu\nnr_mapped %lu\nnr_file_pages %lu\nnr_dirty %lu\n",
               now.pages - now.used, now.pager.frames - now.pager.frames_free, files->pages, files->pages,
               files->pages_dirty);
    sink_print(sink, "nr_writeback %lu\nnr_shmem %lu\npgpgin %lu\npgpgout %lu\npswpin %lu\npswpout %lu\n",
               files->pages_writing, files->pages_memory, files->read * KIB, files->written * KIB, now.pager.store.got,
               now.pager.store.put);
    sink_print(sink, "pgfault %lu\npgmajfault %lu\noom_kill %lu\n", now.pager.cases[PAGER_CASE_fresh], files->read,
               now.pager.refused);
}

// ---- time and processors ----

static void uptime_text(const struct linux_made *node, struct linux_sink *sink) {
    uint64_t hundredths = os_now() * TICKS / os_ticks_per_second;
    (void)node;
    sink_print(sink, "%lu.%02lu %lu.%02lu\n", hundredths / TICKS, hundredths % TICKS, hundredths / TICKS,
               hundredths % TICKS);
}

static void loadavg_text(const struct linux_made *node, struct linux_sink *sink) {
    struct os_process process;
    uint64_t count = 0, number = 0;
    (void)node;
    for (; os_look(number, &process); number = process.process + 1) count++;
    sink_print(sink, "0.00 0.00 0.00 1/%lu %lu\n", count, number - 1);
}

static void stat_text(const struct linux_made *node, struct linux_sink *sink) {
    uint64_t idle = os_now() * TICKS / os_ticks_per_second, now = os_seconds();
    (void)node;
    sink_print(sink, "cpu  0 0 0 %lu 0 0 0 0 0 0\n", idle * os_start->harts);
    for (uint64_t hart = 0; hart < os_start->harts; hart++)
        sink_print(sink, "cpu%lu 0 0 0 %lu 0 0 0 0 0 0\n", hart, idle);
    sink_print(sink, "intr 0\nctxt 0\nbtime %lu\n", now > idle / TICKS ? now - idle / TICKS : 0);
    sink_print(sink, "processes %lu\nprocs_running 1\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n",
               (uint64_t)os_start->process);
}

static void cpuinfo_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    for (uint64_t hart = 0; hart < os_start->harts; hart++)
        sink_print(sink,
                   "processor\t: %lu\nhart\t\t: %lu\nisa\t\t: rv64imafdc_zicsr_zifencei\nmmu\t\t: sv39\n"
                   "mvendorid\t: 0x0\nmarchid\t\t: 0x0\nmimpid\t\t: 0x0\n\n",
                   hart, hart);
}

// ---- names ----

static void version_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_print(sink, "%s version %s (pagoda@pagoda) (gcc) %s\n", system_name(SYSTEM_KERNEL),
               system_name(SYSTEM_RELEASE), system_name(SYSTEM_VERSION));
}

static void filesystems_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_print(sink, "nodev\tproc\nnodev\tdevtmpfs\nnodev\ttmpfs\n\text2\n");
}

static void empty_text(const struct linux_made *node, struct linux_sink *sink) {
    (void)node;
    sink_print(sink, "\n");
}

const struct proc_text proc_of_system[] = {{"cmdline", empty_text, true},
                                           {"cpuinfo", cpuinfo_text, true},
                                           {"filesystems", filesystems_text, true},
                                           {"loadavg", loadavg_text, true},
                                           {"meminfo", meminfo_text, true},
                                           {"stat", stat_text, true},
                                           {"swaps", swaps_text, true},
                                           {"uptime", uptime_text, true},
                                           {"version", version_text, true},
                                           {"vmstat", vmstat_text, true},
                                           {NULL, NULL, true}};

// ---- sys ----

#define NAMED(function, which)                                                     \
    static void function(const struct linux_made *node, struct linux_sink *sink) { \
        (void)node;                                                                \
        sink_print(sink, "%s\n", system_name(which));                              \
    }
NAMED(type_text, SYSTEM_KERNEL)
NAMED(host_text, SYSTEM_HOST)
NAMED(release_text, SYSTEM_RELEASE)
NAMED(build_text, SYSTEM_VERSION)
NAMED(domain_text, SYSTEM_DOMAIN)

#define NUMBER(function, number)                                                   \
    static void function(const struct linux_made *node, struct linux_sink *sink) { \
        (void)node;                                                                \
        sink_print(sink, "%lu\n", (uint64_t)(number));                             \
    }
NUMBER(zero_text, 0)
NUMBER(one_text, 1)
NUMBER(last_process_text, 1 << 20)
NUMBER(groups_text, 65536)
NUMBER(capability_text, 40)
NUMBER(segment_text, UINT64_MAX - (UINT64_C(1) << 24))
NUMBER(segments_text, 4096)
NUMBER(maps_text, AREAS)
NUMBER(swappiness_text, 60)
NUMBER(least_text, 0x10000)
NUMBER(percent_text, 50)
NUMBER(files_text, 16383)
NUMBER(descriptors_text, LINUX_DESCRIPTORS)
NUMBER(pipe_text, 1 << 20)
NUMBER(bits_text, RANDOM_BITS)

const struct proc_text proc_of_kernel[] = {
    {"cap_last_cap", capability_text, true}, {"domainname", domain_text, true},
    {"hostname", host_text, true},           {"ngroups_max", groups_text, true},
    {"osrelease", release_text, true},       {"ostype", type_text, true},
    {"pid_max", last_process_text, true},    {"randomize_va_space", zero_text, true},
    {"shmall", segment_text, true},          {"shmmax", segment_text, true},
    {"shmmni", segments_text, true},         {"threads-max", last_process_text, true},
    {"version", build_text, true},           {NULL, NULL, true}};

const struct proc_text proc_of_paging[] = {{"max_map_count", maps_text, true},
                                           {"mmap_min_addr", least_text, true},
                                           {"nr_hugepages", zero_text, true},
                                           {"overcommit_memory", one_text, true},
                                           {"overcommit_ratio", percent_text, true},
                                           {"swappiness", swappiness_text, true},
                                           {NULL, NULL, true}};

const struct proc_text proc_of_files[] = {{"file-max", files_text, true},
                                          {"nr_open", descriptors_text, true},
                                          {"pipe-max-size", pipe_text, true},
                                          {NULL, NULL, true}};

static void print_uuid(struct linux_sink *sink, uint64_t high, uint64_t low) {
    high = (high & ~UINT64_C(0xf000)) | 0x4000;
    low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    sink_print(sink, "%08lx-%04lx-%04lx-%04lx-%012lx\n", high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48,
               low & 0xffffffffffff);
}

static void uuid_text(const struct linux_made *node, struct linux_sink *sink) {
    uint64_t high = random_word();
    (void)node;
    print_uuid(sink, high, random_word());
}

static void boot_text(const struct linux_made *node, struct linux_sink *sink) {
    uint64_t began = os_seconds() - os_now() / os_ticks_per_second; // it does not change
    (void)node;
    print_uuid(sink, began * UINT64_C(0x9e3779b97f4a7c15), began * UINT64_C(0xbf58476d1ce4e5b9));
}

const struct proc_text proc_of_random[] = {{"boot_id", boot_text, true},
                                           {"entropy_avail", bits_text, true},
                                           {"poolsize", bits_text, true},
                                           {"uuid", uuid_text, true},
                                           {NULL, NULL, true}};
