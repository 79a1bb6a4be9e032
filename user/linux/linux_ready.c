// SPDX-License-Identifier: MIT
// Waiting for files: poll, select, epoll; with time and with signals.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, long answer) {
    if (answer < 0)
        printf("%s: %s\n", what, strerrorname_np(errno));
    else
        printf("%s: %ld\n", what, answer);
}

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static volatile sig_atomic_t caught;

static void handler(int signal) { caught = signal; }

static void poll_files(void) {
    int ends[2];
    if (pipe(ends) != 0) perror("pipe");
    int null = open("/dev/null", O_RDWR);
    struct pollfd list[] = {
        {ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}, {null, POLLIN | POLLOUT, 0}, {-1, POLLIN, 0}, {99, POLLIN, 0}};
    say("poll", poll(list, 5, 0));
    for (int i = 0; i < 5; i++) printf("%d: %x\n", i, (unsigned)list[i].revents);
    long start = milliseconds();
    say("time", poll(list, 1, 60));
    printf("waited: %d\n", milliseconds() - start >= 60);
    say("write", write(ends[1], "x", 1));
    list[0].events = POLLIN | POLLRDNORM | POLLPRI;
    say("poll", poll(list, 1, -1));
    printf("in: %x\n", (unsigned)list[0].revents);
    fflush(stdout);
    char text[10];
    read(ends[0], text, sizeof text);
    pid_t child = fork();
    if (child == 0) {
        usleep(30000);
        write(ends[1], "late", 4);
        _exit(0);
    }
    say("poll", poll(list, 1, -1));
    printf("in: %x\n", (unsigned)list[0].revents);
    waitpid(child, NULL, 0);
    say("read", read(ends[0], text, sizeof text));
    close(ends[1]);
    say("poll", poll(list, 1, -1));
    printf("hung up: %x\n", (unsigned)list[0].revents);
    close(ends[0]);
    pipe(ends);
    close(ends[0]);
    list[1] = (struct pollfd){ends[1], POLLOUT, 0};
    say("poll", poll(list + 1, 1, -1));
    printf("broken: %d\n", (list[1].revents & POLLERR) != 0);
    close(ends[1]);
    close(null);
    say("many", syscall(SYS_ppoll, list, 100000, &(struct timespec){0, 0}, NULL, 0));
    say("nothing", poll(NULL, 0, 1));
    say("fault", syscall(SYS_ppoll, 8, 1, NULL, NULL, 0));
}

static void with_signals(void) {
    int ends[2];
    pipe(ends);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    kill(getpid(), SIGUSR1);
    printf("blocked: %d\n", caught == 0);
    struct pollfd list = {ends[0], POLLIN, 0};
    struct timespec time = {5, 0};
    say("ppoll", ppoll(&list, 1, &time, &before));
    printf("caught: %d\n", caught == SIGUSR1);
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("blocked again: %d\n", sigismember(&now, SIGUSR1));
    caught = 0;
    write(ends[1], "x", 1);
    say("ppoll", ppoll(&list, 1, &time, &before));
    sigprocmask(SIG_SETMASK, &before, NULL);
    char text;
    read(ends[0], &text, 1);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        usleep(30000);
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    say("poll", poll(&list, 1, 5000));
    printf("caught: %d\n", caught == SIGUSR1);
    waitpid(child, NULL, 0);
    close(ends[0]);
    close(ends[1]);
}

static void selects(void) {
    int ends[2];
    pipe(ends);
    fd_set read_set, write_set;
    FD_ZERO(&read_set);
    FD_ZERO(&write_set);
    FD_SET(ends[0], &read_set);
    FD_SET(ends[1], &write_set);
    struct timeval time = {1, 0};
    say("select", select(ends[1] + 1, &read_set, &write_set, NULL, &time));
    printf("%d %d\n", FD_ISSET(ends[0], &read_set) != 0, FD_ISSET(ends[1], &write_set) != 0);
    FD_SET(ends[0], &read_set);
    time = (struct timeval){0, 20000};
    say("select", select(ends[0] + 1, &read_set, NULL, NULL, &time));
    printf("left: %ld\n", (long)time.tv_usec);
    write(ends[1], "x", 1);
    FD_SET(ends[0], &read_set);
    say("select", select(ends[0] + 1, &read_set, NULL, NULL, NULL));
    FD_ZERO(&read_set);
    FD_SET(50, &read_set);
    say("select", select(51, &read_set, NULL, NULL, NULL));
    say("select", select(-1, NULL, NULL, NULL, NULL));
    close(ends[0]);
    close(ends[1]);
}

static void epolls(void) {
    int ends[2], other[2];
    pipe(ends);
    pipe(other);
    int list = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {EPOLLIN, {.u64 = 7}}, got[4];
    say("add", epoll_ctl(list, EPOLL_CTL_ADD, ends[0], &event));
    say("again", epoll_ctl(list, EPOLL_CTL_ADD, ends[0], &event));
    event = (struct epoll_event){EPOLLOUT, {.u64 = 8}};
    say("add", epoll_ctl(list, EPOLL_CTL_ADD, other[1], &event));
    say("itself", epoll_ctl(list, EPOLL_CTL_ADD, list, &event));
    say("change", epoll_ctl(list, EPOLL_CTL_MOD, other[0], &event));
    say("closed", epoll_ctl(list, EPOLL_CTL_ADD, 99, &event));
    int null = open("/dev/null", O_RDONLY);
    say("null", epoll_ctl(list, EPOLL_CTL_ADD, null, &event));
    say("wait", epoll_wait(list, got, 4, 0));
    printf("%x %d\n", got[0].events, (int)got[0].data.u64);
    write(ends[1], "x", 1);
    say("wait", epoll_wait(list, got, 4, -1));
    say("one", epoll_wait(list, got, 1, -1));
    say("remove", epoll_ctl(list, EPOLL_CTL_DEL, other[1], NULL));
    say("wait", epoll_wait(list, got, 4, -1));
    printf("%x %d\n", got[0].events, (int)got[0].data.u64);
    event = (struct epoll_event){EPOLLIN | EPOLLONESHOT, {.u64 = 9}};
    say("change", epoll_ctl(list, EPOLL_CTL_MOD, ends[0], &event));
    say("wait", epoll_wait(list, got, 4, -1));
    printf("%x %d\n", got[0].events, (int)got[0].data.u64);
    say("once", epoll_wait(list, got, 4, 10));
    event.events = EPOLLIN;
    epoll_ctl(list, EPOLL_CTL_MOD, ends[0], &event);
    struct pollfd outer = {list, POLLIN, 0};
    say("poll of it", poll(&outer, 1, 0));
    close(ends[0]);
    say("closed", epoll_wait(list, got, 4, 10));
    say("none", epoll_wait(list, got, 0, 0));
    say("no list", epoll_wait(null, got, 4, 0));
    close(list);
    close(null);
    close(ends[1]);
    close(other[0]);
    close(other[1]);
}

int main(void) {
    poll_files();
    with_signals();
    selects();
    epolls();
    printf("is well\n");
    return 0;
}
