// SPDX-License-Identifier: MIT
// A terminal and the jobs at it: a pseudo-terminal whose other side this program holds, so that it types itself.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 5000, QUIET = 100, MILLISECOND = 1000000 };

static int master, slave;
static const char *slave_name;

// ---- what is said ----

static const char *name_of(int error) { return error == 0 ? "fine" : strerrorname_np(error); }

static void say(const char *what, long answer) {
    printf("%s: %s\n", what, answer < 0 ? name_of(errno) : "fine");
    fflush(stdout);
}

static void say_number(const char *what, long number) {
    printf("%s: %ld\n", what, number);
    fflush(stdout);
}

static void say_text(const char *what, const char *text, ssize_t size) {
    printf("%s: %s", what, size < 0 ? name_of(errno) : "'");
    for (ssize_t i = 0; i < size; i++)
        printf(text[i] >= ' ' && text[i] < 127 ? "%c" : "\\%03o", (unsigned char)text[i]);
    printf(size < 0 ? "\n" : "'\n");
    fflush(stdout);
}

static void say_status(const char *what, int status) {
    if (WIFEXITED(status)) printf("%s: exited with %d\n", what, WEXITSTATUS(status));
    if (WIFSIGNALED(status)) printf("%s: killed by %d\n", what, WTERMSIG(status));
    if (WIFSTOPPED(status)) printf("%s: stopped by %d\n", what, WSTOPSIG(status));
    if (WIFCONTINUED(status)) printf("%s: goes on\n", what);
    fflush(stdout);
}

static int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, WUNTRACED) < 0 && errno == EINTR)
        ;
    return status;
}

static void wait_a_little(long milliseconds) {
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * MILLISECOND}, NULL);
}

// ---- the two sides ----

static void begin(void) {
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        printf("no pseudo-terminal: %s\n", strerror(errno));
        exit(1);
    }
    slave_name = strdup(ptsname(master));
    slave = open(slave_name, O_RDWR | O_NOCTTY);
    if (slave < 0) say("opening", slave);
}

static void end(void) {
    close(slave);
    close(master);
}

static void type(const char *keys) {
    if (write(master, keys, strlen(keys)) < 0) say("typing", -1);
}

// What the terminal shows, until it is quiet.
static void shows(const char *what) {
    char text[4096];
    ssize_t size = 0;
    struct pollfd ready = {.fd = master, .events = POLLIN};
    while (poll(&ready, 1, size == 0 ? PATIENCE : QUIET) > 0) {
        ssize_t some = read(master, text + size, sizeof text - (size_t)size);
        if (some <= 0) break;
        size += some;
    }
    say_text(what, text, size);
}

static void reads(const char *what, size_t most) {
    char text[4096];
    ssize_t size = read(slave, text, most);
    say_text(what, text, size);
}

static void change(tcflag_t local, tcflag_t input, int least, int time) {
    struct termios modes;
    tcgetattr(slave, &modes);
    modes.c_lflag ^= local;
    modes.c_iflag ^= input;
    modes.c_cc[VMIN] = (cc_t)least;
    modes.c_cc[VTIME] = (cc_t)time;
    tcsetattr(slave, TCSANOW, &modes);
}

// ---- modes ----

static void modes(void) {
    struct termios modes;
    struct winsize window = {7, 7, 7, 7};
    begin();
    say("modes", tcgetattr(slave, &modes));
    printf("%x %x %x %x", modes.c_iflag & ~(tcflag_t)IUTF8, modes.c_oflag, modes.c_cflag, modes.c_lflag);
    for (int i = 0; i < 17; i++) printf(" %d", modes.c_cc[i]);
    int pipes[2];
    pipe(pipes);
    printf("\nit is a terminal: %d, a pipe is not: %d\n", isatty(slave), isatty(pipes[0]));
    close(pipes[0]);
    close(pipes[1]);
    say("window", ioctl(slave, TIOCGWINSZ, &window));
    printf("%d %d %d %d\n", window.ws_row, window.ws_col, window.ws_xpixel, window.ws_ypixel);
    window = (struct winsize){50, 132, 1, 2};
    say("another window", ioctl(master, TIOCSWINSZ, &window));
    memset(&window, 0, sizeof window);
    ioctl(slave, TIOCGWINSZ, &window);
    printf("%d %d %d %d\n", window.ws_row, window.ws_col, window.ws_xpixel, window.ws_ypixel);
    modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    modes.c_cc[VMIN] = 0;
    say("raw", tcsetattr(slave, TCSAFLUSH, &modes));
    memset(&modes, 0, sizeof modes);
    tcgetattr(master, &modes); // the other side sees them
    printf("%x %d\n", modes.c_lflag, modes.c_cc[VMIN]);
    int number = -1;
    say("discipline", ioctl(slave, TIOCGETD, &number));
    say_number("is", number);
    say("something unknown", ioctl(slave, 0x54ff, &number));
    say("modes at no address", ioctl(slave, TCGETS, 8));
    say("set from no address", ioctl(slave, TCSETS, 8));
    say("flush of what is not", ioctl(slave, TCFLSH, 9));
    say("flow of what is not", ioctl(slave, TCXONC, 9));
    end();
}

static int waiting(int least) {
    int count = -1;
    for (int i = 0; i < PATIENCE && count < least; i++) {
        ioctl(slave, FIONREAD, &count);
        if (count < least) wait_a_little(1);
    }
    return count;
}

static void lines(void) {
    begin();
    fcntl(slave, F_SETFL, O_NONBLOCK);
    reads("nothing yet", 10);
    type("hel");
    shows("half a line");
    reads("half a line", 10);
    type("p\177lo\n");
    shows("the rest");
    say_number("waiting", waiting(6));
    reads("some of it", 2);
    reads("the line", 100);
    type("one\ntwo\nthree\004");
    say_number("waiting", waiting(13));
    shows("lines");
    reads("first", 100);
    reads("second", 100);
    reads("third, without an end", 5);
    reads("no end of it", 100);
    type("\004");
    wait_a_little(QUIET);
    reads("an end", 100);
    reads("no end", 100);
    type("thrown away");
    shows("to be thrown away");
    say("flush", tcflush(slave, TCIFLUSH));
    type("kept\n");
    reads("", waiting(5) == 5 ? 100 : 0);
    shows("kept");
    write(slave, "a\nb\tc", 5);
    shows("output");
    end();
}

static void raw(void) {
    struct pollfd ready = {.events = POLLIN};
    struct timespec from, to;
    begin();
    change(ICANON | ECHO | ISIG, ICRNL, 1, 0);
    type("a\r\003\n");
    waiting(4);
    reads("raw", 100);
    change(0, 0, 3, 0);
    ready.fd = slave;
    type("xy");
    wait_a_little(QUIET);
    say_number("two of three are ready", poll(&ready, 1, 0));
    type("z");
    say_number("three of three are", poll(&ready, 1, PATIENCE));
    reads("three", 100);
    change(0, 0, 0, 0);
    reads("none is needed", 100);
    change(0, 0, 0, 2);
    clock_gettime(CLOCK_MONOTONIC, &from);
    reads("after two tenths", 100);
    clock_gettime(CLOCK_MONOTONIC, &to);
    long waited = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / MILLISECOND;
    printf("it waited: %d\n", waited >= 190 && waited < 3000);
    change(0, 0, 5, 1);
    type("ab");
    reads("as many as came in time", 100);
    end();
}

static void flow(void) {
    struct pollfd ready = {.events = POLLOUT};
    begin();
    ready.fd = slave;
    say_number("may be written to", poll(&ready, 1, 0));
    say("stop", tcflow(slave, TCOOFF));
    ready.fd = master;
    ready.events = POLLIN;
    type("a");
    say_number("nothing is shown", poll(&ready, 1, 3 * QUIET));
    say("go on", tcflow(slave, TCOON));
    type("b");
    shows("then");
    say("the other side shall stop", tcflow(slave, TCIOFF));
    say("and go on", tcflow(slave, TCION));
    shows("it is told");
    say("drain", tcdrain(slave));
    end();
}

// ---- sessions and groups ----

static volatile sig_atomic_t heard[65];

static void hear(int number) { heard[number]++; }

static void listen_to(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(number, &action, NULL);
}

// What a child does that leads a session at the terminal. => how it ended
static int in_session(void (*work)(void)) {
    fflush(stdout);
    pid_t leader = fork();
    if (leader == 0) {
        setsid();
        close(slave);
        slave = open(slave_name, O_RDWR);
        work();
        exit(0);
    }
    return wait_for(leader);
}

// A child in a group of its own, in front or not.
static pid_t start(void (*work)(void), int in_front) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGTTOU, SIG_IGN);
        setpgid(0, 0);
        if (in_front) tcsetpgrp(slave, getpid());
        signal(SIGTTOU, SIG_DFL);
        work();
        exit(0);
    }
    setpgid(child, child);
    if (in_front) {
        while (tcgetpgrp(slave) != child) wait_a_little(1);
    }
    return child;
}

static void to_front(void) {
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(slave, getpgrp());
    signal(SIGTTOU, SIG_DFL);
}

static void wait_forever(void) {
    for (;;) pause();
}

static void whose(void) {
    int other = -1, number = 0;
    printf("its session: %d, group in front: %d\n", tcgetsid(slave) == getpid(), tcgetpgrp(slave) == getpid());
    say("/dev/tty", other = open("/dev/tty", O_RDWR));
    printf("is the same: %d\n", tcgetsid(other) == getpid());
    close(other);
    say("again", ioctl(slave, TIOCSCTTY, 0));
    say("the other side's", tcgetpgrp(master));
    say("a group that is none", tcsetpgrp(slave, 30000));
    say("a group that cannot be", tcsetpgrp(slave, -5));
    say("a group of another session", tcsetpgrp(slave, getppid()));
    number = posix_openpt(O_RDWR);
    grantpt(number);
    unlockpt(number);
    other = open(ptsname(number), O_RDWR);
    say("one terminal is enough", ioctl(other, TIOCSCTTY, 0));
    say("the second's group", tcgetpgrp(other));
    say("the second's session", tcgetsid(other));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        printf("a child's: %d\n", tcgetsid(slave) == getppid());
        setsid();
        say("of another session", tcgetpgrp(slave));
        say("/dev/tty", open("/dev/tty", O_RDWR));
        say("somebody else's", ioctl(slave, TIOCSCTTY, 0));
        exit(0);
    }
    wait_for(child);
    listen_to(SIGHUP, hear);
    listen_to(SIGCONT, hear);
    say("without a terminal", ioctl(slave, TIOCNOTTY));
    wait_a_little(QUIET);
    printf("heard: %d %d\n", heard[SIGHUP], heard[SIGCONT]);
    say("/dev/tty", open("/dev/tty", O_RDWR));
    say("group in front", tcgetpgrp(slave));
    say("back again", ioctl(slave, TIOCSCTTY, 0));
    printf("group in front: %d\n", tcgetpgrp(slave) == getpid());
}

static void keys(void) {
    static const char typed[][2] = {"\003", "\034", "\032"};
    static const char *const names[] = {"interrupted", "quit", "suspended"};
    for (int i = 0; i < 3; i++) {
        pid_t behind = start(wait_forever, 0), front = start(wait_forever, 1);
        wait_a_little(QUIET);
        type(typed[i]);
        int status = wait_for(front);
        say_status(names[i], status);
        shows("shown");
        if (WIFSTOPPED(status)) {
            kill(front, SIGCONT);
            waitpid(front, &status, WCONTINUED);
            say_status("then", status);
            kill(front, SIGTERM);
            say_status("at last", wait_for(front));
        }
        say_number("the one behind heard nothing", waitpid(behind, &status, WNOHANG | WUNTRACED));
        kill(behind, SIGKILL);
        wait_for(behind);
        to_front();
    }
}

static void read_one(void) {
    char c;
    ssize_t size = read(slave, &c, 1);
    say_text("it reads", &c, size);
}

static void read_blocked(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTTIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    read_one();
}

static void read_ignoring(void) {
    signal(SIGTTIN, SIG_IGN);
    read_one();
}

static void read_hearing(void) {
    struct sigaction action = {.sa_handler = hear};
    sigaction(SIGTTIN, &action, NULL);
    read_one();
    printf("heard: %d\n", heard[SIGTTIN]);
}

static void write_one(void) { say("it writes", write(slave, "w", 1)); }

static void write_ignoring(void) {
    signal(SIGTTOU, SIG_IGN);
    write_one();
}

static void set_modes(void) {
    struct termios modes;
    say("it gets modes", tcgetattr(slave, &modes));
    say("it sets them", tcsetattr(slave, TCSANOW, &modes));
}

static void set_modes_ignoring(void) {
    signal(SIGTTOU, SIG_IGN);
    set_modes();
}

static void take_front(void) { say("it takes the front", tcsetpgrp(slave, getpgrp())); }

static void behind(void) {
    static const struct {
        const char *name;
        void (*work)(void);
    } tries[] = {{"read", read_one},
                 {"read, blocked", read_blocked},
                 {"read, ignored", read_ignoring},
                 {"read, heard", read_hearing},
                 {"write", write_one},
                 {"modes", set_modes},
                 {"modes, ignored", set_modes_ignoring},
                 {"front", take_front}};
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        pid_t child = start(tries[i].work, 0);
        int status = wait_for(child);
        say_status(tries[i].name, status);
        if (!WIFSTOPPED(status)) continue;
        signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(slave, child); // as `fg` does
        signal(SIGTTOU, SIG_DFL);
        kill(child, SIGCONT);
        if (tries[i].work == read_one) type("k\n");
        say_status("in front", wait_for(child));
        to_front();
    }
    shows("shown");
    change(TOSTOP, 0, 1, 0);
    pid_t child = start(write_one, 0);
    say_status("write, to be stopped", wait_for(child));
    kill(child, SIGKILL);
    wait_for(child);
    say_status("write, ignored", wait_for(start(write_ignoring, 0)));
    shows("shown");
}

// Nobody of its session could let it go on.
static void orphans(void) {
    fflush(stdout);
    pid_t parent = fork();
    if (parent == 0) {
        pid_t old = getpid();
        if (fork() == 0) {
            setpgid(0, 0);
            while (getppid() == old) wait_a_little(1);
            read_one();
            say("it takes the front", tcsetpgrp(slave, getpgrp()));
            raise(SIGTSTP);
            printf("it did not stop\n");
            exit(0);
        }
        wait_a_little(QUIET);
        exit(0);
    }
    wait_for(parent);
    wait_a_little(5 * QUIET);
}

static void window_changes(void) {
    struct winsize window = {30, 90, 0, 0};
    listen_to(SIGWINCH, hear);
    ioctl(master, TIOCSWINSZ, &window);
    for (int i = 0; i < PATIENCE && heard[SIGWINCH] == 0; i++) wait_a_little(1);
    ioctl(master, TIOCSWINSZ, &window); // the same
    wait_a_little(QUIET);
    say_number("heard of the window", heard[SIGWINCH]);
}

static void leave_somebody(void) {
    pid_t front = start(wait_forever, 1);
    (void)front;
    exit(5);
}

static void keep_until_hung_up(void) {
    listen_to(SIGHUP, hear);
    listen_to(SIGCONT, hear);
    write(slave, "r", 1);
    while (heard[SIGHUP] == 0 || heard[SIGCONT] == 0) wait_a_little(1);
    char c;
    ssize_t size = read(slave, &c, 1);
    say_text("hung up, it reads", &c, size);
    say("it writes", write(slave, "w", 1));
    say("its modes", tcgetattr(slave, &(struct termios){0}));
    say("its group", tcgetpgrp(slave));
    struct pollfd ready = {.fd = slave, .events = POLLIN | POLLOUT};
    poll(&ready, 1, 0);
    printf("it is ready for %x\n", (unsigned)ready.revents);
    say("/dev/tty", open("/dev/tty", O_RDWR));
    fflush(stdout);
}

static void hang_up(void) {
    begin();
    fflush(stdout);
    pid_t leader = fork();
    if (leader == 0) {
        int old = slave;
        setsid();
        close(master);
        slave = open(slave_name, O_RDWR);
        close(old);
        keep_until_hung_up();
        exit(3);
    }
    close(slave);
    char c;
    say_number("ready", read(master, &c, 1));
    close(master);
    say_status("the leader", wait_for(leader));
}

static void left(void) {
    char c;
    begin();
    close(slave);
    ssize_t size = read(master, &c, 1);
    say_text("when programs have left, the other side reads", &c, size);
    struct pollfd ready = {.fd = master, .events = POLLIN};
    poll(&ready, 1, 0);
    printf("it is ready for %x\n", (unsigned)ready.revents);
    slave = open(slave_name, O_RDWR | O_NOCTTY);
    type("x\n");
    reads("they are back", 10);
    end();
}

int main(void) {
    modes();
    lines();
    raw();
    flow();
    left();
    begin();
    say_status("whose", in_session(whose));
    end();
    begin();
    say_status("keys", in_session(keys));
    end();
    begin();
    say_status("behind", in_session(behind));
    end();
    begin();
    say_status("orphans", in_session(orphans));
    end();
    begin();
    say_status("window", in_session(window_changes));
    say_status("a leader that leaves somebody", in_session(leave_somebody));
    end();
    hang_up();
    return 0;
}
