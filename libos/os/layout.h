// SPDX-License-Identifier: MIT
// Offsets that start.S uses; layout.c holds them to the structures.
#pragma once

#define FRAME_STATUS 0
#define FRAME_TAG    8
#define FRAME_WORD   16
#define FRAME_TOKEN  56
#define FRAME_BADGE  64
#define FRAME_HANDLE 72
#define FRAME_FLAGS  80
#define FRAME_VA     88
#define FRAME_PAGES  96
#define FRAME_RIGHTS 104
#define FRAME_SIZE   112

#define THREAD_HANDLER 24

#define CALL_RESUME 31
