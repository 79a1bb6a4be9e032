// SPDX-License-Identifier: MIT
// Between begin.c and print.c.
#pragma once

void os_print_start(void);
