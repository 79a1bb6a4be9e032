// SPDX-License-Identifier: MIT
// Timers that send signals; clocks; sleeping until a time, and through signals.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int count, last_code, last_value, last_overrun;
static volatile pid_t taken_by;

static const char *outcome(long result) { return result >= 0 ? "done" : strerrorname_np(errno); }

static void note(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    count++;
    last_code = info->si_code;
    last_value = info->si_value.sival_int;
    last_overrun = info->si_overrun;
    taken_by = (pid_t)syscall(SYS_gettid);
}

static void set(int number, int flags) {
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | flags};
    sigaction(number, &action, NULL);
}

static double since(const struct timespec *begin, clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

static void intervals(void) {
    struct itimerval value = {{0, 10000}, {0, 20000}}, old;
    set(SIGALRM, 0);
    printf("set: %s\n", outcome(setitimer(ITIMER_REAL, &value, NULL)));
    while (count < 3) pause();
    printf("three came, code %d\n", last_code);
    struct itimerval none = {0};
    setitimer(ITIMER_REAL, &none, &old);
    printf("interval %ld, left %d\n", (long)old.it_interval.tv_usec, old.it_value.tv_usec > 0);
    getitimer(ITIMER_REAL, &old);
    printf("off: %ld %ld\n", (long)old.it_value.tv_sec, (long)old.it_value.tv_usec);
    printf("no such timer: %s\n", outcome(syscall(SYS_setitimer, 3, &none, NULL)));
    printf("no such time: %s\n", outcome(setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 1000000}}, NULL)));
    printf("alarm: %u", alarm(100));
    printf(" %u", alarm(0));
    printf(" %u\n", alarm(0));
    count = 0;
    set(SIGVTALRM, 0);
    value = (struct itimerval){{0, 0}, {0, 30000}};
    setitimer(ITIMER_VIRTUAL, &value, NULL);
    while (count == 0) {
    }
    printf("time of the program: came %d\n", count);
    count = 0;
    set(SIGPROF, 0);
    setitimer(ITIMER_PROF, &value, NULL);
    while (count == 0) getppid();
    printf("time of the processor: came %d\n", count);
}

static void timers(void) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
    struct itimerspec value = {{0, 5000000}, {0, 10000000}}, old;
    timer_t timer;
    sigset_t usr1;
    set(SIGUSR1, 0);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    printf("made: %s\n", outcome(timer_create(CLOCK_MONOTONIC, &event, &timer)));
    timer_gettime(timer, &old);
    printf("not set: %ld %ld\n", (long)old.it_value.tv_sec, old.it_value.tv_nsec);
    count = 0;
    timer_settime(timer, 0, &value, NULL);
    while (count < 2) pause();
    printf("two came, code %d, value %d\n", last_code, last_value);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    struct timespec some = {0, 60000000};
    nanosleep(&some, NULL);
    count = 0;
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    printf("while blocked: came %d, overrun %s\n", count > 0, timer_getoverrun(timer) > 5 ? "many" : "few");
    timer_gettime(timer, &old);
    printf("interval %ld, left %d\n", old.it_interval.tv_nsec,
           old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 5000000);
    printf("deleted: %s\n", outcome(timer_delete(timer)));
    printf("again: %s\n", outcome(timer_delete(timer)));
    printf("set what is not there: %s\n", outcome(timer_settime(timer, 0, &value, NULL)));
    event.sigev_signo = 65;
    printf("no such signal: %s\n", outcome(timer_create(CLOCK_REALTIME, &event, &timer)));
    printf("no such clock: %s\n", outcome(timer_create(77, NULL, &timer)));
    printf("a clock that nobody waits for: %s\n", outcome(timer_create(CLOCK_MONOTONIC_COARSE, NULL, &timer)));
    event = (struct sigevent){.sigev_notify = SIGEV_NONE};
    printf("silent: %s\n", outcome(timer_create(CLOCK_REALTIME, &event, &timer)));
    struct itimerspec far = {.it_value = {1000, 0}};
    timer_settime(timer, 0, &far, NULL);
    timer_gettime(timer, &old);
    printf("left: %d\n", old.it_value.tv_sec >= 950);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    far.it_value = (struct timespec){now.tv_sec + 500, 0};
    timer_settime(timer, TIMER_ABSTIME, &far, &old);
    printf("before: %d", old.it_value.tv_sec >= 950);
    timer_gettime(timer, &old);
    printf(", left %d\n", old.it_value.tv_sec >= 450 && old.it_value.tv_sec <= 500);
    far.it_value.tv_nsec = 1000000000;
    printf("no such time: %s\n", outcome(timer_settime(timer, 0, &far, NULL)));
    timer_delete(timer);
}

static void *other(void *argument) {
    (void)argument;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2};
    struct itimerspec value = {{0, 0}, {0, 10000000}};
    timer_t timer;
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    count = 0;
    timer_settime(timer, 0, &value, NULL);
    while (count == 0) usleep(1000);
    printf("to this thread: %d\n", taken_by == syscall(SYS_gettid));
    timer_delete(timer);
    event = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_int = 5};
    printf("of the thread's time: %s\n", outcome(timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer)));
    timer_settime(timer, 0, &value, NULL);
    count = 0;
    while (count == 0) {
    }
    printf("came, value %d\n", last_value);
    timer_delete(timer);
    return NULL;
}

static volatile int called;
static void call(union sigval value) { called = value.sival_int; }

static void threads(void) {
    pthread_t thread;
    set(SIGUSR2, 0);
    pthread_create(&thread, NULL, other, NULL);
    pthread_join(thread, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = call, .sigev_value.sival_int = 17};
    struct itimerspec value = {{0, 0}, {0, 10000000}};
    timer_t timer;
    printf("by a thread of its own: %s\n", outcome(timer_create(CLOCK_MONOTONIC, &event, &timer)));
    timer_settime(timer, 0, &value, NULL);
    while (called == 0) usleep(1000);
    printf("called with %d\n", called);
    timer_delete(timer);
}

static void clocks(void) {
    struct timespec begin, used, until, left;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    until = begin;
    until.tv_nsec += 50000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    printf("until a time: %d\n", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
    printf("not too short: %d\n", since(&begin, CLOCK_MONOTONIC) >= 0.05);
    printf("time of the process: %s\n", since(&used, CLOCK_PROCESS_CPUTIME_ID) < 0.04 ? "little" : "much");
    printf("until a time that was: %d\n", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &begin, NULL));
    printf("of a thread: %d\n", clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &until, NULL) == EINVAL);
    struct itimerval value = {{0, 0}, {0, 20000}};
    set(SIGALRM, SA_RESTART);
    setitimer(ITIMER_REAL, &value, NULL);
    struct timespec second = {1, 0};
    printf("interrupted: %s", outcome(nanosleep(&second, &left)));
    printf(", left %d\n", left.tv_sec == 0 && left.tv_nsec > 0);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    for (volatile int i = 0; i < 3000000; i++) {
    }
    printf("time of the thread: %s\n", since(&used, CLOCK_THREAD_CPUTIME_ID) > 0.0005 ? "some" : "none");
    struct rusage usage;
    printf("usage: %s\n", outcome(getrusage(RUSAGE_SELF, &usage)));
    printf("faults %d, time %d\n", usage.ru_minflt > 0, usage.ru_utime.tv_usec + usage.ru_utime.tv_sec > 0);
    printf("whose: %s\n", outcome(syscall(SYS_getrusage, 5, &usage)));
    struct tms times_now;
    printf("times: %d\n", times(&times_now) > 0);
    printf("no clock: %s\n", outcome(clock_gettime(77, &used)));
    clockid_t clock;
    printf("clock of a thread: %d\n", pthread_getcpuclockid(pthread_self(), &clock));
    printf("its time: %s\n", outcome(clock_gettime(clock, &used)));
    printf("clock of the process: %d\n", clock_getcpuclockid(0, &clock));
    printf("its time: %s\n", outcome(clock_gettime(clock, &used)));
}

static void inherited(void) {
    struct itimerval value = {{0, 0}, {100, 0}}, now;
    setitimer(ITIMER_REAL, &value, NULL);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        getitimer(ITIMER_REAL, &now);
        printf("in the child: %ld\n", (long)now.it_value.tv_sec);
        fflush(stdout);
        value.it_value = (struct timeval){0, 10000};
        signal(SIGALRM, SIG_DFL);
        setitimer(ITIMER_REAL, &value, NULL);
        for (;;) pause();
    }
    int status;
    waitpid(child, &status, 0);
    printf("it was ended by %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : -1);
    printf("own: %d\n", alarm(0) > 50);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    intervals();
    timers();
    threads();
    clocks();
    inherited();
    return 0;
}
