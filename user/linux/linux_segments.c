// SPDX-License-Identifier: MIT
// Shared memory of System V: made, found, attached, counted, removed.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul

static void say(const char *what, long result) {
    printf("%s: %s\n", what, result == -1 ? strerrorname_np(errno) : "ok");
    fflush(stdout);
}

static void at(const char *what, const void *got) { say(what, got == (void *)-1 ? -1 : 0); }

static void tell(int id) {
    struct shmid_ds of;
    if (shmctl(id, IPC_STAT, &of) != 0) {
        say("stat", -1);
        return;
    }
    printf("key %x, %zu bytes, mode %o, attached %lu, made by %s, last by %s\n", of.shm_perm.__key, of.shm_segsz,
           of.shm_perm.mode, (unsigned long)of.shm_nattch, of.shm_cpid == getpid() ? "this" : "another",
           of.shm_lpid == 0          ? "none"
           : of.shm_lpid == getpid() ? "this"
                                     : "another");
}

static void alone(void) {
    int id = shmget(IPC_PRIVATE, 3 * PAGE + 100, IPC_CREAT | 0600), other = shmget(IPC_PRIVATE, 10, 0644);
    say("make", id);
    printf("two: %s\n", id != other ? "yes" : "no");
    tell(id);
    char *first = shmat(id, NULL, 0), *second = shmat(id, NULL, SHM_RDONLY);
    at("attach", first);
    at("read only", second);
    first[0] = 'a';
    first[3 * PAGE + 99] = 'b';
    printf("seen: %c %c %d\n", second[0], second[3 * PAGE + 99], second[PAGE]);
    say("mprotect", mprotect(second, PAGE, PROT_READ | PROT_WRITE));
    tell(id);
    say("remove", shmctl(id, IPC_RMID, NULL));
    tell(id);
    fflush(stdout);
    if (fork() == 0) {
        first[1] = 'c';
        tell(id);
        say("child: detach", shmdt(first));
        say("child: again", shmdt(first));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    printf("the child wrote %c\n", second[1]);
    tell(id);
    munmap(first + PAGE, PAGE);
    say("detach", shmdt(first));
    say("detach", shmdt(second));
    tell(id);
    at("attach what is gone", shmat(id, NULL, 0));
    say("remove", shmctl(other, IPC_RMID, NULL));
    say("remove again", shmctl(other, IPC_RMID, NULL));
}

static void by_key(void) {
    key_t key = 0x1234abcd;
    say("not there", shmget(key, 100, 0600));
    int id = shmget(key, 100, IPC_CREAT | IPC_EXCL | 0640);
    say("make", id);
    say("exists", shmget(key, 100, IPC_CREAT | IPC_EXCL));
    printf("the same: %s %s\n", shmget(key, 50, 0) == id ? "yes" : "no",
           shmget(key, 0, IPC_CREAT) == id ? "yes" : "no");
    say("too large", shmget(key, 5000, 0));
    tell(id);
    fflush(stdout);
    if (fork() == 0) {
        char *mine = shmat(shmget(key, 0, 0), NULL, 0);
        strcpy(mine, "from the child");
        _exit(0);
    }
    wait(NULL);
    char *there = shmat(id, NULL, 0);
    printf("%s\n", there);
    tell(id);
    struct shmid_ds of;
    shmctl(id, IPC_STAT, &of);
    of.shm_perm.mode = 0604;
    say("set", shmctl(id, IPC_SET, &of));
    tell(id);
    say("remove", shmctl(id, IPC_RMID, NULL));
    say("not there", shmget(key, 100, 0));
    printf("%s\n", there);
    say("detach", shmdt(there));
}

static void places(void) {
    int id = shmget(IPC_PRIVATE, 2 * PAGE, 0600);
    char *room = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    at("over a mapping", shmat(id, room + PAGE, 0));
    at("in its place", shmat(id, room + PAGE, SHM_REMAP));
    at("odd", shmat(id, room + 5 * PAGE + 77, 0));
    munmap(room + 5 * PAGE, 2 * PAGE);
    at("rounded", shmat(id, room + 5 * PAGE + 77, SHM_RND));
    room[PAGE] = 'x';
    printf("%c\n", room[5 * PAGE]);
    say("detach from the middle", shmdt(room + 2 * PAGE));
    say("detach odd", shmdt(room + PAGE + 1));
    at("nowhere", shmat(id, NULL, SHM_REMAP));
    at("no such", shmat(123456, NULL, 0));
    at("negative", shmat(-1, NULL, 0));
    say("no such", shmctl(123456, IPC_STAT, (struct shmid_ds *)room));
    say("unknown", shmctl(id, 99, NULL));
    say("nothing", shmget(IPC_PRIVATE, 0, 0600));
    say("detach", shmdt(room + PAGE));
    say("detach", shmdt(room + 5 * PAGE));
    say("remove", shmctl(id, IPC_RMID, NULL));
}

int main(void) {
    alone();
    by_key();
    places();
    return 0;
}
