// SPDX-License-Identifier: MIT
// Files of Linux's: made, written, listed, renamed, linked, removed, in a folder of its own; and what is told of them.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *error_of(long answer) { return answer < 0 ? strerrorname_np(errno) : "ok"; }

static void say(const char *what, long answer) {
    if (answer < 0)
        printf("%s: %s\n", what, error_of(answer));
    else
        printf("%s: %ld\n", what, answer);
}

static void fill(char *text, size_t size, unsigned seed) {
    for (size_t i = 0; i < size; i++) text[i] = (char)('a' + (i * 7 + i / 13 + seed) % 26);
}

static unsigned long sum(const char *text, size_t size) {
    unsigned long sum = 0;
    for (size_t i = 0; i < size; i++) sum = sum * 31 + (unsigned char)text[i];
    return sum;
}

// ---- data ----

static void data(void) {
    static char text[200000], back[200000];
    fill(text, sizeof text, 1);
    int file = open("data", O_RDWR | O_CREAT | O_EXCL, 0644);
    say("open", file >= 0 ? 0 : -1);
    say("again", open("data", O_RDWR | O_CREAT | O_EXCL, 0644));
    say("write", write(file, text, sizeof text));
    say("at", lseek(file, 0, SEEK_CUR));
    say("back", lseek(file, 0, SEEK_SET));
    say("read", read(file, back, sizeof back));
    printf("same: %d\n", memcmp(text, back, sizeof text) == 0);
    say("end", read(file, back, 10));
    say("pread", pread(file, back, 100, 1000));
    printf("same: %d\n", memcmp(text + 1000, back, 100) == 0);
    say("pwrite", pwrite(file, "HELLO", 5, 250000));
    say("size", lseek(file, 0, SEEK_END));
    say("hole", pread(file, back, 10, 220000));
    printf("zero: %d\n", back[0] == 0 && back[9] == 0);
    say("data at", lseek(file, 0, SEEK_DATA));
    say("beyond", lseek(file, 300000, SEEK_DATA));
    say("negative", lseek(file, -1, SEEK_SET));
    say("cut", ftruncate(file, 5000));
    say("size", lseek(file, 0, SEEK_END));
    say("long", ftruncate(file, 10000));
    say("read", pread(file, back, sizeof back, 4000));
    printf("sum: %lx\n", sum(back, 6000));
    struct iovec pieces[3] = {{text, 10}, {text + 50, 0}, {text + 100, 3000}};
    say("writev", pwritev(file, pieces, 3, 100));
    struct iovec places[3] = {{back, 5}, {back + 5, 1}, {back + 6, 6000}};
    say("readv", preadv(file, places, 3, 100));
    printf("sum: %lx\n", sum(back, 6006));
    say("sync", fsync(file));
    say("datasync", fdatasync(file));
    say("close", close(file));
    say("close again", close(file));
    file = open("data", O_WRONLY | O_APPEND);
    say("append", write(file, "more", 4));
    say("at", lseek(file, 0, SEEK_CUR));
    say("flags", fcntl(file, F_GETFL) & (O_ACCMODE | O_APPEND));
    say("no append", fcntl(file, F_SETFL, 0));
    lseek(file, 0, SEEK_SET);
    say("write", write(file, "first", 5));
    say("read", read(file, back, 1));
    close(file);
    struct stat status;
    say("stat", stat("data", &status));
    printf("mode %o, size %ld, links %lu\n", status.st_mode, (long)status.st_size, (unsigned long)status.st_nlink);
    file = open("data", O_RDONLY | O_TRUNC);
    fstat(file, &status);
    printf("cut to %ld\n", (long)status.st_size);
    close(file);
    say("allocate", posix_fallocate(open("data", O_RDWR), 100, 5000));
    stat("data", &status);
    printf("size %ld\n", (long)status.st_size);
}

static void streams(void) {
    char line[100];
    FILE *file = fopen("stream", "w+");
    for (int i = 0; i < 1000; i++) fprintf(file, "line %d of a thousand\n", i);
    printf("at %ld\n", ftell(file));
    rewind(file);
    int lines = 0;
    while (fgets(line, sizeof line, file) != NULL) lines++;
    printf("%d lines, the last: %s", lines, line);
    fseek(file, -10, SEEK_END);
    printf("end: %s", fgets(line, sizeof line, file));
    fclose(file);
    file = fopen("stream", "a");
    fputs("one more\n", file);
    fclose(file);
    file = fopen("stream", "r");
    fseek(file, -9, SEEK_END);
    printf("then: %s", fgets(line, sizeof line, file));
    printf("eof: %d\n", fgets(line, sizeof line, file) == NULL && feof(file));
    fclose(file);
    file = tmpfile();
    printf("tmpfile: %d\n", file != NULL);
    if (file != NULL) fclose(file);
}

// ---- names ----

static int by_name(const struct dirent **left, const struct dirent **right) {
    return strcmp((*left)->d_name, (*right)->d_name);
}

static void list(const char *folder) {
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, by_name);
    if (count < 0) {
        say(folder, -1);
        return;
    }
    printf("%s:", folder);
    for (int i = 0; i < count; i++) {
        printf(" %s(%d)", entries[i]->d_name, entries[i]->d_type);
        free(entries[i]);
    }
    printf("\n");
    free(entries);
}

static void put(const char *name, const char *text) {
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || write(file, text, strlen(text)) < 0) say(name, -1);
    close(file);
}

static void show(const char *name) {
    char text[100];
    int file = open(name, O_RDONLY);
    ssize_t length = file >= 0 ? read(file, text, sizeof text) : -1;
    if (length < 0)
        say(name, -1);
    else
        printf("%s: %.*s\n", name, (int)length, text);
    close(file);
}

static void names(void) {
    char text[200];
    say("mkdir", mkdir("sub", 0755));
    say("mkdir", mkdir("sub", 0755));
    say("mkdir", mkdir("sub/deep/er", 0755));
    say("mkdir", mkdir("sub/deep/", 0700));
    put("sub/one", "first");
    put("sub/two", "second");
    list("sub");
    say("rename", rename("sub/one", "sub/three"));
    show("sub/one");
    show("sub/three");
    say("rename over", rename("sub/three", "sub/two"));
    show("sub/two");
    say("rename", rename("sub", "sub/deep/x"));
    say("rename", rename("sub/two", "sub/deep"));
    say("rename", rename("sub/deep", "sub/two"));
    say("keep", renameat2(AT_FDCWD, "sub/two", AT_FDCWD, "sub/deep", RENAME_NOREPLACE));
    say("link", link("sub/two", "sub/four"));
    say("link", link("sub/two", "sub/four"));
    say("link", link("sub", "other"));
    struct stat status;
    stat("sub/four", &status);
    printf("links %lu\n", (unsigned long)status.st_nlink);
    say("symlink", symlink("two", "sub/link"));
    say("symlink", symlink("nothing", "sub/dangling"));
    say("symlink", symlink("loop", "sub/loop"));
    ssize_t length = readlink("sub/link", text, sizeof text);
    printf("readlink: %.*s\n", (int)length, text);
    length = readlink("sub/link", text, 2);
    printf("readlink: %.*s\n", (int)length, text);
    say("readlink", readlink("sub/two", text, sizeof text));
    show("sub/link");
    show("sub/dangling");
    show("sub/loop");
    list("sub");
    put("sub/dangling", "made");
    show("sub/nothing");
    say("nofollow", open("sub/link", O_RDONLY | O_NOFOLLOW));
    say("lstat", lstat("sub/link", &status));
    printf("type %o\n", status.st_mode & S_IFMT);
    say("unlink", unlink("sub/link"));
    say("unlink", unlink("sub/link"));
    say("unlink", unlink("sub/deep"));
    say("rmdir", rmdir("sub/two"));
    say("rmdir", rmdir("sub"));
    say("rmdir", rmdir("sub/deep/."));
    say("rmdir", rmdir("sub/deep/.."));
    say("rmdir", rmdir("sub/deep"));
    int file = open("sub/two", O_RDONLY);
    unlink("sub/two");
    unlink("sub/four");
    say("read", read(file, text, 5));
    fstat(file, &status);
    printf("links %lu\n", (unsigned long)status.st_nlink);
    close(file);
    say("fifo", mknod("sub/fifo", S_IFIFO | 0600, 0));
    say("null", mknod("sub/null", S_IFCHR | 0666, 0x103));
    file = open("sub/null", O_RDWR);
    say("write", write(file, "gone", 4));
    say("read", read(file, text, 4));
    close(file);
    list("sub");
}

static void folders(void) {
    char text[4096], *where;
    where = getcwd(text, sizeof text);
    printf("cwd %s\n", where);
    say("chdir", chdir("sub"));
    printf("cwd %s\n", getcwd(text, sizeof text));
    say("getcwd", getcwd(text, 3) != NULL ? 0 : -1);
    say("chdir", chdir("nothing"));
    say("chdir", chdir(".."));
    printf("cwd %s\n", getcwd(text, sizeof text));
    int folder = open("sub", O_RDONLY | O_DIRECTORY);
    say("fchdir", fchdir(folder));
    printf("cwd %s\n", getcwd(text, sizeof text));
    chdir("..");
    int file = openat(folder, "inner", O_WRONLY | O_CREAT, 0640);
    say("write", write(file, "x", 1));
    close(file);
    struct stat status;
    say("fstatat", fstatat(folder, "inner", &status, 0));
    printf("mode %o\n", status.st_mode);
    say("fstatat", fstatat(folder, "", &status, AT_EMPTY_PATH));
    printf("directory %d\n", S_ISDIR(status.st_mode));
    say("read", read(folder, text, 10));
    say("write", write(folder, text, 10));
    say("unlinkat", unlinkat(folder, "inner", 0));
    say("mkdirat", mkdirat(folder, "gone", 0755));
    chdir("sub/gone");
    say("rmdir", rmdir("../gone"));
    say("getcwd", getcwd(text, sizeof text) != NULL ? 0 : -1);
    say("open", open("x", O_WRONLY | O_CREAT, 0644));
    chdir("/tmp/linux_files");
    printf("cwd %s\n", getcwd(text, sizeof text));
    close(folder);
    for (int i = 0; i < 300; i++) {
        snprintf(text, sizeof text, "sub/a file with a rather long name, number %d", i);
        put(text, "");
    }
    DIR *directory = opendir("sub");
    int count = 0;
    while (readdir(directory) != NULL) count++;
    rewinddir(directory);
    while (readdir(directory) != NULL) count++;
    closedir(directory);
    printf("%d entries in two turns\n", count);
    for (int i = 0; i < 300; i++) {
        snprintf(text, sizeof text, "sub/a file with a rather long name, number %d", i);
        unlink(text);
    }
    list("sub");
}

static void rights(void) {
    struct stat status;
    umask(022);
    printf("umask %o\n", umask(027));
    put("moded", "");
    stat("moded", &status);
    printf("mode %o\n", status.st_mode);
    umask(022);
    say("chmod", chmod("moded", 04711));
    stat("moded", &status);
    printf("mode %o\n", status.st_mode);
    say("access", access("moded", R_OK | W_OK | X_OK));
    say("chmod", chmod("moded", 0600));
    say("access", access("moded", X_OK));
    say("access", access("nothing", F_OK));
    say("chown", chown("moded", 12, 34));
    say("chown", chown("moded", (uid_t)-1, 35));
    stat("moded", &status);
    printf("owner %u %u\n", status.st_uid, status.st_gid);
    struct timespec times[2] = {{1000000000, 0}, {1234567890, 0}};
    say("utimens", utimensat(AT_FDCWD, "moded", times, 0));
    stat("moded", &status);
    printf("times %ld %ld\n", (long)status.st_atime, (long)status.st_mtime);
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = 1300000000;
    int file = open("moded", O_RDONLY);
    say("futimens", futimens(file, times));
    close(file);
    stat("moded", &status);
    printf("times %ld %ld\n", (long)status.st_atime, (long)status.st_mtime);
    struct statx extended;
    say("statx", statx(AT_FDCWD, "moded", 0, STATX_BASIC_STATS, &extended));
    printf("mode %o, size %lu, uid %u\n", extended.stx_mode, (unsigned long)extended.stx_size, extended.stx_uid);
    struct statfs system;
    say("statfs", statfs(".", &system));
    printf("names of %ld\n", (long)system.f_namelen);
}

static void descriptors(void) {
    char text[20];
    int file = open("moded", O_RDWR), second = dup(file), third = fcntl(file, F_DUPFD, 50);
    printf("dup %d, at least 50: %d\n", second - file, third);
    write(file, "0123456789", 10);
    say("shared position", lseek(second, 0, SEEK_CUR));
    say("marks", fcntl(third, F_GETFD));
    say("set", fcntl(third, F_SETFD, FD_CLOEXEC));
    say("marks", fcntl(third, F_GETFD));
    say("dup2", dup2(file, third));
    say("marks", fcntl(third, F_GETFD));
    say("dup2 itself", dup2(file, file) == file ? 0 : -1);
    say("dup3 itself", dup3(file, file, 0));
    say("dup2 far", dup2(file, 100000));
    lseek(file, 3, SEEK_SET);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        read(second, text, 2);
        printf("the child reads %.2s\n", text);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    read(second, text, 2);
    printf("then the parent %.2s\n", text);
    say("close_range", close_range(50, 60, 0));
    say("close", close(third));
    close(file);
    close(second);
    int count = 0, last = -1;
    for (int one; (one = open("/dev/null", O_RDONLY)) >= 0; count++) last = one;
    printf("%s, the last %d\n", strerrorname_np(errno), last);
    for (int i = 3; i <= last; i++) close(i);
}

static void devices(void) {
    char text[64];
    struct stat status;
    int file = open("/dev/zero", O_RDWR);
    memset(text, 1, sizeof text);
    say("zero", read(file, text, sizeof text));
    printf("zero: %d\n", text[0] == 0 && text[63] == 0);
    close(file);
    file = open("/dev/full", O_RDWR);
    say("full", write(file, text, 1));
    close(file);
    file = open("/dev/null", O_RDWR);
    say("null", write(file, text, 64));
    say("null", read(file, text, 64));
    fstat(file, &status);
    printf("mode %o, device %x\n", status.st_mode, (unsigned)status.st_rdev);
    close(file);
    file = open("/dev/urandom", O_RDONLY);
    say("random", read(file, text, 64));
    close(file);
    say("dev", stat("/dev/../dev//./null", &status));
    say("dev", stat("/dev/nothing", &status));
    say("dev", stat("/dev/null/x", &status));
    say("dev", open("/dev", O_WRONLY));
    say("link", symlink("/dev/null", "tonull"));
    file = open("tonull", O_WRONLY);
    say("write", write(file, "x", 1));
    close(file);
    say("up", symlink("../../../dev/zero", "tozero"));
    file = open("tozero", O_RDONLY);
    say("read", read(file, text, 4));
    close(file);
    file = open("data", O_RDONLY);
    snprintf(text, sizeof text, "/proc/self/fd/%d", file);
    char path[100];
    ssize_t length = readlink(text, path, sizeof path);
    printf("is %.*s\n", (int)length, path);
    int other = open(text, O_RDONLY);
    say("opened", other > file ? 0 : -1);
    close(other);
    close(file);
    chdir("/dev");
    printf("cwd %s\n", getcwd(path, sizeof path));
    say("stat", stat("null", &status));
    say("stat", stat("../tmp/linux_files/data", &status));
    chdir("/tmp/linux_files");
}

static void fifos(void) {
    char text[100];
    say("mkfifo", mkfifo("fifo", 0600));
    say("mkfifo", mkfifo("fifo", 0600));
    say("nobody reads", open("fifo", O_WRONLY | O_NONBLOCK));
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    say("nobody writes", read(reader, text, sizeof text));
    int writer = open("fifo", O_WRONLY);
    say("empty", read(reader, text, sizeof text));
    say("write", write(writer, "hello", 5));
    say("read", read(reader, text, sizeof text));
    close(writer);
    say("end", read(reader, text, sizeof text));
    close(reader);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        int end = open("fifo", O_WRONLY);
        write(end, "from the child", 14);
        _exit(0);
    }
    reader = open("fifo", O_RDONLY);
    ssize_t length = read(reader, text, sizeof text);
    printf("read %.*s\n", (int)length, text);
    say("end", read(reader, text, sizeof text));
    waitpid(child, NULL, 0);
    close(reader);
    int both = open("fifo", O_RDWR);
    write(both, "self", 4);
    say("itself", read(both, text, sizeof text));
    say("seek", lseek(both, 0, SEEK_SET));
    close(both);
}

static void copies(void) {
    static char text[100000], back[100000];
    fill(text, sizeof text, 5);
    int from = open("from", O_RDWR | O_CREAT | O_TRUNC, 0644), to = open("to", O_RDWR | O_CREAT | O_TRUNC, 0644);
    write(from, text, sizeof text);
    off_t at = 1000;
    say("sendfile", sendfile(to, from, &at, 70000));
    printf("at %ld\n", (long)at);
    say("sendfile", sendfile(to, from, NULL, 10));
    lseek(from, 90000, SEEK_SET);
    say("sendfile", sendfile(to, from, NULL, 20000));
    say("position", lseek(from, 0, SEEK_CUR));
    say("size", lseek(to, 0, SEEK_END));
    say("read", pread(to, back, sizeof back, 0));
    printf("same: %d\n", memcmp(text + 1000, back, 70000) == 0 && memcmp(text + 90000, back + 70000, 10000) == 0);
    off_t first = 0, second = 200000;
    say("copy", copy_file_range(from, &first, to, &second, 50000, 0));
    say("copy", copy_file_range(from, NULL, to, NULL, 50000, 0));
    say("overlap", copy_file_range(from, &(off_t){0}, from, &(off_t){10}, 100, 0));
    say("flags", copy_file_range(from, NULL, to, NULL, 10, 7));
    printf("at %ld %ld\n", (long)first, (long)second);
    say("size", lseek(to, 0, SEEK_END));
    int ends[2];
    pipe(ends);
    at = 0;
    say("to a pipe", sendfile(ends[1], from, &at, 100));
    say("from a pipe", sendfile(to, ends[0], NULL, 100));
    say("copy", copy_file_range(from, &at, ends[1], NULL, 100, 0));
    say("read", read(ends[0], back, sizeof back));
    int reader = open("to", O_RDONLY), folder = open(".", O_RDONLY);
    say("to a reader", sendfile(reader, from, &at, 100));
    say("of a folder", copy_file_range(folder, NULL, to, NULL, 100, 0));
    say("to null", sendfile(open("/dev/null", O_WRONLY), from, &at, 100));
}

int main(void) {
    mkdir("/tmp", 0777);
    if (mkdir("/tmp/linux_files", 0755) != 0 || chdir("/tmp/linux_files") != 0) {
        perror("/tmp/linux_files");
        return 1;
    }
    umask(022);
    data();
    streams();
    names();
    folders();
    rights();
    descriptors();
    devices();
    copies();
    fifos();
    chdir("/tmp");
    printf("is well\n");
    return 0;
}
