// SPDX-License-Identifier: MIT
// What rides along with a message: text, handles, the receiving end of a port.
#include "suite.h"

#include "string.h"

enum { TEXT_SIZE = 3001 };

static OS_SHARED uint64_t text_differs;

static void send_text(uint64_t argument) {
    (void)argument;
    uint8_t *text = os_self()->message;
    for (unsigned i = 0; i < TEXT_SIZE; i++) text[i] = (uint8_t)(i * 7);
    struct message message =
        os_call(OS_CHILD_PORT, MESSAGE_CALL | TAG_TEXT | TEXT_SIZE << TAG_TEXT_SHIFT, 0, 0, 0, 0, 0);
    EXPECT_STATUS(OK, message);
    EXPECT_EQUAL(message.tag & TAG_TEXT, TAG_TEXT);
    EXPECT_EQUAL(TAG_TEXT_SIZE(message.tag), 2);
    EXPECT_EQUAL(text[0], 'o');
    EXPECT_EQUAL(text[1], 'k');
    EXPECT_EQUAL(text[2], 14);
}

TEST(text_is_copied_between_message_pages) {
    struct os_child child = suite_child(send_text, 0);
    uint8_t *text = os_self()->message;
    memset(text, 0xee, MESSAGE_PAGE_SIZE);
    struct message call = os_recv(child.port, 0);
    EXPECT_EQUAL(TAG_TEXT_SIZE(call.tag), TEXT_SIZE);
    text_differs = 0;
    for (unsigned i = 0; i < TEXT_SIZE; i++) text_differs += text[i] != (uint8_t)(i * 7);
    EXPECT_EQUAL(text_differs, 0);
    EXPECT_EQUAL(text[MESSAGE_PAGE_SIZE - 1], 0xee);
    memcpy(text, "ok", 2);
    EXPECT_STATUS(OK, os_reply(call.token, VERDICT_REPLY | TAG_TEXT | 2 << TAG_TEXT_SHIFT, 0, 0, 0, 0, 0));
    suite_child_finish(&child);
}

static void send_handle(uint64_t argument) {
    (void)argument;
    uint64_t port = os_port_create().value;
    uint64_t copy = os_mint(port, HANDLE_NOTIFY | HANDLE_PASS, 0).value;
    struct message message = os_call(OS_CHILD_PORT, MESSAGE_CALL | TAG_HANDLE, 1, 2, 3, 4, copy);
    EXPECT_STATUS(OK, message);
    message = os_recv(port, 0);
    EXPECT_EQUAL(message.word[0], 0x55);
}

TEST(a_handle_rides_along_with_a_message) {
    struct os_child child = suite_child(send_handle, 0);
    struct message call = os_recv(child.port, 0);
    EXPECT_EQUAL(call.tag & TAG_HANDLE, TAG_HANDLE);
    EXPECT_STATUS(OK, os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0));
    EXPECT_STATUS(OK, os_notify(call.handle, 0x55));
    suite_child_finish(&child);
    os_close(call.handle);
}

static void receive_handle(uint64_t argument) {
    (void)argument;
    struct message message = os_call(OS_CHILD_PORT, MESSAGE_CALL, 0, 0, 0, 0, 0);
    EXPECT_EQUAL(message.tag & TAG_HANDLE, TAG_HANDLE);
    EXPECT_STATUS(OK, os_notify(message.handle, 0x66));
}

TEST(a_handle_rides_back_with_an_answer) {
    struct os_child child = suite_child(receive_handle, 0);
    uint64_t port = os_port_create().value;
    struct message call = os_recv(child.port, 0);
    uint64_t copy = os_mint(port, HANDLE_NOTIFY | HANDLE_PASS, 0).value;
    EXPECT_STATUS(OK, os_reply(call.token, VERDICT_REPLY | TAG_HANDLE, 0, 0, 0, 0, copy));
    os_close(copy);
    EXPECT_EQUAL(os_recv(port, 0).word[0], 0x66);
    suite_child_finish(&child);
    os_end(port);
}

static void send_receiving_end(uint64_t argument) {
    (void)argument;
    os_handler_set(suite_handler);
    uint64_t port = os_port_create().value;
    EXPECT_STATUS(OK, os_call(OS_CHILD_PORT, MESSAGE_CALL | TAG_HANDLE, 0, 0, 0, 0, port));
    EXPECT_STATUS(DENIED, os_recv(port, RECV_POLL));
    EXPECT_STATUS(OK, os_notify(port, 0x77));
}

TEST(the_receiving_end_of_a_port_moves_with_its_handle) {
    struct os_child child = suite_child(send_receiving_end, 0);
    struct message call = os_recv(child.port, 0);
    EXPECT_STATUS(OK, os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0));
    EXPECT_EQUAL(os_recv(call.handle, 0).word[0], 0x77);
    suite_child_finish(&child);
    os_end(call.handle);
}
