// SPDX-License-Identifier: MIT
// The registers of a serial line, as the machine has them.
#include "uart.h"

uint8_t uart_register(const struct uart *uart, unsigned number) { return uart->registers[number]; }

void uart_set_register(struct uart *uart, unsigned number, uint8_t value) { uart->registers[number] = value; }
