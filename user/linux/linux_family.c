// SPDX-License-Identifier: MIT
// Processes: what a child has of its parent's, what each keeps for itself, how ends are heard of.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul

static volatile int heard;
static volatile double number = 1.5;

static void on_child(int signal) {
    (void)signal;
    heard++;
}

static void tell(const char *what, int status) {
    if (WIFEXITED(status))
        printf("%s: exited with %d\n", what, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("%s: killed by %d\n", what, WTERMSIG(status));
}

static int wait_for(pid_t child) {
    int status = -1;
    pid_t found;
    do found = waitpid(child, &status, 0);
    while (found == -1 && errno == EINTR);
    return found == child ? status : -1;
}

static void memory(void) {
    char *heap = malloc(300000),
         *map = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(heap, 'p', 300000);
    memset(map, 'm', 64 * PAGE);
    mprotect(map + 5 * PAGE, PAGE, PROT_READ);
    fflush(stdout);
    double before = number * 3;
    pid_t child = fork();
    if (child == 0) {
        int good = heap[299999] == 'p' && map[63 * PAGE] == 'm' && before == 4.5 && getppid() != getpid();
        heap[299999] = 'c';
        map[63 * PAGE] = 'c';
        printf("child: %d, then %c%c\n", good, heap[299999], map[63 * PAGE]);
        fflush(stdout);
        map[5 * PAGE] = 'x';
        _exit(99);
    }
    tell("a write to what the parent protected", wait_for(child));
    printf("parent: %c%c\n", heap[299999], map[63 * PAGE]);
    munmap(map, 64 * PAGE);
    free(heap);
}

static void ends(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(42);
    tell("exit", wait_for(child));
    child = fork();
    if (child == 0) abort();
    tell("abort", wait_for(child));
    child = fork();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) _exit(3);
        _exit(WEXITSTATUS(wait_for(grandchild)) + 1);
    }
    tell("a grandchild's and one", wait_for(child));
    printf("nobody: %s\n", wait(NULL) == -1 ? strerrorname_np(errno) : "?");
}

// A child that has more than one of its own at a time.
static void more(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        pid_t grandchild[3];
        int sum = 0;
        for (int i = 0; i < 3; i++) {
            grandchild[i] = fork();
            if (grandchild[i] == 0) _exit(i + 10);
        }
        for (int i = 0; i < 3; i++) sum += WEXITSTATUS(wait_for(grandchild[i]));
        _exit(sum);
    }
    tell("three grandchildren's", wait_for(child));
}

static void many(void) {
    pid_t child[12];
    int sum = 0;
    fflush(stdout);
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    for (int i = 0; i < 12; i++) {
        child[i] = fork();
        if (child[i] == 0) _exit(i);
    }
    for (int i = 0; i < 12; i++) sum += WEXITSTATUS(wait_for(child[i]));
    printf("sum %d, heard %s\n", sum, heard > 0 ? "of them" : "nothing");
    pid_t sleeper = fork();
    if (sleeper == 0) {
        struct timespec moment = {0, 50000000};
        nanosleep(&moment, NULL);
        _exit(0);
    }
    printf("not yet: %d\n", waitpid(sleeper, NULL, WNOHANG));
    tell("slept", wait_for(sleeper));
}

static void *thread_of_child(void *number_of) { return (char *)number_of + 1; }

static void threads(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        void *result;
        pthread_create(&thread, NULL, thread_of_child, (void *)6);
        pthread_join(thread, &result);
        _exit((int)(long)result);
    }
    tell("a child with threads", wait_for(child));
}

static void become_another(void) {
    char *const words[] = {"another", "two words", "", NULL}, *const environment[] = {"WHO=somebody", NULL};
    void *volatile nowhere = (void *)16;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        execve("/bin/linux_family", words, environment);
        _exit(1);
    }
    tell("another program", wait_for(child));
    printf("no such program: %s\n", execve("/bin/nothing", words, environment) == -1 ? strerrorname_np(errno) : "?");
    printf("from nowhere: %s\n", execve(nowhere, words, environment) == -1 ? strerrorname_np(errno) : "?");
}

static int be_another(int count, char **words) {
    struct sigaction action;
    sigaction(SIGCHLD, NULL, &action);
    printf("%d words: %s, %s, '%s'; %s; handler %s\n", count, words[0], words[1], words[2], getenv("WHO"),
           action.sa_handler == SIG_DFL ? "forgotten" : "kept");
    return 5;
}

int main(int count, char **words) {
    if (count > 1) return be_another(count, words);
    memory();
    ends();
    more();
    many();
    threads();
    become_another();
    return 0;
}
