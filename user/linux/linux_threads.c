// SPDX-License-Identifier: MIT
// Threads: made and joined, locks, conditions, barriers, what each has for itself.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 8, ROUNDS = 2000, ITEMS = 3000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static __thread long mine;
static long sum, read_sum, queue[16], queued, taken;
static int errors;

static void *add(void *argument) {
    long number = (long)argument;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        sum += number;
        pthread_mutex_unlock(&mutex);
        mine += number;
    }
    char *block = malloc(10000);
    memset(block, (int)number, 10000);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 10000; i++)
        if (block[i] != (char)number) errors++;
    free(block);
    return (void *)mine;
}

static void *produce(void *argument) {
    (void)argument;
    for (long i = 1; i <= ITEMS; i++) {
        pthread_mutex_lock(&mutex);
        while (queued == 16) pthread_cond_wait(&not_full, &mutex);
        queue[queued++] = i;
        pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void *consume(void *argument) {
    (void)argument;
    long own = 0;
    for (;;) {
        pthread_mutex_lock(&mutex);
        while (queued == 0 && taken < ITEMS * 2) pthread_cond_wait(&not_empty, &mutex);
        if (queued == 0) {
            pthread_cond_broadcast(&not_empty);
            pthread_mutex_unlock(&mutex);
            return (void *)own;
        }
        own += queue[--queued];
        taken++;
        pthread_cond_signal(&not_full);
        if (taken == ITEMS * 2) pthread_cond_broadcast(&not_empty);
        pthread_mutex_unlock(&mutex);
    }
}

static void *read_or_write(void *argument) {
    long number = (long)argument;
    for (int i = 0; i < 500; i++) {
        if (number % 4 == 0) {
            pthread_rwlock_wrlock(&rwlock);
            read_sum++;
        } else {
            pthread_rwlock_rdlock(&rwlock);
        }
        pthread_rwlock_unlock(&rwlock);
        sem_post(&semaphore);
    }
    return NULL;
}

static void *die_with_lock(void *robust) {
    pthread_mutex_lock(robust);
    return NULL;
}

static long run(void *(*work)(void *), int count) {
    pthread_t thread[THREADS];
    long all = 0;
    for (long i = 0; i < count; i++)
        if (pthread_create(&thread[i], NULL, work, (void *)(i + 1)) != 0) errors++;
    for (int i = 0; i < count; i++) {
        void *result;
        pthread_join(thread[i], &result);
        all += (long)result;
    }
    return all;
}

int main(void) {
    pthread_barrier_init(&barrier, NULL, THREADS);
    sem_init(&semaphore, 0, 0);
    long own = run(add, THREADS);
    printf("sum %ld, of each alone %ld\n", sum, own);
    pthread_t producer[2];
    for (int i = 0; i < 2; i++) pthread_create(&producer[i], NULL, produce, NULL);
    long consumed = run(consume, 3);
    for (int i = 0; i < 2; i++) pthread_join(producer[i], NULL);
    printf("consumed %ld\n", consumed);
    run(read_or_write, THREADS);
    int posts = 0;
    while (sem_trywait(&semaphore) == 0) posts++;
    printf("written %ld, posted %d\n", read_sum, posts);
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20000000;
    soon.tv_sec += soon.tv_nsec / 1000000000;
    soon.tv_nsec %= 1000000000;
    pthread_mutex_lock(&mutex);
    int late = pthread_cond_timedwait(&not_empty, &mutex, &soon);
    pthread_mutex_unlock(&mutex);
    printf("late: %s\n", strerrorname_np(late));
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_t robust;
    pthread_mutex_init(&robust, &attributes);
    pthread_t thread;
    pthread_create(&thread, NULL, die_with_lock, &robust);
    pthread_join(thread, NULL);
    printf("its owner died: %s\n", strerrorname_np(pthread_mutex_lock(&robust)));
    int made = 0;
    for (int i = 0; i < 200; i++)
        made += pthread_create(&thread, NULL, consume, NULL) == 0 && pthread_join(thread, NULL) == 0;
    printf("made %d, errors %d\n", made, errors);
    return 0;
}
