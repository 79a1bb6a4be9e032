// SPDX-License-Identifier: MIT
// What follows from the end of a ward, and what runs next.
#include "fate.h"

#include <os/print.h>
#include <os/threads.h>
#include <os/time.h>

#include "elf.h"
#include "report.h"
#include "string.h"
#include "wait.h"

#define PERSONALITY "personality"

static const struct description *system_description;
static uint32_t next_run; // line that is not started yet
static uint32_t awaited;  // the ward that it waits for
static uint32_t running;  // programs of run lines that have not ended
static uint32_t run_wards[DESCRIPTION_RUNS];
static uint64_t worst; // exit status of the machine
static uint64_t power_how = POWER_HOW_OFF;
static uint64_t frames_before; // that init had in use when it began to run programs
static bool ends;              // nothing is left to run: servers finish, then the machine ends
static uint32_t finishing;     // the ward that is to
static bool told;              // it knows: it has announced itself
static uint64_t finish_by;     // and has time until then

enum {
    STATUS_OF_A_FAULT = 128,
    STATUS_MOST = 65535,
    FRAMES_KEPT = 8, // page tables, handles: once used
    LATER = 10000,   // microseconds
    SOON = 100000,
    PATIENCE = 500,
    FINISH_TIME = 20000000, // microseconds
};

static uint32_t patience = PATIENCE;

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

// What is not linked for Pagoda, or a file of the file server, is the Linux personality's to run: it finds the file by
// its own first word.
const struct image_file *fate_program(const struct image *image, const char *name) {
    const struct image_file *file = image_find(image, name), *personality = image_find(image, PERSONALITY);
    struct elf elf;
    if (name[0] == '/') return personality;
    if (file == NULL || personality == NULL) return file;
    const char *wrong = elf_read(&elf, image_bytes(image, file), file->size);
    return wrong == NULL && elf.is_native ? file : personality;
}

struct ward *fate_run(const struct description *description, char *command, const struct ward *parent, bool operates,
                      uint64_t *status, const char **wrong) {
    struct ward_plan plan = {.parent = parent != NULL ? parent->number : WARD_NONE, .operates = operates};
    *status = STATUS_COUNT;
    for (char *at = command; *at != '\0';) {
        while (is_blank(*at)) *at++ = '\0';
        if (*at == '\0') break;
        *wrong = "it has more words than a program can be given";
        if (plan.word_count == OS_ARGUMENTS) return NULL;
        plan.words[plan.word_count++] = at;
        while (*at != '\0' && !is_blank(*at)) at++;
    }
    *wrong = "the command is empty";
    if (plan.word_count == 0) return NULL;
    *wrong = "the boot image has no such program";
    plan.file = fate_program(init_image, plan.words[0]);
    if (plan.file == NULL) return NULL;
    const struct description_program *program = description_program(description, plan.words[0]);
    plan.quota = program->quota.value;
    plan.rank = (uint32_t)program->rank.value;
    plan.priority = (uint32_t)program->priority.value;
    plan.part = program->part;
    plan.pays = program->pays;
    return ward_start(&plan, status, wrong);
}

static void note(uint64_t status) {
    if (worst == 0) worst = status < STATUS_MOST ? status : STATUS_MOST;
}

static uint64_t frames_in_use(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    return ((const struct space_counters *)os_self()->message)->used;
}

// Of those who have to finish their work the one of highest rank, whom none of the others asks. => NULL: all have ended
static struct service *next_to_finish(void) {
    struct service *next = NULL;
    for (uint32_t i = 0; i < service_count; i++) {
        struct service *service = &services[i];
        if (!service->server->finish || service->ward == WARD_NONE || service->late) continue;
        if (next == NULL || service->server->rank.value > next->server->rank.value) next = service;
    }
    return next;
}

// One after the other; then the machine ends.
static void finish_servers(void) {
    for (struct service *next; (next = next_to_finish()) != NULL;) {
        if (next->ward != finishing) {
            finishing = next->ward;
            finish_by = os_after(FINISH_TIME);
            told = false;
        }
        if (!told && next->port != 0) told = os_notify(next->port, OS_FINISH).status == STATUS_OK;
        if (os_now() < finish_by) {
            os_timer(init_port, NOTIFY_LATER, finish_by);
            return;
        }
        os_print("init: server %s has not finished in %u seconds\n", next->server->name.text, FINISH_TIME / 1000000);
        next->late = true;
        note(STATUS_OF_A_FAULT);
    }
    os_print("init: done\n");
    os_power(HANDLE_MACHINE, power_how, worst);
}

void fate_finish(uint64_t how, uint64_t status) {
    power_how = how;
    note(status);
    if (ends) return;
    ends = true;
    finish_servers();
}

// All has been run that was to run. What servers have of those who ended comes back when they hear of that: soon.
static void finish(void) {
    uint64_t more = frames_in_use() - frames_before;
    if ((int64_t)more > FRAMES_KEPT && patience > 0) {
        patience--;
        os_timer(init_port, NOTIFY_LATER, os_after(LATER));
        return;
    }
    if ((int64_t)more > FRAMES_KEPT) os_print("init: %lu frames have not come back\n", more);
    if (system_description->ends) {
        ends = true;
        finish_servers();
        return;
    }
    os_print("init: nothing is left to run; Ctrl-A X leaves\n");
}

// => some have no memory yet
static bool start_services_again(void) {
    bool more = false;
    for (uint32_t i = 0; i < service_count; i++) {
        struct service *service = &services[i];
        if (service->until == 0) continue;
        more |= service_try(service);
        wait_service_settled(service);
    }
    return more;
}

void fate_later(void) {
    if (!ends && start_services_again()) os_timer(init_port, NOTIFY_LATER, os_after(SOON));
    if (ends)
        finish_servers();
    else if (running == 0 && next_run == system_description->run_count && patience < PATIENCE)
        finish();
}

static void go_on(void) {
    while (next_run < system_description->run_count && awaited == WARD_NONE) {
        const struct description_run *run = &system_description->run[next_run];
        char command[DESCRIPTION_COMMAND];
        uint64_t status;
        const char *wrong;
        memcpy(command, run->command, sizeof command);
        const struct ward *ward = fate_run(system_description, command, NULL, run->operates, &status, &wrong);
        if (ward == NULL) {
            os_print("init: cannot run `%s`: %s\n", run->command, wrong != NULL ? wrong : os_status_name(status));
            note(STATUS_OF_A_FAULT);
        } else {
            run_wards[next_run] = ward->number;
            running++;
            if (run->waits) awaited = ward->number;
        }
        next_run++;
    }
    if (running == 0 && next_run == system_description->run_count) finish();
}

void fate_begin(const struct description *description) {
    system_description = description;
    frames_before = frames_in_use();
    go_on();
}

static void run_ended(const struct ward *ward) {
    for (uint32_t i = 0; i < next_run; i++) {
        if (run_wards[i] != ward->number) continue;
        run_wards[i] = WARD_NONE;
        running--;
        report_end(system_description->run[i].command, ward);
        note(ward->how == OS_ENDED_EXIT ? ward->value : STATUS_OF_A_FAULT);
        if (awaited == ward->number) awaited = WARD_NONE;
        go_on();
        return;
    }
}

// Its children become its parent's; those that it has not let run are nobody's.
static void let_children_go(const struct ward *ward) {
    const struct ward *parent = ward->parent != WARD_NONE ? ward_by_number(ward->parent) : NULL;
    bool adopted = parent != NULL && parent->state == WARD_LIVES;
    for (unsigned i = 0; i < WARDS; i++) {
        struct ward *child = &wards[i];
        if (child->state == WARD_FREE || child->parent != ward->number) continue;
        bool made = child->state == WARD_MADE;
        child->parent = adopted ? ward->parent : WARD_NONE;
        if (made) ward_end(child, OS_ENDED_KILLED, 0);
        if (child->state == WARD_ENDED && (made || !adopted || wait_child_ended(child))) ward_free(child);
    }
}

void fate_end(struct ward *ward, enum os_ended how, uint64_t value) {
    bool begun = ward->state == WARD_LIVES;
    ward_end(ward, how, value);
    wait_forget(ward);
    let_children_go(ward);
    const struct ward *parent = ward->parent != WARD_NONE ? ward_by_number(ward->parent) : NULL;
    bool kept = begun && parent != NULL && parent->state == WARD_LIVES && !wait_child_ended(ward);
    struct ward last = *ward;
    if (!kept) ward_free(ward);
    struct service *service = service_of(last.number);
    if (service != NULL) {
        report_end(service->server->name.text, &last);
        if (ends) note(last.how == OS_ENDED_EXIT ? last.value : STATUS_OF_A_FAULT);
        service_ended(service, ends);
        if (service->until != 0) os_timer(init_port, NOTIFY_LATER, os_after(SOON));
        watch_tell(service);
        wait_service_settled(service);
    }
    run_ended(&last);
    if (ends) finish_servers();
}
