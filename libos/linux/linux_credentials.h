// SPDX-License-Identifier: MIT
// Who the process is: user, groups, capabilities. Nothing here guards anything: servers trust a process by its handles.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct linux_credentials {
    uint32_t user, effective_user, saved_user, file_user;
    uint32_t group, effective_group, saved_group, file_group;
    bool keeps; // its capabilities, when it is no longer user 0
    uint64_t effective, permitted, inheritable;
};

extern struct linux_credentials linux_credentials;

static inline bool credentials_has(unsigned capability) { return (linux_credentials.effective >> capability & 1) != 0; }
// Another program begins.
void credentials_exec(void);

enum {
    CAPABILITY_SETGID = 6,
    CAPABILITY_SETUID = 7,
    CAPABILITY_PERMIT = 8, // "setpcap"
    CAPABILITY_ADMIN = 21,
    CAPABILITY_BOOT = 22,
    CAPABILITY_NICE = 23,
    CAPABILITY_RESOURCE = 24,
};
