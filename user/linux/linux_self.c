// SPDX-License-Identifier: MIT
// What a process can say and ask of itself: who it is, its limits, its place among others, its names.
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/membarrier.h>
#include <linux/reboot.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *outcome(long result) { return result >= 0 ? "done" : strerrorname_np(errno); }

// What the child prints comes first.
static void child(const char *what, void (*act)(void)) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        act();
        fflush(stdout);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    printf("%s: %s %d\n", what, WIFSIGNALED(status) ? "signal" : "status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void show_users(void) {
    uid_t user[3];
    gid_t group[3];
    getresuid(&user[0], &user[1], &user[2]);
    getresgid(&group[0], &group[1], &group[2]);
    printf("users %u %u %u, groups %u %u %u\n", user[0], user[1], user[2], group[0], group[1], group[2]);
}

static unsigned long long capabilities(void) {
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    syscall(SYS_capget, &head, data);
    return (unsigned long long)data[1].effective << 32 | data[0].effective;
}

static void users(void) {
    gid_t groups[4] = {5, 6, 7, 8};
    show_users();
    printf("capabilities %llx\n", capabilities());
    printf("groups: %s", outcome(setgroups(3, groups)));
    printf(" %d", getgroups(0, NULL));
    printf(" %d %u", getgroups(4, groups), groups[2]);
    printf(" %s\n", outcome(getgroups(2, groups)));
    printf("group for files: %d %d\n", setfsgid(9), setfsgid((gid_t)-1));
    printf("effective: %s\n", outcome(seteuid(1000)));
    show_users();
    printf("capabilities %llx\n", capabilities());
    printf("another: %s\n", outcome(seteuid(1001)));
    printf("back: %s\n", outcome(seteuid(0)));
    printf("capabilities %llx\n", capabilities());
    printf("for good: %s %s\n", outcome(setresgid(100, 100, 100)), outcome(setuid(1000)));
    show_users();
    printf("back: %s %s %s\n", outcome(setuid(0)), outcome(setreuid(0, 0)), outcome(setgid(0)));
    printf("to oneself: %s %s\n", outcome(setuid(1000)), outcome(setresuid((uid_t)-1, 1000, 1000)));
    printf("groups: %s\n", outcome(setgroups(1, groups)));
    printf("capabilities %llx\n", capabilities());
    printf("name of the host: %s\n", outcome(sethostname("other", 5)));
    printf("more urgent: %s\n", outcome(setpriority(PRIO_PROCESS, 0, -5)));
    printf("limit: %s\n", outcome(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0})));
    printf("higher: %s\n", outcome(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 1})));
    printf("end of the machine: %s\n",
           outcome(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART, NULL)));
    printf("date: %s\n", outcome(clock_settime(CLOCK_REALTIME, &(struct timespec){1000, 0})));
}

static void capability_sets(void) {
    struct __user_cap_header_struct head = {0, 0};
    struct __user_cap_data_struct data[2];
    printf("version: %s", outcome(syscall(SYS_capget, &head, data)));
    printf(" %d\n", head.version == _LINUX_CAPABILITY_VERSION_3);
    syscall(SYS_capget, &head, data);
    data[0].effective &= ~(1u << CAP_SETUID);
    data[0].permitted &= ~(1u << CAP_SETUID);
    printf("less: %s\n", outcome(syscall(SYS_capset, &head, data)));
    printf("without: %s\n", outcome(setuid(5)));
    data[0].permitted |= 1u << CAP_SETUID;
    printf("more: %s\n", outcome(syscall(SYS_capset, &head, data)));
}

static volatile int came;
static void note(int number) { came = number; }

static void limits(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    printf("stack: %ld\n", (long)limit.rlim_cur);
    getrlimit(RLIMIT_CORE, &limit);
    printf("core: %ld\n", (long)limit.rlim_cur);
    getrlimit(RLIMIT_NOFILE, &limit);
    printf("files: %ld\n", (long)limit.rlim_cur);
    printf("files: %s\n", outcome(setrlimit(RLIMIT_NOFILE, &(struct rlimit){5, 8})));
    int files[4];
    for (int i = 0; i < 4; i++) files[i] = dup(1);
    printf("copies: %s %s\n", outcome(files[0]), outcome(files[2]));
    printf("more than the most: %s\n", outcome(setrlimit(RLIMIT_NOFILE, &(struct rlimit){9, 8})));
    printf("no such: %s\n", outcome(syscall(SYS_prlimit64, 0, 16, NULL, NULL)));
    printf("nobody's: %s\n", outcome(syscall(SYS_prlimit64, 999999, RLIMIT_CORE, NULL, &limit)));
    signal(SIGXCPU, note);
    printf("time: %s\n", outcome(setrlimit(RLIMIT_CPU, &(struct rlimit){1, 2})));
    while (came == 0) {
    }
    printf("came: %d\n", came);
    fflush(stdout);
    for (;;) {
    }
}

static void names(void) {
    struct utsname name;
    char text[16] = "";
    uname(&name);
    printf("system %s, machine %s\n", name.sysname, name.machine);
    printf("set: %s", outcome(sethostname("there", 5)));
    uname(&name);
    printf(" %s\n", name.nodename);
    printf("too long: %s\n", outcome(sethostname(name.version, 65)));
    printf("domain: %s", outcome(setdomainname("here", 4)));
    uname(&name);
    printf(" %s\n", name.domainname);
    prctl(PR_GET_NAME, text);
    printf("program: %s\n", text);
    prctl(PR_SET_NAME, "a name that is too long");
    prctl(PR_GET_NAME, text);
    printf("named: %s\n", text);
}

static void says(void) {
    int value = -1;
    printf("dumpable: %d", prctl(PR_GET_DUMPABLE));
    prctl(PR_SET_DUMPABLE, 0);
    printf(" %d %s\n", prctl(PR_GET_DUMPABLE), outcome(prctl(PR_SET_DUMPABLE, 7)));
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    prctl(PR_GET_PDEATHSIG, &value);
    printf("at the parent's end: %d %s\n", value, outcome(prctl(PR_SET_PDEATHSIG, 100)));
    printf("no new: %d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    printf(" %s", outcome(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
    printf(" %d %s\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), outcome(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)));
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_GET_CHILD_SUBREAPER, &value);
    printf("reaper: %d, keeps %d, slack %d, timing %d\n", value, prctl(PR_GET_KEEPCAPS), prctl(PR_GET_TIMERSLACK),
           prctl(PR_GET_TIMING));
    printf("bounding: %d %s\n", prctl(PR_CAPBSET_READ, CAP_CHOWN), outcome(prctl(PR_CAPBSET_READ, 77)));
    printf("unknown: %s\n", outcome(prctl(9999)));
    int old = personality(0xffffffff);
    printf("personality: %d %d %d\n", old, personality(ADDR_NO_RANDOMIZE), personality(0) == ADDR_NO_RANDOMIZE);
}

static void *look(void *argument) {
    struct sched_param parameter;
    int policy;
    pthread_getschedparam(pthread_self(), &policy, &parameter);
    printf("in a thread: %d %d, nice %d\n", policy, parameter.sched_priority, getpriority(PRIO_PROCESS, 0));
    return argument;
}

static void place(void) {
    struct sched_param parameter = {0};
    cpu_set_t set;
    pthread_t thread;
    CPU_ZERO(&set);
    printf("processors: %d\n", sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) == get_nprocs());
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    printf("on the first: %s", outcome(sched_setaffinity(0, sizeof set, &set)));
    printf(" %d", sched_getcpu());
    sched_getaffinity(0, sizeof set, &set);
    printf(" %d\n", CPU_COUNT(&set));
    CPU_ZERO(&set);
    CPU_SET(60, &set);
    printf("on one that is not there: %s\n", outcome(sched_setaffinity(0, sizeof set, &set)));
    printf("of nobody: %s\n", outcome(sched_getaffinity(999999, sizeof set, &set)));
    printf("too small: %s\n", outcome(syscall(SYS_sched_getaffinity, 0, 4, &set)));
    printf("policy %d, most %d, least %d\n", sched_getscheduler(0), sched_get_priority_max(SCHED_FIFO),
           sched_get_priority_min(SCHED_RR));
    printf("no such: %s\n", outcome(sched_get_priority_max(4)));
    printf("with a priority: %s\n",
           outcome(sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){.sched_priority = 5})));
    printf("batch: %s", outcome(sched_setscheduler(0, SCHED_BATCH, &parameter)));
    printf(" %d\n", sched_getscheduler(0));
    sched_setscheduler(0, SCHED_OTHER, &parameter);
    printf("nice: %d", getpriority(PRIO_PROCESS, 0));
    printf(" %s", outcome(setpriority(PRIO_PROCESS, 0, 7)));
    printf(" %d", getpriority(PRIO_PROCESS, 0));
    setpriority(PRIO_PROCESS, 0, 100);
    printf(" %d %s\n", getpriority(PRIO_PROCESS, 0), outcome(setpriority(7, 0, 0)));
    pthread_create(&thread, NULL, look, NULL);
    pthread_join(thread, NULL);
    printf("barriers: %d", (syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0) & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0);
    printf(" %s", outcome(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0)));
    printf(" %s", outcome(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0)));
    printf(" %s\n", outcome(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0)));
    struct sysinfo information;
    printf("system: %s", outcome(sysinfo(&information)));
    printf(" %d\n", information.totalram * information.mem_unit > 0 && information.freeram <= information.totalram);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    child("users", users);
    child("capabilities", capability_sets);
    child("limits", limits);
    child("names", names);
    child("says", says);
    child("place", place);
    return 0;
}
