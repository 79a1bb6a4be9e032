// SPDX-License-Identifier: MIT
// Who the process is, and what it may become: by Linux's rules, though nothing depends on it here.
#include "linux_credentials.h"

#include <os/mutex.h>
#include <os/process.h>
#include <os/start_block.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_thread.h"
#include "linux_user.h"
#include "string.h"

enum { GROUPS = 256, NO_CHANGE = -1, CAPABILITY_VERSION_1 = 0x19980330, CAPABILITY_VERSION_2 = 0x20071026 };
enum { CAPABILITY_VERSION_3 = 0x20080522 };
#define ALL_CAPABILITIES UINT64_C(0x1ffffffffff)

struct linux_credentials linux_credentials = {.effective = ALL_CAPABILITIES, .permitted = ALL_CAPABILITIES};

static uint32_t groups[GROUPS];
static uint32_t group_count;

#define SELF linux_credentials // in short

int64_t linux_sys_getuid(void) { return SELF.user; }
int64_t linux_sys_geteuid(void) { return SELF.effective_user; }
int64_t linux_sys_getgid(void) { return SELF.group; }
int64_t linux_sys_getegid(void) { return SELF.effective_group; }

// What follows for capabilities from another user.
static void changed_from(const struct linux_credentials *old) {
    bool had = old->user == 0 || old->effective_user == 0 || old->saved_user == 0;
    bool has = SELF.user == 0 || SELF.effective_user == 0 || SELF.saved_user == 0;
    SELF.file_user = SELF.effective_user;
    if (had && !has && !SELF.keeps) SELF.permitted = SELF.effective = 0;
    if (old->effective_user == 0 && SELF.effective_user != 0) SELF.effective = 0;
    if (old->effective_user != 0 && SELF.effective_user == 0) SELF.effective = SELF.permitted;
}

void credentials_exec(void) {
    bool is_root = SELF.user == 0 || SELF.effective_user == 0;
    SELF.saved_user = SELF.file_user = SELF.effective_user;
    SELF.saved_group = SELF.file_group = SELF.effective_group;
    SELF.keeps = false;
    SELF.permitted = is_root ? ALL_CAPABILITIES : 0;
    SELF.effective = SELF.effective_user == 0 ? SELF.permitted : 0;
}

// ---- users ----

int64_t linux_sys_setuid(uint32_t user) {
    const struct linux_credentials old = SELF;
    if (user == (uint32_t)NO_CHANGE) return -EINVAL;
    if (credentials_has(CAPABILITY_SETUID))
        SELF.user = SELF.saved_user = user;
    else if (user != SELF.user && user != SELF.saved_user)
        return -EPERM;
    SELF.effective_user = user;
    changed_from(&old);
    return 0;
}

int64_t linux_sys_setreuid(uint32_t user, uint32_t effective) {
    const struct linux_credentials old = SELF;
    bool may = credentials_has(CAPABILITY_SETUID);
    bool sets_user = user != (uint32_t)NO_CHANGE, sets_effective = effective != (uint32_t)NO_CHANGE;
    if (sets_user && !may && user != old.user && user != old.effective_user) return -EPERM;
    if (sets_effective && !may && effective != old.user && effective != old.effective_user &&
        effective != old.saved_user)
        return -EPERM;
    if (sets_user) SELF.user = user;
    if (sets_effective) SELF.effective_user = effective;
    if (sets_user || (sets_effective && effective != old.user)) SELF.saved_user = SELF.effective_user;
    changed_from(&old);
    return 0;
}

static bool is_one(uint32_t number, uint32_t first, uint32_t second, uint32_t third) {
    return number == (uint32_t)NO_CHANGE || number == first || number == second || number == third;
}

int64_t linux_sys_setresuid(uint32_t user, uint32_t effective, uint32_t saved) {
    const struct linux_credentials old = SELF;
    const uint32_t new[] = {user, effective, saved};
    for (int i = 0; i < 3; i++)
        if (!credentials_has(CAPABILITY_SETUID) && !is_one(new[i], old.user, old.effective_user, old.saved_user))
            return -EPERM;
    if (user != (uint32_t)NO_CHANGE) SELF.user = user;
    if (effective != (uint32_t)NO_CHANGE) SELF.effective_user = effective;
    if (saved != (uint32_t)NO_CHANGE) SELF.saved_user = saved;
    changed_from(&old);
    return 0;
}

static int64_t tell(uint64_t first, uint64_t second, uint64_t third, const uint32_t *numbers) {
    bool done = user_write(first, &numbers[0], 4) && user_write(second, &numbers[1], 4);
    return done && user_write(third, &numbers[2], 4) ? 0 : -EFAULT;
}

int64_t linux_sys_getresuid(uint64_t user, uint64_t effective, uint64_t saved) {
    return tell(user, effective, saved, (const uint32_t[]){SELF.user, SELF.effective_user, SELF.saved_user});
}

// => what it was, also when it may not
int64_t linux_sys_setfsuid(uint32_t user) {
    uint32_t old = SELF.file_user;
    bool is_own = is_one(user, SELF.user, SELF.effective_user, SELF.saved_user) || user == old;
    if (user != (uint32_t)NO_CHANGE && (is_own || credentials_has(CAPABILITY_SETUID))) SELF.file_user = user;
    return old;
}

// ---- groups ----

int64_t linux_sys_setgid(uint32_t group) {
    if (group == (uint32_t)NO_CHANGE) return -EINVAL;
    if (credentials_has(CAPABILITY_SETGID))
        SELF.group = SELF.saved_group = group;
    else if (group != SELF.group && group != SELF.saved_group)
        return -EPERM;
    SELF.effective_group = SELF.file_group = group;
    return 0;
}

int64_t linux_sys_setregid(uint32_t group, uint32_t effective) {
    const struct linux_credentials old = SELF;
    bool may = credentials_has(CAPABILITY_SETGID);
    bool sets_group = group != (uint32_t)NO_CHANGE, sets_effective = effective != (uint32_t)NO_CHANGE;
    if (sets_group && !may && group != old.group && group != old.effective_group) return -EPERM;
    if (sets_effective && !may && effective != old.group && effective != old.effective_group &&
        effective != old.saved_group)
        return -EPERM;
    if (sets_group) SELF.group = group;
    if (sets_effective) SELF.effective_group = effective;
    if (sets_group || (sets_effective && effective != old.group)) SELF.saved_group = SELF.effective_group;
    SELF.file_group = SELF.effective_group;
    return 0;
}

int64_t linux_sys_setresgid(uint32_t group, uint32_t effective, uint32_t saved) {
    const struct linux_credentials old = SELF;
    const uint32_t new[] = {group, effective, saved};
    for (int i = 0; i < 3; i++)
        if (!credentials_has(CAPABILITY_SETGID) && !is_one(new[i], old.group, old.effective_group, old.saved_group))
            return -EPERM;
    if (group != (uint32_t)NO_CHANGE) SELF.group = group;
    if (effective != (uint32_t)NO_CHANGE) SELF.effective_group = effective;
    if (saved != (uint32_t)NO_CHANGE) SELF.saved_group = saved;
    SELF.file_group = SELF.effective_group;
    return 0;
}

int64_t linux_sys_getresgid(uint64_t group, uint64_t effective, uint64_t saved) {
    return tell(group, effective, saved, (const uint32_t[]){SELF.group, SELF.effective_group, SELF.saved_group});
}

int64_t linux_sys_setfsgid(uint32_t group) {
    uint32_t old = SELF.file_group;
    bool is_own = is_one(group, SELF.group, SELF.effective_group, SELF.saved_group) || group == old;
    if (group != (uint32_t)NO_CHANGE && (is_own || credentials_has(CAPABILITY_SETGID))) SELF.file_group = group;
    return old;
}

int64_t linux_sys_getgroups(int size, uint64_t to) {
    if (size < 0) return -EINVAL;
    if (size == 0) return group_count;
    if ((uint32_t)size < group_count) return -EINVAL;
    return user_write(to, groups, group_count * sizeof groups[0]) ? (int64_t)group_count : -EFAULT;
}

int64_t linux_sys_setgroups(uint64_t count, uint64_t from) {
    uint32_t new[GROUPS];
    if (!credentials_has(CAPABILITY_SETGID)) return -EPERM;
    if (count > GROUPS) return -EINVAL;
    if (!user_read(new, from, count * sizeof new[0])) return -EFAULT;
    memcpy(groups, new, count * sizeof new[0]);
    group_count = (uint32_t)count;
    return 0;
}

// ---- capabilities ----

struct capability_head {
    uint32_t version;
    int32_t process;
};

struct capability_data {
    uint32_t effective, permitted, inheritable;
};

// => how many words of 32 bits each set has, or a negative error
static int64_t read_head(uint64_t at, struct capability_head *head) {
    static const uint32_t preferred = CAPABILITY_VERSION_3;
    if (!user_read(head, at, sizeof *head)) return -EFAULT;
    if (head->version == CAPABILITY_VERSION_1) return 1;
    if (head->version == CAPABILITY_VERSION_2 || head->version == CAPABILITY_VERSION_3) return 2;
    return user_write(at, &preferred, sizeof preferred) ? -EINVAL : -EFAULT;
}

static bool is_own(int32_t process) {
    return process == 0 || (uint32_t)process == os_start->process || linux_thread_find((uint64_t)process) != NULL;
}

int64_t linux_sys_capget(uint64_t head_at, uint64_t to) {
    struct capability_head head;
    struct capability_data data[2];
    int64_t words = read_head(head_at, &head);
    if (words == -EINVAL && to == 0) return 0;
    if (words < 0) return words;
    if (to == 0) return 0;
    if (head.process < 0) return -EINVAL;
    if (!is_own(head.process)) return -ESRCH;
    for (int i = 0; i < 2; i++) {
        unsigned shift = 32 * (unsigned)i;
        data[i] = (struct capability_data){(uint32_t)(SELF.effective >> shift), (uint32_t)(SELF.permitted >> shift),
                                           (uint32_t)(SELF.inheritable >> shift)};
    }
    return user_write(to, data, (uint64_t)words * sizeof data[0]) ? 0 : -EFAULT;
}

int64_t linux_sys_capset(uint64_t head_at, uint64_t from) {
    struct capability_head head;
    struct capability_data data[2] = {0};
    int64_t words = read_head(head_at, &head);
    if (words < 0) return words;
    if (!is_own(head.process)) return -EPERM;
    if (!user_read(data, from, (uint64_t)words * sizeof data[0])) return -EFAULT;
    uint64_t effective = (data[0].effective | (uint64_t)data[1].effective << 32) & ALL_CAPABILITIES;
    uint64_t permitted = (data[0].permitted | (uint64_t)data[1].permitted << 32) & ALL_CAPABILITIES;
    uint64_t inheritable = (data[0].inheritable | (uint64_t)data[1].inheritable << 32) & ALL_CAPABILITIES;
    uint64_t may_inherit = credentials_has(CAPABILITY_PERMIT) ? ALL_CAPABILITIES : SELF.inheritable | SELF.permitted;
    if ((inheritable & ~may_inherit) != 0 || (permitted & ~SELF.permitted) != 0 || (effective & ~permitted) != 0)
        return -EPERM;
    SELF.effective = effective;
    SELF.permitted = permitted;
    SELF.inheritable = inheritable;
    return 0;
}
