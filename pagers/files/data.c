// SPDX-License-Identifier: MIT
// Reading and writing: between the cache and a message, or a session's buffer.
#include "request.h"

#include <os/threads.h>
#include <os/time.h>

#include "fill.h"
#include "flush.h"
#include "memory_file.h"
#include "reclaim.h"
#include "resize.h"
#include "storage.h"
#include "string.h"

enum { PAGE = 4096 };

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

// Where the bytes of a request go to or come from.
struct way {
    uint64_t client, place;
    char *text;
};

static bool put(const struct way *way, uint64_t done, const void *from, uint64_t bytes) {
    const struct session *session = session_find(way->client);
    if (way->place == FILE_AS_TEXT) memcpy(way->text + done, from, bytes);
    return way->place == FILE_AS_TEXT || (session != NULL && session_put(session, way->place + done, from, bytes));
}

static bool take(const struct way *way, uint64_t done, void *to, uint64_t bytes) {
    const struct session *session = session_find(way->client);
    if (way->place == FILE_AS_TEXT) memcpy(to, way->text + done, bytes);
    return way->place == FILE_AS_TEXT || (session != NULL && session_take(session, way->place + done, to, bytes));
}

static bool fits(const struct message *request) {
    uint64_t bytes = request->word[2], place = request->word[3];
    if (place == FILE_AS_TEXT) return bytes <= FILE_TEXT_MOST;
    return place <= FILE_BUFFER_SIZE && bytes <= FILE_BUFFER_SIZE - place;
}

static enum file_error may(const struct opened *opened, const struct message *request, uint64_t flag) {
    if ((opened->flags & flag) == 0) return FILE_DENIED;
    if (FILE_TYPE(opened->node->mode) == FILE_TYPE_DIRECTORY) return FILE_IS_DIRECTORY;
    if (!node_is_regular(opened->node)) return FILE_UNSUPPORTED;
    return fits(request) ? FILE_OK : FILE_BAD_ARGUMENT;
}

// ---- reading ----

static const char zeros[PAGE];

static enum file_error read_bytes(struct opened *opened, uint64_t offset, uint64_t bytes, const struct way *way,
                                  uint64_t *done) {
    struct node *node = opened->node;
    enum file_error error = FILE_OK;
    for (*done = 0; *done < bytes && offset < node->size;) {
        uint64_t page = offset / PAGE, some = least(bytes - *done, PAGE - offset % PAGE);
        struct chunk *chunk = chunk_find(node, page / CHUNK_PAGES);
        bool is_valid = chunk != NULL && (chunk->valid & chunk_bit(page)) != 0;
        if (!is_valid && node->memory != NULL) {
            some = least(some, node->size - offset);
            if (!put(way, *done, zeros, some)) return *done > 0 ? FILE_OK : FILE_OUT_OF_MEMORY;
            *done += some;
            offset += some;
            continue;
        }
        if (!is_valid) {
            error = fill_page(node, page, fill_wish(page, &opened->next), &chunk);
            if (error != FILE_OK) break;
            chunk->users--;
        }
        if ((chunk->ahead & chunk_bit(page)) != 0) fill_follow(chunk, chunk_bit(page), &opened->next);
        if (offset >= node->size) break; // it was cut meanwhile
        chunk->touched |= chunk_bit(page);
        some = least(some, node->size - offset);
        if (!put(way, *done, (const char *)chunk_page_va(chunk, page) + offset % PAGE, some)) {
            error = FILE_OUT_OF_MEMORY;
            break;
        }
        *done += some;
        offset += some;
    }
    return *done > 0 ? FILE_OK : error == FILE_BAD_ARGUMENT ? FILE_OK : error; // it was cut
}

// Are all these pages in the cache? What a file of memory alone has not is zero.
static bool is_there(const struct node *node, uint64_t offset, uint64_t end) {
    if (node->memory != NULL) return true;
    for (uint64_t page = offset / PAGE; page * PAGE < end; page++) {
        const struct chunk *chunk = chunk_find(node, page / CHUNK_PAGES);
        if (chunk == NULL || (chunk->valid & chunk_bit(page)) == 0) return false;
    }
    return true;
}

static void answer_read(const struct message *request, uint64_t done) {
    uint64_t tag = VERDICT_REPLY;
    if (request->word[3] == FILE_AS_TEXT) tag |= TAG_TEXT | done << TAG_TEXT_SHIFT;
    os_reply(request->token, tag, FILE_OK, done, 0, 0, 0);
}

static uint64_t offset_of(const struct opened *opened, uint64_t word) {
    return word == FILE_HERE ? opened->position : word;
}

bool request_read_now(const struct message *request, struct opened *opened) {
    uint64_t offset = offset_of(opened, request->word[1]), bytes = request->word[2], done;
    if (may(opened, request, FILE_READ) != FILE_OK) return false;
    uint64_t end = offset < opened->node->size ? offset + least(bytes, opened->node->size - offset) : offset;
    if (!is_there(opened->node, offset, end)) return false;
    const struct way way = {request->badge & UINT32_MAX, request->word[3], os_self()->message};
    if (read_bytes(opened, offset, bytes, &way, &done) != FILE_OK) return false;
    if (request->word[1] == FILE_HERE) opened->position += done;
    answer_read(request, done);
    return true;
}

void request_read(struct task *task) {
    struct opened *opened = request_file(task);
    uint64_t done;
    if (opened == NULL) return;
    enum file_error error = may(opened, &task->request, FILE_READ);
    if (error == FILE_OK) {
        const struct way way = {request_client(task), task->request.word[3], task->text};
        error = read_bytes(opened, offset_of(opened, task->request.word[1]), task->request.word[2], &way, &done);
    }
    if (error == FILE_OK) {
        if (task->request.word[1] == FILE_HERE) opened->position += done;
        if (task->request.word[3] == FILE_AS_TEXT) memcpy(os_self()->message, task->text, done);
        answer_read(&task->request, done);
    } else {
        request_error(task, error);
    }
    opened_leave(opened);
}

// ---- writing ----

static enum file_error prepare_memory(struct node *node, uint64_t page, uint64_t to, struct chunk **found) {
    enum file_error error;
    uint64_t size = node->size;
    if (page * PAGE + to > size) node_set_size(node, page * PAGE + to);
    while ((error = memory_file_fill(node, page, 1, found)) == FILE_OUT_OF_MEMORY) {
        if (!reclaim_wait()) break;
    }
    if (error == FILE_OK)
        (*found)->users++;
    else
        node_set_size(node, size);
    return error;
}

// The page is ready to be written to from `from` to `to`; the chunk has one more user.
static enum file_error prepare(struct node *node, uint64_t page, uint64_t from, uint64_t to, struct chunk **found) {
    uint16_t bit = chunk_bit(page);
    bool whole = page >= node->pages || (from == 0 && (to == PAGE || page * PAGE + to >= node->size));
    if (node->memory != NULL) return prepare_memory(node, page, to, found);
    for (;;) {
        struct chunk *chunk = chunk_get(node, page / CHUNK_PAGES);
        if (chunk == NULL) return FILE_OUT_OF_MEMORY;
        if ((chunk->reading & bit) != 0) {
            task_wait(&storage_changed);
            continue;
        }
        enum file_error error = FILE_OK;
        chunk->users++;
        *found = chunk;
        if ((chunk->valid & bit) == 0 && !whole) {
            struct chunk *same;
            error = fill_page(node, page, FILL_SOME, &same);
            if (error == FILE_OK) same->users--;
        } else if ((chunk->there & bit) == 0) {
            error = reclaim_frames(chunk, bit) ? FILE_OK : FILE_OUT_OF_MEMORY;
        } else if (((chunk->backed | chunk->reserved) & bit) == 0) {
            error = resize_reserve(chunk, bit);
        } else {
            if ((chunk->valid & bit) == 0) memset((void *)chunk_page_va(chunk, page), 0, PAGE);
            return FILE_OK;
        }
        chunk->users--;
        // What is not in the cache may have blocks all the same.
        bool unsure = error == FILE_NO_SPACE && whole && page < node->pages && (chunk->valid & bit) == 0;
        if (error != FILE_OK && !unsure) return error;
        whole = whole && !unsure;
    }
}

static enum file_error write_bytes(struct opened *opened, uint64_t *offset, uint64_t bytes, const struct way *way,
                                   uint64_t *done) {
    struct node *node = opened->node;
    uint64_t limit;
    if ((opened->flags & FILE_APPEND) != 0) *offset = node->size;
    if (!node_limit(node, &limit)) return FILE_READ_ONLY;
    if (*offset >= limit) return FILE_TOO_LARGE;
    bytes = least(bytes, limit - *offset);
    if (node->memory != NULL && (node->memory->seals & (FILE_SEAL_WRITE | FILE_SEAL_FUTURE)) != 0) return FILE_SEALED;
    if (node->memory != NULL && (node->memory->seals & FILE_SEAL_GROW) != 0 && *offset + bytes > node->size) {
        if (*offset >= node->size) return FILE_SEALED;
        bytes = node->size - *offset;
    }
    enum file_error error = *offset > node->size ? resize_clean_end(node, node->size) : FILE_OK;
    for (*done = 0; *done < bytes && error == FILE_OK;) {
        struct chunk *chunk;
        uint64_t page = *offset / PAGE, from = *offset % PAGE, some = least(bytes - *done, PAGE - from);
        error = prepare(node, page, from, from + some, &chunk);
        if (error != FILE_OK) break;
        bool taken = take(way, *done, (char *)chunk_page_va(chunk, page) + from, some);
        if (taken) chunk->valid |= chunk_bit(page);
        if (taken) chunk->bad &= (uint16_t)~chunk_bit(page);
        chunk->touched |= chunk_bit(page);
        if (node->memory == NULL)
            flush_mark(chunk, chunk->valid & chunk_bit(page)); // one of which nothing was read holds nothing
        chunk->users--;
        if (!taken) error = FILE_OUT_OF_MEMORY;
        if (!taken) break;
        *done += some;
        *offset += some;
        if (*offset > node->size) node_set_size(node, *offset);
    }
    if (*done > 0) {
        node->modified = os_seconds();
        node_note(node);
        if (node->memory == NULL && reclaim_is_dirty()) flush_hurry();
    }
    return *done > 0 ? FILE_OK : error;
}

void request_write(struct task *task) {
    struct opened *opened = request_file(task);
    uint64_t done = 0;
    if (opened == NULL) return;
    const struct message *request = &task->request;
    struct node *node = opened->node;
    enum file_error error = may(opened, request, FILE_WRITE);
    if (error == FILE_OK && request->word[3] == FILE_AS_TEXT && request->word[2] > task->text_size)
        error = FILE_BAD_ARGUMENT;
    if (error == FILE_OK) {
        const struct way way = {request_client(task), request->word[3], task->text};
        lock_take(&node->lock);
        uint64_t offset = offset_of(opened, request->word[1]), first = offset;
        error = write_bytes(opened, &offset, request->word[2], &way, &done);
        if (error == FILE_OK && request->word[1] == FILE_HERE) opened->position = offset;
        lock_give(&node->lock);
        if (error == FILE_OK && (opened->flags & FILE_SYNC) != 0) { // never of memory alone
            error = flush_node(node, first / PAGE, offset / PAGE + 1);
            if (error == FILE_OK) error = flush_commit();
        }
        if (error == FILE_OK) request_words(task, done, offset, 0);
    }
    if (error != FILE_OK) request_error(task, error);
    opened_leave(opened);
}

// ---- where it goes on ----

// Pages whose data is not on the disk yet.
static uint16_t unwritten(const struct chunk *chunk) {
    return chunk->dirty | chunk->reserved | chunk->writing | chunk->kept;
}

// The first such page from `page` to `end`. => `end`: there is none
static uint64_t first_unwritten(const struct node *node, uint64_t page, uint64_t end) {
    for (const struct link *link = node->chunks.next; link != &node->chunks; link = link->next) {
        const struct chunk *chunk = container_of(link, struct chunk, in_node);
        uint64_t base = (uint64_t)chunk->index * CHUNK_PAGES;
        uint16_t mask = base + CHUNK_PAGES > page ? unwritten(chunk) : 0;
        if (page > base) mask &= chunk_mask(page % CHUNK_PAGES, CHUNK_PAGES);
        if (mask != 0 && base + chunk_first(mask) < end) end = base + chunk_first(mask);
    }
    return end;
}

static enum file_error find_run(struct node *node, uint64_t block, struct ext2_run *run) {
    uint64_t left = node->pages * (PAGE / storage_block) - block;
    if (node->memory != NULL) {
        *run = (struct ext2_run){.count = (uint32_t)least(left, UINT32_MAX)};
        return FILE_OK;
    }
    storage_lock();
    enum ext2_error error = ext2_map(storage_fs, node->inode, block, (uint32_t)least(left, UINT32_MAX), run);
    storage_unlock();
    return storage_error(error);
}

// The next page from `page` on that has data. => the file's pages, or more: there is none
static enum file_error find_data(struct node *node, uint64_t *page) {
    uint64_t blocks = PAGE / storage_block, block = *page * blocks;
    while (*page < node->pages) {
        struct ext2_run run;
        enum file_error error = find_run(node, block, &run);
        if (error != FILE_OK || run.block != 0) return error;
        block += run.count;
        uint64_t end = (block + blocks - 1) / blocks;
        *page = first_unwritten(node, *page, end);
        if (*page < end) return FILE_OK;
        *page = block / blocks;
    }
    return FILE_OK;
}

// The next one that has none.
static enum file_error find_hole(struct node *node, uint64_t *page) {
    uint64_t blocks = PAGE / storage_block, block = *page * blocks;
    while (*page < node->pages) {
        struct ext2_run run;
        enum file_error error = find_run(node, block, &run);
        if (error != FILE_OK) return error;
        block += run.count;
        bool is_whole = block >= (*page + 1) * blocks; // else what is left of the page tells
        if (run.block == 0 && is_whole && first_unwritten(node, *page, *page + 1) != *page) return FILE_OK;
        if (run.block != 0) block = (block + blocks - 1) / blocks * blocks;
        if (run.block == 0 && is_whole) block = (*page + 1) * blocks;
        *page = block / blocks;
    }
    return FILE_OK;
}

void request_seek(struct task *task) {
    struct opened *opened = request_file(task);
    if (opened == NULL) return;
    const struct node *node = opened->node;
    int64_t wanted = (int64_t)task->request.word[1];
    uint64_t from = task->request.word[2], page = (uint64_t)wanted / PAGE;
    enum file_error error = from <= FILE_FROM_HOLE ? FILE_OK : FILE_BAD_ARGUMENT;
    if (from == FILE_FROM_HERE) wanted += (int64_t)opened->position;
    if (from == FILE_FROM_END) wanted += (int64_t)node->size;
    if (from == FILE_FROM_DATA || from == FILE_FROM_HOLE) {
        if (wanted < 0 || (uint64_t)wanted >= node->size || !node_is_regular(node)) error = FILE_BAD_ARGUMENT;
        if (error == FILE_OK) error = (from == FILE_FROM_DATA ? find_data : find_hole)(opened->node, &page);
        if (page >= node->pages && from == FILE_FROM_DATA) error = FILE_BAD_ARGUMENT;
        if (page > (uint64_t)wanted / PAGE) wanted = (int64_t)least(page * PAGE, node->size);
    }
    if (wanted < 0 && error == FILE_OK) error = FILE_BAD_ARGUMENT;
    if (error == FILE_OK) {
        opened->position = (uint64_t)wanted;
        request_words(task, (uint64_t)wanted, 0, 0);
    } else {
        request_error(task, error);
    }
    opened_leave(opened);
}

void request_truncate(struct task *task) {
    struct opened *opened = request_file(task);
    if (opened == NULL) return;
    struct node *node = opened->node;
    uint64_t limit, size = task->request.word[1];
    bool writable = node_limit(node, &limit);
    enum file_error error = (opened->flags & FILE_WRITE) == 0 ? FILE_DENIED
                            : !node_is_regular(node)          ? FILE_UNSUPPORTED
                            : !writable                       ? FILE_READ_ONLY
                            : size > limit                    ? FILE_TOO_LARGE
                                                              : FILE_OK;
    if (error == FILE_OK) {
        lock_take(&node->lock);
        error = node->memory != NULL ? memory_file_resize(node, size) : resize_node(node, size);
        lock_give(&node->lock);
    }
    request_error(task, error);
    opened_leave(opened);
}

// ---- what must be on the disk ----

void request_sync(struct task *task) {
    if (task->request.word[0] == FILE_ROOT) {
        request_error(task, flush_all());
        return;
    }
    struct opened *opened = request_file(task);
    if (opened == NULL) return;
    enum file_error error = FILE_OK, second;
    bool on_disk = opened->node->memory == NULL;
    if (on_disk && node_is_regular(opened->node)) error = flush_node(opened->node, 0, UINT64_MAX);
    second = on_disk ? flush_commit() : FILE_OK;
    request_error(task, error != FILE_OK ? error : second);
    opened_leave(opened);
}
