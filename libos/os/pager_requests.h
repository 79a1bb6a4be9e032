// SPDX-License-Identifier: MIT
// What a pager is asked.
#pragma once

#include <os/pager_protocol.h>
#include <stdbool.h>
#include <stdint.h>

struct pager_request {
    uint64_t label, word[5];
    uint64_t client; // who asks: a badge; 0: whoever made the pager, who may do all
    uint64_t heir;   // another for whom it may make objects: the upper half of the badge
    uint64_t handle; // that came along, or 0
    bool is_window;  // by the handle of a window, which is for nothing but faults
    bool here;       // from our own space
};

struct pager_answer {
    enum pager_error error;
    uint64_t value;
    uint64_t text;    // bytes in the message page
    uint64_t handle;  // that goes along, or 0
    bool took_handle; // the one that came is in use
};

struct pager_answer request_answer(const struct pager_request *request);
