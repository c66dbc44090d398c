/* SPDX-License-Identifier: BSD-2-Clause */
/* send: the messages that the daemon can encode. Floor F4. */
#include "collector/bgp/send.h"

#include "bgp/msg.h"
#include "bgp/notify.h"

void send_header(struct wr *w, uint16_t len, uint8_t type)
{
    static const uint8_t marker[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    wr_bytes(w, marker, sizeof(marker));
    wr_u16(w, len);
    wr_u8(w, type);
}

void send_keepalive(struct wr *w)
{
    send_header(w, BGP_HEADER_LEN, BGP_TYPE_KEEPALIVE);
}

void send_notification(struct wr *w, const struct send_error *e)
{
    send_header(w, (uint16_t)(BGP_HEADER_LEN + 2 + e->data_len), BGP_TYPE_NOTIFICATION);
    wr_u8(w, e->code);
    wr_u8(w, e->sub);
    wr_bytes(w, e->data, e->data_len);
}

struct send_error send_cease(uint8_t sub, const char *message)
{
    struct send_error e = {.code = BGP_ERROR_CEASE, .sub = sub};
    size_t len = message != NULL ? strlen(message) : 0;
    if (len == 0)
        return e;
    if (len > sizeof(e.data) - 1) {
        len = sizeof(e.data) - 1;
        while (len > 0 && ((uint8_t)message[len] & 0xc0) == 0x80)
            len--; /* not in the middle of a character */
    }
    e.data[0] = (uint8_t)len;
    memcpy(e.data + 1, message, len);
    e.data_len = (uint8_t)(len + 1);
    return e;
}
