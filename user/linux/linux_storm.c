// SPDX-License-Identifier: MIT
// Signals to threads in all states, thousands of times: none is lost, none comes twice, and no thread loses what it has
// in its registers. Then threads that are cancelled, meet at barriers, and end while signals come.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 6, PAGE = 4096, MEETINGS = 100, SHORT_LIVED = 90 };

static unsigned rounds = 250; // or as the first word says

static _Thread_local volatile unsigned came, values, faults;
static _Thread_local volatile char *own_page;
static atomic_uint ready, wrong;
static atomic_bool done;
static pthread_t workers[WORKERS];
static unsigned came_to[WORKERS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static unsigned long shared;

static void note(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    volatile double noise = info->si_value.sival_int * 0.5; // the registers of floating point are used here too
    (void)noise;
    if (info->si_code != SI_QUEUE || info->si_pid != getpid()) atomic_fetch_add(&wrong, 1);
    came++;
    values += (unsigned)info->si_value.sival_int;
}

static void repair(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    if ((char *)info->si_addr != own_page || info->si_code != SEGV_ACCERR) atomic_fetch_add(&wrong, 1);
    faults++;
    mprotect((char *)own_page, PAGE, PROT_READ | PROT_WRITE);
}

static void compute(void) {
    double sum = 0, other = 1;
    unsigned long word = 1;
    for (int i = 1; i <= 2000; i++) {
        sum += 1.0 / i;
        other *= 1.0001;
        word = word * 6364136223846793005ul + 1442695040888963407ul;
    }
    static const double least = 8.178, most = 8.179;
    if (sum < least || sum > most || other < 1.22 || other > 1.23 || word != 5352057029478983249ul)
        atomic_fetch_add(&wrong, 1);
}

static void fault(void) {
    mprotect((char *)own_page, PAGE, PROT_READ);
    unsigned before = faults;
    *own_page = 1;
    if (faults != before + 1) atomic_fetch_add(&wrong, 1);
}

static void nap(void) {
    struct timespec time = {0, 100000};
    nanosleep(&time, NULL);
}

static void lock(void) {
    pthread_mutex_lock(&mutex);
    shared++;
    pthread_mutex_unlock(&mutex);
}

static void wait_for_more(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += 200000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_nsec -= 1000000000;
        time.tv_sec++;
    }
    pthread_mutex_lock(&mutex);
    pthread_cond_timedwait(&condition, &mutex, &time);
    shared++;
    pthread_mutex_unlock(&mutex);
}

static void ask(void) {
    sigset_t set;
    for (int i = 0; i < 20; i++) {
        if (syscall(SYS_getpid) <= 0) atomic_fetch_add(&wrong, 1);
        pthread_sigmask(SIG_SETMASK, NULL, &set);
        if (sigismember(&set, SIGRTMIN)) atomic_fetch_add(&wrong, 1);
    }
}

static void (*const jobs[WORKERS])(void) = {compute, fault, nap, lock, wait_for_more, ask};

static void *work(void *argument) {
    unsigned number = (unsigned)(uintptr_t)argument;
    own_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    atomic_fetch_add(&ready, 1);
    while (!atomic_load(&done)) jobs[number]();
    while (came < rounds) nap(); // the last may be on their way
    came_to[number] = came == rounds && values != rounds * (rounds - 1) / 2 ? 0 : came;
    return NULL;
}

static void storm(void) {
    for (unsigned i = 0; i < WORKERS; i++) pthread_create(&workers[i], NULL, work, (void *)(uintptr_t)i);
    while (atomic_load(&ready) < WORKERS) sched_yield();
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < WORKERS; i++) {
            union sigval value = {.sival_int = (int)round};
            while (pthread_sigqueue(workers[i], SIGRTMIN, value) == EAGAIN) nap();
        }
        if (round % 50 == 0) pthread_cond_broadcast(&condition);
    }
    atomic_store(&done, true);
    for (unsigned i = 0; i < WORKERS; i++) {
        pthread_join(workers[i], NULL);
        printf("worker %u: %u came\n", i, came_to[i]);
    }
    printf("wrong: %u\n", atomic_load(&wrong));
}

static pthread_barrier_t barrier;
static atomic_uint together;

static void *meet(void *argument) {
    for (unsigned i = 1; i <= MEETINGS; i++) {
        atomic_fetch_add(&together, 1);
        pthread_barrier_wait(&barrier);
        if (atomic_load(&together) != i * 4) atomic_fetch_add(&wrong, 1);
        pthread_barrier_wait(&barrier);
    }
    return argument;
}

static void meetings(void) {
    pthread_t threads[4];
    pthread_barrier_init(&barrier, NULL, 4);
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, meet, NULL);
    for (int i = 0; i < 200; i++) {
        union sigval value = {.sival_int = 0};
        pthread_sigqueue(threads[i % 4], SIGRTMIN, value);
        if (i % 16 == 0) nap();
    }
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    printf("met: %u, wrong: %u\n", atomic_load(&together), atomic_load(&wrong));
}

static atomic_uint cleaned;
static void clean(void *argument) {
    (void)argument;
    atomic_fetch_add(&cleaned, 1);
}

static void *lives_shortly(void *argument) {
    pthread_cleanup_push(clean, NULL);
    if ((uintptr_t)argument % 3 == 0)
        for (;;) pause();
    if ((uintptr_t)argument % 3 == 1)
        for (;;) nap();
    pthread_cleanup_pop(1);
    return NULL;
}

static void *kills(void *argument) {
    while (!atomic_load(&done)) {
        kill(getpid(), SIGUSR2);
        nap();
    }
    return argument;
}

static atomic_uint process_wide;
static void count(int number) {
    (void)number;
    atomic_fetch_add(&process_wide, 1);
}

static void ends(void) {
    pthread_t killer, threads[SHORT_LIVED];
    unsigned cancelled = 0;
    atomic_store(&done, false);
    signal(SIGUSR2, count);
    pthread_create(&killer, NULL, kills, NULL);
    for (uintptr_t i = 0; i < SHORT_LIVED; i++) {
        pthread_create(&threads[i], NULL, lives_shortly, (void *)i);
        if (i % 3 != 2) pthread_cancel(threads[i]);
        if (i % 10 != 9) continue;
        for (uintptr_t j = i - 9; j <= i; j++) {
            void *result;
            pthread_join(threads[j], &result);
            cancelled += result == PTHREAD_CANCELED;
        }
    }
    atomic_store(&done, true);
    pthread_join(killer, NULL);
    printf("cancelled: %u, cleaned at least: %d, signals: %d\n", cancelled, atomic_load(&cleaned) >= SHORT_LIVED / 3,
           atomic_load(&process_wide) > 0);
}

int main(int count_of_words, char **words) {
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART};
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGRTMIN, &action, NULL);
    action.sa_sigaction = repair;
    sigaction(SIGSEGV, &action, NULL);
    if (count_of_words > 1) rounds = (unsigned)atoi(words[1]);
    storm();
    meetings();
    ends();
    return 0;
}
