// SPDX-License-Identifier: MIT
// Memory with a name (/dev/shm) and with a descriptor (memfd_create), and its seals.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define RW   (PROT_READ | PROT_WRITE)

static void say(const char *what, long result) {
    printf("%s: %s\n", what, result == -1 ? strerrorname_np(errno) : "ok");
    fflush(stdout);
}

static void *told(const char *what, void *at) {
    say(what, at == MAP_FAILED ? -1 : 0);
    return at;
}

static int listed(const char *wanted) {
    DIR *folder = opendir("/dev/shm");
    int found = 0;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        found += strcmp(entry->d_name, wanted) == 0;
    if (folder != NULL) closedir(folder);
    return found;
}

static void named(void) {
    struct stat status;
    say("not there", shm_open("/some", O_RDWR, 0));
    int file = shm_open("/some", O_RDWR | O_CREAT | O_EXCL, 0600);
    say("make", file);
    say("there", shm_open("/some", O_RDWR | O_CREAT | O_EXCL, 0600));
    say("truncate", ftruncate(file, 3 * PAGE));
    fstat(file, &status);
    printf("%ld bytes, mode %o\n", (long)status.st_size, status.st_mode);
    printf("stat: %d, %ld bytes\n", stat("/dev/shm/some", &status), (long)status.st_size);
    char *at = told("map", mmap(NULL, 3 * PAGE, RW, MAP_SHARED, file, 0));
    at[PAGE] = 'x';
    close(file);
    printf("listed: %d\n", listed("some"));
    fflush(stdout);
    if (fork() == 0) {
        file = shm_open("/some", O_RDWR, 0);
        char *mine = mmap(NULL, PAGE, RW, MAP_SHARED, file, (off_t)PAGE);
        printf("child: %c\n", mine[0]);
        mine[1] = 'y';
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    printf("parent: %c\n", at[PAGE + 1]);
    say("unlink", shm_unlink("/some"));
    say("unlink", shm_unlink("/some"));
    printf("listed: %d, still %c\n", listed("some"), at[PAGE]);
    say("not there", shm_open("/some", O_RDWR, 0));
    munmap(at, 3 * PAGE);
}

static void by_descriptor(void) {
    char text[8] = "";
    struct stat status;
    int file = memfd_create("name", MFD_CLOEXEC);
    say("make", file);
    printf("flags %d, mode %o\n", fcntl(file, F_GETFD), fcntl(file, F_GETFL) & O_ACCMODE);
    say("write", write(file, "hello", 5));
    printf("read %ld", (long)pread(file, text, 7, 0));
    printf(" %s\n", text);
    say("seek", lseek(file, 10000, SEEK_SET));
    say("write", write(file, "x", 1));
    fstat(file, &status);
    printf("%ld bytes, %ld blocks, mode %o, links %lu\n", (long)status.st_size, (long)status.st_blocks, status.st_mode,
           (unsigned long)status.st_nlink);
    printf("data at %ld, a hole at %ld, data at %ld\n", (long)lseek(file, 0, SEEK_DATA),
           (long)lseek(file, 0, SEEK_HOLE), (long)lseek(file, 5000, SEEK_DATA));
    printf("seals %d\n", fcntl(file, F_GET_SEALS));
    say("seal", fcntl(file, F_ADD_SEALS, F_SEAL_GROW));
    say("sync", fsync(file));
    char *at = told("private", mmap(NULL, PAGE, RW, MAP_PRIVATE, file, 0));
    at[0] = 'j';
    pread(file, text, 5, 0);
    printf("%s, %.5s\n", text, at);
    close(file);
    printf("%.5s\n", at);
    say("unknown flags", memfd_create("name", 0x1000));
    say("nowhere", memfd_create((const char *)16, 0));
    char name[300];
    memset(name, 'n', sizeof name);
    name[249] = '\0';
    say("a long name", memfd_create(name, 0));
    name[249] = 'n', name[250] = '\0';
    say("too long a name", memfd_create(name, 0));
}

static void sealed(void) {
    int file = memfd_create("sealed", MFD_ALLOW_SEALING);
    say("truncate", ftruncate(file, 2 * PAGE));
    printf("seals %d\n", fcntl(file, F_GET_SEALS));
    char *at = mmap(NULL, PAGE, RW, MAP_SHARED, file, 0);
    say("seal shrink", fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK));
    say("shrink", ftruncate(file, PAGE));
    say("grow", ftruncate(file, 3 * PAGE));
    say("seal grow", fcntl(file, F_ADD_SEALS, F_SEAL_GROW));
    say("grow", ftruncate(file, 4 * PAGE));
    say("write behind the end", pwrite(file, "x", 1, (off_t)(3 * PAGE)));
    printf("over the end: %ld\n", (long)pwrite(file, "xyz", 3, (off_t)(3 * PAGE - 2)));
    say("seal write", fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
    munmap(at, PAGE);
    say("seal write", fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
    say("write", pwrite(file, "x", 1, 0));
    told("shared to write", mmap(NULL, PAGE, RW, MAP_SHARED, file, 0));
    at = told("private", mmap(NULL, PAGE, RW, MAP_PRIVATE, file, 0));
    at[0] = 'p';
    say("seal seal", fcntl(file, F_ADD_SEALS, F_SEAL_SEAL));
    say("more", fcntl(file, F_ADD_SEALS, F_SEAL_GROW));
    printf("seals %d\n", fcntl(file, F_GET_SEALS));
    say("unknown", fcntl(file, F_ADD_SEALS, 0x100));
    close(file);
}

int main(void) {
    named();
    by_descriptor();
    sealed();
    return 0;
}
