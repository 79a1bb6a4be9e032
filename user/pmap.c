// SPDX-License-Identifier: MIT
// The memory of a process: what is where, who serves it, and how much of it is there.
#include <os/attach.h>
#include <os/begin.h>
#include <os/handles.h>
#include <os/print.h>
#include <os/process.h>

#include "pagers_seen.h"
#include "string.h"
#include "words.h"

enum { ROWS = 64 };

struct row {
    uint64_t va, pages, resident, dirty, shared, withheld, stored;
    const char *rights;
    char server[OS_NAME], kind[OS_NAME];
};

static struct row rows[ROWS];
static unsigned row_count;

static struct row *add_row(uint64_t va) {
    static struct row beyond;
    if (row_count == ROWS) return &beyond;
    unsigned place = row_count++;
    for (; place > 0 && rows[place - 1].va > va; place--) rows[place] = rows[place - 1];
    rows[place] = (struct row){.va = va};
    return &rows[place];
}

static void add_pieces(uint64_t process) {
    static const char *const rights[] = {"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx"};
    struct os_piece piece;
    for (unsigned i = 0; os_look_piece(process, i, &piece); i++) {
        struct row *row = add_row(piece.va);
        *row = (struct row){piece.va,       piece.pages, piece.resident,           piece.dirty, piece.shared,
                            piece.withheld, 0,           rights[piece.rights & 7], "init",      "wired"};
        if (piece.shared != 0) memcpy(row->kind, "image", sizeof "image");
    }
}

static void add_object(const char *server, const struct pager_stat *stat) {
    struct row *row = add_row(stat->va);
    *row = (struct row){stat->va,       stat->pages,  stat->resident, stat->dirty, stat->shared,
                        stat->withheld, stat->stored, "rw-",          "",          ""};
    size_t length = string_length(server);
    memcpy(row->server, server, length < OS_NAME ? length : OS_NAME - 1);
    memcpy(row->kind, &stat->kind, sizeof stat->kind);
}

static void add_objects(uint64_t process, uint64_t space) {
    char name[OS_SERVER_TEXT];
    bool all, hidden = false;
    for (unsigned i = 0; pagers_name(i, name); i++) {
        uint64_t pager = pagers_find(name, &all);
        if (pager == 0) continue;
        hidden = hidden || !all;
        for (uint64_t cookie = pagers_next(pager, 0); cookie != 0; cookie = pagers_next(pager, cookie)) {
            struct pager_stat stat;
            if (os_pager_stat(pager, cookie, &stat) != PAGER_OK || stat.space != space) continue;
            add_object(name, &stat);
        }
        os_close(pager);
    }
    if (hidden && process != os_start->process) os_print("pmap: only what init serves: the rest is not ours to see\n");
}

static void show(const struct os_process *process) {
    os_print("process %u: %s, rank %u, child of %u, %lu of %lu frames used, %lu faults (%lu went to pagers)\n",
             process->process, process->name, process->rank, process->parent, process->used, process->quota,
             process->faults[0] + process->faults[1] + process->faults[2], process->faults_paged);
    add_pieces(process->process);
    add_objects(process->process, process->space);
    os_print("%-12s %-12s %-3s %8s %8s %8s %8s %8s %8s  %s\n", "from", "to", "may", "pages", "resident", "dirty",
             "shared", "withheld", "in swap", "served by");
    for (unsigned i = 0; i < row_count; i++) {
        const struct row *row = &rows[i];
        os_print("0x%010lx 0x%010lx %s %8lu %8lu %8lu %8lu %8lu %8lu  %s, %s\n", row->va, row->va + row->pages * 4096,
                 row->rights, row->pages, row->resident, row->dirty, row->shared, row->withheld, row->stored,
                 row->server, row->kind);
    }
}

static int list(void) {
    struct os_process process = {0};
    os_print("%7s %7s %5s %8s %8s %8s  %s\n", "process", "parent", "rank", "quota", "used", "faults", "name");
    while (os_look(process.process + 1, &process))
        os_print("%7u %7u %5u %8lu %8lu %8lu  %s%s\n", process.process, process.parent, process.rank, process.quota,
                 process.used, process.faults[0] + process.faults[1] + process.faults[2], process.name,
                 process.how == OS_RUNS ? "" : " (ended)");
    return 0;
}

int main(void) {
    const char *word = os_argument(1);
    uint64_t number = os_start->process;
    struct os_process process;
    if (os_argument_count() > 2) {
        os_print("usage: pmap [PROCESS|NAME|all]\n");
        return 2;
    }
    if (word != NULL && string_equal(word, "all")) return list();
    if (word != NULL && !words_number(word, &number)) {
        struct result found = os_find(word);
        number = found.status == STATUS_OK ? found.value : UINT32_MAX;
    }
    if (!os_look(number, &process) || process.process != number) {
        os_print("pmap: there is no process %s; `pmap all` shows which there are\n", word);
        return 3;
    }
    show(&process);
    return 0;
}
