// SPDX-License-Identifier: MIT
// stty: how the terminal of the input works, shown and set.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tool.h"
#include "tools.h"

enum { WIDTH = 80, DELETE = 127, CONTROL = 0100 };

enum part { INPUT, OUTPUT, LOCAL, PARTS };

static const struct flag {
    const char *name;
    enum part part;
    tcflag_t bit;
    bool sane;
} flags[] = {
    {"brkint", INPUT, BRKINT, false},   {"ignpar", INPUT, IGNPAR, false}, {"istrip", INPUT, ISTRIP, false},
    {"inlcr", INPUT, INLCR, false},     {"igncr", INPUT, IGNCR, false},   {"icrnl", INPUT, ICRNL, true},
    {"ixon", INPUT, IXON, true},        {"ixany", INPUT, IXANY, false},   {"ixoff", INPUT, IXOFF, false},
    {"imaxbel", INPUT, IMAXBEL, false}, {"iutf8", INPUT, IUTF8, true},    {"opost", OUTPUT, OPOST, true},
    {"onlcr", OUTPUT, ONLCR, true},     {"ocrnl", OUTPUT, OCRNL, false},  {"onocr", OUTPUT, ONOCR, false},
    {"onlret", OUTPUT, ONLRET, false},  {"xtabs", OUTPUT, XTABS, false},  {"isig", LOCAL, ISIG, true},
    {"icanon", LOCAL, ICANON, true},    {"iexten", LOCAL, IEXTEN, true},  {"echo", LOCAL, ECHO, true},
    {"echoe", LOCAL, ECHOE, true},      {"echok", LOCAL, ECHOK, true},    {"echonl", LOCAL, ECHONL, false},
    {"noflsh", LOCAL, NOFLSH, false},   {"tostop", LOCAL, TOSTOP, false}, {"echoctl", LOCAL, ECHOCTL, true},
    {"echoke", LOCAL, ECHOKE, true},
};

static const struct key {
    const char *name;
    int place;
    cc_t sane;
} keys[] = {{"intr", VINTR, 3},    {"quit", VQUIT, 28}, {"erase", VERASE, 127},  {"kill", VKILL, 21},
            {"eof", VEOF, 4},      {"eol", VEOL, 0},    {"eol2", VEOL2, 0},      {"start", VSTART, 17},
            {"stop", VSTOP, 19},   {"susp", VSUSP, 26}, {"rprnt", VREPRINT, 18}, {"werase", VWERASE, 23},
            {"lnext", VLNEXT, 22}, {"min", VMIN, 1},    {"time", VTIME, 0}};

enum { FLAGS = sizeof flags / sizeof flags[0], KEYS = sizeof keys / sizeof keys[0] };

static struct termios modes;

static tcflag_t *part_of(enum part part) {
    tcflag_t *const places[PARTS] = {&modes.c_iflag, &modes.c_oflag, &modes.c_lflag};
    return places[part];
}

static bool is_set(const struct flag *flag) { return (*part_of(flag->part) & flag->bit) == flag->bit; }

static void set(const struct flag *flag, bool on) {
    if (on)
        *part_of(flag->part) |= flag->bit;
    else
        *part_of(flag->part) &= ~flag->bit;
}

static bool is_number(const struct key *key) { return key->place == VMIN || key->place == VTIME; }

// ---- shown ----

static size_t column;

static void show(const char *text) {
    size_t width = strlen(text);
    if (column != 0 && column + 1 + width > WIDTH) {
        putchar('\n');
        column = 0;
    }
    column += (size_t)printf("%s%s", column != 0 ? " " : "", text);
}

static void show_key(const struct key *key) {
    char text[64];
    cc_t value = modes.c_cc[key->place];
    if (is_number(key))
        snprintf(text, sizeof text, "%s = %d;", key->name, value);
    else if (value == 0)
        snprintf(text, sizeof text, "%s = <undef>;", key->name);
    else if (value < ' ' || value == DELETE)
        snprintf(text, sizeof text, "%s = ^%c;", key->name, value ^ CONTROL);
    else
        snprintf(text, sizeof text, "%s = %c;", key->name, value);
    show(text);
}

static void show_size(const char *format) {
    struct winsize window = {0};
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &window) != 0) complain_errno("size");
    printf(format, window.ws_row, window.ws_col);
}

// What is not as usual; or everything.
static void show_modes(bool all) {
    char text[64];
    if (all) show_size("rows %d; columns %d;\n");
    for (const struct key *key = keys; key < keys + KEYS; key++) {
        if (all || modes.c_cc[key->place] != key->sane) show_key(key);
    }
    for (const struct flag *flag = flags; flag < flags + FLAGS; flag++) {
        if (!all && is_set(flag) == flag->sane) continue;
        snprintf(text, sizeof text, "%s%s", is_set(flag) ? "" : "-", flag->name);
        show(text);
    }
    if (column != 0) putchar('\n');
}

// In one word, for another stty to take.
static void show_word(void) {
    printf("%x:%x:%x:%x", modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag);
    for (int i = 0; i < NCCS; i++) printf(":%x", modes.c_cc[i]);
    putchar('\n');
}

// ---- set ----

static bool set_by_word(const char *word) {
    struct termios new = modes;
    tcflag_t *parts[] = {&new.c_iflag, &new.c_oflag, &new.c_cflag, &new.c_lflag};
    for (int i = 0; i < 4 + NCCS; i++) {
        char *end;
        unsigned long value = strtoul(word, &end, 16);
        if (end == word || *end != (i < 3 + NCCS ? ':' : '\0')) return false;
        if (i < 4)
            *parts[i] = (tcflag_t)value;
        else
            new.c_cc[i - 4] = (cc_t)value;
        word = end + 1;
    }
    modes = new;
    return true;
}

static void make_sane(void) {
    for (const struct flag *flag = flags; flag < flags + FLAGS; flag++) set(flag, flag->sane);
    for (const struct key *key = keys; key < keys + KEYS; key++) modes.c_cc[key->place] = key->sane;
}

static void make_raw(void) {
    modes.c_iflag = 0;
    modes.c_oflag &= ~(tcflag_t)OPOST;
    modes.c_lflag &= ~(tcflag_t)(ISIG | ICANON);
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
}

// ^C, ^?, a letter, undef, a number
static cc_t key_read(const struct key *key, const char *text) {
    if (is_number(key)) return (cc_t)number_read(text);
    if (strcmp(text, "undef") == 0 || strcmp(text, "^-") == 0) return 0;
    if (text[0] == '^' && text[1] != '\0')
        return text[1] == '?' ? DELETE : (cc_t)(toupper((unsigned char)text[1]) & 037);
    if (text[1] == '\0') return (cc_t)text[0];
    return (cc_t)number_read(text);
}

static void set_size(const char *name, const char *text) {
    struct winsize window = {0};
    unsigned short value = (unsigned short)number_read(text);
    ioctl(STDIN_FILENO, TIOCGWINSZ, &window);
    if (*name == 'r')
        window.ws_row = value;
    else
        window.ws_col = value;
    if (ioctl(STDIN_FILENO, TIOCSWINSZ, &window) != 0) complain_errno("size");
}

static const struct flag *flag_find(const char *name) {
    for (const struct flag *flag = flags; flag < flags + FLAGS; flag++) {
        if (strcmp(flag->name, name) == 0) return flag;
    }
    return NULL;
}

static const struct key *key_find(const char *name) {
    for (const struct key *key = keys; key < keys + KEYS; key++) {
        if (strcmp(key->name, name) == 0) return key;
    }
    return NULL;
}

// => how many words it took
static int set_one(char **words, int left) {
    const char *name = words[0];
    bool off = *name == '-';
    const struct flag *flag = flag_find(name + off);
    const struct key *key = key_find(name);
    bool is_size = strcmp(name, "rows") == 0 || strcmp(name, "cols") == 0 || strcmp(name, "columns") == 0;
    bool raw = strcmp(name + off, "raw") == 0, cooked = strcmp(name + off, "cooked") == 0;
    if (flag != NULL) {
        set(flag, !off);
    } else if (raw || cooked) {
        if (raw != off)
            make_raw();
        else
            make_sane();
    } else if (strcmp(name, "sane") == 0) {
        make_sane();
    } else if ((key != NULL || is_size) && left > 1) {
        if (is_size)
            set_size(name, words[1]);
        else
            modes.c_cc[key->place] = key_read(key, words[1]);
        return 2;
    } else if (!set_by_word(name))
        give_up("%s: there is no such setting", name);
    return 1;
}

int tool_stty(int count, char **words) {
    if (tcgetattr(STDIN_FILENO, &modes) != 0) {
        complain_errno("the input");
        return tool_status();
    }
    const char *first = count > 1 ? words[1] : "";
    if (count == 1 || strcmp(first, "-a") == 0)
        show_modes(count > 1);
    else if (strcmp(first, "-g") == 0)
        show_word();
    else if (strcmp(first, "size") == 0)
        show_size("%d %d\n");
    else {
        for (int i = 1; i < count;) i += set_one(words + i, count - i);
        if (tcsetattr(STDIN_FILENO, TCSADRAIN, &modes) != 0) complain_errno("the input");
    }
    return tool_status();
}
