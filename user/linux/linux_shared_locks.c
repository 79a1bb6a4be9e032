// SPDX-License-Identifier: MIT
// Locks in memory that processes share: mutexes, conditions, barriers, semaphores; owners that die.
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHILDREN = 3, ROUNDS = 200 };

static struct shared {
    pthread_mutex_t mutex, robust;
    pthread_cond_t condition;
    pthread_barrier_t barrier;
    sem_t semaphore;
    unsigned count, turn, done;
    uint32_t word;
} * shared;

static const char *outcome(long result) { return result >= 0 ? "done" : strerrorname_np(errno); }

static void prepare(void) {
    pthread_mutexattr_t kind;
    pthread_condattr_t condition;
    pthread_barrierattr_t barrier;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->mutex, &kind);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&shared->robust, &kind);
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&shared->condition, &condition);
    pthread_barrierattr_init(&barrier);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&shared->barrier, &barrier, CHILDREN);
    sem_init(&shared->semaphore, 1, 0);
}

// CHILDREN processes do it, and all end well.
static void together(void (*act)(unsigned)) {
    fflush(stdout);
    for (unsigned i = 0; i < CHILDREN; i++) {
        if (fork() != 0) continue;
        act(i);
        _exit(0);
    }
    int status, ends = 0;
    for (unsigned i = 0; i < CHILDREN; i++) {
        wait(&status);
        ends += status != 0;
    }
    if (ends != 0) printf("%d did not end well\n", ends);
}

static void add(unsigned number) {
    (void)number;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&shared->mutex);
        unsigned before = shared->count;
        if (i % 20 == 0) sched_yield();
        shared->count = before + 1;
        pthread_mutex_unlock(&shared->mutex);
    }
}

static void take_turns(unsigned number) {
    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(&shared->mutex);
        while (shared->turn % CHILDREN != number) pthread_cond_wait(&shared->condition, &shared->mutex);
        shared->turn++;
        pthread_cond_broadcast(&shared->condition);
        pthread_mutex_unlock(&shared->mutex);
    }
}

static void meet(unsigned number) {
    (void)number;
    for (int i = 0; i < 20; i++)
        if (pthread_barrier_wait(&shared->barrier) == PTHREAD_BARRIER_SERIAL_THREAD) shared->done++;
}

static void note(int number) { (void)number; }

static void dies(void (*how)(void), const char *what) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(&shared->robust);
        sem_post(&shared->semaphore);
        usleep(30000); // the other waits by now
        how();
    }
    sem_wait(&shared->semaphore);
    int got = pthread_mutex_lock(&shared->robust);
    printf("%s: %s", what, got == EOWNERDEAD ? "its owner died" : got == 0 ? "had" : strerrorname_np(got));
    if (got == EOWNERDEAD) printf(", made good: %d", pthread_mutex_consistent(&shared->robust));
    printf(", left: %d\n", pthread_mutex_unlock(&shared->robust));
    waitpid(child, NULL, 0);
}

static void leave(void) { _exit(0); }
static void abort_it(void) { raise(SIGTERM); }
static volatile char *volatile nowhere = (char *)8;
static void fault(void) { *nowhere = 1; }

static long futex(uint32_t *at, int what, uint32_t value, const struct timespec *time) {
    return syscall(SYS_futex, at, what, value, time, NULL, 0);
}

static void words(void) {
    struct timespec time = {0, 20000000};
    printf("another value: %s\n", outcome(futex(&shared->word, FUTEX_WAIT, 1, NULL)));
    printf("in time: %s\n", outcome(futex(&shared->word, FUTEX_WAIT, 0, &time)));
    printf("nobody: %ld\n", futex(&shared->word, FUTEX_WAKE, 5, NULL));
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGALRM, &action, NULL);
    ualarm(20000, 0);
    printf("interrupted: %s\n", outcome(futex(&shared->word, FUTEX_WAIT, 0, NULL)));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(futex(&shared->word, FUTEX_WAIT, 0, NULL) == 0 ? 7 : 8);
    while (futex(&shared->word, FUTEX_WAKE, 1, NULL) == 0) usleep(1000);
    int status;
    waitpid(child, &status, 0);
    printf("woken: %d\n", WEXITSTATUS(status));
    uint32_t *other = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("of one's own: %s\n", outcome(futex(other, FUTEX_WAIT, 0, &time)));
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    prepare();
    together(add);
    printf("added: %u\n", shared->count);
    together(take_turns);
    printf("turns: %u\n", shared->turn);
    together(meet);
    printf("met: %u\n", shared->done);
    dies(leave, "exit");
    dies(abort_it, "signal");
    dies(fault, "fault");
    words();
    return 0;
}
