// SPDX-License-Identifier: MIT
// Requests to the file server: what can be answered at once is, the rest becomes a task.
#include "request.h"

#include <os/threads.h>

#include "claim.h"
#include "flush.h"
#include "kind_file.h"
#include "memory_file.h"
#include "reclaim.h"
#include "storage.h"
#include "string.h"

enum { PAGE = 4096 };

// ---- answers ----

static void answer(uint64_t token, enum file_error error, uint64_t first, uint64_t second, uint64_t third) {
    os_reply(token, VERDICT_REPLY, error, first, second, third, 0);
}

void request_error(const struct task *task, enum file_error error) {
    if (error != FILE_ELSEWHERE) {
        answer(task->request.token, error, 0, 0, 0);
        return;
    }
    uint64_t bytes = string_length(task->text) + 1; // the rest of the path
    memcpy(os_self()->message, task->text, bytes);
    os_reply(task->request.token, VERDICT_REPLY | TAG_TEXT | bytes << TAG_TEXT_SHIFT, error, 0, 0, 0, 0);
}

void request_words(const struct task *task, uint64_t first, uint64_t second, uint64_t third) {
    answer(task->request.token, FILE_OK, first, second, third);
}

void request_opened(const struct task *task, struct node *node, uint64_t flags, uint64_t what) {
    struct opened *opened = opened_make(node, (uint32_t)flags);
    if (opened == NULL) {
        node_close(node);
        request_error(task, FILE_FULL);
        return;
    }
    struct session *session = session_find(request_client(task)); // it may have ended meanwhile
    uint64_t number;
    enum file_error error = session != NULL ? session_add(session, opened, &number) : FILE_NO_SESSION;
    if (error == FILE_OK) {
        request_words(task, number, what, node->size);
    } else {
        opened_leave(opened);
        request_error(task, error);
    }
}

void request_text(const struct task *task, uint64_t word, uint64_t bytes) {
    memcpy(os_self()->message, task->text, bytes);
    os_reply(task->request.token, VERDICT_REPLY | TAG_TEXT | bytes << TAG_TEXT_SHIFT, FILE_OK, word, 0, 0, 0);
}

// ---- arguments ----

static struct opened *find_file(uint64_t client, uint64_t number) {
    const struct session *session = session_find(client);
    return session != NULL ? session_file(session, number) : NULL;
}

struct opened *request_file(const struct task *task) {
    struct opened *opened = find_file(request_client(task), task->request.word[0]);
    if (opened != NULL)
        opened->users++;
    else
        request_error(task, FILE_NOT_OPEN);
    return opened;
}

uint32_t request_directory(const struct task *task, uint64_t word) {
    if (word == FILE_ROOT) return EXT2_ROOT;
    const struct opened *opened = find_file(request_client(task), word);
    if (opened != NULL && opened->node->memory == NULL) return opened->node->inode;
    request_error(task, opened == NULL ? FILE_NOT_OPEN : FILE_NOT_DIRECTORY);
    return 0;
}

struct node *request_memory_file(const struct task *task) {
    const struct opened *opened = find_file(request_client(task), task->request.word[0]);
    bool is_it = opened != NULL && opened->node->memory != NULL && task->text_size > 0 && task->text[0] == '\0';
    return is_it ? opened->node : NULL;
}

// => the text's length with its 0; 0: it has none
static uint64_t text_length(const struct task *task, uint64_t from) {
    for (uint64_t end = from; end < task->text_size; end++) {
        if (task->text[end] == '\0') return end + 1 - from;
    }
    return 0;
}

bool request_texts(const struct task *task, const char **first, const char **second) {
    uint64_t length = text_length(task, 0), more = length != 0 && second != NULL ? text_length(task, length) : 0;
    if (length == 0 || (second != NULL && more == 0)) {
        request_error(task, FILE_BAD_ARGUMENT);
        return false;
    }
    *first = task->text;
    if (second != NULL) *second = task->text + length;
    return true;
}

// ---- at once ----

static void close_file(const struct message *message) {
    struct session *session = session_find(message->badge & UINT32_MAX);
    if (session_file(session, message->word[0]) == NULL) {
        answer(message->token, FILE_NOT_OPEN, 0, 0, 0);
        return;
    }
    session_close(session, message->word[0]);
    answer(message->token, FILE_OK, 0, 0, 0);
}

static void tell_counters(const struct message *message) {
    struct os_file_counters now = file_counters;
    now.pages = reclaim_used();
    for (uint64_t i = 0; i < chunks_made; i++) {
        const struct chunk *chunk = chunk_at(i);
        now.pages_clean += chunk_count(chunk->valid & (uint16_t) ~(chunk->dirty | chunk->writing | chunk->kept));
        now.pages_dirty += chunk_count(chunk->dirty);
        now.pages_writing += chunk_count(chunk->writing);
    }
    now.files = nodes_used();
    now.files_open = opened_used();
    now.mappings = mappings_used();
    now.pages_memory = memory_files_pages();
    memcpy(os_self()->message, &now, sizeof now);
    os_reply(message->token, VERDICT_REPLY | TAG_TEXT | sizeof now << TAG_TEXT_SHIFT, FILE_OK, 0, 0, 0, 0);
}

static void set_flags(const struct message *message) {
    struct opened *opened = find_file(message->badge & UINT32_MAX, message->word[0]);
    uint32_t flags = (uint32_t)message->word[1], mask = FILE_APPEND | FILE_SYNC;
    if (opened != NULL) opened->flags = (opened->flags & ~mask) | (flags & mask);
    answer(message->token, opened != NULL ? FILE_OK : FILE_NOT_OPEN, 0, 0, 0);
}

static void lock_bytes(const struct message *message) {
    const struct opened *opened = find_file(message->badge & UINT32_MAX, message->word[0]);
    uint64_t what = message->word[1], client = message->badge & UINT32_MAX;
    bool of_file = (what & FILE_LOCK_OPENED) != 0;
    enum file_error error = opened == NULL                        ? FILE_NOT_OPEN
                            : message->word[2] > message->word[3] ? FILE_BAD_ARGUMENT
                                                                  : FILE_OK;
    if (error != FILE_OK) {
        answer(message->token, error, 0, 0, 0);
        return;
    }
    const struct claim wanted = {.file = opened->node,
                                 .owner = of_file ? (uint64_t)opened : client,
                                 .client = of_file ? 0 : client,
                                 .start = message->word[2],
                                 .end = message->word[3],
                                 .whole = (what & FILE_LOCK_WHOLE) != 0,
                                 .exclusive = (what & FILE_LOCK_EXCLUSIVE) != 0};
    bool none = (what & (FILE_LOCK_SHARED | FILE_LOCK_EXCLUSIVE)) == 0;
    const struct claim *other = none ? NULL : claim_find(&wanted);
    if (other != NULL)
        answer(message->token, FILE_BUSY, other->client << 1 | other->exclusive, other->start, other->end);
    else
        answer(message->token, (what & FILE_LOCK_TEST) != 0 ? FILE_OK : claim_set(&wanted, none), 0, 0, 0);
}

static enum file_error may_map(const struct opened *opened, uint64_t options) {
    uint64_t limit;
    bool writes = (options & FILE_SHARED) != 0 && (options & RIGHT_WRITE) != 0;
    if (opened == NULL) return FILE_NOT_OPEN;
    if (!node_is_regular(opened->node)) return FILE_UNSUPPORTED;
    if ((opened->flags & FILE_READ) == 0 || (writes && (opened->flags & FILE_WRITE) == 0)) return FILE_DENIED;
    if (writes && !node_limit(opened->node, &limit)) return FILE_READ_ONLY;
    if (writes && opened->node->memory != NULL &&
        (opened->node->memory->seals & (FILE_SEAL_WRITE | FILE_SEAL_FUTURE)) != 0)
        return FILE_SEALED;
    return FILE_OK;
}

// What another mapping of the client's shows, and how.
static enum file_error map_as_before(uint64_t cookie, uint64_t client, struct node **node, uint64_t *options) {
    const struct pager_object *object = pager_find(cookie);
    if (object == NULL || object->ops != &kind_file || object->client->number != client) return FILE_BAD_ARGUMENT;
    const struct mapping *mapping = mapping_of(object);
    *node = mapping->node;
    *options = object->options | (mapping->shared ? FILE_SHARED : 0);
    return FILE_OK;
}

// The node to map, with one more user.
static enum file_error node_to_map(const struct message *message, struct node **node, uint64_t *options) {
    uint64_t client = message->badge & UINT32_MAX, file = message->word[0];
    enum file_error error;
    *node = NULL;
    if (file == FILE_ROOT) {
        if (message->word[2] + message->word[3] > MEMORY_FILE_LIMIT / PAGE) return FILE_BAD_ARGUMENT;
        error = memory_file_make("", 0600, (uint32_t)client, node);
        if (error == FILE_OK) node_set_size(*node, (message->word[2] + message->word[3]) * PAGE);
        return error;
    }
    if ((file & PAGER_COOKIE) != 0) {
        error = map_as_before(file, client, node, options);
    } else {
        const struct opened *opened = find_file(client, file);
        error = may_map(opened, *options);
        if (error == FILE_OK) *node = opened->node;
    }
    if (error == FILE_OK) (*node)->users++;
    return error;
}

static void map(const struct message *message) {
    uint64_t client = message->badge & UINT32_MAX, options = TAG_LABEL(message->tag) >> PAGER_OPTIONS_SHIFT;
    uint64_t known = RIGHTS_ACCESS | PAGER_CLIENT_PAYS | FILE_SHARED, number = 0;
    struct pager_object *object = NULL;
    struct node *node = NULL;
    enum file_error error = FILE_BAD_ARGUMENT;
    if ((options & ~known) == 0 && message->word[2] < UINT64_C(1) << 40 && message->word[3] <= PAGER_PAGES_MOST)
        error = node_to_map(message, &node, &options);
    if (error == FILE_OK) {
        const struct pager_plan plan = {&kind_file,       client,           message->word[4],
                                        message->word[1], message->word[3], options & PAGER_OPTIONS};
        enum pager_error made = pager_make(&plan, &object);
        error = made == PAGER_OK ? FILE_OK : made == PAGER_BAD_ARGUMENT ? FILE_BAD_ARGUMENT : FILE_FULL;
    }
    if (error == FILE_OK && mapping_make(node, object, message->word[2], (options & FILE_SHARED) != 0) == NULL) {
        pager_end(object);
        error = FILE_FULL;
    }
    if (error == FILE_OK) number = node_number(node);
    if (node != NULL) node_let_go(node);
    answer(message->token, error, error == FILE_OK ? object->cookie : 0, number, 0);
}

static void begin(const struct message *message) {
    uint64_t cookie = 0;
    const char *names = os_self()->message;
    uint64_t bytes = (message->tag & TAG_TEXT) != 0 ? TAG_TEXT_SIZE(message->tag) : 0;
    enum file_error error =
        session_begin(message->badge & UINT32_MAX, message->word[0], message->word[1], names, bytes, &cookie);
    answer(message->token, error, cookie, 0, 0);
}

void request_flush(struct task *task) {
    const struct pager_object *object = pager_find(task->request.word[0]);
    uint64_t first = task->request.word[1], pages = task->request.word[2];
    enum file_error error = FILE_BAD_ARGUMENT, second;
    if (object != NULL && object->ops == &kind_file && object->client->number == request_client(task) &&
        first < object->pages && pages <= object->pages - first) {
        const struct mapping *mapping = mapping_of(object);
        error = FILE_OK;
        if (mapping->shared && mapping->node->memory == NULL) {
            uint64_t page = mapping->first + first;
            error = flush_node(mapping->node, page, page + pages);
            second = flush_commit();
            error = error != FILE_OK ? error : second;
        }
    }
    request_error(task, error);
}

// ---- all of them ----

// => false: a task must
static bool serve_at_once(const struct message *message, uint64_t call) {
    switch (call) {
    case FILE_CALL_begin:
        begin(message);
        return true;
    case FILE_CALL_close:
        close_file(message);
        return true;
    case FILE_CALL_map:
        map(message);
        return true;
    case FILE_CALL_flags:
        set_flags(message);
        return true;
    case FILE_CALL_lock:
        lock_bytes(message);
        return true;
    case FILE_CALL_counters:
        tell_counters(message);
        return true;
    case FILE_CALL_read: {
        struct opened *opened = find_file(message->badge & UINT32_MAX, message->word[0]);
        return opened != NULL && request_read_now(message, opened);
    }
    default:
        return false;
    }
}

// Can it be done without a file system? Then all that is open is of memory alone.
static bool is_of_memory(const struct message *message, uint64_t call) {
    switch (call) {
    case FILE_CALL_begin:
    case FILE_CALL_close:
    case FILE_CALL_counters:
    case FILE_CALL_flush:
    case FILE_CALL_map:
    case FILE_CALL_memory:
    case FILE_CALL_unname:
    case FILE_CALL_names:
        return true;
    case FILE_CALL_space:
        return false;
    default:
        return find_file(message->badge & UINT32_MAX, message->word[0]) != NULL;
    }
}

bool request_take(const struct message *message) {
    static request_handler *const handlers[FILE_CALLS] = {
        [FILE_CALL_open] = request_open,         [FILE_CALL_read] = request_read,
        [FILE_CALL_write] = request_write,       [FILE_CALL_seek] = request_seek,
        [FILE_CALL_list] = request_list,         [FILE_CALL_stat] = request_stat,
        [FILE_CALL_change] = request_change,     [FILE_CALL_make] = request_make,
        [FILE_CALL_link] = request_link,         [FILE_CALL_symlink] = request_symlink,
        [FILE_CALL_readlink] = request_readlink, [FILE_CALL_rename] = request_rename,
        [FILE_CALL_remove] = request_remove,     [FILE_CALL_truncate] = request_truncate,
        [FILE_CALL_sync] = request_sync,         [FILE_CALL_space] = request_space,
        [FILE_CALL_flush] = request_flush,       [FILE_CALL_memory] = request_memory,
        [FILE_CALL_unname] = request_unname,     [FILE_CALL_names] = request_names,
        [FILE_CALL_seal] = request_seal,         [FILE_CALL_where] = request_where,
    };
    uint64_t call = (TAG_LABEL(message->tag) & ((1u << PAGER_OPTIONS_SHIFT) - 1)) - FILE_CALL_FIRST;
    if (call >= FILE_CALLS) return false;
    if ((message->tag & TAG_HANDLE) != 0) os_close(message->handle);
    bool is_for_all = call == FILE_CALL_begin || call == FILE_CALL_counters;
    if (!is_for_all && session_find(message->badge & UINT32_MAX) == NULL) {
        answer(message->token, FILE_NO_SESSION, 0, 0, 0);
    } else if (storage_fs == NULL && !is_of_memory(message, call)) {
        answer(message->token, FILE_GONE, 0, 0, 0);
    } else if (!serve_at_once(message, call)) {
        if (!task_start(handlers[call], message)) answer(message->token, FILE_FULL, 0, 0, 0);
        tasks_run();
    }
    tasks_run(); // what was closed may have to go
    return true;
}
