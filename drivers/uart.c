// SPDX-License-Identifier: MIT
// A serial line, of the kind 16550: what its registers are told. Pure, but for the registers.
#include "uart.h"

enum uart_registers { DATA, ENABLE, CAUSE, LINE_CONTROL, MODEM_CONTROL, LINE_STATUS };
enum { FOR_RECEIVED = 1, FOR_EMPTY = 2 };        // ENABLE
enum { QUEUES_ON = 0x01, HAS_QUEUES = 0xc0 };    // CAUSE, written and read
enum { READY = 0x03, LETS_INTERRUPT = 0x08 };    // MODEM_CONTROL
enum { RECEIVED = 0x01, EMPTY = 0x20 };          // LINE_STATUS
enum { QUEUE_DEPTH = 16, FOR_THE_FIRMWARE = 1 }; // bytes

static void enable(struct uart *uart, uint8_t interrupts) {
    if (uart->enabled == interrupts) return;
    uart->enabled = interrupts;
    uart_set_register(uart, ENABLE, interrupts);
}

void uart_begin(struct uart *uart, volatile uint8_t *registers) {
    *uart = (struct uart){.registers = registers, .enabled = UINT8_MAX};
    enable(uart, 0);
    uart_set_register(uart, CAUSE, QUEUES_ON); // and does not throw away what they hold
    bool has_queues = (uart_register(uart, CAUSE) & HAS_QUEUES) == HAS_QUEUES;
    uart->depth = has_queues ? QUEUE_DEPTH - FOR_THE_FIRMWARE : 1;
    uart_set_register(uart, MODEM_CONTROL, READY | LETS_INTERRUPT);
    enable(uart, FOR_RECEIVED);
}

int uart_receive(struct uart *uart) {
    return (uart_register(uart, LINE_STATUS) & RECEIVED) != 0 ? uart_register(uart, DATA) : -1;
}

void uart_hear(struct uart *uart, bool hears) {
    enable(uart, (uint8_t)((uart->enabled & ~FOR_RECEIVED) | (hears ? FOR_RECEIVED : 0)));
}

void uart_send(struct uart *uart, int (*next)(void *context), void *context) {
    while ((uart_register(uart, LINE_STATUS) & EMPTY) != 0) {
        for (unsigned i = 0; i < uart->depth; i++) {
            int byte = next(context);
            if (byte < 0) {
                enable(uart, uart->enabled & (uint8_t)~FOR_EMPTY);
                return;
            }
            uart_set_register(uart, DATA, (uint8_t)byte);
        }
    }
    enable(uart, uart->enabled | FOR_EMPTY);
}
