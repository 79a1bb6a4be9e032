// SPDX-License-Identifier: MIT
// When the kernel dies: the epitaph, then the end of the machine.
#include "console.h"
#include "format.h"
#include "hart.h"
#include "map.h"
#include "sbi.h"

enum { EVENTS_SHOWN = 8, FRAMES_SHOWN = 16 };

static struct hart *panicking; // the one that does
static char message[160];

static const char register_names[] = "  ra  sp  gp  tp  t0  t1  t2  s0  s1  a0  a1  a2  a3  a4  a5  a6"
                                     "  a7  s2  s3  s4  s5  s6  s7  s8  s9 s10 s11  t3  t4  t5  t6";

static const char *const causes[16] = {
    "fetch misaligned", "fetch fault",       "illegal instruction", "breakpoint",      "load misaligned",
    "load fault",       "store misaligned",  "store fault",         "call from user",  "call from kernel",
    "reserved",         "call from machine", "fetch page fault",    "load page fault", "reserved",
    "store page fault"};

extern const struct symbol {
    uint32_t offset; // from kernel_start
    uint32_t name;   // from symbol_names
} symbol_table[];
extern const uint32_t symbol_count;
extern const char symbol_names[];

const char *symbol_find(uint64_t address, uint64_t *offset) {
    const struct symbol *found = NULL;
    uint64_t at = address - (uint64_t)kernel_start;
    if (at >= (uint64_t)(kernel_end - kernel_start)) return "?";
    for (uint32_t i = 0; i < symbol_count && symbol_table[i].offset <= at; i++) found = &symbol_table[i];
    if (found == NULL) return "?";
    *offset = at - found->offset;
    return symbol_names + found->name;
}

// Does a call instruction stand before this address?
static bool is_return_address(uint64_t address) {
    if (address % 2 != 0 || address < (uint64_t)kernel_start + 4 || address > (uint64_t)rodata_start) return false;
    const uint16_t *code = (const uint16_t *)address;
    uint32_t word = (uint32_t)code[-2] | (uint32_t)code[-1] << 16;
    bool calls = (word & 0xfff) == 0x0ef || (word & 0x7fff) == 0x0e7;      // jal ra, jalr ra
    return calls || ((code[-1] & 0xf07f) == 0x9002 && code[-1] != 0x9002); // c.jalr
}

_Noreturn void panic(const char *text, ...) {
    if (panicking == NULL) {
        va_list arguments;
        va_start(arguments, text);
        format_list_to(message, sizeof message, text, arguments);
        va_end(arguments);
    }
    __builtin_trap(); // panic_trap() tells the rest, with the registers as they are
}

static void print_place(uint64_t address) {
    uint64_t offset = 0;
    const char *name = symbol_find(address, &offset);
    print("pagoda:     %016lx %s+%lx\n", address, name, offset);
}

// Without frame pointers: every word on the stack that follows a call is taken for a return address.
static void print_backtrace(const struct upcall_registers *regs) {
    const struct hart *hart = hart_here();
    uint64_t sp = regs->x[1], bottom = hart->stack - STACK_SIZE;
    print("pagoda:   backtrace (by the calls that are on the stack, some may be old):\n");
    print_place(regs->pc);
    if (is_return_address(regs->x[0])) print_place(regs->x[0]);
    if (sp < bottom - STACK_GUARD || sp > hart->stack) print("pagoda:     sp is not in this hart's stack\n");
    sp = sp < bottom ? bottom : sp;
    for (unsigned shown = 0; sp < hart->stack && shown < FRAMES_SHOWN; sp += sizeof(uint64_t)) {
        uint64_t word = *(const uint64_t *)align_down(sp, sizeof(uint64_t));
        if (!is_return_address(word)) continue;
        print_place(word);
        shown++;
    }
}

_Noreturn void panic_trap(void) {
    struct hart *hart = hart_here(), *nobody = NULL;
    const struct upcall_registers *regs = &hart->wreck;
    uint64_t cause = csr_read(scause), value = csr_read(stval), guard = hart->stack - STACK_SIZE - STACK_GUARD;
    const char *name = cause < sizeof causes / sizeof causes[0] ? causes[cause] : "interrupt";
    // The first hart to get here goes on alone.
    if (!__atomic_compare_exchange_n(&panicking, &nobody, hart, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        if (nobody == hart) power_off(POWER_PANIC); // it died while it told
        for (;;) __asm__ volatile("wfi");
    }
    // The others stop at the lock, which is never let go.
    ring_record(hart, EVENT_panic, cause, value);
    if (value - guard < STACK_GUARD) name = "kernel stack overflow";
    print("\npagoda: PANIC: %s\npagoda:   cause %lx, value %016lx, hart %u (id %lu)\n",
          message[0] != 0 ? message : name, cause, value, (unsigned)(hart - harts), hart->id);
    for (unsigned i = 0; i < 31; i++)
        print("%s%.4s %016lx%s", i % 4 == 0 ? "pagoda:  " : "", register_names + 4 * i, regs->x[i],
              i % 4 == 3 ? "\n" : "");
    print("  pc %016lx\n", regs->pc);
    print_backtrace(regs);
    ring_print(EVENTS_SHOWN);
    print("pagoda:   see the place: gdb-multiarch -batch -ex 'list *0x%lx' %s\n", regs->pc, kernel_file);
    power_off(POWER_PANIC);
}
