// SPDX-License-Identifier: MIT
// Registers that all virtio devices behind memory-mapped registers have (virtio 1.0, section 4.2).
#pragma once

// Registers, by word.
enum {
    MAGIC = 0x000 / 4,
    VERSION = 0x004 / 4,
    DEVICE = 0x008 / 4,
    OFFERED = 0x010 / 4,
    OFFERED_WORD = 0x014 / 4,
    ACCEPTED = 0x020 / 4,
    ACCEPTED_WORD = 0x024 / 4,
    QUEUE_NUMBER = 0x030 / 4,
    QUEUE_MOST = 0x034 / 4,
    QUEUE_COUNT = 0x038 / 4,
    QUEUE_READY = 0x044 / 4,
    QUEUE_NOTIFY = 0x050 / 4,
    INTERRUPT = 0x060 / 4,
    INTERRUPT_HEARD = 0x064 / 4,
    STATUS = 0x070 / 4,
    QUEUE_DESCRIPTORS = 0x080 / 4,
    QUEUE_AVAILABLE = 0x090 / 4,
    QUEUE_USED = 0x0a0 / 4,
};

enum { IS_VIRTIO = 0x74726976, LEGACY = 1, IS_BLOCK = 2, IS_RANDOM = 4 };
enum { ACKNOWLEDGED = 1, HAS_DRIVER = 2, WORKS = 4, FEATURES_OK = 8, NEEDS_RESET = 64 };

enum { FEATURE_MODERN = 1 }; // in the second word of features
