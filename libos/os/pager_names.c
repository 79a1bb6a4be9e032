// SPDX-License-Identifier: MIT
// Names of what is in the pagers' tables.
#include <os/pager_protocol.h>

const char *pager_error_name(uint64_t error) {
    static const char *const names[] = {
#define PAGER_ERROR(name, sentence) #name,
#include <os/pager_errors.def>
#undef PAGER_ERROR
    };
    return error < PAGER_ERRORS ? names[error] : "no error of a pager";
}

const char *pager_error_sentence(uint64_t error) {
    static const char *const sentences[] = {
#define PAGER_ERROR(name, sentence) sentence,
#include <os/pager_errors.def>
#undef PAGER_ERROR
    };
    return error < PAGER_ERRORS ? sentences[error] : "no error of a pager";
}

const char *pager_case_name(uint64_t number) {
    static const char *const names[] = {
#define PAGER_CASE(name, what) #name,
#include <os/pager_cases.def>
#undef PAGER_CASE
    };
    return number < PAGER_CASES ? names[number] : "no case";
}
