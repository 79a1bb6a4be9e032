// SPDX-License-Identifier: MIT
// What the tools share: options, complaints, and walking folders. One program has them all, by the name it is called.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

extern const char *tool_name;

struct options {
    bool given[128];         // by letter
    const char *values[128]; // of the letters that take one
    int count;               // of the words behind the options
    char **words;
};

// `allowed` as getopt's: a letter, with a colon behind it if it takes a value. Ends the tool if it is another one, with
// `usage`; "--" ends the options.
struct options options_read(int count, char **words, const char *allowed, const char *usage);

// "tool: what: why errno says"; the status of the tool becomes 1
void complain_errno(const char *what);
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);
__attribute__((noreturn, format(printf, 1, 2))) void give_up(const char *format, ...);

// => what main returns: 1 if it was complained, or if the output could not be written
int tool_status(void);

// Ends the tool if it is no number. k, M, G count in powers of 1024.
int64_t number_read(const char *text);

// The files of the words, or the input if there are none; "-" is the input. What cannot be opened is complained.
void each_input(const struct options *options, void (*use)(FILE *file, const char *name, void *context), void *context);

// "folder/name"; to be freed
char *path_join(const char *folder, const char *name);

// The part behind the last slash.
const char *path_base(const char *path);

// The names in a folder, sorted, without . and ..; to be freed, names_free. => NULL: it has been complained
char **names_read(const char *folder, size_t *count);
void names_free(char **names, size_t count);

// 1.5K, 23M
void size_print(char *text, size_t room, uint64_t bytes);

// Copies all of it. => false: it has been complained
bool copy_bytes(int from, int to, const char *from_name, const char *to_name);

// A small text file, as /proc has them; to be freed. => NULL: errno says why
char *file_read(const char *path);
