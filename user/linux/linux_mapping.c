// SPDX-License-Identifier: MIT
// Files in memory: shared and private, with holes and behind the end, cut while they are mapped, against the mode that
// they were opened in; and files of memory alone.
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define RW   (PROT_READ | PROT_WRITE)

static const char *path = "/mapping";
static sigjmp_buf out;
static volatile int fault_signal, fault_code;
static void *volatile fault_at;

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)context;
    fault_signal = number;
    fault_code = info->si_code;
    fault_at = info->si_addr;
    siglongjmp(out, 1);
}

static const char *touch(volatile char *at, int write) {
    static char saids[8][64];
    static int next;
    char *said = saids[next++ % 8];
    if (sigsetjmp(out, 1) != 0) {
        snprintf(said, sizeof saids[0], "%s code %d%s", fault_signal == SIGSEGV ? "SEGV" : "BUS", fault_code,
                 fault_at == (void *)at ? "" : " elsewhere");
        return said;
    }
    if (write) *at = (char)write;
    snprintf(said, sizeof saids[0], "%d", *at);
    return said;
}

static void say(const char *what, long result) {
    printf("%s: %s\n", what, result == -1 ? strerrorname_np(errno) : "ok");
    fflush(stdout);
}

static void *told(const char *what, void *at) {
    say(what, at == MAP_FAILED ? -1 : 0);
    return at;
}

static int fresh(size_t size, int flags) {
    char block[1000];
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    for (size_t done = 0; done < size;) {
        size_t some = size - done < sizeof block ? size - done : sizeof block;
        for (size_t i = 0; i < some; i++) block[i] = (char)((done + i) / PAGE * 10 + 1);
        if (write(file, block, some) != (ssize_t)some) say("write", -1);
        done += some;
    }
    if (flags == O_RDWR) return file;
    close(file);
    return open(path, flags);
}

static int in_file(int file, off_t offset) {
    char c = 99;
    return pread(file, &c, 1, offset) == 1 ? c : -1;
}

static void put(int file, off_t offset, char c) {
    if (pwrite(file, &c, 1, offset) != 1) say("pwrite", -1);
}

static void shared(void) {
    int file = fresh(3 * PAGE + 100, O_RDWR);
    char *at = told("shared", mmap(NULL, 6 * PAGE, RW, MAP_SHARED, file, 0));
    char *second = told("from page 2", mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, file, 2 * PAGE));
    printf("read: %d %d %d, behind the end %d %d\n", at[0], at[PAGE], at[3 * PAGE + 99], at[3 * PAGE + 100],
           at[4 * PAGE - 1]);
    printf("page 4: %s, %s\n", touch(at + 4 * PAGE, 0), touch(at + 5 * PAGE, 1));
    at[2 * PAGE + 5] = 77;
    put(file, 2 * PAGE + 6, 78);
    printf("written: in the file %d, in memory %d, in the other mapping %d %d\n", in_file(file, 2 * PAGE + 5),
           at[2 * PAGE + 6], second[5], second[6]);
    printf("write to what is read only: %s\n", touch(second, 1));
    say("mprotect", mprotect(second, PAGE, RW));
    second[7] = 79;
    printf("then: %d\n", at[2 * PAGE + 7]);
    say("sync", msync(at, 4 * PAGE, MS_SYNC));
    say("sync, behind the end", msync(at, 6 * PAGE, MS_SYNC));
    say("sync both", msync(at, PAGE, MS_SYNC | MS_ASYNC));
    say("sync odd", msync(at + 1, PAGE, MS_SYNC));
    say("async", msync(at, PAGE, MS_ASYNC | MS_INVALIDATE));
    say("discard", madvise(at, 4 * PAGE, MADV_DONTNEED));
    printf("nothing is lost: %d %d\n", at[2 * PAGE + 5], at[2 * PAGE + 7]);
    say("close", close(file));
    say("unlink", unlink(path));
    at[0] = 55;
    printf("still: %d %d\n", at[0], second[5]);
    say("munmap the middle", munmap(at + PAGE, 2 * PAGE));
    printf("%s %s %s\n", touch(at, 0), touch(at + PAGE, 0), touch(at + 3 * PAGE, 0));
    say("sync with a hole", msync(at, 4 * PAGE, MS_SYNC));
    munmap(at, 6 * PAGE);
    munmap(second, 2 * PAGE);
}

static void private(void) {
    int file = fresh(3 * PAGE + 100, O_RDONLY), writer = open(path, O_RDWR);
    char *at = told("private of a file to read", mmap(NULL, 5 * PAGE, RW, MAP_PRIVATE, file, 0));
    put(writer, PAGE, 50);
    printf("not copied yet: %d\n", at[PAGE]);
    at[PAGE + 1] = 60;
    put(writer, PAGE, 51);
    printf("copied: %d %d, in the file %d\n", at[PAGE], at[PAGE + 1], in_file(file, PAGE + 1));
    printf("behind the end: %s %s\n", touch(at + 4 * PAGE, 1), touch(at + 3 * PAGE + 500, 8));
    fflush(stdout);
    if (fork() == 0) {
        printf("child: %d\n", at[PAGE + 1]);
        at[PAGE + 1] = 61;
        at[2 * PAGE] = 62;
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    printf("parent: %d %d\n", at[PAGE + 1], at[2 * PAGE]);
    say("discard", madvise(at, 4 * PAGE, MADV_DONTNEED));
    printf("the file's again: %d %d %d\n", at[PAGE], at[PAGE + 1], at[3 * PAGE + 500]);
    munmap(at, 5 * PAGE);
    close(file);
    close(writer);
}

static void cut(void) {
    int file = fresh(6 * PAGE, O_RDWR);
    char *all = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, file, 0), *own = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE, file, 0);
    for (size_t page = 0; page < 6; page++) all[page * PAGE + 9] = own[page * PAGE + 9] = (char)(page + 100);
    fflush(stdout);
    if (fork() == 0) _exit(ftruncate(file, 2 * PAGE + 10) != 0);
    wait(NULL);
    printf("shared: %s %s %s\n", touch(all + 2 * PAGE + 9, 0), touch(all + 2 * PAGE + 10, 0), touch(all + 3 * PAGE, 0));
    printf("private: %s %s\n", touch(own + 2 * PAGE + 9, 0), touch(own + 3 * PAGE + 9, 1));
    say("longer", ftruncate(file, 5 * PAGE));
    printf("shared: %s %s, private %s\n", touch(all + 3 * PAGE + 9, 0), touch(all + 4 * PAGE, 5),
           touch(own + 3 * PAGE + 9, 0));
    printf("in the file: %d %d\n", in_file(file, 4 * PAGE), in_file(file, 3 * PAGE + 9));
    say("pwrite from beyond the end", pwrite(file, all + 5 * PAGE, 10, 0));
    say("pread to beyond the end", pread(file, all + 6 * PAGE, 10, 0));
    say("empty", ftruncate(file, 0));
    printf("page 0: %s\n", touch(all, 0));
    munmap(all, 8 * PAGE);
    munmap(own, 8 * PAGE);
    close(file);
}

static void holes(void) {
    int file = fresh(0, O_RDWR);
    say("truncate", ftruncate(file, 100 * PAGE));
    char *at = mmap(NULL, 100 * PAGE, RW, MAP_SHARED, file, 0);
    int wrong = 0;
    for (size_t page = 0; page < 100; page += 7) wrong += at[page * PAGE] != 0;
    at[50 * PAGE] = 1;
    at[99 * PAGE + 4095] = 2;
    printf("%d wrong, in the file %d %d %d\n", wrong, in_file(file, 50 * PAGE), in_file(file, 51 * PAGE),
           in_file(file, 100 * PAGE - 1));
    say("sync", fsync(file));
    munmap(at, 100 * PAGE);
    close(file);
    file = open(path, O_RDONLY);
    printf("again: %d %d\n", in_file(file, 50 * PAGE), in_file(file, 100 * PAGE - 1));
    close(file);
}

static void refused(void) {
    int reader = fresh(2 * PAGE, O_RDONLY), writer = open(path, O_WRONLY), folder = open("/", O_RDONLY);
    told("shared, to write, of a reader", mmap(NULL, PAGE, RW, MAP_SHARED, reader, 0));
    char *at = told("shared, to read, of a reader", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0));
    say("mprotect to write", mprotect(at, PAGE, RW));
    told("private, of a writer", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0));
    told("shared, of a writer", mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, writer, 0));
    told("a folder", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, folder, 0));
    told("an odd offset", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, reader, 100));
    told("no bytes", mmap(NULL, 0, PROT_READ, MAP_PRIVATE, reader, 0));
    told("neither shared nor private", mmap(NULL, PAGE, PROT_READ, 0, reader, 0));
    told("type 3", mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE, reader, 0));
    told("type 3, unknown flag", mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | 0x80000, reader, 0));
    told("type 1, unknown flag", mmap(NULL, PAGE, PROT_READ, MAP_SHARED | 0x80000, reader, 0));
    told("an offset that is too large", mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, reader, (off_t)(0 - PAGE)));
    told("far behind the end", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, (off_t)PAGE << 20));
    told("grows down", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, reader, 0));
    close(reader);
    told("closed", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, reader, 0));
    reader = open(path, O_PATH);
    told("by path only", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, reader, 0));
    close(reader);
    close(writer);
    close(folder);
}

static void moved(void) {
    int file = fresh(6 * PAGE, O_RDWR);
    char *room = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *at = mmap(room, 3 * PAGE, RW, MAP_SHARED | MAP_FIXED, file, PAGE);
    printf("fixed: %s, %d\n", at == room ? "yes" : "no", at[0]);
    say("over it", mmap(room + 2 * PAGE, PAGE, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, file, 0) == MAP_FAILED ? -1 : 0);
    munmap(room + 3 * PAGE, 13 * PAGE);
    say("grow", mremap(at, 3 * PAGE, 7 * PAGE, 0) == at ? 0 : -1);
    printf("grown: %s %s %s\n", touch(at + 3 * PAGE, 0), touch(at + 4 * PAGE, 0), touch(at + 5 * PAGE, 0));
    at[4 * PAGE] = 33;
    printf("in the file: %d\n", in_file(file, 5 * PAGE));
    char *to = mremap(at, 7 * PAGE, 9 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + 100 * PAGE);
    printf("moved: %s, %s %s %s\n", to == room + 100 * PAGE ? "yes" : "no", touch(to, 0), touch(to + 4 * PAGE, 0),
           touch(to + 6 * PAGE, 0));
    printf("where it was: %s\n", touch(at, 0));
    say("longer", ftruncate(file, 20 * PAGE));
    printf("page 8: %s\n", touch(to + 8 * PAGE, 9));
    printf("in the file: %d\n", in_file(file, 9 * PAGE));
    say("shrink", mremap(to, 9 * PAGE, 2 * PAGE, 0) == to ? 0 : -1);
    printf("page 2: %s\n", touch(to + 2 * PAGE, 0));
    char *own = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, file, 0);
    own[0] = 99;
    to = mremap(own, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
    printf("private: %d %d %d\n", to[0], to[PAGE], to[3 * PAGE]);
    munmap(to, 4 * PAGE);
    close(file);
}

static void many(void) {
    int file = fresh(64 * PAGE, O_RDWR), wrong = 0;
    enum { MANY = 2000 };
    static char *all[MANY];
    for (int i = 0; i < MANY; i++) {
        all[i] = mmap(NULL, PAGE, i % 2 ? PROT_READ : RW, MAP_SHARED, file, (off_t)((i * 7 % 64) * (int)PAGE));
        if (all[i] == MAP_FAILED) wrong++;
    }
    for (int i = 0; i < MANY; i++) wrong += all[i] != MAP_FAILED && all[i][0] != (char)(i * 7 % 64 * 10 + 1);
    printf("%d mappings of a file, %d wrong\n", MANY, wrong);
    for (int i = 0; i < MANY; i++) wrong += all[i] != MAP_FAILED && munmap(all[i], PAGE) != 0;
    printf("%d wrong\n", wrong);
    close(file);
}

static void zeros(void) {
    int file = open("/dev/zero", O_RDWR);
    char *own = told("private", mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, file, 0));
    char *with = told("shared", mmap(NULL, 2 * PAGE, RW, MAP_SHARED, file, 0));
    fflush(stdout);
    if (fork() == 0) {
        own[0] = with[0] = 7;
        _exit(0);
    }
    wait(NULL);
    printf("%d %d\n", own[0], with[0]);
    close(file);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    shared();
    private();
    cut();
    holes();
    refused();
    moved();
    zeros();
    many();
    unlink(path);
    return 0;
}
