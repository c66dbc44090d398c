/* SPDX-License-Identifier: BSD-2-Clause */
/* encode_bmp: BMP messages (RFC 7854 section 4). Floor F3. */
#include "schemas/wire/encode_bmp.h"

#include "bmp/tlv.h"

enum { BGP_PORT = 179, ROUTER_PORT = 40000, ADDR_LEN = 16 };

/* The length word counts the whole message, version octet included (RFC 7854 section 4.1). */
static size_t begin(struct wr *w, uint8_t type)
{
    size_t start = w->len;
    wr_u8(w, BMP_VERSION_MIN);
    wr_u32(w, 0);
    wr_u8(w, type);
    return start;
}

static void end(struct wr *w, size_t start)
{
    if (w->overflow)
        return;
    struct wr len = wr_of(w->buf + start + 1, 4);
    wr_u32(&len, (uint32_t)(w->len - start));
}

/* IPv4 addresses stand in the last four octets. */
static void put_addr(struct wr *w, const struct source_addr *a)
{
    static const uint8_t zero[ADDR_LEN];
    wr_bytes(w, zero, ADDR_LEN - a->len);
    wr_bytes(w, a->a, a->len);
}

static void put_peer(struct wr *w, const struct encode_bmp_peer *p)
{
    wr_u8(w, BMP_PEER_GLOBAL);
    wr_u8(w, p->addr.len == ADDR_LEN ? p->flags | BMP_FLAG_V : p->flags);
    wr_u64(w, 0); /* distinguisher */
    put_addr(w, &p->addr);
    wr_u32(w, p->asn);
    wr_bytes(w, p->bgp_id, 4);
    wr_u32(w, (uint32_t)(p->time_us / 1000000));
    wr_u32(w, (uint32_t)(p->time_us % 1000000));
}

static void put_text(struct wr *w, uint16_t type, const char *text)
{
    wr_u16(w, type);
    size_t at = wr_mark_u16(w);
    wr_bytes(w, text, strlen(text));
    wr_patch_u16(w, at);
}

void encode_bmp_initiation(struct wr *w, const char *descr, const char *name)
{
    size_t start = begin(w, BMP_TYPE_INITIATION);
    put_text(w, BMP_INFO_SYS_DESCR, descr);
    put_text(w, BMP_INFO_SYS_NAME, name);
    end(w, start);
}

void encode_bmp_peer_up(struct wr *w, const struct encode_bmp_peer *p, struct cur sent_open,
                        struct cur recv_open)
{
    size_t start = begin(w, BMP_TYPE_PEER_UP);
    put_peer(w, p);
    put_addr(w, &p->local);
    wr_u16(w, p->local.port != 0 ? p->local.port : BGP_PORT);
    wr_u16(w, p->addr.port != 0 ? p->addr.port : ROUTER_PORT);
    wr_bytes(w, sent_open.p, sent_open.left);
    wr_bytes(w, recv_open.p, recv_open.left);
    end(w, start);
}

void encode_bmp_peer_down(struct wr *w, const struct encode_bmp_peer *p, uint8_t reason,
                          struct cur data)
{
    size_t start = begin(w, BMP_TYPE_PEER_DOWN);
    put_peer(w, p);
    wr_u8(w, reason);
    wr_bytes(w, data.p, data.left);
    end(w, start);
}

void encode_bmp_route(struct wr *w, const struct encode_bmp_peer *p, const uint8_t *msg,
                      size_t len)
{
    size_t start = begin(w, BMP_TYPE_ROUTE_MONITORING);
    put_peer(w, p);
    wr_bytes(w, msg, len);
    end(w, start);
}

void encode_bmp_termination(struct wr *w, uint16_t reason)
{
    size_t start = begin(w, BMP_TYPE_TERMINATION);
    wr_u16(w, 1); /* reason */
    wr_u16(w, 2);
    wr_u16(w, reason);
    end(w, start);
}
