// SPDX-License-Identifier: MIT
// Requests to the pager in the process itself.
#pragma once

#include "pager_requests.h"

typedef struct pager_answer pager_here_request(struct pager_request *request);

// Set by pager_here_start(), so that who asks a host only need not be linked with all of it.
extern pager_here_request *os_here_request;
