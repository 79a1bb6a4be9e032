// SPDX-License-Identifier: MIT
// Who waits for an answer of init, and for what.
#pragma once

#include "service.h"

// An asker waits until the service has a port. => a status other than OK: it cannot, answer that
uint64_t wait_for_service(const struct ward *asker, uint64_t token, uint64_t badge, const struct service *service);
// An asker waits until one of its children, or (0) any, has ended.
uint64_t wait_for_end(const struct ward *asker, uint64_t token, uint32_t child);

// The service has a port; or it has none and will have none.
void wait_service_settled(const struct service *service);
// A child has ended. => whether its parent waited for it
bool wait_child_ended(const struct ward *child);
// The port is notified of these bits when the service ends, once; its handle is then closed. => its number
struct result watch_begin(const struct ward *asker, const struct service *service, uint64_t port, uint64_t bits);
// => false: the asker has none of this number
bool watch_end(const struct ward *asker, uint64_t number);
// The service has ended.
void watch_tell(const struct service *service);

// An asker is no more.
void wait_forget(const struct ward *asker);

void answer(uint64_t token, uint64_t status, uint64_t value);
// => whether somebody heard it
bool answer_end(uint64_t token, const struct ward *child);
// A handle of its port, whose badge is chosen for the asker; 0: by the asker, who may pass on what badge it likes.
void answer_service(uint64_t token, uint64_t badge, const struct service *service);
