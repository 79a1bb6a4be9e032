// SPDX-License-Identifier: MIT
// The pager framework, for who writes a kind or a host.
//
// An object stands behind a region of a client. For each of its pages there is an entry: 0, or a frame of ours (its
// slot) with what is known of it. A kind says what a fault on an entry comes to; the framework finds the object, checks
// the rights, maps, counts and answers in one system call.
#pragma once

#include <abi/message.h>
#include <abi/rights.h>
#include <os/pager_protocol.h>
#include <os/stubs.h>
#include <stdbool.h>
#include <stdint.h>

struct pager_client;
struct pager_purse;
struct pager_object;

// What a fault comes to: made by pager_map() ... pager_later(), and nobody else's to read. One word, for all that a
// kind is asked and says stays in registers.
//   MAP       pages << PAGER_PAGES_SHIFT | from | rights
//   others    PAGER_NO_MAP | verdict << PAGER_VERDICT_SHIFT | error or handle
struct pager_verdict {
    uint64_t word;
};

// A kind. Only attach, fault and detach must be there.
struct pager_ops {
    const char *name; // at most eight letters
    // A new object, with no entry yet; `source` is a handle, or 0, and with PAGER_OK the kind's. => PAGER_OK, or why
    // not
    enum pager_error (*attach)(struct pager_object *object, uint64_t source);
    // The label and the neighbours are those of the fault message. => what one of pager_map() ... pager_later() says
    struct pager_verdict (*fault)(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours);
    // The object ends; its entries are gone.
    void (*detach)(struct pager_object *object);
    // `child` begins with the pages of `parent` from `first` on; it has the entries with frames already, and every
    // frame in them one holder more. => false: it cannot be
    bool (*fork)(const struct pager_object *parent, uint64_t first, struct pager_object *child);
    // Nobody sees the page any more: keep its content, if it must be kept, and what the kind wants to know of it in the
    // entry's upper bits. => the new entry, without ENTRY_FRAME; or the old one: it stays, or is `stored`
    uint32_t (*evict)(struct pager_object *object, uint64_t page, uint32_t entry, bool dirty);
    // Its frames may go to the host's backing store. Then fault() answers an entry with ENTRY_STORED by pager_fetch().
    bool stored;
    // An entry without a frame goes away.
    void (*forget)(struct pager_object *object, uint64_t page, uint32_t entry);
    enum pager_error (*sync)(struct pager_object *object, uint64_t page, uint64_t pages);
    enum pager_error (*hint)(struct pager_object *object, uint64_t page, uint64_t pages, enum pager_hint hint);
    // Bits of the pager's port were set.
    void (*wake)(uint64_t bits);
    // A call whose label no pager knows; its text is in the message page. The kind answers it, at any time, and closes
    // the handle that came along. => false: it does not know it either
    bool (*request)(const struct message *message);
};

// An entry: slot << 12 | flags. Without ENTRY_FRAME the upper bits are the kind's.
#define ENTRY_FRAME  1u         // the slot is a frame of ours that this object holds
#define ENTRY_DIRTY  2u         // it was written, and the hardware's note of that is gone
#define ENTRY_STORED (1u << 31) // in place of a slot: where the page is in the backing store; 0: it is all zero
#define ENTRY_SHIFT  12

enum { PAGER_BLOCK = 16 }; // pages that one answer maps at most

enum {
    PAGER_GRAINS = 256, // parts of an object: in some nobody ever touched a page
    PAGER_FEW = 112,    // entries that an object has room for itself
};

// Where eviction goes on, for those who look for pages in the same place.
struct pager_hand {
    uint64_t cookie; // of the object
    uint32_t page;
    uint16_t turn; // of the clock
    uint16_t rest; // evictions that are not tried, because there was nothing to evict
};

// Who pays for frames. A run of them is ready: nobody has them, and each is counted as having one holder.
struct pager_purse {
    uint64_t next, end;     // the run, as it is in our space
    uint32_t is_clean;      // they are zero
    uint32_t have;          // frames in all
    uint64_t payer;         // the space whose account they are on; 0: ours
    uint16_t head, tail;    // groups with a free frame; 0: none
    uint16_t filling;       // the group that has not all its frames yet; 0: none
    uint32_t free;          // frames in groups that nobody has
    struct pager_hand hand; // among all who use it
};

// Who takes frames: its badge, or the number that an administrator gave it.
struct pager_client {
    _Alignas(128) uint64_t number;
    int32_t room; // pages that it may still have; below 0: it has more than it should
    uint32_t limit;
    uint32_t objects;
    struct pager_hand hand;   // among its own, when it has no room
    struct pager_purse purse; // for objects where it pays itself
};

struct pager_object {
    uint64_t cookie; // 0: unused
    uint64_t space;  // whose faults it answers; 0: our own
    uint64_t first;  // va / 4096
    uint64_t allows; // bit 63 - n: faults whose label ends with the bits n
    // Its kind's.
    struct pager_verdict (*fault)(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours);
    uint32_t *entries;
    uint64_t one;              // the verdict that maps one page, less its address: its rights, and perhaps RIGHT_SHARE
    uint32_t ready;            // pages that may be touched, from the first on, all in grains that are used
    uint32_t count;            // pages that may be touched
    uint32_t pages;            // that it may grow to
    uint32_t attached;         // pages whose region has not gone away
    struct pager_purse *purse; // that pays for its frames
    struct pager_client *client;
    struct pager_client *account; // whose room its pages take: the client's, or (it pays) nobody's
    uint64_t va;                  // of page 0
    uint64_t backed;              // bit n: that part of the entries has memory
    uint64_t word;                // the kind's own
    const struct pager_ops *ops;
    uint8_t rights; // that it allows
    uint8_t options, shift;
    bool here;     // answered by the thread's own handler
    bool seen;     // a fault of its space was answered
    uint8_t grain; // of a page's number without that many bits: its part in `used`
    uint32_t cases[PAGER_CASES];
    uint32_t latency[PAGER_LATENCIES];      // of one fault in some, by powers of two
    _Alignas(8) uint8_t used[PAGER_GRAINS]; // 1: the grain's entries have memory, and some may be other than 0
    _Alignas(8) uint32_t few[PAGER_FEW];    // the entries, where no more are needed
};

// => how many pages, from this one on, which has faulted, are like it: they may be touched, and their entries are there
static inline uint64_t pager_row(const struct pager_object *object, uint64_t page) {
    if (page < object->ready) return object->ready - page;
    uint64_t end = ((page >> object->grain) + 1) << object->grain;
    return (end < object->count ? end : object->count) - page;
}

// One that is not a write reads or executes: others do not come to kinds.
static inline bool pager_is_write(uint64_t label) { return (label & FAULT_WRITE) != 0; }

// Is there a page, which does not allow it?
static inline bool pager_is_there(uint64_t label) { return (label & FAULT_PRESENT) != 0; }

// Where a slot is in our own space.
#define PAGER_FRAMES 0x1000000000ul

static inline uint64_t pager_frame_va(uint64_t entry) {
    return ((PAGER_FRAMES >> ENTRY_SHIFT) + (entry >> ENTRY_SHIFT)) << ENTRY_SHIFT;
}

// ---- verdicts ----

#define PAGER_NO_VERDICT    255u
#define PAGER_NO_MAP        (UINT64_C(1) << 63)
#define PAGER_VERDICT_SHIFT 32
#define PAGER_PAGES_SHIFT   56

// These pages of our own space, from the fault's page on; all verdicts are counted, this one as `what`.
static inline struct pager_verdict pager_map(struct pager_object *object, uint64_t from, uint64_t pages,
                                             enum pager_case what) {
    object->cases[what]++;
    return (struct pager_verdict){from + object->one + ((pages - 1) << PAGER_PAGES_SHIFT)};
}

// The same without the right to write.
static inline struct pager_verdict pager_map_to_read(struct pager_object *object, uint64_t from, uint64_t pages,
                                                     enum pager_case what) {
    return (struct pager_verdict){pager_map(object, from, pages, what).word & ~(uint64_t)RIGHT_WRITE};
}

static inline struct pager_verdict pager_say(struct pager_object *object, uint64_t verdict, uint64_t word,
                                             enum pager_case what) {
    object->cases[what]++;
    return (struct pager_verdict){PAGER_NO_MAP | verdict << PAGER_VERDICT_SHIFT | (uint32_t)word};
}

static inline struct pager_verdict pager_fail(struct pager_object *object, enum pager_error error) {
    return pager_say(object, VERDICT_FAIL, error, PAGER_CASE_failed);
}

// To the pager whose port this handle names.
static inline struct pager_verdict pager_forward(struct pager_object *object, uint64_t handle) {
    return pager_say(object, VERDICT_FORWARD, handle, PAGER_CASE_other);
}

// It is to try again.
static inline struct pager_verdict pager_retry(struct pager_object *object) {
    return pager_say(object, VERDICT_RETRY, 0, PAGER_CASE_later);
}

// Not yet: the same fault is asked again when pager_ready() is called for its page. In the process itself it is tried
// again at once.
struct pager_verdict pager_later(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours);
void pager_ready(const struct pager_object *object, uint64_t page);

// => NULL: the object with this cookie is no more
struct pager_object *pager_find(uint64_t cookie);
// Where the loop receives; it may be notified.
uint64_t pager_port(void);

// ---- pages and frames ----

// Whole pages, by words, all in a row. Inline: the commonest faults call nothing.
enum { PAGER_WORDS = 4096 / 8 };

// Keeps the compiler from making a call of memset() or memcpy() of the loops; offsets reach as far back as ahead.
#define PAGER_MIDDLE(page)                                       \
    ({                                                           \
        uint64_t *middle = (uint64_t *)(page) + PAGER_WORDS / 2; \
        __asm__("" : "+r"(middle));                              \
        middle;                                                  \
    })

OS_INLINE void pager_copy(uint64_t to, uint64_t from) {
    uint64_t *target = PAGER_MIDDLE(to);
    const uint64_t *source = PAGER_MIDDLE(from);
#pragma GCC unroll 512
    for (int i = -PAGER_WORDS / 2; i < PAGER_WORDS / 2; i++) target[i] = source[i];
}

OS_INLINE void pager_zero(uint64_t page) {
    uint64_t *target = PAGER_MIDDLE(page);
#pragma GCC unroll 512
    for (int i = -PAGER_WORDS / 2; i < PAGER_WORDS / 2; i++) target[i] = 0;
}

bool pager_is_zero(uint64_t page);

// Does the client walk upwards? Then it is likely to want pager_ahead() pages, from the one that faulted on.
static inline bool pager_walks(const struct pager_object *object, uint64_t page, uint64_t neighbours) {
    uint64_t below = neighbours << 1 | 1; // of the page below a group of 64 nothing is told: perhaps
    return (int64_t)(below << (~(object->first + page) & 63)) < 0;
}
uint64_t pager_ahead(const struct pager_object *object, uint64_t page, uint64_t neighbours);

// How many objects hold the entry's frame. Below 0: and others lost it to the backing store, so that nobody may write
// to it. 0: the entry has ENTRY_STORED, and no frame.
#define PAGER_HOLDERS 0x1100400000ul
static inline int64_t pager_holders(uint64_t entry) { return ((const int16_t *)PAGER_HOLDERS)[entry >> ENTRY_SHIFT]; }

// Frames in a row, up to `wanted`, entered as the fault's page and those after it. zeroed: else they hold anything.
// => how many, 0: there is none (the error to answer is PAGER_OUT_OF_MEMORY)
uint64_t pager_fill(struct pager_object *object, uint64_t page, uint64_t wanted, bool zeroed);

// The same for the one page, where that is simple: the run has a frame, and the client may have it.
static inline bool pager_has_one(const struct pager_object *object) {
    return object->purse->next != object->purse->end && object->account->room > 0;
}

static inline uint64_t pager_take_one(struct pager_object *object, uint64_t page) {
    uint64_t frame = object->purse->next;
    object->purse->next = frame + (UINT64_C(1) << ENTRY_SHIFT);
    object->entries[page] = (uint32_t)frame | ENTRY_FRAME;
    return frame;
}

// => where its frame, zeroed, is in our space
static inline uint64_t pager_fill_one(struct pager_object *object, uint64_t page) {
    object->account->room--;
    uint64_t frame = pager_take_one(object, page);
    if (!object->purse->is_clean) pager_zero(frame);
    return frame;
}

// With the content of the page's own frame, `old`, which others hold too and keep.
static inline uint64_t pager_fill_copy(struct pager_object *object, uint64_t page, uint64_t old) {
    uint64_t frame = pager_take_one(object, page);
    --((uint16_t *)PAGER_HOLDERS)[old >> ENTRY_SHIFT];
    pager_copy(frame, pager_frame_va(old));
    return frame;
}

// The object lets go of the frame of an entry that it has no more.
void pager_release(struct pager_object *object, uint32_t entry);

// The answer when pager_fill() has none: an error; or, when pages may yet be evicted, the same fault once more.
struct pager_verdict pager_no_frame(struct pager_object *object, uint64_t page, uint64_t label);

// The answer when an entry has ENTRY_STORED: the page comes back, and some behind it when the client walks upwards.
struct pager_verdict pager_fetch(struct pager_object *object, uint64_t page, uint64_t label);

// The page's entry lets go of its frame, if it has one, and becomes this.
void pager_set(struct pager_object *object, uint64_t page, uint32_t entry);

// PAGER_BLOCK pages in a row that show one frame of zeros.
#define PAGER_ZERO_FRAME PAGER_FRAMES

// Addresses of our own for what a kind maps there; nothing else does.
#define PAGER_WINDOWS     0x1a00000000ul
#define PAGER_WINDOWS_END 0x3a00000000ul
void pager_unmap(uint64_t va, uint64_t pages);

// ---- what stands behind all kinds ----

// A store for pages without a frame, of one host. It does what it is asked in its own time: put and get begin
// something, and pager_put_done() or pager_get_done() say that it is done; those are called in its wake() only.
struct pager_backing {
    uint64_t places;
    // => how many in a row from *first on, at most `wanted`; 0: it is full. No place is 0
    uint64_t (*take)(uint64_t wanted, uint32_t *first);
    void (*give)(uint32_t place);
    // A page of our space goes to its place, or comes from it. => false: not now
    bool (*put)(uint32_t place, uint64_t va);
    bool (*get)(uint32_t place, uint64_t va);
    void (*go)(void); // all that was begun is on its way
    void (*wake)(uint64_t bits);
};

void pager_put_done(uint32_t place, bool good);
void pager_get_done(uint32_t place, bool good);

// ---- objects that a kind makes when it is asked to ----

struct pager_plan {
    const struct pager_ops *ops;
    uint64_t client, space, va, pages, options; // options: rights too
};
// As attach does, but the kind is not asked. => PAGER_OK, or why there is none
enum pager_error pager_make(const struct pager_plan *plan, struct pager_object **object);
// As detach does.
void pager_end(struct pager_object *object);
// The pages are taken from the client, and their entries let go of what they hold.
void pager_drop(struct pager_object *object, uint64_t page, uint64_t pages);
// Where we see a page that nobody else has; with a zeroed frame, if it has none. => 0: there is no memory
uint64_t pager_own(struct pager_object *object, uint64_t page);

// ---- a host ----

// Before pager_start(): what does not fit into memory goes there.
void pager_back_with(const struct pager_backing *backing);

// Makes the tables, for a port that we receive from. => false: there is no memory
bool pager_start(const struct pager_ops *const *kinds, unsigned count, uint64_t port);

// Answers what comes to that port, for ever; when the port is destroyed, returns.
void pager_serve(void);

// All of it, for a server that init has started: a port, the tables, clients told, faults answered. => an exit status
int pager_host(const struct pager_ops *const *kinds, unsigned count);

// ---- without a host ----

// As pager_start(), for objects that are attached to OS_HERE (<os/attach.h>) and answered in the process itself.
bool pager_here_start(const struct pager_ops *const *kinds, unsigned count);
// The calling thread's own handler answers its faults on them; what it handled before, it still does.
// => PAGER_OK, or why not
enum pager_error pager_here_thread(void);
