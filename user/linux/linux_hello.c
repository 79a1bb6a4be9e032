// SPDX-License-Identifier: MIT
// The smallest program of Linux's: words, a status.
#include <stdio.h>

int main(int count, char **words) {
    printf("hello from Linux");
    for (int i = 1; i < count; i++) printf(" %s", words[i]);
    printf(", with %d words\n", count);
    return 7;
}
