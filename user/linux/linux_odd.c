// SPDX-License-Identifier: MIT
// Odd calls on files, and which error each gives: wild pointers, wrong descriptors, flags, paths, in all combinations.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define WILD         ((void *)0x10)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char buffer[8192];
static char long_name[300], long_path[5000];

static void say(const char *what, const char *with, long answer) {
    if (answer < 0)
        printf("%s %s: %s\n", what, with, strerrorname_np(errno));
    else
        printf("%s %s: %ld\n", what, with, answer);
}

static void close_if(long descriptor) {
    if (descriptor > 2) close((int)descriptor);
}

// ---- paths ----

static const struct {
    const char *name, *path;
} paths[] = {
    {"empty", ""},
    {"wild", (const char *)0x10},
    {"null", NULL},
    {"missing", "missing"},
    {"missing/x", "missing/x"},
    {"file", "file"},
    {"file/", "file/"},
    {"file/x", "file/x"},
    {"file/.", "file/."},
    {"file/..", "file/.."},
    {"folder", "folder"},
    {"folder/", "folder/"},
    {"folder//", "folder//"},
    {"folder/.", "folder/."},
    {"folder/..", "folder/.."},
    {".", "."},
    {"..", ".."},
    {"/", "/"},
    {"//", "//"},
    {"full", "full"},
    {"link", "link"},
    {"link/", "link/"},
    {"link/x", "link/x"},
    {"dangling", "dangling"},
    {"dangling/", "dangling/"},
    {"tofolder", "tofolder"},
    {"tofolder/", "tofolder/"},
    {"tofolder/missing", "tofolder/missing"},
    {"loop", "loop"},
    {"loop/x", "loop/x"},
    {"long name", long_name},
    {"long path", long_path},
    {"/dev/null", "/dev/null"},
    {"/dev/null/", "/dev/null/"},
    {"/dev/missing", "/dev/missing"},
    {"/dev", "/dev"},
    {"/proc/self/exe/x", "/proc/self/exe/x"},
};

static void make_all(void) {
    close(open("file", O_WRONLY | O_CREAT | O_TRUNC, 0644));
    mkdir("folder", 0755);
    mkdir("full", 0755);
    close(open("full/x", O_WRONLY | O_CREAT, 0644));
    symlink("file", "link");
    symlink("nothing", "dangling");
    symlink("folder", "tofolder");
    symlink("loop", "loop");
}

static void clear_all(void) {
    static const char *const names[] = {"file", "full/x",  "link",    "dangling", "tofolder",
                                        "loop", "nothing", "missing", "target"};
    for (size_t i = 0; i < COUNT(names); i++) unlink(names[i]);
    static const char *const folders[] = {"full", "folder", "missing", "target", "nothing", "folder/missing"};
    for (size_t i = 0; i < COUNT(folders); i++) rmdir(folders[i]);
}

// What a path's call leaves behind is put in order again.
static void again(void) {
    unlink("missing");
    rmdir("missing");
    unlink("nothing");
    rmdir("nothing");
    rmdir("folder/missing");
    unlink("folder/missing");
    unlink("target");
    rmdir("target");
    clear_all();
    make_all();
}

static long try_path(unsigned call, const char *path) {
    int64_t times[4] = {1, 0, 2, 0};
    long answer;
    switch (call) {
    case 0:
        answer = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
        close_if(answer);
        return answer < 0 ? -1 : 0;
    case 1:
        answer = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT, 0644);
        close_if(answer);
        return answer < 0 ? -1 : 0;
    case 2:
        answer = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
        close_if(answer);
        return answer < 0 ? -1 : 0;
    case 3:
        answer = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
        close_if(answer);
        return answer < 0 ? -1 : 0;
    case 4:
        answer = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);
        close_if(answer);
        return answer < 0 ? -1 : 0;
    case 5:
        answer = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY);
        close_if(answer);
        return answer < 0 ? -1 : 0;
    case 6:
        answer = syscall(SYS_openat, AT_FDCWD, path, O_PATH);
        close_if(answer);
        return answer < 0 ? -1 : 0;
    case 7:
        return syscall(SYS_newfstatat, AT_FDCWD, path, buffer, 0);
    case 8:
        return syscall(SYS_newfstatat, AT_FDCWD, path, buffer, AT_SYMLINK_NOFOLLOW);
    case 9:
        answer = syscall(SYS_readlinkat, AT_FDCWD, path, buffer, 100);
        return answer < 0 ? -1 : 0;
    case 10:
        return syscall(SYS_mkdirat, AT_FDCWD, path, 0755);
    case 11:
        return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    case 12:
        return syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
    case 13:
        return syscall(SYS_symlinkat, "x", AT_FDCWD, path);
    case 14:
        return syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, "target", 0);
    case 15:
        return syscall(SYS_linkat, AT_FDCWD, "file", AT_FDCWD, path, 0);
    case 16:
        return syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, "target", 0);
    case 17:
        return syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, path, 0);
    case 18:
        return syscall(SYS_renameat2, AT_FDCWD, "folder", AT_FDCWD, path, 0);
    case 19:
        return syscall(SYS_truncate, path, 10);
    case 20:
        return syscall(SYS_faccessat, AT_FDCWD, path, R_OK | W_OK);
    case 21:
        return syscall(SYS_faccessat, AT_FDCWD, path, X_OK);
    case 22:
        return syscall(SYS_fchmodat, AT_FDCWD, path, 0755);
    case 23:
        return syscall(SYS_fchownat, AT_FDCWD, path, 0, 0, AT_SYMLINK_NOFOLLOW);
    case 24:
        return path == NULL ? 0 : syscall(SYS_utimensat, AT_FDCWD, path, times, 0);
    case 25:
        answer = syscall(SYS_chdir, path);
        if (answer == 0) chdir("/tmp/linux_odd");
        return answer;
    case 26:
        return syscall(SYS_statfs, path, buffer);
    case 27:
        return syscall(SYS_mknodat, AT_FDCWD, path, S_IFREG | 0644, 0);
    case 28:
        return syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, path, RENAME_NOREPLACE);
    default:
        return 0;
    }
}

static const char *const path_calls[] = {"open",
                                         "create",
                                         "create new",
                                         "open folder",
                                         "open nofollow",
                                         "open to write",
                                         "open path",
                                         "stat",
                                         "lstat",
                                         "readlink",
                                         "mkdir",
                                         "unlink",
                                         "rmdir",
                                         "symlink",
                                         "link of",
                                         "link to",
                                         "rename of",
                                         "rename to",
                                         "rename folder to",
                                         "truncate",
                                         "access",
                                         "executable",
                                         "chmod",
                                         "lchown",
                                         "utimens",
                                         "chdir",
                                         "statfs",
                                         "mknod",
                                         "rename to free"};

// Changing these would spoil the system that they are tried on, or what they answer depends on how it was made.
static int is_spared(unsigned call, const char *path) {
    int is_system = path != NULL && path != (const char *)0x10 && path[0] == '/';
    int is_device = is_system && strncmp(path, "/dev/", 5) == 0;
    int is_up = path == paths[16].path || path == paths[9].path || path == paths[14].path;
    if (is_device && call <= 2 && call > 0) return 1;
    return (is_system || is_up) && ((call >= 10 && call <= 18) || (call >= 22 && call <= 24) || call >= 27);
}

static void all_paths(void) {
    for (unsigned call = 0; call < COUNT(path_calls); call++) {
        for (size_t i = 0; i < COUNT(paths); i++) {
            if (is_spared(call, paths[i].path)) continue;
            say(path_calls[call], paths[i].name, try_path(call, paths[i].path));
            if (call == 1 || call == 2 || call >= 10) again();
        }
    }
}

// ---- descriptors ----

static int of_file, of_reader, of_writer, of_folder, of_null, of_path, of_pipe[2];

static long try_descriptor(unsigned call, int file) {
    struct iovec piece = {buffer, 10}, wild = {WILD, 10}, negative = {buffer, (size_t)-1};
    int64_t times[4] = {1, 0, 2, 0};
    switch (call) {
    case 0:
        return syscall(SYS_read, file, WILD, 0);
    case 1:
        return syscall(SYS_read, file, (void *)-1l, 10);
    case 2:
        return syscall(SYS_read, file, buffer, (size_t)-1);
    case 3:
        return syscall(SYS_write, file, WILD, 0);
    case 4:
        return syscall(SYS_write, file, (void *)-1l, 10);
    case 5:
        return syscall(SYS_write, file, buffer, (size_t)-1);
    case 6:
        return syscall(SYS_pread64, file, buffer, 0, 0);
    case 7:
        return syscall(SYS_pread64, file, buffer, 10, -1);
    case 8:
        return syscall(SYS_pwrite64, file, buffer, 0, 0);
    case 9:
        return syscall(SYS_pwrite64, file, buffer, 10, -1);
    case 10:
        return syscall(SYS_readv, file, &piece, 0);
    case 11:
        return syscall(SYS_readv, file, &piece, 2000);
    case 12:
        return syscall(SYS_readv, file, WILD, 1);
    case 13:
        return syscall(SYS_readv, file, &negative, 1);
    case 14:
        return syscall(SYS_writev, file, &piece, 0);
    case 15:
        return syscall(SYS_writev, file, &piece, -1);
    case 16:
        return syscall(SYS_writev, file, &wild, 0);
    case 17:
        return syscall(SYS_lseek, file, 0, SEEK_CUR) < 0 ? -1 : 0;
    case 18:
        return syscall(SYS_lseek, file, 0, 9);
    case 19:
        return syscall(SYS_lseek, file, -1, SEEK_SET) < 0 ? -1 : 0;
    case 20:
        return syscall(SYS_fstat, file, buffer);
    case 21:
        return syscall(SYS_fstat, file, WILD);
    case 22:
        return syscall(SYS_ftruncate, file, 0);
    case 23:
        return syscall(SYS_ftruncate, file, -1);
    case 24:
        return syscall(SYS_fsync, file);
    case 25:
        return syscall(SYS_fdatasync, file);
    case 26:
        return syscall(SYS_getdents64, file, buffer, 0);
    case 27:
        return syscall(SYS_getdents64, file, WILD, 4096);
    case 28:
        return syscall(SYS_fchdir, file) == 0 ? chdir("/tmp/linux_odd") : -1;
    case 29:
        return syscall(SYS_fchmod, file, 0644);
    case 30:
        return syscall(SYS_fchown, file, 0, 0);
    case 31:
        return syscall(SYS_utimensat, file, NULL, times, 0);
    case 32:
        return syscall(SYS_fstatfs, file, buffer);
    case 33:
        return syscall(SYS_fallocate, file, 0, 0, 0);
    case 34:
        return syscall(SYS_fallocate, file, 0, 0, 100);
    case 35:
        return syscall(SYS_fallocate, file, 0, -1, 100);
    case 36:
        return syscall(SYS_dup3, file, file, 0);
    case 37:
        return syscall(SYS_dup3, file, 100000, 0);
    case 38:
        return syscall(SYS_dup3, file, 60, 1);
    case 39:
        return syscall(SYS_fcntl, file, F_GETFD);
    case 40:
        return syscall(SYS_fcntl, file, F_GETFL) & ~O_LARGEFILE & 0x7fffff & ~0100000;
    case 41:
        return syscall(SYS_fcntl, file, F_DUPFD, 100000);
    case 42:
        return syscall(SYS_fcntl, file, F_DUPFD, -1);
    case 43:
        return syscall(SYS_fcntl, file, 999, 0);
    case 44:
        return syscall(SYS_fcntl, file, F_SETFL, O_NONBLOCK);
    case 45:
        return syscall(SYS_fcntl, file, F_SETFL, 0);
    case 46:
        return syscall(SYS_fcntl, file, F_SETLK, WILD);
    case 47:
        return syscall(SYS_ioctl, file, 0x12345678, 0);
    case 48:
        return syscall(SYS_ioctl, file, 0x5401, buffer);
    case 49:
        return syscall(SYS_openat, file, "x", O_RDONLY);
    case 50:
        return syscall(SYS_newfstatat, file, "", buffer, AT_EMPTY_PATH);
    case 51:
        return syscall(SYS_newfstatat, file, "", buffer, 0);
    case 52:
        return syscall(SYS_newfstatat, file, "x", buffer, 0x4000000);
    case 53:
        return syscall(SYS_unlinkat, file, "x", 0);
    case 54:
        return syscall(SYS_unlinkat, file, "x", 77);
    case 55:
        return syscall(SYS_flock, file, 77);
    case 56:
        return syscall(SYS_sync_file_range, file, 0, 0, 64);
    case 57:
        return syscall(SYS_fadvise64, file, 0, 0, 77);
    case 58:
        return syscall(SYS_syncfs, file);
    default:
        return 0;
    }
}

static const char *const descriptor_calls[] = {"read nothing",
                                               "read wild",
                                               "read too much",
                                               "write nothing",
                                               "write wild",
                                               "write too much",
                                               "pread nothing",
                                               "pread before",
                                               "pwrite nothing",
                                               "pwrite before",
                                               "readv none",
                                               "readv many",
                                               "readv wild",
                                               "readv negative",
                                               "writev none",
                                               "writev negative count",
                                               "writev none of wild",
                                               "lseek",
                                               "lseek odd",
                                               "lseek before",
                                               "fstat",
                                               "fstat wild",
                                               "ftruncate",
                                               "ftruncate negative",
                                               "fsync",
                                               "fdatasync",
                                               "getdents nothing",
                                               "getdents wild",
                                               "fchdir",
                                               "fchmod",
                                               "fchown",
                                               "futimens",
                                               "fstatfs",
                                               "fallocate none",
                                               "fallocate",
                                               "fallocate before",
                                               "dup3 same",
                                               "dup3 far",
                                               "dup3 odd",
                                               "getfd",
                                               "getfl",
                                               "dupfd far",
                                               "dupfd negative",
                                               "fcntl odd",
                                               "nonblock",
                                               "block",
                                               "setlk wild",
                                               "ioctl odd",
                                               "tcgets",
                                               "openat x",
                                               "fstatat empty",
                                               "fstatat no flag",
                                               "fstatat odd",
                                               "unlinkat x",
                                               "unlinkat odd",
                                               "flock odd",
                                               "sync range odd",
                                               "advise odd",
                                               "syncfs"};

static void all_descriptors(void) {
    const struct {
        const char *name;
        int file;
    } files[] = {{"file", of_file}, {"reader", of_reader}, {"writer", of_writer}, {"folder", of_folder},
                 {"null", of_null}, {"path", of_path},     {"pipe", of_pipe[0]},  {"pipe's end", of_pipe[1]},
                 {"closed", 99},    {"negative", -1},      {"far", 100000}};
    for (unsigned call = 0; call < COUNT(descriptor_calls); call++)
        for (size_t i = 0; i < COUNT(files); i++)
            say(descriptor_calls[call], files[i].name, try_descriptor(call, files[i].file));
}

// ---- flags, and the rest ----

static void flags(void) {
    static const struct {
        const char *name;
        int flags;
    } all[] = {{"3", 3},
               {"directory to write", O_DIRECTORY | O_WRONLY},
               {"directory create", O_DIRECTORY | O_CREAT},
               {"tmpfile to read", O_TMPFILE | O_RDONLY},
               {"path create", O_PATH | O_CREAT | O_EXCL},
               {"path nofollow", O_PATH | O_NOFOLLOW},
               {"sync append", O_WRONLY | O_SYNC | O_APPEND},
               {"exclusive alone", O_RDONLY | O_EXCL},
               {"cut", O_RDONLY | O_TRUNC},
               {"nonblock", O_RDONLY | O_NONBLOCK}};
    static const char *const names[] = {"file", "folder", "link", "tofolder", "dangling", "missing"};
    for (size_t i = 0; i < COUNT(all); i++) {
        for (size_t j = 0; j < COUNT(names); j++) {
            char what[100];
            long answer = syscall(SYS_openat, AT_FDCWD, names[j], all[i].flags, 0644);
            snprintf(what, sizeof what, "open %s", all[i].name);
            say(what, names[j], answer < 0 ? -1 : 0);
            close_if(answer);
            again();
        }
    }
    say("access", "odd mode", syscall(SYS_faccessat, AT_FDCWD, "file", 9));
    say("readlink", "size 0", syscall(SYS_readlinkat, AT_FDCWD, "link", buffer, 0));
    say("readlink", "size -1", syscall(SYS_readlinkat, AT_FDCWD, "link", buffer, -1));
    say("readlink", "to wild", syscall(SYS_readlinkat, AT_FDCWD, "link", WILD, 10));
    say("getcwd", "size 0", syscall(SYS_getcwd, buffer, 0));
    say("getcwd", "to wild", syscall(SYS_getcwd, WILD, 100));
    say("rename", "odd flags", syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "target", 64));
    say("rename", "keep and exchange", syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "target", 3));
    say("rename", "to itself", syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "file", 0));
    say("rename", "folder to full", syscall(SYS_renameat2, AT_FDCWD, "folder", AT_FDCWD, "full", 0));
    say("rename", "full to folder", syscall(SYS_renameat2, AT_FDCWD, "full", AT_FDCWD, "folder", 0));
    again();
    say("rename", "across", syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "/dev/odd", 0));
    say("link", "across", syscall(SYS_linkat, AT_FDCWD, "file", AT_FDCWD, "/dev/odd", 0));
    say("link", "odd flags", syscall(SYS_linkat, AT_FDCWD, "file", AT_FDCWD, "target", 1));
    say("link", "follow", syscall(SYS_linkat, AT_FDCWD, "link", AT_FDCWD, "target", AT_SYMLINK_FOLLOW));
    again();
    say("symlink", "empty", syscall(SYS_symlinkat, "", AT_FDCWD, "target"));
    say("symlink", "wild", syscall(SYS_symlinkat, WILD, AT_FDCWD, "target"));
    say("symlink", "long", syscall(SYS_symlinkat, long_path, AT_FDCWD, "target"));
    say("statx", "odd flags", syscall(SYS_statx, AT_FDCWD, "file", 0x10000, 0x7ff, buffer));
    say("statx", "odd sync", syscall(SYS_statx, AT_FDCWD, "file", 0x6000, 0x7ff, buffer));
    say("statx", "odd mask", syscall(SYS_statx, AT_FDCWD, "file", 0, 0x80000000, buffer));
    say("statx", "wild", syscall(SYS_statx, AT_FDCWD, "file", 0, 0x7ff, WILD));
    int64_t times[4] = {0, 2000000000, 0, 0};
    say("utimens", "odd", syscall(SYS_utimensat, AT_FDCWD, "file", times, 0));
    say("utimens", "wild", syscall(SYS_utimensat, AT_FDCWD, "file", WILD, 0));
    say("utimens", "odd flags", syscall(SYS_utimensat, AT_FDCWD, "file", NULL, 1));
    say("chown", "odd flags", syscall(SYS_fchownat, AT_FDCWD, "file", 0, 0, 1));
    say("close_range", "wrong", syscall(SYS_close_range, 20, 10, 0));
    say("close_range", "odd flags", syscall(SYS_close_range, 10, 20, 64));
    say("truncate", "negative", syscall(SYS_truncate, "file", -1));
    say("mknod", "odd", syscall(SYS_mknodat, AT_FDCWD, "target", 0170000, 0));
    say("mknod", "folder", syscall(SYS_mknodat, AT_FDCWD, "target", S_IFDIR, 0));
    say("umask", "", syscall(SYS_umask, 07777));
    say("umask", "", syscall(SYS_umask, 022));
}

int main(void) {
    mkdir("/tmp", 0777);
    if (mkdir("/tmp/linux_odd", 0755) != 0 || chdir("/tmp/linux_odd") != 0) {
        perror("/tmp/linux_odd");
        return 1;
    }
    umask(022);
    memset(long_name, 'n', sizeof long_name - 1);
    for (size_t i = 0; i < sizeof long_path - 1; i++) long_path[i] = i % 2 == 0 ? '.' : '/';
    make_all();
    all_paths();
    of_file = open("file", O_RDWR);
    of_reader = open("file", O_RDONLY);
    of_writer = open("file", O_WRONLY);
    of_folder = open("folder", O_RDONLY);
    of_null = open("/dev/null", O_RDWR);
    of_path = open("file", O_PATH);
    if (pipe2(of_pipe, O_NONBLOCK) != 0) perror("pipe");
    all_descriptors();
    flags();
    printf("is well\n");
    return 0;
}
