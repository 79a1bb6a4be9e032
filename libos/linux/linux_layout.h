// SPDX-License-Identifier: MIT
// What linux_entry.S knows of structures in C; linux_thread.c and linux_frame.c assert that it is true.
#pragma once

#include "../os/layout.h" // CALL_RESUME

// struct linux_thread, to which tp points in the personality
#define THREAD_AREA      8
#define THREAD_INSIDE    56
#define THREAD_HALT      60
#define THREAD_ATTENTION 64
#define THREAD_RAISE     72
#define THREAD_RIGHTS    80

// Of a signal's frame
#define FRAME_PC 304

// Bits of `attention`
#define ATTENTION_SIGNAL 1
#define ATTENTION_RAISE  2

#define REGISTER_A0 9
#define REGISTER_PC 31

#define ACCESS_CALL 4 // FAULT_CALL

// The call by which a thread takes on the registers that its maker wrote down; no number of Linux's.
#define CALL_BEGIN 4095
// Numbers of Linux's calls are below.
#define CALL_NUMBERS       512
#define CALL_SIGNAL_RETURN 139
