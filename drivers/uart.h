// SPDX-License-Identifier: MIT
// A serial line, of the kind 16550: bytes come by interrupt and go by interrupt; nobody waits for the device.
// The kernel's firmware writes to the same one, a byte at a time, when it finds the transmitter empty: there is room
// left.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct uart {
    volatile uint8_t *registers;
    uint8_t enabled; // interrupts
    unsigned depth;  // bytes that an empty transmitter takes
};

void uart_begin(struct uart *uart, volatile uint8_t *registers);

// The next byte that came. => -1: there is none
int uart_receive(struct uart *uart);

// Whether it interrupts for bytes that come. As long as it does not it keeps them, and then whoever sends must wait.
void uart_hear(struct uart *uart, bool hears);

// As many bytes as the device takes now; `next` gives them, -1: that was all. If there are more the device interrupts
// when it is time to call again. => never waits
void uart_send(struct uart *uart, int (*next)(void *context), void *context);

// The registers; a test has its own.
uint8_t uart_register(const struct uart *uart, unsigned number);
void uart_set_register(struct uart *uart, unsigned number, uint8_t value);
