// SPDX-License-Identifier: MIT
// The serial line's driver against a device that is a model: it sends when the test lets it, and counts what is wrong.
#include "uart.h"

#include "tap.h"

enum { QUEUE = 16 };

static struct {
    uint8_t enabled, modem;
    bool has_queues, queues_on;
    char received[256]; // has come, and was not fetched
    unsigned received_count;
    char sending[QUEUE];
    unsigned sending_count;
    char sent[1024];
    unsigned sent_count, lost;
    bool tells_empty; // the transmitter became empty, and this was not heard yet
} device;

static struct uart uart;
static const char *text;

static unsigned depth(void) { return device.queues_on ? QUEUE : 1; }

static void device_start(bool has_queues) {
    memset(&device, 0, sizeof device);
    device.has_queues = has_queues;
    device.queues_on = has_queues; // as the firmware leaves it
}

// So many bytes leave by the line.
static void device_sends(unsigned count) {
    while (count-- != 0 && device.sending_count != 0) {
        device.sent[device.sent_count++] = device.sending[0];
        memmove(device.sending, device.sending + 1, --device.sending_count);
        device.tells_empty = device.tells_empty || device.sending_count == 0;
    }
}

static void device_receives(const char *bytes) {
    size_t length = strlen(bytes);
    memcpy(device.received + device.received_count, bytes, length);
    device.received_count += (unsigned)length;
}

static bool device_interrupts(void) {
    return (device.modem & 8) != 0 && (((device.enabled & 1) != 0 && device.received_count != 0) ||
                                       ((device.enabled & 2) != 0 && device.tells_empty));
}

static uint8_t fetch(void) {
    uint8_t byte = (uint8_t)device.received[0];
    if (device.received_count != 0) memmove(device.received, device.received + 1, --device.received_count);
    return byte;
}

static void send(uint8_t byte) {
    device.tells_empty = false;
    if (device.sending_count == depth())
        device.lost++;
    else
        device.sending[device.sending_count++] = (char)byte;
}

uint8_t uart_register(const struct uart *line, unsigned number) {
    (void)line;
    switch (number) {
    case 0:
        return fetch();
    case 2:
        device.tells_empty = false;
        return device.queues_on ? 0xc1 : 1;
    case 5:
        return (uint8_t)((device.received_count != 0 ? 0x01 : 0) | (device.sending_count == 0 ? 0x60 : 0));
    default:
        EXPECT(false, "read of register %u", number);
        return 0;
    }
}

void uart_set_register(struct uart *line, unsigned number, uint8_t value) {
    (void)line;
    switch (number) {
    case 0:
        send(value);
        break;
    case 1:
        device.tells_empty = device.tells_empty || ((value & ~device.enabled & 2) != 0 && device.sending_count == 0);
        device.enabled = value;
        break;
    case 2:
        EXPECT((value & 6) == 0); // what the queues hold stays
        device.queues_on = device.has_queues && (value & 1) != 0;
        break;
    case 4:
        device.modem = value;
        break;
    default:
        EXPECT(false, "write of register %u", number);
    }
}

static int next(void *context) {
    (void)context;
    return *text != '\0' ? *text++ : -1;
}

static void begin(bool has_queues) {
    device_start(has_queues);
    uart_begin(&uart, NULL);
}

TEST(it_is_silent_until_something_comes) {
    begin(true);
    EXPECT(!device_interrupts());
    EXPECT(uart_receive(&uart) == -1);
    device_receives("ab");
    EXPECT(device_interrupts());
    EXPECT(uart_receive(&uart) == 'a' && uart_receive(&uart) == 'b' && uart_receive(&uart) == -1);
    EXPECT(!device_interrupts());
}

TEST(what_came_before_it_began_is_there) {
    device_start(true);
    device_receives("early");
    uart_begin(&uart, NULL);
    EXPECT(device_interrupts() && uart_receive(&uart) == 'e');
}

TEST(what_is_not_heard_stays_in_the_device) {
    begin(true);
    uart_hear(&uart, false);
    device_receives("ab");
    EXPECT(!device_interrupts());
    uart_hear(&uart, true);
    EXPECT(device_interrupts() && uart_receive(&uart) == 'a');
}

TEST(a_short_text_goes_at_once_and_nothing_interrupts) {
    begin(true);
    text = "hello";
    uart_send(&uart, next, NULL);
    device_sends(QUEUE);
    EXPECT(device.sent_count == 5 && memcmp(device.sent, "hello", 5) == 0);
    EXPECT(!device_interrupts());
}

TEST(a_long_text_goes_piece_by_piece_each_at_an_interrupt) {
    static const char words[] =
        "the quick brown fox jumps over the lazy dog, and then over another one that is as lazy";
    unsigned interrupts = 0;
    begin(true);
    text = words;
    uart_send(&uart, next, NULL);
    for (; device.sent_count < strlen(words) && interrupts < 100; interrupts++) {
        EXPECT(!device_interrupts());
        device_sends(QUEUE);
        if (device_interrupts()) uart_send(&uart, next, NULL);
    }
    EXPECT(memcmp(device.sent, words, strlen(words)) == 0 && device.lost == 0);
    EXPECT(interrupts == strlen(words) / (QUEUE - 1) + 1);
    EXPECT(!device_interrupts());
}

TEST(a_byte_of_the_firmware_always_fits) {
    begin(true);
    text = "a text that is longer than the queue of the transmitter";
    uart_send(&uart, next, NULL);
    send('!'); // it found the transmitter empty, just before that
    EXPECT(device.lost == 0);
}

TEST(one_without_queues_gets_a_byte_at_a_time) {
    begin(false);
    text = "slow";
    uart_send(&uart, next, NULL);
    for (unsigned i = 0; i < 10; i++) {
        device_sends(1);
        if (device_interrupts()) uart_send(&uart, next, NULL);
    }
    EXPECT(device.sent_count == 4 && memcmp(device.sent, "slow", 4) == 0 && device.lost == 0);
    EXPECT(!device_interrupts());
}

TEST(a_device_that_is_as_fast_as_we_are_gets_all_in_one_call) {
    begin(true);
    text = "abc";
    uart_send(&uart, next, NULL);
    device_sends(QUEUE);
    text = "def";
    uart_send(&uart, next, NULL);
    device_sends(QUEUE);
    EXPECT(memcmp(device.sent, "abcdef", 6) == 0 && !device_interrupts());
}

TEST(both_ways_at_any_pace_nothing_is_lost) {
    static char words[512];
    for (unsigned i = 0; i + 1 < sizeof words; i++) words[i] = (char)('a' + tap_random(26));
    char seen[512];
    unsigned typed = 0, heard = 0;
    begin(tap_random(2) != 0);
    text = words;
    uart_send(&uart, next, NULL);
    for (unsigned i = 0; i < 100000 && (device.sent_count < 511 || heard < 511); i++) {
        device_sends((unsigned)tap_random(20));
        if (typed < 511 && device.received_count < QUEUE) device_receives((char[]){words[typed++], '\0'});
        if (tap_random(10) == 0) uart_hear(&uart, tap_random(2) != 0);
        if (!device_interrupts()) continue;
        for (int c; heard < 511 && tap_random(4) != 0 && (c = uart_receive(&uart)) >= 0;) seen[heard++] = (char)c;
        uart_send(&uart, next, NULL);
    }
    EXPECT(heard == 511 && memcmp(seen, words, 511) == 0);
    EXPECT(device.sent_count == 511 && memcmp(device.sent, words, 511) == 0 && device.lost == 0);
}
