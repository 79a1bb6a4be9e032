// SPDX-License-Identifier: MIT
// A pager by userfaultfd: another process answers faults on shared memory by mapping the page that is there already
// (UFFDIO_CONTINUE), the cheapest of Linux's ways.
#include "appel_posix.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int faults = -1;
static pid_t pager = -1;

bool appel_posix_pager_start(void) {
    faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_MINOR_SHMEM};
    if (faults >= 0 && ioctl(faults, UFFDIO_API, &api) == 0) return true;
    if (faults >= 0) close(faults);
    faults = -1;
    return false;
}

void appel_posix_pager_end(void) {
    if (pager <= 0) return;
    kill(pager, SIGKILL);
    waitpid(pager, NULL, 0);
}

static _Noreturn void serve(void) {
    for (;;) {
        struct uffd_msg message;
        if (read(faults, &message, sizeof message) != (ssize_t)sizeof message) _exit(EXIT_FAILURE);
        if (message.event != UFFD_EVENT_PAGEFAULT) continue;
        struct uffdio_continue answer = {
            .range = {message.arg.pagefault.address & ~(uint64_t)(APPEL_PAGE - 1), APPEL_PAGE}};
        if (ioctl(faults, UFFDIO_CONTINUE, &answer) != 0) _exit(EXIT_FAILURE);
    }
}

uint64_t appel_posix_take_paged(uint64_t pages) {
    size_t size = pages * APPEL_PAGE;
    int file = memfd_create("paged", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, (off_t)size) != 0) return 0;
    uint64_t *own = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (own == MAP_FAILED) return 0;
    for (uint64_t page = 0; page < pages; page++) own[page * APPEL_PAGE / sizeof *own] = page;
    munmap(own, size);
    uint64_t va = appel_posix_keep(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), size);
    close(file);
    struct uffdio_register wanted = {.range = {va, size}, .mode = UFFDIO_REGISTER_MODE_MINOR};
    if (va == 0 || ioctl(faults, UFFDIO_REGISTER, &wanted) != 0) return 0;
    pager = fork();
    if (pager == 0) serve();
    return pager > 0 ? va : 0;
}
