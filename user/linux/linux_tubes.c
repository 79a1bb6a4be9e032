// SPDX-License-Identifier: MIT
// Pipes, pairs of sockets and counters: what they hold, when they wait, how they end, who hears of it.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wunused-result"

enum { PAGE = 4096, FULL = 65536 };

static char large[3 * FULL];
static void *volatile nowhere = (void *)8;
static volatile sig_atomic_t heard;

static const char *name(int error) { return error == 0 ? "0" : strerrorname_np(error); }

static void say(const char *what, long result) {
    if (result >= 0)
        printf("%s: %ld\n", what, result);
    else
        printf("%s: %s\n", what, name(errno));
}

static void on_signal(int signal) { heard = signal; }

static void nap(void) {
    struct timespec moment = {0, 20000000};
    while (nanosleep(&moment, &moment) != 0)
        ;
}

static void expect_end(pid_t child) {
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) printf("the child: status %x\n", (unsigned)status);
}

static void show_events(const char *what, int file, short events) {
    struct pollfd asked = {.fd = file, .events = events};
    int count = poll(&asked, 1, 0);
    printf("%s: %d%s%s%s%s%s\n", what, count, asked.revents & POLLIN ? " in" : "",
           asked.revents & POLLOUT ? " out" : "", asked.revents & POLLERR ? " err" : "",
           asked.revents & POLLHUP ? " hup" : "", asked.revents & POLLRDHUP ? " half" : "");
}

static void simple(void) {
    int tube[2], waiting = -1;
    char buffer[100] = "";
    struct stat stat;
    say("pipe", pipe(tube));
    say("write", write(tube[1], "hello, pipe", 11));
    ioctl(tube[0], FIONREAD, &waiting);
    say("waiting", waiting);
    say("read some", read(tube[0], buffer, 5));
    say("read the rest", read(tube[0], buffer, sizeof buffer));
    printf("%.6s\n", buffer);
    say("read from the end to write to", read(tube[1], buffer, 1));
    say("write to the end to read from", write(tube[0], buffer, 1));
    say("seek", lseek(tube[0], 0, SEEK_SET));
    say("pread", pread(tube[0], buffer, 1, 0));
    say("nothing to write", write(tube[1], "", 0));
    say("nothing to read", read(tube[0], buffer, 0));
    fstat(tube[0], &stat);
    printf("a fifo: %d\n", S_ISFIFO(stat.st_mode));
    say("how large", fcntl(tube[0], F_GETPIPE_SZ));
    say("flags", fcntl(tube[0], F_GETFL));
    say("flags", fcntl(tube[1], F_GETFL));
    show_events("empty, reader", tube[0], POLLIN);
    show_events("empty, writer", tube[1], POLLOUT);
    write(tube[1], "x", 1);
    show_events("one byte, reader", tube[0], POLLIN);
    close(tube[1]);
    show_events("no writer", tube[0], POLLIN);
    say("the last byte", read(tube[0], buffer, sizeof buffer));
    say("the end", read(tube[0], buffer, sizeof buffer));
    show_events("the end", tube[0], POLLIN);
    close(tube[0]);
    pipe(tube);
    say("write from nowhere", write(tube[1], nowhere, 1));
    close(tube[0]);
    close(tube[1]);
    say("pipe2 with what is not", pipe2(tube, 0x1000000));
    say("pipe to nowhere", pipe(nowhere));
}

static void broken(void) {
    int tube[2];
    pipe(tube);
    close(tube[0]);
    signal(SIGPIPE, on_signal);
    heard = 0;
    say("nobody reads", write(tube[1], "x", 1));
    printf("heard %s\n", heard == SIGPIPE ? "SIGPIPE" : "nothing");
    show_events("nobody reads", tube[1], POLLOUT);
    signal(SIGPIPE, SIG_IGN);
    say("ignored", write(tube[1], "x", 1));
    signal(SIGPIPE, SIG_DFL);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        write(tube[1], "x", 1);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    printf("by default: %s\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE ? "SIGPIPE" : "it lives");
    close(tube[1]);
}

static void full(void) {
    int tube[2];
    long sum = 0, some;
    pipe2(tube, O_NONBLOCK | O_CLOEXEC);
    say("flags", fcntl(tube[0], F_GETFL));
    say("closes", fcntl(tube[0], F_GETFD));
    say("empty", read(tube[0], large, 1));
    while ((some = write(tube[1], large, PAGE)) > 0) sum += some;
    say("it holds", sum);
    say("more", write(tube[1], "x", 1));
    show_events("full", tube[1], POLLOUT);
    say("one byte less", read(tube[0], large, 1));
    say("one more", write(tube[1], "x", 1));
    say("a page less", read(tube[0], large, PAGE - 1));
    show_events("a page less", tube[1], POLLOUT);
    say("too much at once", write(tube[1], large, PAGE + 1));
    say("all of it", read(tube[0], large, sizeof large));
    say("more than it holds", write(tube[1], large, sizeof large));
    say("all of that", read(tube[0], large, sizeof large));
    say("part of a page", write(tube[1], large, 100));
    for (sum = 100; (some = write(tube[1], large, 1000)) > 0; sum += some)
        ;
    printf("by thousands it holds %s\n", sum > 60000 && sum <= FULL ? "what it can" : "something else");
    close(tube[0]);
    close(tube[1]);
}

// More than fits, in both directions of time: the writer waits for the reader, and the reader for the writer.
static void waiting(void) {
    int tube[2];
    unsigned sum = 0, wanted = 0;
    pipe(tube);
    for (size_t i = 0; i < sizeof large; i++) {
        large[i] = (char)(i * 7 + i / 251);
        wanted += (unsigned char)large[i];
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char buffer[3000];
        long some;
        close(tube[1]);
        nap();
        while ((some = read(tube[0], buffer, sizeof buffer)) > 0) {
            for (long i = 0; i < some; i++) sum += (unsigned char)buffer[i];
        }
        printf("read: %s\n", sum == wanted ? "all" : "something else");
        fflush(stdout);
        _exit(0);
    }
    close(tube[0]);
    say("written", write(tube[1], large, sizeof large));
    nap();
    say("a little more", write(tube[1], "", 1));
    close(tube[1]);
    expect_end(child);
}

// Writes of up to PIPE_BUF bytes are whole, however many write.
static void many_writers(void) {
    enum { WRITERS = 4, LINES = 200, LENGTH = 333 };
    int tube[2];
    pid_t child[WRITERS];
    pipe(tube);
    for (int i = 0; i < WRITERS; i++) {
        child[i] = fork();
        if (child[i] != 0) continue;
        char line[LENGTH];
        memset(line, 'a' + i, sizeof line);
        for (int j = 0; j < LINES; j++) {
            if (write(tube[1], line, sizeof line) != sizeof line) _exit(1);
        }
        _exit(0);
    }
    close(tube[1]);
    int count[WRITERS] = {0}, mixed = 0;
    char line[LENGTH];
    for (size_t at = 0;;) {
        long some = read(tube[0], line + at, sizeof line - at);
        if (some <= 0) break;
        at += (size_t)some;
        if (at < sizeof line) continue;
        for (size_t i = 1; i < sizeof line; i++) mixed += line[i] != line[0];
        count[line[0] - 'a']++;
        at = 0;
    }
    for (int i = 0; i < WRITERS; i++) expect_end(child[i]);
    printf("lines: %d %d %d %d, %s\n", count[0], count[1], count[2], count[3], mixed == 0 ? "whole" : "mixed");
    close(tube[0]);
}

static void interrupted(void) {
    int tube[2];
    char c;
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction again = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    pipe(tube);
    pid_t parent = getpid();
    for (int i = 0; i < 2; i++) {
        sigaction(SIGUSR1, i == 0 ? &action : &again, NULL);
        heard = 0;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            nap();
            kill(parent, SIGUSR1);
            nap();
            if (i == 1) write(tube[1], "x", 1);
            _exit(0);
        }
        long some = read(tube[0], &c, 1);
        say(i == 0 ? "a signal ends the waiting" : "it goes on", some);
        printf("heard %d\n", heard == SIGUSR1);
        expect_end(child);
    }
    sigaction(SIGUSR1, &action, NULL);
    memset(large, 'l', sizeof large);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        nap();
        kill(parent, SIGUSR1);
        _exit(0);
    }
    say("of a long write the part that fitted", write(tube[1], large, sizeof large));
    expect_end(child);
    close(tube[0]);
    close(tube[1]);
}

// A stop and its end are not seen by who waits.
static void stopped(void) {
    int tube[2], back[2];
    char c;
    pipe(tube);
    pipe(back);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        long some = read(tube[0], &c, 1);
        printf("read %ld, %c\n", some, c);
        fflush(stdout);
        write(back[1], "y", 1);
        _exit(0);
    }
    nap();
    int status;
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    printf("stopped: %d\n", WIFSTOPPED(status));
    fflush(stdout);
    write(tube[1], "z", 1);
    fcntl(back[0], F_SETFL, O_NONBLOCK);
    nap();
    say("nothing happens", read(back[0], &c, 1));
    fflush(stdout);
    kill(child, SIGCONT);
    fcntl(back[0], F_SETFL, 0);
    say("then", read(back[0], &c, 1));
    expect_end(child);
}

static void shared(void) {
    int tube[2];
    pipe(tube);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        fcntl(tube[0], F_SETFL, O_NONBLOCK); // of the one that both have
        _exit(0);
    }
    expect_end(child);
    char c;
    say("the child's doing", read(tube[0], &c, 1));
    int copy = dup(tube[1]);
    close(tube[1]);
    say("by the copy", write(copy, "x", 1));
    say("one", read(tube[0], &c, 1));
    say("none", read(tube[0], &c, 1));
    close(copy);
    say("the end", read(tube[0], &c, 1));
    close(tube[0]);
}

static void *write_later(void *to) {
    nap();
    write(*(int *)to, "t", 1);
    return NULL;
}

static void threads(void) {
    int tube[2];
    char c = 0;
    pthread_t thread;
    pipe(tube);
    pthread_create(&thread, NULL, write_later, &tube[1]);
    say("from another thread", read(tube[0], &c, 1));
    printf("%c\n", c);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, write_later, &tube[1]);
    struct pollfd asked[2] = {{.fd = tube[0], .events = POLLIN}, {.fd = tube[1], .events = POLLIN}};
    say("poll", poll(asked, 2, -1));
    pthread_join(thread, NULL);
    read(tube[0], &c, 1);
    say("poll, for a while", poll(asked, 2, 10));
    close(tube[0]);
    close(tube[1]);
}

static void pairs(void) {
    int two[2];
    char buffer[100] = "";
    struct stat stat;
    say("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, two));
    say("there", write(two[0], "there", 5));
    say("read", read(two[1], buffer, sizeof buffer));
    say("back", write(two[1], "back", 4));
    say("read", read(two[0], buffer, sizeof buffer));
    fstat(two[0], &stat);
    printf("%.4s, a socket: %d\n", buffer, S_ISSOCK(stat.st_mode));
    show_events("nothing", two[0], POLLIN | POLLOUT);
    say("no more from here", shutdown(two[0], SHUT_WR));
    signal(SIGPIPE, SIG_IGN);
    say("write", write(two[0], "x", 1));
    say("the end there", read(two[1], buffer, sizeof buffer));
    show_events("half", two[1], POLLIN | POLLOUT | POLLRDHUP);
    say("but back", write(two[1], "back", 4));
    say("read", read(two[0], buffer, sizeof buffer));
    close(two[1]);
    show_events("gone", two[0], POLLIN | POLLOUT | POLLRDHUP);
    say("read", read(two[0], buffer, sizeof buffer));
    signal(SIGPIPE, SIG_DFL);
    close(two[0]);
    say("of another family", socketpair(AF_INET, SOCK_STREAM, 0, two));
    say("shutdown of no socket", shutdown(0, SHUT_RD));
}

static void counters(void) {
    uint64_t value = 5;
    int counter = eventfd(3, EFD_NONBLOCK);
    say("add", write(counter, &value, sizeof value));
    show_events("something", counter, POLLIN | POLLOUT);
    say("take", read(counter, &value, sizeof value));
    printf("%ld\n", (long)value);
    say("nothing", read(counter, &value, sizeof value));
    show_events("nothing", counter, POLLIN | POLLOUT);
    value = UINT64_MAX - 1;
    say("as much as can be", write(counter, &value, sizeof value));
    value = 1;
    say("too much", write(counter, &value, sizeof value));
    show_events("full", counter, POLLIN | POLLOUT);
    value = UINT64_MAX;
    say("what no counter can be", write(counter, &value, sizeof value));
    say("too few bytes", read(counter, &value, 4));
    close(counter);
    counter = eventfd(2, EFD_SEMAPHORE);
    for (int i = 0; i < 2; i++) {
        say("one by one", read(counter, &value, sizeof value));
        printf("%ld\n", (long)value);
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        value = 1;
        nap();
        write(counter, &value, sizeof value);
        _exit(0);
    }
    say("the child's", read(counter, &value, sizeof value));
    expect_end(child);
    close(counter);
    say("flags", eventfd(0, 0x1000));
}

static void limits(void) {
    int tube[2], count = 0, first = -1;
    while (pipe(tube) == 0) {
        if (first < 0) first = tube[0];
        count++;
    }
    say("too many", -1);
    printf("%s\n", count > 500 && count <= 512 ? "as many as there are descriptors" : "another number");
    for (int i = first; i < first + 2 * count; i++) close(i);
    say("and again", pipe(tube));
    close(tube[0]);
    close(tube[1]);
}

int main(int count, char **words) {
    static const struct {
        const char *name;
        void (*test)(void);
    } tests[] = {{"simple", simple},   {"broken", broken},     {"full", full},
                 {"waiting", waiting}, {"many", many_writers}, {"interrupted", interrupted},
                 {"stopped", stopped}, {"shared", shared},     {"threads", threads},
                 {"pairs", pairs},     {"counters", counters}, {"limits", limits}};
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        if (count < 2 || strcmp(words[1], tests[i].name) == 0) tests[i].test();
    }
    return 0;
}
