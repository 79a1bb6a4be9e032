// SPDX-License-Identifier: MIT
// ppoll and pselect6.
#include "linux_poll.h"

#include <os/time.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_thread.h"
#include "linux_time.h"
#include "linux_user.h"

enum { SET_SIZE = 8, WORD = 64, SELECT_SETS = 3, REGISTER_A0 = 9 };

#define POLL_ALWAYS (POLLERR | POLLHUP)
#define POLL_READ   (POLLIN | POLLRDNORM)
#define POLL_WRITE  (POLLOUT | POLLWRNORM)

uint32_t poll_ready(struct linux_file *file, uint32_t events, bool listen) {
    uint32_t asked = events | POLL_ALWAYS, got = POLLIN | POLLOUT;
    if ((asked & POLL_READ) != 0) asked |= POLLIN;
    if ((asked & POLL_WRITE) != 0) asked |= POLLOUT;
    if (file->kind->ready != NULL) got = file->kind->ready(file, asked, listen);
    if ((got & POLLIN) != 0) got |= POLLRDNORM;
    if ((got & POLLOUT) != 0) got |= POLLWRNORM;
    return got & (events | POLL_ALWAYS);
}

int64_t poll_deadline(uint64_t time, uint64_t *deadline) {
    *deadline = UINT64_MAX;
    return time == 0 ? 0 : time_deadline(time, false, deadline);
}

void poll_tell_rest(uint64_t time, uint64_t deadline) {
    uint64_t now = os_now();
    struct linux_time rest = time_of_ticks(now < deadline ? deadline - now : 0);
    if (time != 0) user_write(time, &rest, sizeof rest); // as Linux: who cannot be told is not
}

static int64_t look_until(poll_look *look, void *context, uint64_t deadline) {
    for (;;) {
        bool waits = os_now() < deadline;
        int64_t found = look(context, waits);
        if (found != 0 || !waits) return found;
        if (linux_wait(deadline) == LINUX_SIGNAL) return -EINTR;
    }
}

int64_t poll_wait(poll_look *look, void *context, uint64_t deadline, uint64_t mask, uint64_t mask_size) {
    struct linux_thread *self = linux_self();
    uint64_t set = 0, before = self->signals.blocked;
    if (mask != 0 && mask_size != SET_SIZE) return -EINVAL;
    if (mask != 0 && !user_read(&set, mask, sizeof set)) return -EFAULT;
    self->again = linux_registers()->x[REGISTER_A0];
    self->interrupted = AGAIN_NEVER;
    if (mask != 0) linux_signal_block(set);
    int64_t found = look_until(look, context, deadline);
    if (found != -EINTR) self->interrupted = AGAIN_NOT;
    if (mask != 0 && found == -EINTR) {
        self->signals.suspended = before;
        self->signals.is_suspended = true;
    } else if (mask != 0) {
        linux_signal_block(before);
    }
    return found;
}

// ---- ppoll ----

struct wanted {
    int32_t descriptor;
    uint16_t events, got;
};

struct list {
    uint64_t at, count;
};

static int64_t look_at_list(void *context, bool listen) {
    const struct list *list = context;
    int64_t found = 0;
    for (uint64_t i = 0; i < list->count; i++) {
        struct wanted wanted;
        uint64_t at = list->at + i * sizeof wanted;
        if (!user_read(&wanted, at, sizeof wanted)) return -EFAULT;
        struct linux_file *file = wanted.descriptor < 0 ? NULL : linux_file_get((uint32_t)wanted.descriptor);
        wanted.got = wanted.descriptor < 0 ? 0 : POLLNVAL;
        if (file != NULL) {
            wanted.got = (uint16_t)poll_ready(file, wanted.events, listen && found == 0);
            linux_file_put(file);
        }
        if (wanted.got != 0) found++;
        if (!user_write(at, &wanted, sizeof wanted)) return -EFAULT;
    }
    return found;
}

int64_t linux_sys_ppoll(uint64_t list, uint64_t count, uint64_t time, uint64_t mask, uint64_t mask_size) {
    struct list all = {list, count & UINT32_MAX};
    uint64_t deadline;
    int64_t error = poll_deadline(time, &deadline);
    if (error != 0) return error;
    if (all.count > linux_file_limit) return -EINVAL;
    int64_t found = poll_wait(look_at_list, &all, deadline, mask, mask_size);
    if (time != 0) poll_tell_rest(time, deadline);
    return found;
}

// ---- pselect6 ----

struct sets {
    uint64_t count; // descriptors
    uint64_t in[SELECT_SETS][LINUX_DESCRIPTORS / WORD], out[SELECT_SETS][LINUX_DESCRIPTORS / WORD];
};

static const uint32_t set_events[SELECT_SETS] = {POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI};

static int64_t look_at_one(struct sets *sets, uint64_t descriptor, bool listen) {
    uint64_t word = descriptor / WORD, bit = UINT64_C(1) << descriptor % WORD, found = 0;
    uint32_t events = 0;
    for (unsigned set = 0; set < SELECT_SETS; set++) {
        sets->out[set][word] &= ~bit;
        if ((sets->in[set][word] & bit) != 0) events |= set_events[set];
    }
    if (events == 0) return 0;
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    uint32_t got = poll_ready(file, events, listen);
    linux_file_put(file);
    for (unsigned set = 0; set < SELECT_SETS; set++) {
        if ((sets->in[set][word] & bit) == 0 || (got & set_events[set]) == 0) continue;
        sets->out[set][word] |= bit;
        found++;
    }
    return (int64_t)found;
}

static int64_t look_at_sets(void *context, bool listen) {
    struct sets *sets = context;
    int64_t found = 0;
    for (uint64_t i = 0; i < sets->count; i++) {
        int64_t some = look_at_one(sets, i, listen && found == 0);
        if (some < 0) return some;
        found += some;
    }
    return found;
}

int64_t linux_sys_pselect6(uint64_t count, uint64_t read, uint64_t write, uint64_t except, uint64_t time,
                           uint64_t mask) {
    const uint64_t at[SELECT_SETS] = {read, write, except};
    uint64_t deadline, signals[2] = {0, 0}; // where the set is, and its size
    struct sets sets = {.count = count & UINT32_MAX};
    if (mask != 0 && !user_read(signals, mask, sizeof signals)) return -EFAULT;
    int64_t error = poll_deadline(time, &deadline);
    if (error != 0) return error;
    if ((int32_t)count < 0) return -EINVAL;
    if (sets.count > LINUX_DESCRIPTORS) sets.count = LINUX_DESCRIPTORS;
    uint64_t bytes = (sets.count + WORD - 1) / WORD * sizeof(uint64_t);
    for (unsigned i = 0; i < SELECT_SETS; i++)
        if (at[i] != 0 && !user_read(sets.in[i], at[i], bytes)) return -EFAULT;
    int64_t found = poll_wait(look_at_sets, &sets, deadline, signals[0], signals[1]);
    if (time != 0) poll_tell_rest(time, deadline);
    if (found < 0) return found;
    for (unsigned i = 0; i < SELECT_SETS; i++)
        if (at[i] != 0 && !user_write(at[i], sets.out[i], bytes)) return -EFAULT;
    return found;
}
