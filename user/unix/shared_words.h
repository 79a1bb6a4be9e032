// SPDX-License-Identifier: MIT
// Who waits for words of shared memory.
#pragma once

struct listener;

void words_begin(void);
// The listener is no more.
void word_forget(struct listener *listener);
