// SPDX-License-Identifier: MIT
// Linux's error numbers; a call answers with one of them, negative.
#pragma once

enum linux_error {
#define LINUX_ERROR(name, number) name = (number),
#include "linux_errors.def"
#undef LINUX_ERROR
};
