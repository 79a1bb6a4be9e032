// SPDX-License-Identifier: MIT
// Where a child begins.
#pragma once

void os_child_main(void);
