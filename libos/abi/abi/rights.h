// SPDX-License-Identifier: MIT
// Rights over pages, and over objects by their handles.
#pragma once

// Over a page. WRITE needs READ.
#define RIGHT_READ    1u
#define RIGHT_WRITE   2u
#define RIGHT_EXECUTE 4u
#define RIGHT_SHARE   8u // may be the source of a map2
#define RIGHTS_ACCESS 7u
#define RIGHTS_PAGE   15u

// Over an object.
#define HANDLE_SEND      1u    // port: call it, point regions to it
#define HANDLE_NOTIFY    2u    // port: notify it
#define HANDLE_RECEIVE   4u    // port: receive from it; only one handle has it: it is passed on, never copied
#define HANDLE_CONTROL   8u    // space, thread, port: change and destroy it
#define HANDLE_MINT      16u   // make copies with a badge of one's choice
#define HANDLE_PASS      32u   // send it on in a message, or give it
#define HANDLE_CONSOLE   64u   // machine: the console
#define HANDLE_POWER     128u  // machine: its end
#define HANDLE_INTERRUPT 256u  // machine: devices' interrupts
#define HANDLE_EVENTS    512u  // machine: the event rings
#define HANDLE_DMA       1024u // machine: where in memory pages are
#define HANDLE_LEND      2048u // space: borrow its pages; who passes HANDLE_SELF on passes a handle with this right
#define HANDLE_ALL       4095u

// What the first program finds in its table; a space finds itself under HANDLE_SELF everywhere.
#define HANDLE_SELF    0u
#define HANDLE_MACHINE 1u
