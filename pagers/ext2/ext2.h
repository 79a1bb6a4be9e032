// SPDX-License-Identifier: MIT
// The ext2 file system with a journal, as a pure library: names, inodes, and where a file's data is. It makes no call
// but through the device that its owner gives it, allocates no memory, and never sees the data of a file.
//
// The owner makes one call at a time. A call may wait in the device's functions; meanwhile no other may be made.
// Every call that changes something joins the running transaction, which ext2_commit writes; any such call may commit
// by itself before it does its own work. A call that fails has changed nothing, unless the answer is IO or CORRUPT:
// then nothing is written any more and what was not committed is lost, as in a power cut.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ext2_error {
#define EXT2_ERROR(name, sentence) EXT2_##name,
#include "ext2_errors.def"
#undef EXT2_ERROR
};

enum {
    EXT2_ROOT = 2,          // the inode of the root directory
    EXT2_NAME_LIMIT = 255,  // bytes
    EXT2_SECTOR = 512,      // bytes
    EXT2_TRANSFERS = 64,    // at most in one call of `transfer`
    EXT2_LEAST_BUFFERS = 96 // blocks: what is given at mount must hold so many and a little more
};

// The bits of a mode, and the types that it tells.
enum {
    EXT2_MODE_TYPE = 0xf000,
    EXT2_MODE_FIFO = 0x1000,
    EXT2_MODE_CHARACTER = 0x2000,
    EXT2_MODE_DIRECTORY = 0x4000,
    EXT2_MODE_BLOCK = 0x6000,
    EXT2_MODE_FILE = 0x8000,
    EXT2_MODE_LINK = 0xa000,
    EXT2_MODE_SOCKET = 0xc000
};

struct ext2; // a mounted file system; it lives in the memory that its owner gave

struct ext2_time {
    int64_t seconds; // since 1970
    uint32_t nanoseconds;
};

struct ext2_transfer {
    uint64_t sector;
    void *data; // a multiple of the sector's size into the memory given at mount, so as well aligned as that is
    uint32_t bytes;
};

// What the owner gives. => true when all went well
struct ext2_device {
    void *owner;
    uint64_t sectors; // how many there are
    // Done in any order; all are done when it returns.
    bool (*transfer)(void *owner, bool write, const struct ext2_transfer *list, uint32_t count);
    // What was written before, also by the owner itself, survives a power cut when it returns.
    bool (*flush)(void *owner);
    // Called in a commit, before anything is written: returns when the data of all blocks that ext2_allocate made has
    // been written (not flushed). It must not call ext2.
    void (*settle)(void *owner);
    struct ext2_time (*now)(void *owner);
};

struct ext2_name {
    const char *text; // no zero is needed behind it
    size_t length;
};

struct ext2_attributes {
    uint64_t size, sectors; // bytes; what it takes of the disk, in units of 512 bytes
    struct ext2_time accessed, modified, changed;
    uint32_t inode, links, user, group, generation, device;
    uint16_t mode;
};

// What ext2_change sets: the fields that `what` names. The time `changed` is set whatever is asked.
enum { EXT2_SET_MODE = 1, EXT2_SET_USER = 2, EXT2_SET_GROUP = 4, EXT2_SET_ACCESSED = 8, EXT2_SET_MODIFIED = 16 };
struct ext2_change {
    struct ext2_time accessed, modified;
    uint32_t what, user, group;
    uint16_t mode; // its type is not changed
};

// What a new inode begins with.
struct ext2_new {
    uint32_t user, group, device;
    uint16_t mode; // with its type
};

struct ext2_entry {
    uint64_t next; // the position behind it
    struct ext2_name name;
    uint32_t inode;
    uint16_t type; // as in a mode; 0: the directory does not say
};

// Blocks of a file that are neighbours on the disk too, or a hole.
struct ext2_run {
    uint64_t block; // of the disk, in blocks of the file system; 0: a hole
    uint32_t count;
    bool fresh; // ext2_allocate made them: what the disk has there is not the file's
};

struct ext2_statistics {
    uint64_t blocks, free_blocks, available_blocks; // available: not reserved by ext2_reserve either
    uint64_t file_limit;                            // bytes
    uint32_t block_size, inodes, free_inodes;
    bool read_only, journal;
};

// ---- the whole ----

// => *fs lives in `memory`, which must be aligned to 4096 bytes, and stays until ext2_unmount
// => replays the journal and ends what a power cut left half deleted, unless read_only
// => also when it fails *fs is set, for ext2_why only; null when memory is too little for that
enum ext2_error ext2_mount(struct ext2 **fs, const struct ext2_device *device, void *memory, size_t bytes,
                           bool read_only);

// Commits and marks the disk as whole. => the memory is the owner's again, whatever the answer
enum ext2_error ext2_unmount(struct ext2 *fs);

// => what was changed before survives a power cut; with nothing to write no more than a flush is done
enum ext2_error ext2_commit(struct ext2 *fs);

// => whether ext2_commit would write anything
bool ext2_is_dirty(const struct ext2 *fs);

// => a sentence or the name of a feature: why the mount failed, or why it is read-only; never null
const char *ext2_why(const struct ext2 *fs);

// => never waits
void ext2_statistics(const struct ext2 *fs, struct ext2_statistics *statistics);

// => the error's name, as a program prints it
const char *ext2_error_text(enum ext2_error error);

// ---- inodes ----

// => NOT_FOUND when the inode is not in use; CORRUPT is not possible for a number that no directory told
enum ext2_error ext2_attributes(struct ext2 *fs, uint32_t inode, struct ext2_attributes *attributes);
enum ext2_error ext2_change(struct ext2 *fs, uint32_t inode, const struct ext2_change *change);

// Cuts or lengthens a file; the times are set. The owner has no transfer on its way to what is cut, and writes zeros
// behind the new end in the last block that stays. Long cuts are done in several transactions.
enum ext2_error ext2_resize(struct ext2 *fs, uint32_t inode, uint64_t size);

// An inode that has no name any more (`links` 0) lives on until this: the owner says when nobody uses it.
// A power cut before that: the next mount does it, and so does ext2_unmount. => NOT_FOUND when it still has a link
enum ext2_error ext2_discard(struct ext2 *fs, uint32_t inode);

// => at most `size` bytes of the link's text, and in *length how long it is
enum ext2_error ext2_read_link(struct ext2 *fs, uint32_t inode, char *text, size_t size, size_t *length);

// ---- a file's data ----

// Where `count` blocks from `file_block` on are: as many as can be told in one run, at least one.
enum ext2_error ext2_map(struct ext2 *fs, uint32_t inode, uint64_t file_block, uint32_t count, struct ext2_run *run);

// The same, and a hole gets blocks. The file is afterwards as long as the run reaches, but not longer than `size`
// because of it (and never shorter than before). Before it calls ext2 again the owner has the data of a fresh run under
// way, so that `settle` can wait for it. Times are not changed.
enum ext2_error ext2_allocate(struct ext2 *fs, uint32_t inode, uint64_t file_block, uint32_t count, uint64_t size,
                              struct ext2_run *run);

// Delayed allocation: what is reserved is there when ext2_allocate wants it. The owner gives a reservation back, in the
// same pieces as it was made, right before it calls ext2_allocate for it (no other call between), or when the data is
// dropped. The worst is assumed for the blocks that point to blocks: NO_SPACE means that the owner should write back
// what it has reserved, and try again. => never waits
enum ext2_error ext2_reserve(struct ext2 *fs, uint64_t file_block, uint32_t count);
void ext2_unreserve(struct ext2 *fs, uint64_t file_block, uint32_t count);

// ---- names ----
// `directory` must be an inode in use, else NOT_FOUND or NOT_DIRECTORY. A name is bytes, without slash and zero.

enum ext2_error ext2_lookup(struct ext2 *fs, uint32_t directory, struct ext2_name name, uint32_t *inode);

// Gives the entries from `position` on to `each` (0: from the first), `.` and `..` included, until it returns false.
// `each` must not call ext2, and the name is there during the call only. Positions stay good when entries come and go.
enum ext2_error ext2_list(struct ext2 *fs, uint32_t directory, uint64_t position,
                          bool (*each)(void *context, const struct ext2_entry *entry), void *context);

// A file, directory, fifo, socket or device, as the mode says. For a symbolic link there is ext2_symlink.
enum ext2_error ext2_create(struct ext2 *fs, uint32_t directory, struct ext2_name name, const struct ext2_new *new,
                            uint32_t *inode);
enum ext2_error ext2_symlink(struct ext2 *fs, uint32_t directory, struct ext2_name name, struct ext2_name text,
                             const struct ext2_new *new, uint32_t *inode);

// One more name for what is no directory.
enum ext2_error ext2_link(struct ext2 *fs, uint32_t inode, uint32_t directory, struct ext2_name name);

// These three may take the last name of an inode: then *orphan is that inode, else 0. See ext2_discard, which must
// follow at once when nobody uses it.
enum ext2_error ext2_unlink(struct ext2 *fs, uint32_t directory, struct ext2_name name, uint32_t *orphan);
enum ext2_error ext2_rmdir(struct ext2 *fs, uint32_t directory, struct ext2_name name, uint32_t *orphan);

// What has the new name is replaced, a directory only by a directory, and only when empty; with `keep` it is EXISTS.
// Two names of one inode: nothing is done, as POSIX says. A directory into itself: INVALID.
enum ext2_error ext2_rename(struct ext2 *fs, uint32_t from, struct ext2_name old_name, uint32_t to,
                            struct ext2_name new_name, bool keep, uint32_t *orphan);
