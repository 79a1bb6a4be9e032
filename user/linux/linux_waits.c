// SPDX-License-Identifier: MIT
// Waiting for children: which, for what, and what is told of them; SIGCHLD, orphans, groups and sessions.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t heard, heard_code, heard_status, heard_pid;

static const char *name(int error) { return error == 0 ? "0" : strerrorname_np(error); }

// => what a call's result means: its number, or its error's name
static const char *said(long result) { return result >= 0 ? "ok" : name(errno); }

static void on_child(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)context;
    heard++;
    heard_code = info->si_code;
    heard_status = info->si_status;
    heard_pid = info->si_pid;
}

static void listen_for_children(int flags) {
    struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | flags};
    sigaction(SIGCHLD, &action, NULL);
}

static void forget_children(void) { signal(SIGCHLD, SIG_DFL); }

static void nap(void) {
    struct timespec moment = {0, 20000000};
    while (nanosleep(&moment, &moment) != 0)
        ;
}

// A child that waits for a signal.
static pid_t sleeper(void) {
    pid_t child = fork();
    while (child == 0) pause();
    return child;
}

static void tell(const char *what, int status) {
    if (WIFEXITED(status))
        printf("%s: exited with %d\n", what, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("%s: ended by %d\n", what, WTERMSIG(status));
    else if (WIFSTOPPED(status))
        printf("%s: stopped by %d\n", what, WSTOPSIG(status));
    else if (WIFCONTINUED(status))
        printf("%s: goes on\n", what);
}

static void wait_and_tell(const char *what, pid_t child, int options) {
    int status = -1;
    pid_t found = waitpid(child, &status, options);
    if (found <= 0)
        printf("%s: %s\n", what, found == 0 ? "nothing yet" : name(errno));
    else if (child > 0 && found != child)
        printf("%s: another\n", what);
    else
        tell(what, status);
}

static void statuses(void) {
    static const int signals[] = {SIGTERM, SIGKILL, SIGUSR1, SIGALRM};
    for (int code = 0; code < 600; code += 255) {
        pid_t child = fork();
        if (child == 0) _exit(code);
        wait_and_tell("exit", child, 0);
    }
    for (int i = 0; i < 4; i++) {
        pid_t child = sleeper();
        kill(child, signals[i]);
        wait_and_tell("kill", child, 0);
    }
    pid_t last = fork();
    if (last == 0) syscall(SYS_exit, 9); // the only thread's, not the process's
    wait_and_tell("the last thread's end", last, 0);
    printf("none is left: %s\n", said(wait(NULL)));
    printf("options: %s\n", said(waitpid(-1, NULL, 0x40)));
    printf("not a child: %s\n", said(waitpid(getpid(), NULL, 0)));
    printf("no group: %s\n", said(waitpid(-99999, NULL, 0)));
    pid_t child = fork();
    if (child == 0) _exit(0);
    int status, *volatile nowhere = (int *)8;
    printf("to nowhere: %s\n", said(waitpid(child, nowhere, 0)));
    printf("then: %s\n", said(waitpid(child, &status, 0)));
}

static void stops(void) {
    pid_t child = sleeper();
    kill(child, SIGSTOP);
    wait_and_tell("stop", child, WUNTRACED);
    wait_and_tell("again", child, WUNTRACED | WNOHANG);
    kill(child, SIGCONT);
    wait_and_tell("cont", child, WCONTINUED);
    wait_and_tell("again", child, WCONTINUED | WNOHANG);
    kill(child, SIGTSTP); // nobody of the session is outside of its group
    nap();
    wait_and_tell("tstp to an orphan", child, WUNTRACED | WNOHANG);
    setpgid(child, child);
    kill(child, SIGTSTP);
    wait_and_tell("tstp", child, WUNTRACED);
    kill(child, SIGTERM); // waits until it goes on
    nap();
    wait_and_tell("stopped and terminated", child, WNOHANG | WUNTRACED);
    kill(child, SIGCONT);
    wait_and_tell("goes on to its end", child, 0);
    child = sleeper();
    kill(child, SIGSTOP);
    wait_and_tell("stop", child, WUNTRACED);
    kill(child, SIGKILL);
    wait_and_tell("killed while stopped", child, 0);
}

static void show(const char *what, int result, const siginfo_t *info, pid_t child) {
    if (result != 0)
        printf("%s: %s\n", what, name(errno));
    else
        printf("%s: signal %d, code %d, status %d, %s\n", what, info->si_signo, info->si_code, info->si_status,
               info->si_pid == child ? "the child"
               : info->si_pid == 0   ? "nobody"
                                     : "another");
}

static void by_waitid(void) {
    siginfo_t info;
    pid_t child = fork();
    if (child == 0) _exit(7);
    memset(&info, 0, sizeof info);
    int result = waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
    show("kept", result, &info, child);
    result = waitid(P_ALL, 0, &info, WEXITED);
    show("taken", result, &info, child);
    result = waitid(P_PID, (id_t)child, &info, WEXITED);
    show("gone", result, &info, child);
    child = sleeper();
    memset(&info, 1, sizeof info);
    result = waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG);
    show("not yet", result, &info, child);
    kill(child, SIGSTOP);
    result = waitid(P_PID, (id_t)child, &info, WSTOPPED);
    show("stopped", result, &info, child);
    kill(child, SIGCONT);
    result = waitid(P_PGID, (id_t)getpgrp(), &info, WCONTINUED);
    show("continued", result, &info, child);
    kill(child, SIGUSR2);
    result = waitid(P_PID, (id_t)child, &info, WEXITED);
    show("ended", result, &info, child);
    result = waitid(P_ALL, 0, &info, 0);
    show("no options", result, &info, child);
    result = waitid(P_ALL, 0, &info, WNOHANG);
    show("nothing wanted", result, &info, child);
    result = waitid((idtype_t)9, 0, &info, WEXITED);
    show("no such kind", result, &info, child);
}

static void child_signals(void) {
    listen_for_children(SA_RESTART);
    pid_t child = fork();
    if (child == 0) _exit(5);
    wait_and_tell("heard", child, 0);
    printf("heard %d, code %d, status %d, %s\n", heard, heard_code, heard_status, heard_pid == child ? "of it" : "?");
    child = sleeper();
    kill(child, SIGSTOP);
    wait_and_tell("stop", child, WUNTRACED);
    printf("heard %d, code %d, status %d\n", heard, heard_code, heard_status);
    kill(child, SIGCONT);
    wait_and_tell("cont", child, WCONTINUED);
    nap();
    printf("heard %d, code %d, status %d\n", heard, heard_code, heard_status);
    kill(child, SIGKILL);
    wait_and_tell("kill", child, 0);
    printf("heard %d, code %d, status %d\n", heard, heard_code, heard_status);

    listen_for_children(SA_RESTART | SA_NOCLDSTOP);
    heard = 0;
    child = sleeper();
    kill(child, SIGSTOP);
    wait_and_tell("stop", child, WUNTRACED);
    kill(child, SIGKILL);
    wait_and_tell("kill", child, 0);
    printf("without stops heard %d\n", heard);

    listen_for_children(SA_RESTART | SA_NOCLDWAIT);
    heard = 0;
    child = fork();
    if (child == 0) _exit(5);
    wait_and_tell("nobody waits", child, 0);
    printf("heard %d\n", heard);
    signal(SIGCHLD, SIG_IGN);
    child = fork();
    if (child == 0) _exit(5);
    wait_and_tell("ignored", -1, 0);
    forget_children();

    heard = 0;
    listen_for_children(0);
    child = sleeper();
    pid_t killer = fork();
    if (killer == 0) {
        nap();
        _exit(0);
    }
    int status;
    printf("interrupted: %s\n", said(waitpid(child, &status, 0)));
    wait_and_tell("the killer", killer, 0);
    forget_children();
    kill(child, SIGKILL);
    wait_and_tell("the child", child, 0);
}

static void orphans(void) {
    int tube[2], go[2];
    char buffer[64] = "";
    if (pipe(tube) != 0 || pipe(go) != 0) return;
    pid_t child = fork();
    if (child == 0) {
        pid_t parent = getpid();
        if (fork() == 0) {
            close(tube[0]);
            int had = getppid() == parent;
            dprintf(go[1], "!");
            for (int i = 0; i < 200 && getppid() != 1; i++) nap();
            dprintf(tube[1], "had a parent: %d, then %d", had, getppid());
            _exit(0);
        }
        _exit(read(go[0], buffer, 1) == 1 ? 0 : 1);
    }
    close(tube[1]);
    close(go[1]);
    wait_and_tell("the parent", child, 0);
    close(go[0]);
    if (read(tube[0], buffer, sizeof buffer - 1) > 0) printf("the orphan: %s\n", buffer);
    printf("it is no child of ours: %s\n", said(wait(NULL)));
    close(tube[0]);
}

static void in_child(void (*what)(void)) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        what();
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void as_member(void) {
    printf("a session of its own: %s\n", getsid(0) != getpid() ? "not yet" : "already");
    printf("setpgid: %s, group %s\n", said(setpgid(0, 0)), getpgrp() == getpid() ? "its own" : "another");
    printf("setsid as a leader: %s\n", said(setsid()));
}

static void as_session(void) {
    printf("setsid: %s\n", said(setsid()));
    printf("session %s, group %s\n", getsid(0) == getpid() ? "its own" : "another",
           getpgid(0) == getpid() ? "its own" : "another");
    printf("setpgid: %s\n", said(setpgid(0, 0)));
    printf("setsid again: %s\n", said(setsid()));
    pid_t child = sleeper();
    printf("a group for the child: %s, %s\n", said(setpgid(child, child)), getpgid(child) == child ? "so it is" : "no");
    printf("a group that is not there: %s\n", said(setpgid(child, 99999)));
    printf("a negative group: %s\n", said(setpgid(child, -1)));
    wait_and_tell("of our group", 0, WNOHANG);
    wait_and_tell("of its group", -child, WNOHANG);
    kill(-child, SIGTERM);
    wait_and_tell("by its group", -child, 0);
    printf("a stranger: %s\n", said(setpgid(1, 1)));
    printf("nobody's: %s %s\n", said(getpgid(99999)), said(getsid(99999)));
}

static void sends(void) {
    printf("to nobody: %s\n", said(kill(99999, 0)));
    printf("to no group: %s\n", said(kill(-99999, SIGTERM)));
    printf("no signal: %s\n", said(kill(getpid(), 65)));
    pid_t child = fork();
    if (child == 0) _exit(0);
    siginfo_t info;
    waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
    printf("to one that has ended: %s\n", said(kill(child, SIGTERM)));
    wait_and_tell("it", child, 0);
    printf("and then: %s\n", said(kill(child, SIGTERM)));
}

static volatile sig_atomic_t sender, value;

static void on_signal(int signal, siginfo_t *info, void *context) {
    (void)context;
    heard = signal;
    heard_code = info->si_code;
    sender = info->si_pid;
    value = info->si_value.sival_int;
}

static void causes(void) {
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sigset_t all, none;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGRTMIN, &action, NULL);
    sigfillset(&all);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &all, NULL);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        kill(parent, SIGUSR1);
        for (int i = 1; i <= 3; i++) sigqueue(parent, SIGRTMIN, (union sigval){.sival_int = i * 11});
        _exit(0);
    }
    int status;
    while (waitpid(child, &status, 0) != child)
        ;
    heard = 0;
    sigdelset(&all, SIGUSR1);
    sigsuspend(&all);
    printf("%s, code %d, from %s\n", heard == SIGUSR1 ? "SIGUSR1" : "?", heard_code,
           sender == child ? "the child" : "?");
    sigaddset(&all, SIGUSR1);
    sigdelset(&all, SIGRTMIN);
    for (int i = 0; i < 3; i++) {
        sigsuspend(&all);
        printf("%s, code %d, value %d\n", heard == SIGRTMIN ? "SIGRTMIN" : "?", heard_code, value);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void use(void) {
    struct rusage usage;
    int status;
    pid_t child = fork();
    if (child == 0) _exit(3);
    pid_t found = wait4(child, &status, 0, &usage);
    printf("wait4: %d, %d, %s\n", found == child, WEXITSTATUS(status),
           usage.ru_utime.tv_sec < 10 && usage.ru_utime.tv_usec < 1000000 ? "times make sense" : "no times");
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    statuses();
    stops();
    by_waitid();
    child_signals();
    orphans();
    in_child(as_member);
    in_child(as_session);
    sends();
    causes();
    use();
    return 0;
}
