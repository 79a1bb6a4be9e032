// SPDX-License-Identifier: MIT
// The proof that the kernel's tables agree with each other.
#pragma once

// => NULL, or what is wrong; with the kernel locked
const char *kernel_check(void);
