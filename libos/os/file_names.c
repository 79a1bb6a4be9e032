// SPDX-License-Identifier: MIT
// Names of what is in the file server's tables.
#include <os/file_protocol.h>

const char *file_error_name(uint64_t error) {
    static const char *const names[] = {
#define FILE_ERROR(name, sentence) #name,
#include <os/file_errors.def>
#undef FILE_ERROR
    };
    return error < FILE_ERRORS ? names[error] : "no error of files";
}

const char *file_error_sentence(uint64_t error) {
    static const char *const sentences[] = {
#define FILE_ERROR(name, sentence) sentence,
#include <os/file_errors.def>
#undef FILE_ERROR
    };
    return error < FILE_ERRORS ? sentences[error] : "no error of files";
}
