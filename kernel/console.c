// SPDX-License-Identifier: MIT
// The console: what the kernel says.
#include "console.h"

#include <stdarg.h>
#include <stddef.h>

#include "format.h"
#include "sbi.h"

static void put(void *context, char c)
{
    (void)context;
    if (c == '\n')
        sbi_put('\r');
    sbi_put(c);
}

void print(const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    format(put, NULL, text, arguments);
    va_end(arguments);
}
