// SPDX-License-Identifier: MIT
// Futexes. Those who wait are in one list, under one lock; the word is looked at under that lock.
#include "linux_futex.h"

#include <os/mutex.h>
#include <os/time.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_shared.h"
#include "linux_thread.h"
#include "linux_time.h"
#include "linux_user.h"

enum {
    WAIT = 0,
    WAKE = 1,
    REQUEUE = 3,
    COMPARE_REQUEUE = 4,
    WAKE_OPERATION = 5,
    WAIT_BITSET = 9,
    WAKE_BITSET = 10,
    CLOCK_REALTIME = 256,
    PRIVATE = 128,
    OPTIONS = PRIVATE | CLOCK_REALTIME,
    ROBUST_MOST = 2048,
    ROBUST_SIZE = 24,
};

#define ALL_BITS     UINT32_MAX
#define OWNER_DIED   0x40000000u
#define OWNER_WAITS  0x80000000u
#define OWNER_NUMBER 0x3fffffffu

static struct os_mutex mutex;
static struct link waiting;

void futex_start(void) {
    os_mutex_start(&mutex);
    link_init(&waiting);
}

// The lock is held. => who was woken; with `to`, who did not fit in waits there from now on, at most `moved`
static int64_t wake(uint64_t at, uint64_t count, uint32_t bits, uint64_t to, uint64_t moved) {
    int64_t done = 0;
    for (struct link *link = waiting.next, *next; link != &waiting; link = next) {
        struct linux_thread *thread = container_of(link, struct linux_thread, waits);
        next = link->next;
        if (thread->futex != at || (thread->bits & bits) == 0) continue;
        if ((uint64_t)done < count) {
            list_remove(&thread->waits);
            link_init(&thread->waits);
            thread->futex = 0;
            linux_wake(thread);
            done++;
        } else if (to != 0 && moved > 0) {
            thread->futex = to;
            moved--;
            done++;
            count++; // it counts, and takes nobody's place
        } else {
            break;
        }
    }
    return done;
}

static int64_t wait(uint64_t at, uint32_t value, uint32_t bits, uint64_t deadline) {
    struct linux_thread *self = linux_self();
    os_mutex_lock(&mutex);
    uint64_t now = linux_user_load((const uint32_t *)at);
    if (now != value) {
        os_mutex_unlock(&mutex);
        return now == USER_FAULT ? -EFAULT : -EAGAIN;
    }
    self->futex = at;
    self->bits = bits;
    list_add_last(&waiting, &self->waits);
    os_mutex_unlock(&mutex);
    self->again = linux_registers()->x[9];
    self->interrupted = deadline == UINT64_MAX ? AGAIN_IF_RESTART : AGAIN_NEVER;
    int64_t answer = 0;
    while (__atomic_load_n(&self->futex, __ATOMIC_ACQUIRE) != 0 && answer == 0) {
        enum linux_wake why = linux_wait(deadline);
        if (__atomic_load_n(&self->futex, __ATOMIC_ACQUIRE) == 0) break;
        answer = why == LINUX_SIGNAL ? -EINTR : why == LINUX_TIME ? -ETIMEDOUT : 0;
    }
    os_mutex_lock(&mutex);
    if (self->futex != 0)
        list_remove(&self->waits);
    else
        answer = 0;
    self->futex = 0;
    os_mutex_unlock(&mutex);
    if (answer != -EINTR) self->interrupted = AGAIN_NOT;
    return answer;
}

static int64_t wake_own(uint64_t at, uint64_t count, uint32_t bits) {
    os_mutex_lock(&mutex);
    int64_t answer = wake(at, count, bits, 0, 0);
    os_mutex_unlock(&mutex);
    return answer;
}

// The word may be another process's too.
static __attribute__((noinline)) int64_t wake_any(uint64_t at, uint64_t count, uint32_t bits) {
    struct linux_word word;
    return shared_word(at, &word) ? shared_wake(&word, count, bits) : wake_own(at, count, bits);
}

static __attribute__((noinline)) int64_t wait_any(uint64_t at, uint32_t value, uint32_t bits, uint64_t deadline) {
    struct linux_word word;
    return shared_word(at, &word) ? shared_wait(&word, at, value, bits, deadline) : wait(at, value, bits, deadline);
}

static int32_t signed_bits(uint64_t value, unsigned from) { return (int32_t)((uint32_t)(value >> from) << 20) >> 20; }

// Changes the second word as `third` says. => whether what it was makes others go on, or a negative error
static int64_t operate(uint64_t second, uint64_t third) {
    int32_t operand = signed_bits(third, 12), comparand = signed_bits(third, 0);
    if ((third >> 31 & 1) != 0) operand = (int32_t)(UINT32_C(1) << (operand & 31));
    uint64_t old, seen = linux_user_load((const uint32_t *)second);
    do {
        if (seen == USER_FAULT) return -EFAULT;
        old = seen;
        uint32_t before = (uint32_t)old, with = (uint32_t)operand, after;
        switch (third >> 28 & 7) {
        case 0:
            after = with;
            break;
        case 1:
            after = before + with;
            break;
        case 2:
            after = before | with;
            break;
        case 3:
            after = before & ~with;
            break;
        case 4:
            after = before ^ with;
            break;
        default:
            return -ENOSYS;
        }
        seen = linux_user_exchange((uint32_t *)second, before, after);
    } while (seen != old);
    int32_t was = (int32_t)old;
    switch (third >> 24 & 15) {
    case 0:
        return was == comparand;
    case 1:
        return was != comparand;
    case 2:
        return was < comparand;
    case 3:
        return was <= comparand;
    case 4:
        return was > comparand;
    case 5:
        return was >= comparand;
    default:
        return -ENOSYS;
    }
}

static int64_t wake_and_operate(uint64_t at, uint64_t count, uint64_t more, uint64_t second, uint64_t third,
                                bool is_private) {
    if (second % 4 != 0) return -EINVAL;
    if (!user_is_range(second, 4)) return -EFAULT;
    int64_t both = operate(second, third);
    if (both < 0) return both;
    int64_t answer = is_private ? wake_own(at, count, ALL_BITS) : wake_any(at, count, ALL_BITS);
    if (both != 0) answer += is_private ? wake_own(second, more, ALL_BITS) : wake_any(second, more, ALL_BITS);
    return answer;
}

static int64_t requeue(uint64_t at, uint64_t value, uint64_t moved, uint64_t second, const uint32_t *expected,
                       bool is_private) {
    struct linux_word word;
    if ((int32_t)value < 0 || (int32_t)moved < 0) return -EINVAL;
    if (second % 4 != 0) return -EINVAL;
    if (!user_is_range(second, 4)) return -EFAULT;
    if (!is_private && shared_word(at, &word)) { // all go on: they look for themselves what has become of the second
        if (expected != NULL && linux_user_load((const uint32_t *)at) != *expected) return -EAGAIN;
        return shared_wake(&word, value + moved, ALL_BITS);
    }
    os_mutex_lock(&mutex);
    uint64_t now = expected != NULL ? linux_user_load((const uint32_t *)at) : 0;
    int64_t answer = now == USER_FAULT                                ? -EFAULT
                     : expected != NULL && (uint32_t)now != *expected ? -EAGAIN
                                                                      : wake(at, value, ALL_BITS, second, moved);
    os_mutex_unlock(&mutex);
    return answer;
}

int64_t linux_sys_futex(uint64_t at, uint64_t what, uint64_t value, uint64_t time, uint64_t second, uint64_t third) {
    uint64_t call = what & 0xffffffff & ~(uint64_t)OPTIONS, deadline = UINT64_MAX;
    bool waits = call == WAIT || call == WAIT_BITSET;
    const uint32_t expected = (uint32_t)third;
    if (waits && time != 0) {
        int64_t error = time_deadline(time, call == WAIT_BITSET, &deadline);
        if (error != 0) return error;
        if (call == WAIT_BITSET && (what & CLOCK_REALTIME) != 0) deadline = time_of_date(deadline);
    }
    if (at % 4 != 0) return -EINVAL;
    if (!user_is_range(at, 4)) return -EFAULT;
    bool is_private = (what & PRIVATE) != 0;
    uint32_t bits = call == WAIT || call == WAKE ? ALL_BITS : expected;
    switch (call) {
    case WAIT:
    case WAIT_BITSET:
        if (bits == 0) return -EINVAL;
        return is_private ? wait(at, (uint32_t)value, bits, deadline) : wait_any(at, (uint32_t)value, bits, deadline);
    case WAKE:
    case WAKE_BITSET:
        if (bits == 0) return -EINVAL;
        return is_private ? wake_own(at, (uint32_t)value, bits) : wake_any(at, (uint32_t)value, bits);
    case REQUEUE:
    case COMPARE_REQUEUE:
        return requeue(at, (uint32_t)value, (uint32_t)time, second, call == REQUEUE ? NULL : &expected, is_private);
    case WAKE_OPERATION:
        return wake_and_operate(at, (uint32_t)value, (uint32_t)time, second, third, is_private);
    default:
        return -ENOSYS;
    }
}

// ---- the end of a thread ----

// A lock of the robust list that the thread held is nobody's now, and the next who comes learns why.
static void let_go(uint64_t at, uint32_t number) {
    uint64_t seen = at % 4 == 0 && user_is_range(at, 4) ? linux_user_load((const uint32_t *)at) : USER_FAULT, old;
    do {
        if (seen == USER_FAULT || (seen & OWNER_NUMBER) != number) return;
        old = seen;
        seen = linux_user_exchange((uint32_t *)at, (uint32_t)old, ((uint32_t)old & OWNER_WAITS) | OWNER_DIED);
    } while (seen != old);
    if ((old & OWNER_WAITS) != 0) wake_any(at, 1, ALL_BITS);
}

static void let_all_go(const struct linux_thread *thread) {
    uint64_t head[3], entry;
    if (thread->robust != 0 && user_read(head, thread->robust, sizeof head)) {
        entry = head[0];
        for (unsigned i = 0; i < ROBUST_MOST && (entry & ~1ul) != thread->robust; i++) {
            uint64_t next;
            if (!user_read(&next, entry & ~1ul, sizeof next)) break;
            if (entry != head[2]) let_go((entry & ~1ul) + head[1], thread->number);
            entry = next;
        }
        if (head[2] != 0) let_go((head[2] & ~1ul) + head[1], thread->number);
    }
}

void futex_leave(struct linux_thread *thread) {
    let_all_go(thread);
    if (thread->clear_child == 0 || !user_is_range(thread->clear_child, 4)) return;
    linux_user_store((uint32_t *)thread->clear_child, 0);
    wake_any(thread->clear_child, 1, ALL_BITS);
}

void futex_leave_all(void) {
    linux_threads_lock();
    for (struct link *link = linux_threads.next; link != &linux_threads; link = link->next) {
        const struct linux_thread *thread = container_of(link, struct linux_thread, all);
        if (!thread->ended) let_all_go(thread);
    }
    linux_threads_unlock();
}

int64_t linux_sys_set_robust_list(uint64_t head, uint64_t size) {
    if (size != ROBUST_SIZE) return -EINVAL;
    linux_self()->robust = head;
    return 0;
}

int64_t linux_sys_get_robust_list(int number, uint64_t head, uint64_t size) {
    const struct linux_thread *thread = number == 0 ? linux_self() : linux_thread_find((uint64_t)number);
    uint64_t length = ROBUST_SIZE;
    if (thread == NULL) return -ESRCH;
    return user_write(size, &length, sizeof length) && user_write(head, &thread->robust, sizeof thread->robust)
               ? 0
               : -EFAULT;
}
