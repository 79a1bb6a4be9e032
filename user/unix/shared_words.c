// SPDX-License-Identifier: MIT
// Words of memory that processes share, and who waits for a wake of one: Linux's futexes. A word is named by an object
// of its pager's and the offset there. Whoever waits says so before he looks at the word's value, so that no wake is
// missed.
#include "shared_words.h"

#include <os/stubs.h>

#include "listeners.h"

static struct link waiting; // as they came

void words_begin(void) { link_init(&waiting); }

void word_forget(struct listener *listener) {
    list_remove(&listener->of_word);
    listener->word_state = WORD_NONE;
}

void serve_word_wait(struct request *request, struct answer *answer) {
    struct listener *listener = listener_find(request, (uint32_t)request->word[2]);
    answer->error = listener == NULL ? UNIX_BAD_ARGUMENT : UNIX_OK;
    if (listener == NULL) return;
    list_remove(&listener->of_word);
    listener->object = request->word[0];
    listener->offset = request->word[1];
    listener->mask = (uint32_t)(request->word[2] >> 32);
    listener->word_state = WORD_WAITS;
    list_add_last(&waiting, &listener->of_word);
}

void serve_word_done(struct request *request, struct answer *answer) {
    struct listener *listener = listener_find(request, request->word[0]);
    answer->error = listener == NULL ? UNIX_BAD_ARGUMENT : UNIX_OK;
    if (listener == NULL) return;
    answer->word[0] = listener->word_state == WORD_WOKEN;
    if (listener->word_state == WORD_WOKEN || request->word[1] == 0) word_forget(listener);
}

void serve_word_wake(struct request *request, struct answer *answer) {
    uint32_t most = (uint32_t)request->word[2], mask = (uint32_t)(request->word[2] >> 32), done = 0;
    for (struct link *link = waiting.next, *next; link != &waiting && done < most; link = next) {
        struct listener *listener = container_of(link, struct listener, of_word);
        next = link->next;
        bool is_it = listener->object == request->word[0] && listener->offset == request->word[1];
        if (!is_it || (listener->mask & mask) == 0) continue;
        list_remove(&listener->of_word);
        listener->word_state = WORD_WOKEN;
        os_notify(listener->port, listener->bits);
        done++;
    }
    answer->word[0] = done;
}
