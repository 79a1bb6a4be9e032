// SPDX-License-Identifier: MIT
// The line discipline beside Linux's own: everything is also done to a pseudo-terminal of the host, and must come out
// the same there.
#include "discipline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tap.h"

enum { PATIENCE = 2000, GET_MODES = 0x5401, SET_MODES = 0x5402, FLUSH = 0x540B, TENTH = 100 };

static struct discipline ours;
static int keyboard = -1, program = -1; // the two ends of Linux's
static uint64_t now;

_Static_assert(sizeof ours.modes == 36, "Linux's struct termios");

static void set_modes(struct terminal_modes modes) {
    discipline_set_modes(&ours, &modes);
    EXPECT(program < 0 || ioctl(program, SET_MODES, &modes) == 0);
}

static void change(uint32_t input, uint32_t output, uint32_t local) {
    struct terminal_modes modes = ours.modes;
    modes.input ^= input;
    modes.output ^= output;
    modes.local ^= local;
    set_modes(modes);
}

static void finish(void) {
    if (keyboard >= 0) close(keyboard), close(program);
    keyboard = program = -1;
}

static void begin(void) {
    finish();
    discipline_start(&ours, TENTH);
    keyboard = posix_openpt(O_RDWR | O_NOCTTY);
    if (keyboard < 0 || grantpt(keyboard) != 0 || unlockpt(keyboard) != 0) {
        printf("# there are no pseudo-terminals here: nothing to compare with\n");
        finish();
        return;
    }
    program = open(ptsname(keyboard), O_RDWR | O_NOCTTY | O_NONBLOCK);
    EXPECT(program >= 0);
    fcntl(keyboard, F_SETFL, O_NONBLOCK);
    set_modes(ours.modes);
}

static const char *quoted(const void *bytes, size_t size) {
    static char buffers[4][DISCIPLINE_BUFFER + 5];
    static unsigned next;
    char *to = buffers[next++ % 4], *start = to;
    for (const uint8_t *at = bytes; size-- != 0 && to < start + DISCIPLINE_BUFFER; at++)
        to += *at >= ' ' && *at < 127 ? sprintf(to, "%c", *at) : sprintf(to, "\\x%02x", *at);
    *to = '\0';
    return start;
}

// What the device shows now; Linux is given the time that it needs.
static size_t shown(uint8_t *text) {
    static uint8_t theirs[DISCIPLINE_BUFFER];
    size_t size = 0, got = 0;
    for (int c; (c = discipline_show(&ours)) >= 0;) text[size++] = (uint8_t)c;
    if (keyboard < 0) return size;
    struct pollfd ready = {.fd = keyboard, .events = POLLIN};
    while (got < size && poll(&ready, 1, PATIENCE) > 0) {
        ssize_t some = read(keyboard, theirs + got, sizeof theirs - got);
        if (some <= 0) break;
        got += (size_t)some;
    }
    if (got == size) {
        ssize_t more = read(keyboard, theirs + got, sizeof theirs - got);
        got += more > 0 ? (size_t)more : 0;
    }
    EXPECT(got == size && memcmp(text, theirs, size) == 0, "ours shows '%s', Linux '%s'", quoted(text, size),
           quoted(theirs, got));
    return size;
}

static void expect_shown(const char *wanted) {
    uint8_t text[DISCIPLINE_BUFFER];
    size_t size = shown(text);
    EXPECT(size == strlen(wanted) && memcmp(text, wanted, size) == 0, "'%s' and not '%s'",
           quoted(wanted, strlen(wanted)), quoted(text, size));
}

static void wait_for_count(void) {
    int count = -1, wanted = (int)discipline_count(&ours);
    for (int i = 0; program >= 0 && i < PATIENCE; i++) {
        ioctl(program, FIONREAD, &count);
        if (count == wanted) return;
        usleep(i < 200 ? 10 : 1000);
    }
    EXPECT(program < 0 || count == wanted, "%d bytes can be read, and at Linux's %d", wanted, count);
}

// Linux looks at what was typed when it finds time to. What cannot be read shows whether it has, and whether it writes.
static void wait_for_linux(void) {
    wait_for_count();
    short wanted = (short)((ours.stopped ? 0 : POLLOUT) | (discipline_is_readable(&ours) ? POLLIN : 0));
    struct pollfd ready = {.fd = program, .events = POLLIN | POLLOUT};
    for (int i = 0; program >= 0 && i < PATIENCE; i++) {
        poll(&ready, 1, 0); // where there is nothing to be read, this waits for it
        if (ready.revents == wanted) return;
        usleep(i < 200 ? 10 : 1000);
    }
    EXPECT(program < 0, "poll says %x, and at Linux %x", wanted, ready.revents);
}

static enum typed_signal type_byte(uint8_t byte) {
    enum typed_signal signal = discipline_type(&ours, byte, now);
    EXPECT(keyboard < 0 || write(keyboard, &byte, 1) == 1);
    wait_for_linux();
    return signal;
}

// Types, and expects that.
static void type(const char *keys, const char *wanted) {
    uint8_t text[2 * DISCIPLINE_BUFFER];
    size_t size = 0;
    for (; *keys != '\0'; keys++) {
        type_byte((uint8_t)*keys);
        size += shown(text + size);
    }
    EXPECT(size == strlen(wanted) && memcmp(text, wanted, size) == 0, "'%s' and not '%s'",
           quoted(wanted, strlen(wanted)), quoted(text, size));
}

static int read_both(uint8_t *text, uint32_t size) {
    static uint8_t theirs[DISCIPLINE_BUFFER];
    int count = discipline_read_at(&ours, size, now) == 0 ? (int)discipline_read(&ours, text, size) : -1;
    if (program < 0) return count;
    ssize_t got = read(program, theirs, size);
    EXPECT(got == count && (got <= 0 || memcmp(text, theirs, (size_t)got) == 0), "ours reads %d '%s', Linux %zd '%s'",
           count, quoted(text, count > 0 ? (size_t)count : 0), got, quoted(theirs, got > 0 ? (size_t)got : 0));
    wait_for_count();
    return count;
}

static void expect_read(uint32_t size, const char *wanted) {
    uint8_t text[DISCIPLINE_BUFFER];
    int count = read_both(text, size), length = wanted == NULL ? -1 : (int)strlen(wanted);
    EXPECT(count == length && (count <= 0 || memcmp(text, wanted, (size_t)count) == 0), "'%s', %d and not '%s', %d",
           wanted, length, quoted(text, count > 0 ? (size_t)count : 0), count);
}

static void write_both(const char *text, uint32_t size) {
    uint32_t taken = discipline_write(&ours, (const uint8_t *)text, size);
    EXPECT(taken == size);
    EXPECT(program < 0 || write(program, text, size) == (ssize_t)size);
}

static void write_shows(const char *text, const char *wanted) {
    write_both(text, (uint32_t)strlen(text));
    expect_shown(wanted);
}

// ---- lines ----

TEST(a_line_is_read_when_it_has_ended) {
    begin();
    type("ab", "ab");
    expect_read(100, NULL);
    type("c\r", "c\r\n");
    expect_read(100, "abc\n");
    expect_read(100, NULL);
}

TEST(one_read_gets_one_line_and_the_rest_of_it_stays) {
    begin();
    type("one\ntwo\n", "one\r\ntwo\r\n");
    expect_read(2, "on");
    expect_read(100, "e\n");
    expect_read(100, "two\n");
}

TEST(ctrl_d_ends_a_line_without_a_character) {
    begin();
    type("ab\x04", "ab");
    expect_read(100, "ab");
    expect_read(100, NULL);
    type("\x04", "");
    expect_read(100, "");
    expect_read(100, NULL);
    type("abc\x04", "abc");
    expect_read(3, "abc");
    expect_read(3, NULL); // the end went along
    type("\x04\x04", "");
    expect_read(100, "");
    expect_read(100, "");
}

TEST(keys_erase_characters_words_and_the_line) {
    begin();
    type("abc\x7f\x7f", "abc\b \b\b \b");
    type("\x7f\x7f\x7f", "\b \b");
    type("one two  \x17", "one two  \b \b\b \b\b \b\b \b\b \b");
    type("x\n", "x\r\n");
    expect_read(100, "one x\n");
    type("abc\x15", "abc\b \b\b \b\b \b");
    type("d\n", "d\r\n");
    expect_read(100, "d\n");
}

TEST(control_characters_are_shown_by_two_and_erased_by_two) {
    begin();
    type("a\x01\x1b\x7f", "a^A^[\b \b\b \b");
    type("\x7f\x7f", "\b \b\b \b\b \b");
}

TEST(a_character_of_several_bytes_is_erased_as_one) {
    begin();
    type("a\xc3\xa4\xe2\x82\xac\x7f", "a\xc3\xa4\xe2\x82\xac\b \b");
    type("\x7f\n", "\b \b\r\n");
    expect_read(100, "a\n");
    change(INPUT_UTF8, 0, 0);
    type("\xc3\xa4\x7f\n", "\xc3\xa4\b \b\r\n");
    expect_read(100, "\xc3\n");
}

TEST(half_a_character_cannot_be_erased) {
    begin();
    type("\xa4\x7f\x17", "\xa4");
    type("\x15\n", "\r\n");
    expect_read(100, "\xa4\n");
}

TEST(a_tab_is_erased_back_to_where_it_began) {
    begin();
    write_shows("$ ", "$ ");
    type("a\t\x7f", "a\t\b\b\b\b\b");
    type("\t\tb\t\x7f", "\t\tb\t\b\b\b\b\b\b\b");
    type("\x7f\x7f\x7f", "\b \b\b\b\b\b\b\b\b\b\b\b\b\b\b");
    type("\x15", "\b \b");
}

TEST(the_kill_key_without_a_screen_is_shown_and_begins_a_line) {
    begin();
    change(0, 0, LOCAL_ERASE_LINE);
    type("ab\x15", "ab^U\r\n");
    change(0, 0, LOCAL_ECHO_KILL);
    type("ab\x15", "ab^U");
    change(0, 0, LOCAL_ECHO_ERASE);
    type("ab\x7f", "ab^?");
    type("\x17", "\b \b");
    type("\n", "\r\n");
    expect_read(100, "\n");
}

TEST(without_echo_the_end_of_a_line_may_be_shown) {
    begin();
    change(0, 0, LOCAL_ECHO);
    type("ab\x7f\n", "");
    change(0, 0, LOCAL_ECHO_NEWLINE);
    type("c\n", "\r\n");
    expect_read(100, "a\n");
    expect_read(100, "c\n");
    type("ab\x15\n", "\r\n");
    expect_read(100, "\n");
}

TEST(the_next_byte_can_be_taken_literally) {
    begin();
    type("a\x16\x03\x16\x04\x16\x0d\x16\x0a\n", "a^\b^C^\b^D^\b^M^\b^J\r\n");
    expect_read(100, "a\x03\x04\r\n\n");
    change(0, 0, LOCAL_EXTENDED);
    type("\x16\n", "^V\r\n");
    expect_read(100, "\x16\n");
}

TEST(a_line_can_be_shown_again) {
    begin();
    type("ab\x01\x12", "ab^A^R\r\nab^A");
    type("\x15", "\b \b\b \b\b \b\b \b");
}

TEST(other_keys_can_end_a_line_and_stay_in_it) {
    begin();
    struct terminal_modes modes = ours.modes;
    modes.character[KEY_LINE] = ';';
    modes.character[KEY_LINE_2] = '!';
    set_modes(modes);
    type("a;b!c\n", "a;b!c\r\n");
    expect_read(100, "a;");
    expect_read(100, "b!");
    expect_read(100, "c\n");
    change(0, 0, LOCAL_EXTENDED);
    type("b!\n", "b!\r\n");
    expect_read(100, "b!\n");
}

TEST(a_key_that_is_nul_is_no_key) {
    begin();
    struct terminal_modes modes = ours.modes;
    modes.character[KEY_ERASE] = modes.character[KEY_INTERRUPT] = 0;
    set_modes(modes);
    EXPECT(type_byte(0) == TYPED_NOTHING);
    expect_shown("^@");
    type("\x7f\n", "^?\r\n");
    uint8_t text[10];
    EXPECT(read_both(text, 10) == 3);
}

TEST(returns_and_newlines_are_what_the_modes_say) {
    begin();
    change(INPUT_NO_RETURN, 0, 0);
    type("a\rb\n", "ab\r\n");
    expect_read(100, "ab\n");
    change(INPUT_NO_RETURN | INPUT_RETURN_NEWLINE | INPUT_NEWLINE_RETURN, 0, 0);
    type("a\nb\r", "a^Mb^M");
    expect_read(100, NULL);
    change(INPUT_NEWLINE_RETURN, 0, 0);
    type("\n", "\r\n");
    expect_read(100, "a\rb\r\n");
}

TEST(the_highest_bit_can_be_taken_away) {
    begin();
    change(INPUT_STRIP, 0, 0);
    type("\xe1\x8a", "a\r\n");
    expect_read(100, "a\n");
}

TEST(a_line_that_is_too_long_keeps_its_end_open) {
    begin();
    uint8_t text[DISCIPLINE_BUFFER];
    for (unsigned i = 0; i < 5000; i++) {
        type_byte((uint8_t)('a' + i % 26));
        if (i % 100 == 0) shown(text);
        EXPECT(discipline_has_room(&ours));
    }
    shown(text);
    type("\n", "\r\n");
    EXPECT(!discipline_has_room(&ours));
    EXPECT(read_both(text, DISCIPLINE_BUFFER) == DISCIPLINE_BUFFER && text[DISCIPLINE_BUFFER - 1] == '\n');
    EXPECT(discipline_has_room(&ours));
}

// ---- single bytes ----

TEST(raw_bytes_are_read_as_they_come) {
    begin();
    change(INPUT_STOPS_OUTPUT | INPUT_RETURN_NEWLINE, OUTPUT_WORKED, LOCAL_LINES | LOCAL_ECHO | LOCAL_SIGNALS);
    type("a\x03\x04\x7f\r\n", "");
    expect_read(2, "a\x03");
    expect_read(100, "\x04\x7f\r\n");
    expect_read(100, NULL);
}

TEST(raw_bytes_can_be_shown) {
    begin();
    change(0, 0, LOCAL_LINES);
    type("a\x7f\x01\r\n", "a^?^A\r\n^J");
    expect_read(100, "a\x7f\x01\n\n");
}

TEST(a_line_that_was_begun_is_there_when_lines_are_no_more) {
    begin();
    type("ab", "ab");
    change(0, 0, LOCAL_LINES);
    expect_read(1, "a");
    change(0, 0, LOCAL_LINES);
    expect_read(100, "b");
    type("c\n", "c\r\n");
    expect_read(100, "c\n");
}

TEST(a_read_waits_for_as_many_bytes_as_were_asked_for) {
    begin();
    change(0, 0, LOCAL_LINES | LOCAL_ECHO);
    struct terminal_modes modes = ours.modes;
    modes.character[MODE_LEAST] = 3;
    set_modes(modes);
    type("ab", "");
    EXPECT(discipline_read_at(&ours, 10, now) == DISCIPLINE_NEVER && !discipline_is_readable(&ours));
    EXPECT(discipline_read_at(&ours, 2, now) == 0); // no more than are wanted
    type("c", "");
    EXPECT(discipline_is_readable(&ours));
    expect_read(10, "abc");
}

TEST(a_read_that_waits_for_none_is_answered_at_once) {
    begin();
    change(0, 0, LOCAL_LINES | LOCAL_ECHO);
    struct terminal_modes modes = ours.modes;
    modes.character[MODE_LEAST] = 0;
    set_modes(modes);
    expect_read(10, "");
    type("ab", "");
    expect_read(10, "ab");
    expect_read(10, "");
}

TEST(a_read_may_wait_for_a_time) {
    begin();
    finish(); // times are not Linux's to tell
    change(0, 0, LOCAL_LINES | LOCAL_ECHO);
    ours.modes.character[MODE_LEAST] = 0;
    ours.modes.character[MODE_TIME] = 5;
    EXPECT(discipline_read_at(&ours, 10, 1000) == 1000 + 5 * TENTH);
    ours.modes.character[MODE_LEAST] = 3;
    EXPECT(discipline_read_at(&ours, 10, 1000) == DISCIPLINE_NEVER); // the time begins with the first byte
    discipline_type(&ours, 'a', 1200);
    EXPECT(discipline_read_at(&ours, 10, 1000) == 1200 + 5 * TENTH);
    EXPECT(discipline_read_at(&ours, 10, 1300) == 1300 + 5 * TENTH);
    EXPECT(discipline_read_at(&ours, 1, 1300) == 0);
    discipline_type(&ours, 'b', 1400);
    EXPECT(discipline_read_at(&ours, 10, 1000) == 1400 + 5 * TENTH);
    EXPECT(discipline_is_readable(&ours));
}

TEST(when_nobody_reads_the_device_keeps_what_comes) {
    begin();
    change(0, 0, LOCAL_LINES | LOCAL_ECHO);
    uint8_t text[DISCIPLINE_BUFFER];
    for (unsigned i = 0; i < DISCIPLINE_BUFFER - 1; i++) {
        EXPECT(discipline_has_room(&ours));
        discipline_type(&ours, 'a', 0);
    }
    EXPECT(!discipline_has_room(&ours));
    EXPECT(discipline_read(&ours, text, 1) == 1);
    EXPECT(discipline_has_room(&ours));
}

// ---- signals and flow ----

TEST(signal_keys_are_shown_and_throw_away_what_was_typed) {
    begin();
    type("ab", "ab");
    EXPECT(type_byte(3) == TYPED_INTERRUPT);
    expect_shown("^C");
    EXPECT(type_byte(28) == TYPED_QUIT);
    expect_shown("^\\");
    EXPECT(type_byte(26) == TYPED_SUSPEND);
    expect_shown("^Z");
    type("c\n", "c\r\n");
    expect_read(100, "c\n");
}

TEST(signal_keys_can_leave_what_was_typed) {
    begin();
    change(0, 0, LOCAL_NO_FLUSH);
    type("ab", "ab");
    EXPECT(type_byte(3) == TYPED_INTERRUPT);
    expect_shown("^C");
    type("c\n", "c\r\n");
    expect_read(100, "abc\n");
}

TEST(without_signals_their_keys_are_bytes) {
    begin();
    change(0, 0, LOCAL_SIGNALS);
    EXPECT(type_byte(3) == TYPED_NOTHING);
    expect_shown("^C");
    type("\n", "\r\n");
    expect_read(100, "\x03\n");
}

TEST(output_stops_and_goes_on) {
    begin();
    type("\x13", "");
    EXPECT(ours.stopped);
    type("ab", "");
    type_byte(17);
    expect_shown("ab");
    type("\x13", "");
    type("c", "");
    EXPECT(type_byte(3) == TYPED_INTERRUPT); // starts it, too
    expect_shown("^C");
    type("\x13", "");
    change(INPUT_STOPS_OUTPUT, 0, 0); // and so does this
    EXPECT(!ours.stopped);
    write_shows("x", "x");
}

TEST(any_key_may_start_output_again) {
    begin();
    change(INPUT_ANY_STARTS, 0, 0);
    type("\x13", "");
    type("a", "a");
}

// ---- output ----

TEST(newlines_return) {
    begin();
    write_shows("a\nb\r\n", "a\r\nb\r\r\n");
    change(0, OUTPUT_NEWLINE_RETURN, 0);
    write_shows("a\n", "a\n");
    change(0, OUTPUT_WORKED | OUTPUT_NEWLINE_RETURN, 0);
    write_shows("a\n", "a\n");
}

TEST(returns_are_what_the_modes_say) {
    begin();
    change(0, OUTPUT_RETURN_NEWLINE, 0);
    write_shows("a\rb", "a\nb");
    change(0, OUTPUT_RETURN_NEWLINE | OUTPUT_NO_SECOND_RETURN, 0);
    write_shows("\n\ra\r\r", "\r\na\r");
}

TEST(tabs_can_be_spaces) {
    begin();
    change(0, OUTPUT_TABS, 0);
    write_shows("\ta\tabcdefgh\tb\n\t", "        a       abcdefgh        b\r\n        ");
    write_shows("\xc3\xa4\t|\b\t|", "\xc3\xa4       |\b        |");
}

TEST(output_that_does_not_fit_is_not_taken) {
    static uint8_t lines[DISCIPLINE_BUFFER];
    memset(lines, '\n', sizeof lines);
    begin();
    finish();
    uint32_t taken = discipline_write(&ours, lines, sizeof lines), seen = 0;
    EXPECT(taken > 1000 && taken < 2048 && !discipline_has_place(&ours));
    discipline_type(&ours, 'x', 0); // but a key shows
    while (discipline_show(&ours) >= 0) seen++;
    EXPECT(seen == 2 * taken + 1);
    EXPECT(discipline_has_place(&ours));
}

// ---- anything ----

static void random_modes(void) {
    static const uint32_t inputs[] = {INPUT_STRIP,        INPUT_NEWLINE_RETURN, INPUT_NO_RETURN, INPUT_RETURN_NEWLINE,
                                      INPUT_STOPS_OUTPUT, INPUT_ANY_STARTS,     INPUT_UTF8};
    static const uint32_t outputs[] = {OUTPUT_WORKED,           OUTPUT_NEWLINE_RETURN,  OUTPUT_RETURN_NEWLINE,
                                       OUTPUT_NO_SECOND_RETURN, OUTPUT_NEWLINE_RETURNS, OUTPUT_TABS};
    static const uint32_t locals[] = {LOCAL_SIGNALS,    LOCAL_LINES,        LOCAL_ECHO,     LOCAL_ECHO_ERASE,
                                      LOCAL_ECHO_KILL,  LOCAL_ECHO_NEWLINE, LOCAL_NO_FLUSH, LOCAL_ECHO_CONTROL,
                                      LOCAL_ERASE_LINE, LOCAL_EXTENDED};
    change(inputs[tap_random(7)], tap_random(2) ? outputs[tap_random(6)] : 0,
           tap_random(2) ? locals[tap_random(10)] : 0);
}

static char story[120 * 64]; // what was done, for who must repeat it
static size_t told;

__attribute__((format(printf, 1, 2))) static void tell(const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    told += (size_t)vsnprintf(story + told, sizeof story - told, text, arguments);
    va_end(arguments);
}

static void random_step(void) {
    static const char keys[] = "ab_ \t\t\r\n\x7f\x7f\x15\x17\x17\x12\x16\x04\x03\x11\x13\x01\xc3\xa4\xa4\x80\xd7";
    static const char *const words[] = {"x", "\n", "\r", "\t", "a\tb\n", "\xc3\xa4\t", "\b\b", "\x01", "abc def\r\n"};
    uint8_t text[DISCIPLINE_BUFFER];
    uint64_t what = tap_random(20);
    if (what == 0) {
        while (discipline_is_readable(&ours)) read_both(text, sizeof text); // Linux has then looked at the rest, too
        wait_for_linux();
        if (ours.stopped) return; // when it goes on, it shows with the new modes what was typed with the old ones
        random_modes();
        tell(" modes %x/%x/%x", ours.modes.input, ours.modes.output, ours.modes.local);
    } else if (what == 1) {
        uint32_t size = 1 + (uint32_t)tap_random(8);
        tell(" read %u", size);
        read_both(text, size);
    } else if (what == 2 && !ours.stopped) {
        const char *word = words[tap_random(9)];
        tell(" write '%s'", quoted(word, strlen(word)));
        write_both(word, (uint32_t)strlen(word));
    } else if (what > 2) {
        char key = keys[tap_random(sizeof keys)];
        if (ours.stopped && key == 3) key = 17; // Linux does not even begin to show what then is thrown away
        tell(key > ' ' ? " %c" : " \\x%02x", (uint8_t)key);
        type_byte((uint8_t)key);
    }
    if (!ours.stopped) shown(text);
}

TEST(whatever_is_typed_written_read_and_set_comes_out_as_at_linux) {
    for (unsigned round = 0; round < 60; round++) {
        begin();
        if (program < 0) return;
        told = 0;
        for (unsigned step = 0; step < 120; step++) {
            random_step();
            if (tap_failures == 0) continue;
            printf("# after%s\n", story);
            finish();
            return;
        }
    }
    finish();
}
