// SPDX-License-Identifier: MIT
// Requests about files of memory alone.
#include "memory_file.h"
#include "request.h"

#include "string.h"

#define OPEN_FLAGS (FILE_READ | FILE_WRITE | FILE_APPEND | FILE_MAKE | FILE_NEW | FILE_TRUNCATE)

// => the node, with one more user
static enum file_error find_or_make(const struct task *task, const char *name, struct node **node) {
    const struct message *request = &task->request;
    uint64_t flags = request->word[0], number = request->word[2];
    *node = number != 0 ? memory_file_numbered(number) : *name != '\0' ? memory_file_find(name) : NULL;
    if (*node != NULL && (flags & FILE_MAKE) != 0 && (flags & FILE_NEW) != 0) return FILE_EXISTS;
    if (*node != NULL) {
        (*node)->users++;
        return FILE_OK;
    }
    if (number != 0 || (*name != '\0' && (flags & FILE_MAKE) == 0)) return FILE_NOT_FOUND;
    if (request->word[3] > MEMORY_FILE_LIMIT) return FILE_TOO_LARGE;
    enum file_error error = memory_file_make(name, request->word[1], (uint32_t)request_client(task), node);
    if (error == FILE_OK) node_set_size(*node, request->word[3]);
    return error;
}

void request_memory(struct task *task) {
    uint64_t flags = task->request.word[0];
    const char *name;
    struct node *node;
    if (!request_texts(task, &name, NULL)) return;
    enum file_error error = (flags & ~(uint64_t)OPEN_FLAGS) == 0 ? find_or_make(task, name, &node) : FILE_BAD_ARGUMENT;
    if (error != FILE_OK) {
        request_error(task, error);
        return;
    }
    if ((flags & FILE_TRUNCATE) != 0) {
        lock_take(&node->lock);
        error = memory_file_resize(node, 0);
        lock_give(&node->lock);
    }
    if (error != FILE_OK) {
        node_close(node);
        request_error(task, error);
        return;
    }
    request_opened(task, node, flags, node->memory->number);
}

void request_unname(struct task *task) {
    const char *name;
    if (!request_texts(task, &name, NULL)) return;
    uint64_t number = task->request.word[0];
    struct node *node = number != 0 ? memory_file_numbered(number) : memory_file_find(name);
    if (node != NULL) memory_file_unname(node->memory);
    request_error(task, node != NULL ? FILE_OK : FILE_NOT_FOUND);
}

void request_names(struct task *task) {
    uint64_t bytes = task->request.word[1], done = 0, size;
    const struct memory_file *file = memory_file_after(task->request.word[0]);
    if (bytes > FILE_TEXT_MOST) bytes = FILE_TEXT_MOST;
    for (; file != NULL; file = memory_file_after(file->number), done += size) {
        struct os_file_entry *told = (struct os_file_entry *)(void *)(task->text + done);
        size = (offsetof(struct os_file_entry, name) + file->length + 1 + 7) / 8 * 8;
        if (size > bytes - done) break;
        memset(told, 0, size);
        told->inode = told->next = file->number;
        told->size = (uint16_t)size;
        told->type = FILE_TYPE_REGULAR >> 12;
        told->length = (uint8_t)file->length;
        memcpy(task->text + done + offsetof(struct os_file_entry, name), file->name, file->length);
    }
    if (file != NULL && done == 0)
        request_error(task, FILE_BAD_ARGUMENT); // no room for one
    else
        request_text(task, done, done);
}

void request_seal(struct task *task) {
    struct opened *opened = request_file(task);
    uint64_t seals = task->request.word[1];
    if (opened == NULL) return;
    enum file_error error = opened->node->memory == NULL                      ? FILE_UNSUPPORTED
                            : (seals & ~(uint64_t)FILE_SEALS) != 0            ? FILE_BAD_ARGUMENT
                            : seals != 0 && (opened->flags & FILE_WRITE) == 0 ? FILE_DENIED
                                                                              : FILE_OK;
    if (error == FILE_OK) error = memory_file_seal(opened->node, (uint32_t)seals);
    if (error == FILE_OK)
        request_words(task, opened->node->memory->seals, 0, 0);
    else
        request_error(task, error);
    opened_leave(opened);
}
