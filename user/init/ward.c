// SPDX-License-Identifier: MIT
// Wards: made, begun, ended.
#include "ward.h"

#include <os/arena.h>
#include <os/handles.h>
#include <os/print.h>
#include <os/ranges.h>
#include <os/threads.h>
#include <os/time.h>

#include "devices.h"
#include "load.h"
#include "string.h"

uint64_t init_port;
const struct image *init_image;
struct ward wards[WARDS];

static uint32_t last_number;

enum { KEEPER_BITS = 48, REGISTER_SP = 1, REGISTER_A0 = 9 };

struct ward *ward_by_number(uint64_t number) {
    for (unsigned i = 0; i < WARDS; i++) {
        if (wards[i].state != WARD_FREE && wards[i].number == number) return &wards[i];
    }
    return NULL;
}

static struct ward *take(uint32_t parent) {
    for (unsigned i = parent != WARD_NONE ? WARDS_KEPT : 0; i < WARDS; i++) {
        if (wards[i].state != WARD_FREE) continue;
        wards[i] = (struct ward){.state = WARD_MADE, .number = ++last_number, .parent = parent};
        return &wards[i];
    }
    return NULL;
}

// A copy of init's port for the ward's matters goes to `slot` of its table, or (0) becomes its exception port.
static uint64_t give_port(const struct ward *ward, uint64_t matter, uint64_t slot) {
    struct result minted = os_mint(init_port, HANDLE_SEND | HANDLE_PASS, ward->number | matter);
    if (minted.status != STATUS_OK) return minted.status;
    uint64_t status = slot != 0 ? os_give(ward->space, minted.value, slot).status
                                : os_space_control(ward->space, SPACE_EXCEPTION_PORT, minted.value, 0).status;
    os_close(minted.value);
    return status;
}

static uint64_t give_console(const struct ward *ward) {
    uint64_t more = ward->device != NULL ? HANDLE_INTERRUPT | HANDLE_DMA : 0;
    struct result minted = os_mint(HANDLE_MACHINE, HANDLE_CONSOLE | HANDLE_PASS | more, 0);
    if (minted.status != STATUS_OK) return minted.status;
    uint64_t status = os_give(ward->space, minted.value, OS_SLOT_CONSOLE).status;
    os_close(minted.value);
    return status;
}

// Its own to manage: the arena, and the place of the first message page.
static uint64_t give_regions(const struct ward *ward) {
    uint64_t pages = (OS_ARENA_END - OS_ARENA_START) / OS_PAGE;
    uint64_t status =
        os_region(ward->space, ward->base + OS_ARENA_START, pages, REGION_SELF, 0, 0, RIGHTS_ACCESS, 0).status;
    if (status != STATUS_OK) return status;
    return os_region(ward->space, ward->base + START_MESSAGE_PAGE, 1, REGION_SELF, 0, 0, RIGHT_READ | RIGHT_WRITE, 0)
        .status;
}

static uint64_t make_space(struct ward *ward) {
    struct result space = os_space_create(ward->quota, ward->rank);
    if (space.status != STATUS_OK) return space.status;
    ward->space = (uint32_t)space.value;
    ward->id = os_space_control(ward->space, SPACE_ID, 0, 0).value;
    uint64_t bits = UINT64_C(1) << (uint64_t)(ward - wards) % KEEPER_BITS, status = give_console(ward);
    if (status == STATUS_OK) status = give_port(ward, 0, OS_SLOT_INIT);
    if (status == STATUS_OK) status = give_port(ward, BADGE_SOURCE, OS_SLOT_SOURCE);
    if (status == STATUS_OK) status = give_port(ward, BADGE_EXCEPTION, 0);
    if (status == STATUS_OK) status = os_space_control(ward->space, SPACE_KEEPER, init_port, bits).status;
    if (status == STATUS_OK) status = give_regions(ward);
    return status;
}

// The start block: what the program finds of itself.
static uint64_t write_block(struct ward *ward, const struct ward_plan *plan) {
    uint64_t status = load_wired(ward, ward->base + OS_START_BLOCK, 1, RIGHT_READ);
    if (status != STATUS_OK) return status;
    struct os_start_block *block = (struct os_start_block *)ward->piece[0].view;
    ward->block = block;
    block->ticks_per_second = os_ticks_per_second;
    block->seconds = devices_seconds();
    block->harts = devices_harts();
    block->process = ward->number;
    block->priority = ward->priority;
    block->pays = plan->pays;
    uint32_t used = 0;
    for (uint32_t i = 0; i < plan->word_count; i++) {
        size_t length = string_length(plan->words[i]) + 1;
        if (used + length > sizeof block->words) return STATUS_FULL;
        memcpy(block->words + used, plan->words[i], length);
        block->argument[block->argument_count++] = used;
        used += (uint32_t)length;
    }
    return load_wired(ward, ward->base + OS_START_BLOCK + 2 * OS_PAGE, OS_START_PAGES - 2, RIGHT_READ | RIGHT_WRITE);
}

static void close_wired(struct ward *ward) {
    if (ward->wired != 0) os_close(ward->wired);
    ward->wired = 0;
}

uint64_t ward_begin(struct ward *ward, uint64_t thread) {
    close_wired(ward);
    ward->thread = (uint32_t)thread;
    uint64_t status = os_give(ward->space, thread, OS_SLOT_THREAD).status;
    if (status != STATUS_OK) return status;
    ward->state = WARD_LIVES;
    return os_thread_control(thread, THREAD_START, 0).status;
}

static uint64_t make_thread(struct ward *ward, uint64_t entry) {
    struct result thread = os_thread_create(ward->space, entry, ward->base + OS_START_STACK, 0, ward->priority);
    if (thread.status != STATUS_OK) return thread.status;
    struct upcall_registers *registers = os_self()->message;
    memset(registers, 0, sizeof *registers);
    registers->x[REGISTER_SP] = ward->base + OS_START_STACK;
    registers->x[REGISTER_A0] = ward->base + START_MESSAGE_PAGE;
    registers->x[REGISTER_A0 + 1] = ward->base + OS_START_BLOCK;
    registers->pc = entry;
    os_thread_control(thread.value, THREAD_SET_REGISTERS, 0);
    return ward_begin(ward, thread.value);
}

static void set_name(struct ward *ward, const char *name) {
    size_t length = string_length(name);
    memcpy(ward->name, name, length < OS_NAME ? length : OS_NAME - 1);
}

struct ward *ward_start(const struct ward_plan *plan, uint64_t *status, const char **wrong) {
    struct ward *ward = take(plan->parent);
    uint64_t entry = 0;
    *status = STATUS_FULL;
    *wrong = NULL;
    if (ward == NULL) return NULL;
    set_name(ward, plan->words[0]);
    ward->operates = plan->operates;
    ward->quota = plan->quota;
    ward->rank = plan->rank;
    ward->priority = plan->priority;
    ward->file = plan->file;
    ward->base = load_base(ward);
    ward->device = plan->device;
    *status = make_space(ward);
    if (*status == STATUS_OK) *status = write_block(ward, plan);
    if (*status == STATUS_OK && ward->device != NULL) *status = devices_give(ward);
    if (*status == STATUS_OK) *status = load_program(ward, plan->part, &entry, wrong);
    if (*status == STATUS_OK) *status = make_thread(ward, entry);
    if (*status == STATUS_OK) return ward;
    ward_end(ward, OS_ENDED_KILLED, 0);
    ward_free(ward);
    return NULL;
}

struct ward *ward_copy(const struct ward *model, uint64_t *status) {
    struct ward *ward = take(model->number);
    *status = STATUS_FULL;
    if (ward == NULL) return NULL;
    set_name(ward, model->name);
    ward->operates = model->operates;
    ward->quota = model->quota;
    ward->rank = model->rank;
    ward->priority = model->priority;
    ward->file = model->file;
    ward->base = model->base;
    *status = make_space(ward);
    if (*status == STATUS_OK) *status = load_copy(ward, model);
    if (*status == STATUS_OK) {
        ward->block = (struct os_start_block *)ward->piece[0].view;
        ward->block->process = ward->number;
        ward->block->device_count = 0;
        return ward;
    }
    ward_end(ward, OS_ENDED_KILLED, 0);
    ward_free(ward);
    return NULL;
}

void ward_end(struct ward *ward, enum os_ended how, uint64_t value) {
    if (ward->space != 0 && ward->device != NULL) devices_silence(ward);
    if (ward->space != 0) os_end(ward->space);
    if (ward->thread != 0) os_close(ward->thread);
    close_wired(ward);
    for (uint32_t i = 0; i < ward->piece_count; i++) {
        if (ward->piece[i].view != 0) os_pages_give(ward->piece[i].view, ward->piece[i].pages);
    }
    ward->space = ward->thread = ward->piece_count = 0;
    ward->block = NULL;
    ward->state = WARD_ENDED;
    ward->how = how;
    ward->value = value;
}

void ward_free(struct ward *ward) { ward->state = WARD_FREE; }

// Its registers are shown only of a thread that is stopped; of one that is dead nothing is.
bool ward_is_over(const struct ward *ward) {
    return ward->state == WARD_LIVES &&
           os_thread_control(ward->thread, THREAD_GET_REGISTERS, 0).status != STATUS_DENIED;
}
