// SPDX-License-Identifier: MIT
// epoll: a file that is ready when one of those in its list is. Edges are told as levels.
#include <os/mutex.h>
#include <os/time.h>

#include "linux_call.h"
#include "linux_epoll.h"
#include "linux_errors.h"
#include "linux_poll.h"
#include "linux_time.h"
#include "linux_user.h"

enum {
    ITEMS = 2048, // of all lists
    DEEPEST = 4,  // of one epoll in another
    ADD = 1,
    REMOVE = 2,
    CHANGE = 3,
    MOST_EVENTS = INT32_MAX / 16,
    MILLISECOND = 1000, // microseconds
    ANONYMOUS_DEVICE = 14,
    BLOCK_SIZE = 4096,
};

#define EPOLL_ONCE   (1u << 30)
#define EPOLL_EVENTS 0x3fffu

struct event {
    uint32_t events, padding;
    uint64_t data;
};

struct item {
    struct linux_file *in, *file; // in: NULL: it is unused
    uint32_t descriptor, events;
    uint64_t data;
};

static struct os_mutex mutex;
static struct item items[ITEMS];
static uint32_t top, depth; // those behind were never used

void epoll_start(void) { os_mutex_start(&mutex); }

static void lock(void) { os_mutex_lock(&mutex); }
static void unlock(void) { os_mutex_unlock(&mutex); }

void epoll_forget(const struct linux_file *file) {
    if (top == 0) return;
    lock();
    for (uint32_t i = 0; i < top; i++)
        if (items[i].in == file || items[i].file == file) items[i].in = NULL;
    unlock();
}

static struct item *find(const struct linux_file *in, const struct linux_file *file, uint32_t descriptor) {
    for (uint32_t i = 0; i < top; i++)
        if (items[i].in == in && items[i].file == file && items[i].descriptor == descriptor) return &items[i];
    return NULL;
}

static struct item *make(void) {
    for (uint32_t i = 0; i < top; i++)
        if (items[i].in == NULL) return &items[i];
    return top < ITEMS ? &items[top++] : NULL;
}

// ---- the kind ----

static uint32_t ready(struct linux_file *file, uint32_t events, bool listen);

static int64_t stat(struct linux_file *file, struct linux_stat *stat) {
    *stat =
        (struct linux_stat){.device = ANONYMOUS_DEVICE, .inode = 1, .mode = 0600, .links = 1, .block_size = BLOCK_SIZE};
    (void)file;
    return 0;
}

static const struct linux_file_kind epoll = {.name = "anon_inode:[eventpoll]", .stat = stat, .ready = ready};

// A copy of the item at this place, whose file is then held. => false: it is none of this epoll's
static bool take(const struct linux_file *in, uint32_t place, struct item *item) {
    lock();
    *item = items[place];
    bool is_one = item->in == in && linux_file_hold(item->file);
    unlock();
    return is_one;
}

// => how many; told to the program, if `to` is not 0; at most `most`. -EFAULT
static int64_t look(struct linux_file *file, uint64_t to, uint64_t most, bool listen) {
    int64_t found = 0;
    for (uint32_t i = 0; i < top && (uint64_t)found < most; i++) {
        struct item item;
        if (!take(file, i, &item)) continue;
        uint32_t wanted = item.events & EPOLL_EVENTS;
        uint32_t got = wanted != 0 ? poll_ready(item.file, wanted, listen && found == 0) : 0;
        linux_file_put(item.file);
        if (got == 0) continue;
        const struct event event = {.events = got, .data = item.data};
        if (to != 0 && !user_write(to + (uint64_t)found * sizeof event, &event, sizeof event))
            return found != 0 ? found : -EFAULT;
        found++;
        lock();
        if (to != 0 && (item.events & EPOLL_ONCE) != 0 && items[i].in == file) items[i].events &= ~EPOLL_EVENTS;
        unlock();
    }
    return found;
}

static uint32_t ready(struct linux_file *file, uint32_t events, bool listen) {
    (void)events;
    if (__atomic_add_fetch(&depth, 1, __ATOMIC_RELAXED) > DEEPEST) listen = false;
    uint32_t got = depth <= DEEPEST && look(file, 0, 1, listen) > 0 ? POLLIN : 0;
    __atomic_sub_fetch(&depth, 1, __ATOMIC_RELAXED);
    return got;
}

// ---- the calls ----

int64_t linux_sys_epoll_create1(uint64_t flags) {
    if ((flags & UINT32_MAX & ~(uint64_t)O_CLOEXEC) != 0) return -EINVAL;
    struct linux_file *file = linux_file_make(&epoll, O_RDWR, 0);
    return file != NULL ? linux_file_install(file, (uint32_t)flags) : -ENFILE;
}

static int64_t change(struct linux_file *in, struct linux_file *file, uint32_t descriptor, uint32_t what,
                      const struct event *event) {
    struct item *item = find(in, file, descriptor);
    if (what == ADD && item != NULL) return -EEXIST;
    if (what != ADD && item == NULL) return -ENOENT;
    if (what == ADD) item = make();
    if (item == NULL) return -ENOSPC;
    if (what == REMOVE)
        item->in = NULL;
    else
        *item = (struct item){in, file, descriptor, event->events | POLLERR | POLLHUP, event->data};
    return 0;
}

static int64_t control(struct linux_file *in, struct linux_file *file, uint32_t descriptor, uint32_t what,
                       const struct event *event) {
    if (file->kind->ready == NULL) return -EPERM;
    if (in == file || in->kind != &epoll) return -EINVAL;
    if (what != ADD && what != REMOVE && what != CHANGE) return -EINVAL;
    lock();
    int64_t error = change(in, file, descriptor, what, event);
    unlock();
    return error;
}

int64_t linux_sys_epoll_ctl(uint64_t in, uint64_t what, uint64_t descriptor, uint64_t at) {
    struct event event = {0};
    if ((uint32_t)what != REMOVE && !user_read(&event, at, sizeof event)) return -EFAULT;
    struct linux_file *list = linux_file_get(in), *file = list != NULL ? linux_file_get(descriptor) : NULL;
    int64_t error = file != NULL ? control(list, file, (uint32_t)descriptor, (uint32_t)what, &event) : -EBADF;
    if (file != NULL) linux_file_put(file);
    if (list != NULL) linux_file_put(list);
    return error;
}

struct asked {
    struct linux_file *file;
    uint64_t to, most;
};

static int64_t look_for(void *context, bool listen) {
    const struct asked *asked = context;
    return look(asked->file, asked->to, asked->most, listen);
}

static int64_t wait(uint64_t in, uint64_t to, uint64_t most, uint64_t deadline, uint64_t mask, uint64_t size) {
    if ((int32_t)most <= 0 || (int32_t)most > MOST_EVENTS) return -EINVAL;
    if (!user_is_range(to, (most & UINT32_MAX) * sizeof(struct event))) return -EFAULT;
    struct asked asked = {linux_file_get(in), to, most & UINT32_MAX};
    if (asked.file == NULL) return -EBADF;
    int64_t found = asked.file->kind == &epoll ? poll_wait(look_for, &asked, deadline, mask, size) : -EINVAL;
    linux_file_put(asked.file);
    return found;
}

int64_t linux_sys_epoll_pwait(uint64_t in, uint64_t to, uint64_t most, int milliseconds, uint64_t mask, uint64_t size) {
    uint64_t deadline = milliseconds < 0 ? UINT64_MAX : os_after((uint64_t)milliseconds * MILLISECOND);
    return wait(in, to, most, milliseconds == 0 ? 0 : deadline, mask, size);
}

int64_t linux_sys_epoll_pwait2(uint64_t in, uint64_t to, uint64_t most, uint64_t time, uint64_t mask, uint64_t size) {
    uint64_t deadline;
    int64_t error = poll_deadline(time, &deadline);
    return error != 0 ? error : wait(in, to, most, deadline, mask, size);
}
