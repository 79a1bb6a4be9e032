// SPDX-License-Identifier: MIT
// Signals and timers as files: read, waited for, inherited.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *outcome(long result) { return result >= 0 ? "done" : strerrorname_np(errno); }

static void show(const struct signalfd_siginfo *it) {
    printf("signal %u, code %d, value %d, own %d, status %d\n", it->ssi_signo, it->ssi_code, it->ssi_int,
           (pid_t)it->ssi_pid == getpid(), it->ssi_status);
}

static void *sends(void *to) {
    usleep(30000);
    pthread_kill(*(pthread_t *)to, SIGUSR1);
    usleep(30000);
    kill(getpid(), SIGUSR2);
    return NULL;
}

static void signals(void) {
    sigset_t set;
    struct signalfd_siginfo read_one[3];
    struct stat status;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int file = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    printf("made: %s, flags %d\n", outcome(file), fcntl(file, F_GETFD));
    printf("none: %s\n", outcome(read(file, read_one, sizeof read_one)));
    union sigval value = {.sival_int = 77};
    sigqueue(getpid(), SIGUSR2, value);
    kill(getpid(), SIGUSR1);
    struct pollfd wanted = {.fd = file, .events = POLLIN};
    printf("ready: %d", poll(&wanted, 1, 0));
    printf(" %x\n", wanted.revents);
    long size = read(file, read_one, sizeof read_one);
    printf("read %ld\n", size / (long)sizeof read_one[0]);
    for (int i = 0; i < 2; i++) show(&read_one[i]);
    printf("ready: %d\n", poll(&wanted, 1, 0));
    printf("too small: %s\n", outcome(read(file, read_one, 100)));
    printf("written: %s\n", outcome(write(file, read_one, 128)));
    printf("size: %s\n", outcome(syscall(SYS_signalfd4, -1, &set, 4, 0)));
    printf("flags: %s\n", outcome(signalfd(-1, &set, 1)));
    printf("of another file: %s\n", outcome(signalfd(1, &set, 0)));
    printf("of none: %s\n", outcome(signalfd(99, &set, 0)));
    printf("status: %s", outcome(fstat(file, &status)));
    printf(" %o\n", status.st_mode);
    fcntl(file, F_SETFL, 0);
    pthread_t self = pthread_self(), other;
    pthread_create(&other, NULL, sends, &self);
    for (int i = 0; i < 2; i++) {
        size = read(file, read_one, sizeof read_one[0]);
        show(&read_one[0]);
    }
    pthread_join(other, NULL);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(9);
    read(file, read_one, sizeof read_one[0]);
    printf("child: %d, ", (pid_t)read_one[0].ssi_pid == child);
    show(&read_one[0]);
    waitpid(child, NULL, 0);
    sigdelset(&set, SIGUSR1);
    signalfd(file, &set, 0);
    raise(SIGUSR1);
    printf("not of the set: %d\n", poll(&wanted, 1, 0));
    int list = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = 5};
    epoll_ctl(list, EPOLL_CTL_ADD, file, &event);
    alarm(0);
    struct itimerspec soon = {.it_value = {0, 20000000}};
    timer_t timer;
    timer_create(CLOCK_MONOTONIC, NULL, &timer);
    timer_settime(timer, 0, &soon, NULL);
    printf("by the list: %d", epoll_wait(list, &event, 1, 5000));
    printf(" %u\n", event.data.u32);
    read(file, read_one, sizeof read_one[0]);
    printf("of a timer: signal %u, code %d\n", read_one[0].ssi_signo, read_one[0].ssi_code);
    close(list);
    close(file);
}

static void timers(void) {
    uint64_t times;
    struct itimerspec value = {{0, 10000000}, {0, 20000000}}, old;
    struct stat status;
    int file = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    printf("made: %s, %s, %s\n", outcome(file), outcome(timerfd_create(77, 0)), outcome(timerfd_create(0, 1)));
    printf("not set: %s\n", outcome(read(file, &times, sizeof times)));
    printf("set: %s\n", outcome(timerfd_settime(file, 0, &value, NULL)));
    timerfd_gettime(file, &old);
    printf("interval %ld, left %d\n", old.it_interval.tv_nsec, old.it_value.tv_nsec > 0);
    struct pollfd wanted = {.fd = file, .events = POLLIN};
    printf("came: %d", poll(&wanted, 1, 5000));
    printf(" %s", outcome(read(file, &times, sizeof times)));
    printf(" %d\n", times >= 1);
    printf("too small: %s\n", outcome(read(file, &times, 4)));
    printf("written: %s\n", outcome(write(file, &times, 8)));
    fcntl(file, F_SETFL, 0);
    long size = read(file, &times, sizeof times);
    printf("waited: %ld\n", size);
    usleep(60000);
    read(file, &times, sizeof times);
    printf("many: %d\n", times >= 5);
    printf("status: %s", outcome(fstat(file, &status)));
    printf(" %o\n", status.st_mode);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        size = read(file, &times, sizeof times);
        printf("in the child: %ld\n", size);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    value = (struct itimerspec){0};
    timerfd_settime(file, 0, &value, &old);
    printf("before: %ld\n", old.it_interval.tv_nsec);
    printf("off: %d\n", poll(&wanted, 1, 30));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int other = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
    value.it_value = now;
    timerfd_settime(other, TFD_TIMER_ABSTIME, &value, NULL);
    read(other, &times, sizeof times);
    printf("at a time that was: %d\n", (int)times);
    value.it_value.tv_nsec = -1;
    printf("no time: %s\n", outcome(timerfd_settime(other, 0, &value, NULL)));
    value.it_value.tv_nsec = 0;
    printf("flags: %s\n", outcome(timerfd_settime(other, 8, &value, NULL)));
    printf("of another file: %s %s\n", outcome(timerfd_settime(1, 0, &value, NULL)),
           outcome(timerfd_gettime(99, &old)));
    close(file);
    close(other);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    signals();
    timers();
    return 0;
}
