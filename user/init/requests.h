// SPDX-License-Identifier: MIT
// What wards ask of init: the rows of <os/init_calls.def>.
#pragma once

#include "ward.h"

// `message` is a call whose badge names a ward. Nothing in it is believed.
void request_serve(const struct description *description, const struct message *message);
