// SPDX-License-Identifier: MIT
// Processes of several threads that are stopped and go on; a thread that becomes another program; a first thread that
// ends before the others; what clone refuses.
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *outcome(long result) { return result >= 0 ? "done" : strerrorname_np(errno); }

static int ends[2];
static const char *own_path;

static void *ticks(void *mark) {
    for (;;) {
        struct timespec time = {0, 1000000};
        nanosleep(&time, NULL);
        if (write(ends[1], mark, 1) != 1) _exit(3);
    }
}

static void *computes(void *mark) {
    for (;;) {
        for (volatile int i = 0; i < 20000; i++) {
        }
        if (write(ends[1], mark, 1) != 1) _exit(3);
    }
}

// What was written until now, and then in so many milliseconds: a bit for each thread.
static int written(int time) {
    char text[256];
    struct timespec pause = {0, time * 1000000L};
    int marks = 0;
    while (read(ends[0], text, sizeof text) > 0) {
    }
    nanosleep(&pause, NULL);
    for (long size; (size = read(ends[0], text, sizeof text)) > 0;)
        for (long i = 0; i < size; i++) marks |= 1 << (text[i] - 'a');
    return marks;
}

static int all_written(void) {
    int marks = 0;
    for (int i = 0; i < 100 && marks != 7; i++) marks |= written(20);
    return marks;
}

static void stops(void) {
    int status;
    if (pipe2(ends, O_NONBLOCK) != 0) return;
    pid_t child = fork();
    if (child == 0) {
        pthread_t threads[2];
        fcntl(ends[1], F_SETFL, 0);
        pthread_create(&threads[0], NULL, ticks, "a");
        pthread_create(&threads[1], NULL, computes, "b");
        ticks("c");
    }
    printf("all run: %d\n", all_written());
    for (int i = 0; i < 3; i++) {
        kill(child, SIGSTOP);
        printf("told: %d", waitpid(child, &status, WUNTRACED) == child);
        printf(" %d %d", WIFSTOPPED(status), WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
        written(0);
        printf(", still: %d\n", written(40));
        kill(child, SIGCONT);
        printf("told: %d", waitpid(child, &status, WCONTINUED) == child);
        printf(" %d, all run: %d\n", WIFCONTINUED(status), all_written());
    }
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGTERM);
    printf("a signal while it is stopped: %d\n", waitpid(child, &status, WNOHANG));
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    printf("ended: %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : -1);
}

static void sleeps(void) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct timespec time = {0, 100000000};
        _exit(nanosleep(&time, NULL) == 0 ? 11 : 12);
    }
    usleep(20000);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    printf("slept through it: %d\n", WEXITSTATUS(status));
    child = fork();
    if (child == 0)
        for (;;) pause();
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    printf("killed while stopped: %d\n", WTERMSIG(status));
}

static void *becomes(void *path) {
    execl(path, "linux_stops", "become", (char *)NULL);
    printf("execl: %s\n", strerrorname_np(errno));
    _exit(1);
}

static void *waits(void *lock) {
    pthread_mutex_lock(lock);
    return NULL;
}

static void becoming(void) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    fflush(stdout);
    pid_t child = fork();
    int status;
    if (child == 0) {
        pthread_t threads[4];
        pthread_mutex_lock(&lock);
        pthread_create(&threads[0], NULL, waits, &lock);
        pipe(ends);
        pthread_create(&threads[1], NULL, computes, "x");
        pthread_create(&threads[2], NULL, ticks, "y");
        usleep(5000);
        pthread_create(&threads[3], NULL, becomes, (void *)(uintptr_t)own_path);
        for (;;) pause();
    }
    waitpid(child, &status, 0);
    printf("another program, by a thread: %d\n", WEXITSTATUS(status));
}

static void *later(void *argument) {
    (void)argument;
    usleep(20000);
    printf("the first is gone, process %d\n", getpid() != (pid_t)syscall(SYS_gettid));
    exit(5);
}

static void leader(void) {
    fflush(stdout);
    pid_t child = fork();
    int status;
    if (child == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, later, NULL);
        pthread_exit(NULL);
    }
    waitpid(child, &status, 0);
    printf("its status: %d\n", WEXITSTATUS(status));
}

static void refusals(void) {
    printf("a thread without memory: %s\n", outcome(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0)));
    printf("actions without memory: %s\n", outcome(syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0)));
    printf("a thread without actions: %s\n", outcome(syscall(SYS_clone, CLONE_THREAD | CLONE_VM, 0, 0, 0, 0)));
    printf("a place and a file system: %s\n", outcome(syscall(SYS_clone, CLONE_NEWNS | CLONE_FS, 0, 0, 0, 0)));
}

int main(int count, char **words) {
    (void)words;
    setvbuf(stdout, NULL, _IOLBF, 0);
    own_path = "/bin/linux_stops";
    if (count > 1) {
        printf("become: %d\n", getpid() == (pid_t)syscall(SYS_gettid));
        return 21;
    }
    stops();
    sleeps();
    becoming();
    leader();
    refusals();
    return 0;
}
