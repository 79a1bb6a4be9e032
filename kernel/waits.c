// SPDX-License-Identifier: MIT
// Who waits on whom: every thread is a frame, and so the table of frames has them all.
#include "console.h"
#include "message.h"

enum { CHAIN_MOST = 8 };

static const char *const states[] = {[THREAD_STOPPED] = "is stopped",
                                     [THREAD_READY] = "is ready to run",
                                     [THREAD_RUNNING] = "runs",
                                     [THREAD_RECEIVING] = "waits for a message",
                                     [THREAD_SENDING] = "waits to be received",
                                     [THREAD_WAITING] = "waits for an answer",
                                     [THREAD_FOLLOWING] = "waits for a page that another thread asked for",
                                     [THREAD_DEAD] = "is dead"};

static void print_thread(const char *before, const struct thread *thread) {
    uint32_t number = thread->token & UINT32_MAX;
    print("%sthread %x of space %u %s", before, number, space_number(thread->space), states[thread->state]);
    if (thread_asks(thread) && thread->errand == ERRAND_FAULT) print(" to its fault at %lx", thread->va);
    if (thread->state != THREAD_RUNNING) print(", pc %lx", thread->registers->pc);
    if (thread->level != 0) print(", in its own handler (%u deep)", thread->level);
}

void waits_print(void) {
    print("pagoda: who waits on whom:\n");
    for (uint64_t number = frame_first; number < frame_end; number++) {
        if (frame_table[number].kind != FRAME_THREAD) continue;
        const struct thread *thread = direct(pa(number << PAGE_BITS));
        print_thread("pagoda: ", thread);
        for (unsigned i = 0; i < CHAIN_MOST && thread_asks(thread); i++) {
            thread = message_worker(thread->port);
            if (thread == NULL) break;
            print_thread("\npagoda:   of whom ", thread);
        }
        print("\n");
    }
}
