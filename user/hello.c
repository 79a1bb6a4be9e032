// SPDX-License-Identifier: MIT
// The smallest program: it says that it runs.
#include <os/begin.h>
#include <os/print.h>

int main(void) {
    os_print("hello from user space: %lu bytes of boot image\n", os_boot_image_size);
    return 0;
}
