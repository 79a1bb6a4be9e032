// SPDX-License-Identifier: MIT
// The smallest program: it says that it runs, and repeats its words.
#include <os/begin.h>
#include <os/print.h>
#include <os/process.h>

int main(void) {
    os_print("hello from user space");
    for (unsigned i = 1; i < os_argument_count(); i++) os_print(" %s", os_argument(i));
    os_print("\n");
    return 0;
}
