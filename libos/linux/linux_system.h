// SPDX-License-Identifier: MIT
// What uname says.
#pragma once

enum system_name { SYSTEM_KERNEL, SYSTEM_HOST, SYSTEM_RELEASE, SYSTEM_VERSION, SYSTEM_MACHINE, SYSTEM_DOMAIN };

const char *system_name(enum system_name which);
