// SPDX-License-Identifier: MIT
// What the bench asks of its server on Pagoda: a process that answers calls, and faults on the regions that point to
// it.
#pragma once

enum { APPEL_SERVER_PAGES = 512 }; // that it has, each with its number in its first word

enum appel_label {
    APPEL_LABEL_CALL,  // => each word one higher
    APPEL_LABEL_UNMAP, // w0 space, w1 va, w2 pages: they are not there any more => w0 status
};
