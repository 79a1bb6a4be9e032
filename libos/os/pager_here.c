// SPDX-License-Identifier: MIT
// The pager in the process itself: the same kinds, asked by the faulting thread's own handler.
//
// Its objects stand behind regions that the space manages itself; what a host does by its answer is done by map2 in
// one's own space, and by the unprot that ends the upcall.
#include <os/handlers.h>
#include <os/mutex.h>
#include <os/pager.h>
#include <os/threads.h>

#include "pager_here.h"
#include "pager_loop.h"
#include "pager_tables.h"
#include "string.h"

static struct os_mutex mutex;
static os_handler *others; // what handles all other faults

static struct pager_answer ask(struct pager_request *request) {
    request->here = true;
    os_mutex_lock(&mutex);
    struct pager_answer answer = request_answer(request);
    os_mutex_unlock(&mutex);
    return answer;
}

bool pager_here_start(const struct pager_ops *const *kinds, unsigned count) {
    os_mutex_start(&mutex);
    if (!pager_start(kinds, count, 0)) return false;
    os_here_request = ask;
    return true;
}

// => the code of a FAIL, or PAGER_OK
static uint64_t act(struct pager_verdict verdict, uint64_t va, struct os_fault *fault) {
    struct result result = {STATUS_OK, 0};
    uint64_t pages = verdict_pages(verdict), rights = verdict_rights(verdict);
    switch (verdict_kind(verdict)) {
    case VERDICT_MAP:
        result = os_map2(verdict_from(verdict), 0, va, pages, rights);
        break;
    case VERDICT_RETRY:
    case PAGER_NO_VERDICT:
        break;
    case VERDICT_FAIL:
        return verdict_value(verdict);
    default:
        return PAGER_UNSUPPORTED;
    }
    if (result.status != STATUS_OK) return result.status == STATUS_NO_MEMORY ? PAGER_OUT_OF_MEMORY : PAGER_OUTSIDE;
    if (verdict_maps(verdict)) {
        fault->flags = RESUME_UNPROT;
        fault->va = va;
        fault->pages = pages;
        fault->rights = rights & RIGHTS_ACCESS;
    }
    return PAGER_OK;
}

static void handle(struct upcall_registers *interrupted, struct os_fault *fault) {
    uint64_t label = TAG_LABEL(fault->message.tag), va = fault->message.word[1] & ~(SLOT_SIZE - 1ul);
    if (FAULT_ACCESS(label) > FAULT_EXECUTE || FAULT_ERROR(label) != FAULT_NONE ||
        (fault->message.badge & PAGER_COOKIE) == 0) {
        others(interrupted, fault);
        return;
    }
    struct pager_verdict verdict = loop_no_object();
    os_mutex_lock(&mutex);
    struct pager_object *object = loop_object(fault->message.badge, 0);
    if (object != NULL) verdict = loop_ask(object, loop_page(object, va, 0), label, fault->message.word[4]);
    uint64_t error = act(verdict, va, fault);
    os_mutex_unlock(&mutex);
    if (error == PAGER_OK) return;
    fault->message.tag |= (FAULT_FAILED + error) << (TAG_LABEL_SHIFT + FAULT_ERROR_SHIFT);
    others(interrupted, fault);
}

enum pager_error pager_here_thread(void) {
    others = os_self()->handler;
    return os_handler_set(handle) == STATUS_OK ? PAGER_OK : PAGER_OUT_OF_MEMORY;
}
