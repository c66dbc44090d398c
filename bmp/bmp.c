/* SPDX-License-Identifier: BSD-2-Clause */
/* bmp: framing, headers and Peer Up (RFC 7854 sections 4.1, 4.2 and 4.10). Floor F2. */
#include "bmp/bmp.h"

#include <string.h>

#include "bgp/msg.h"

#define NAME_TYPE(value, NAME, text, rfc) [value] = text,
#define NAME_VIEW(NAME, text)             text,

static const char *const type_names[] = {BMP_TYPE_MAP(NAME_TYPE)};
static const char *const view_names[] = {BMP_VIEW_MAP(NAME_VIEW)};

const char *bmp_type_name(uint8_t type)
{
    return type < sizeof type_names / sizeof type_names[0] ? type_names[type] : NULL;
}

const char *bmp_view_name(enum bmp_view view)
{
    return view_names[view];
}

static struct bgp_diag bad(enum bgp_reason reason, uint32_t off, uint32_t need, uint32_t have)
{
    return (struct bgp_diag){
        .action = BGP_ACTION_SESSION_RESET,
        .reason = (uint8_t)reason,
        .off = off,
        .need = need,
        .have = have,
    };
}

static int fail(struct bgp_diag *diag, enum bgp_reason reason, const struct cur *c)
{
    *diag = bad(reason, c->failed ? c->fail_off : c->off, c->failed ? c->need : 0, c->left);
    return -1;
}

/*  0                   1                   2                   3
 *  +---------------+
 *  |    Version    |
 *  +---------------+---------------+---------------+---------------+
 *  |                        Message Length                         |
 *  +---------------+---------------+---------------+---------------+
 *  |   Msg. Type   |
 *  +---------------+                                                 */
struct common {
    uint8_t version;
    uint8_t type;
    uint32_t len;
};

/* Reads the common header; the caller knows that its six octets are there. */
static bool read_common(struct cur *c, struct common *h)
{
    return cur_u8(c, &h->version) && cur_u32(c, &h->len) && cur_u8(c, &h->type);
}

static bool version_known(uint8_t version)
{
    return version >= BMP_VERSION_MIN && version <= BMP_VERSION_MAX;
}

enum bgp_frame_result bmp_frame_next(const uint8_t *p, size_t len, uint32_t max,
                                     uint32_t *msg_len, uint32_t *need, struct bgp_diag *diag)
{
    struct cur c = cur_of(p, len);
    struct common h = {0};
    /* the version alone condemns a stream that is not BMP at all */
    if (cur_peek(&c, 0, &h.version) && !version_known(h.version)) {
        *diag = bad(BGP_REASON_VERSION, 0, BMP_VERSION_MIN, h.version);
        return BGP_FRAME_BAD;
    }
    if (!read_common(&c, &h)) {
        *need = BMP_HEADER_LEN;
        return BGP_FRAME_MORE;
    }
    if (h.len < BMP_HEADER_LEN || h.len > max) {
        *diag = bad(BGP_REASON_LENGTH, 1, h.len > max ? max : BMP_HEADER_LEN, h.len);
        return BGP_FRAME_BAD;
    }
    if (h.len > len) {
        *need = h.len;
        return BGP_FRAME_MORE;
    }
    *msg_len = h.len;
    return BGP_FRAME_OK;
}

enum bmp_view bmp_view_of(uint8_t peer_type, uint8_t flags)
{
    /* by the O and L flags (RFC 8671 section 4) */
    static const enum bmp_view views[] = {BMP_VIEW_ADJ_RIB_IN_PRE, BMP_VIEW_ADJ_RIB_IN_POST,
                                          BMP_VIEW_ADJ_RIB_OUT_PRE, BMP_VIEW_ADJ_RIB_OUT_POST};
    if (peer_type == BMP_PEER_LOC_RIB)
        return BMP_VIEW_LOC_RIB;
    unsigned out = (flags & BMP_FLAG_O) != 0, post = (flags & BMP_FLAG_L) != 0;
    return views[2 * out + post];
}

/*  +---------------+---------------+
 *  |   Peer Type   |  Peer Flags   |
 *  +---------------+---------------+-------------------------------+
 *  |           Peer Distinguisher (8 octets, as an RD)             |
 *  +---------------------------------------------------------------+
 *  |          Peer Address (16 octets; IPv4 in the last 4)         |
 *  +---------------------------------------------------------------+
 *  |                            Peer AS                            |
 *  +---------------------------------------------------------------+
 *  |                          Peer BGP ID                          |
 *  +---------------------------------------------------------------+
 *  |                Timestamp (seconds, microseconds)              |
 *  +---------------------------------------------------------------+ */
static bool read_fields(struct cur *c, struct bmp_peer *peer)
{
    return cur_u8(c, &peer->type) && cur_u8(c, &peer->flags) &&
           cur_copy(c, peer->rd, sizeof peer->rd) &&
           cur_copy(c, peer->addr, sizeof peer->addr) && cur_u32(c, &peer->asn) &&
           cur_copy(c, peer->bgp_id, sizeof peer->bgp_id) && cur_u32(c, &peer->sec) &&
           cur_u32(c, &peer->usec);
}

/* Nearly every header is whole: one look at the length does for all its fields. Where it isn't,
 * the field that ends too early is told of. */
static bool read_peer(struct cur *c, struct bmp_peer *peer)
{
    bool at_once = !CUR_TRACED && c->left >= BMP_PEER_HEADER_LEN;
    const uint8_t *p = at_once ? cur_bytes(c, BMP_PEER_HEADER_LEN) : NULL;
    if (p == NULL)
        return read_fields(c, peer);
    peer->type = p[0];
    peer->flags = p[1];
    memcpy(peer->rd, p + 2, sizeof peer->rd);
    memcpy(peer->addr, p + 10, sizeof peer->addr);
    peer->asn = wire_u32(p + 26);
    memcpy(peer->bgp_id, p + 30, sizeof peer->bgp_id);
    peer->sec = wire_u32(p + 34);
    peer->usec = wire_u32(p + 38);
    return true;
}

static bool type_has_peer(uint8_t type)
{
    return type <= BMP_TYPE_PEER_UP || type == BMP_TYPE_ROUTE_MIRRORING;
}

static void settle_peer(struct bmp_peer *peer, uint8_t msg_type)
{
    uint8_t flags = peer->flags;
    /* RFC 8671 section 5: Peer Up and Down are the session's; the O flag is ignored */
    if (msg_type == BMP_TYPE_PEER_UP || msg_type == BMP_TYPE_PEER_DOWN)
        flags &= (uint8_t)~BMP_FLAG_O;
    peer->view = bmp_view_of(peer->type, flags);
    /* bit 0x80 is F, not V, in a Loc-RIB's header (RFC 9069 section 4.2) */
    peer->v6 = peer->type != BMP_PEER_LOC_RIB && (peer->flags & BMP_FLAG_V) != 0;
}

bool bmp_peer_read(struct cur *c, struct bmp_peer *peer)
{
    if (!read_peer(c, peer))
        return false;
    settle_peer(peer, BMP_TYPE_ROUTE_MONITORING);
    return true;
}

int bmp_msg_parse(const uint8_t *msg, size_t len, struct bmp_msg *m, struct bgp_diag *diag)
{
    struct cur c = cur_of(msg, len);
    struct common h = {0};
    *m = (struct bmp_msg){.len = (uint32_t)len};
    if (!read_common(&c, &h))
        return fail(diag, BGP_REASON_TRUNCATED, &c);
    m->version = h.version;
    m->type = h.type;
    if (!version_known(h.version)) {
        *diag = bad(BGP_REASON_VERSION, 0, BMP_VERSION_MIN, h.version);
        return -1;
    }
    if (h.len != len) {
        *diag = bad(BGP_REASON_LENGTH, 1, h.len, (uint32_t)len);
        return -1;
    }
    if (type_has_peer(h.type)) {
        if (!read_peer(&c, &m->peer))
            return fail(diag, BGP_REASON_TRUNCATED, &c);
        m->has_peer = true;
        settle_peer(&m->peer, h.type);
    }
    m->body = cur_rest(&c);
    return 0;
}

const uint8_t *bmp_peer_addr(const struct bmp_peer *peer, uint8_t *len)
{
    if (peer->type == BMP_PEER_LOC_RIB)
        *len = 0;
    else
        *len = peer->v6 ? 16 : 4;
    return peer->addr + (16 - *len) % 16;
}

void bmp_peer_key(const struct bmp_peer *peer, uint8_t key[BMP_PEER_KEY_LEN])
{
    key[0] = peer->type;
    key[1] = peer->v6;
    memcpy(key + 2, peer->rd, sizeof peer->rd);
    memcpy(key + 10, peer->addr, sizeof peer->addr);
    memcpy(key + 26, peer->bgp_id, sizeof peer->bgp_id);
}

uint32_t bmp_message_len(const struct cur *body)
{
    struct cur c = *body;
    uint16_t len;
    if (!cur_skip(&c, 16) || !cur_u16(&c, &len) || len < BGP_HEADER_LEN || len > body->left)
        return body->left;
    return len;
}

/* Takes one BGP message by its own length field (RFC 4271 section 4.1), when one begins here.
 */
static bool take_open(struct cur *c, struct cur *open)
{
    static const uint8_t marker[16] = {255, 255, 255, 255, 255, 255, 255, 255,
                                       255, 255, 255, 255, 255, 255, 255, 255};
    struct cur look = *c;
    const uint8_t *p = cur_bytes(&look, sizeof marker);
    uint16_t len;
    if (p == NULL || memcmp(p, marker, sizeof marker) != 0 || !cur_u16(&look, &len))
        return false;
    return len >= BGP_HEADER_LEN && len <= c->left && cur_take(c, len, open);
}

int bmp_peer_up_parse(const struct bmp_msg *m, struct bmp_peer_up *up, struct bgp_diag *diag)
{
    struct cur c = m->body;
    *up = (struct bmp_peer_up){.local_v6 = m->peer.v6};
    if (!cur_copy(&c, up->local_addr, sizeof up->local_addr) || !cur_u16(&c, &up->local_port) ||
        !cur_u16(&c, &up->remote_port)) {
        (void)fail(diag, BGP_REASON_TRUNCATED, &c);
        diag->action = BGP_ACTION_NOTE; /* the stream goes on */
        return -1;
    }
    if (!take_open(&c, &up->sent_open) || !take_open(&c, &up->recv_open)) {
        *diag = bad(c.left == 0 ? BGP_REASON_MISSING : BGP_REASON_SYNTAX, c.off, BGP_HEADER_LEN,
                    c.left);
        diag->action = BGP_ACTION_NOTE;
        /* what stands here is no OPEN: no telling where TLVs would begin */
        return -1;
    }
    up->tlvs = cur_rest(&c);
    return 0;
}
