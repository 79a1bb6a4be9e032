// SPDX-License-Identifier: MIT
// Names of what is in the tables of the server `unix`.
#include <os/unix_protocol.h>

const char *unix_error_name(uint64_t error) {
    static const char *const names[] = {
#define UNIX_ERROR(name, sentence) #name,
#include <os/unix_errors.def>
#undef UNIX_ERROR
    };
    return error < UNIX_ERRORS ? names[error] : "no error of unix";
}

const char *unix_error_sentence(uint64_t error) {
    static const char *const sentences[] = {
#define UNIX_ERROR(name, sentence) sentence,
#include <os/unix_errors.def>
#undef UNIX_ERROR
    };
    return error < UNIX_ERRORS ? sentences[error] : "no error of unix";
}
