// SPDX-License-Identifier: MIT
// Where an executable's bytes come from: a file of the file server, or of the boot image.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <os/files.h>

#include "linux_area.h"

struct linux_source {
    uint64_t size;
    bool is_of_image;
    uint32_t file;   // open at the file server; or, of the boot image:
    uint64_t handle; // that shows its pages
    uint64_t cookie; // the whole file as an object, of which segments are copies
};

// The session with the server of files, which everybody who asks it has begun before. => an error
enum file_error source_session(void);

// In a forked process, which has none of its parent's handles.
void source_forked(void);

// By a path; what is not there is looked for in the boot image, by the last part. => 0, or a negative error
int64_t source_open(struct linux_source *source, const char *name);
// Of the boot image, by its name there.
int64_t source_open_image(struct linux_source *source, const char *name);
// The name of the file of the boot image that was opened last.
const char *source_image_name(void);
void source_close(struct linux_source *source);

// => bytes: fewer at the end of the file; or a negative error
int64_t source_read(const struct linux_source *source, uint64_t offset, void *to, uint64_t size);

// Pages of the file, privately, for `va`: what is not written to is the one page that all who run it see.
// => false: no memory
bool source_copy(struct linux_source *source, uint64_t offset, uint64_t pages, uint64_t va,
                 struct linux_backing *backing);
