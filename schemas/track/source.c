/* SPDX-License-Identifier: BSD-2-Clause */
/* source: SOURCE and STATE payloads, and which frames are a source's context. Floor F3. */
#include "schemas/track/source.h"

#include <string.h>

#include "bgp/msg.h"

/* Fields of the payload; numbers are part of the journal's format. */
enum field {
    FIELD_KIND = 1,
    FIELD_REMOTE = 2, /* port, then 4 or 16 octets of address */
    FIELD_LOCAL = 3,
    FIELD_LOCAL_ASN = 4,
    FIELD_REMOTE_ASN = 5,
    FIELD_NAME = 6,
    FIELD_PIN_ASN4 = 7,
    FIELD_PIN_ADD_PATH = 8,
    FIELD_FLOWSPEC2 = 9, /* SAFI, VPN SAFI */
};

static void put_u8(struct wr *w, enum field f, uint8_t v)
{
    wr_u8(w, (uint8_t)f);
    wr_u16(w, 1);
    wr_u8(w, v);
}

static void put_u32(struct wr *w, enum field f, uint32_t v)
{
    if (v == 0)
        return;
    wr_u8(w, (uint8_t)f);
    wr_u16(w, 4);
    wr_u32(w, v);
}

static void put_addr(struct wr *w, enum field f, const struct source_addr *a)
{
    if (a->len == 0)
        return;
    wr_u8(w, (uint8_t)f);
    wr_u16(w, (uint16_t)(2 + a->len));
    wr_u16(w, a->port);
    wr_bytes(w, a->a, a->len);
}

void source_encode(const struct source_info *s, struct wr *w)
{
    put_u8(w, FIELD_KIND, (uint8_t)s->kind);
    put_addr(w, FIELD_REMOTE, &s->remote);
    put_addr(w, FIELD_LOCAL, &s->local);
    put_u32(w, FIELD_LOCAL_ASN, s->local_asn);
    put_u32(w, FIELD_REMOTE_ASN, s->remote_asn);
    size_t n = strnlen(s->name, SOURCE_NAME_MAX);
    if (n > 0) {
        wr_u8(w, FIELD_NAME);
        wr_u16(w, (uint16_t)n);
        wr_bytes(w, s->name, n);
    }
    if (s->pin_asn4 != SOURCE_PIN_NONE)
        put_u8(w, FIELD_PIN_ASN4, (uint8_t)s->pin_asn4);
    if (s->pin_add_path != SOURCE_PIN_NONE)
        put_u8(w, FIELD_PIN_ADD_PATH, (uint8_t)s->pin_add_path);
    if (s->flowspec2.safi != 0 || s->flowspec2.vpn_safi != 0) {
        wr_u8(w, FIELD_FLOWSPEC2);
        wr_u16(w, 2);
        wr_u8(w, s->flowspec2.safi);
        wr_u8(w, s->flowspec2.vpn_safi);
    }
}

static bool get_addr(struct cur *c, struct source_addr *a)
{
    if (!cur_u16(c, &a->port) || (c->left != 4 && c->left != 16))
        return false;
    a->len = (uint8_t)c->left;
    return cur_copy(c, a->a, a->len);
}

static bool get_pin(struct cur *c, enum source_pin *pin)
{
    uint8_t v;
    if (!cur_u8(c, &v) || v > SOURCE_PIN_ON)
        return false;
    *pin = (enum source_pin)v;
    return true;
}

static bool get_kind(struct cur *c, enum source_kind *kind)
{
    uint8_t v;
    if (!cur_u8(c, &v) || (v != SOURCE_BGP && v != SOURCE_BMP))
        return false;
    *kind = (enum source_kind)v;
    return true;
}

static bool get_name(struct cur *c, char *name)
{
    uint32_t n = c->left;
    return n <= SOURCE_NAME_MAX && cur_copy(c, name, n);
}

static bool get_field(uint8_t type, struct cur *v, struct source_info *s)
{
    switch (type) {
    case FIELD_KIND:
        return get_kind(v, &s->kind);
    case FIELD_REMOTE:
        return get_addr(v, &s->remote);
    case FIELD_LOCAL:
        return get_addr(v, &s->local);
    case FIELD_LOCAL_ASN:
        return cur_u32(v, &s->local_asn);
    case FIELD_REMOTE_ASN:
        return cur_u32(v, &s->remote_asn);
    case FIELD_NAME:
        return get_name(v, s->name);
    case FIELD_PIN_ASN4:
        return get_pin(v, &s->pin_asn4);
    case FIELD_PIN_ADD_PATH:
        return get_pin(v, &s->pin_add_path);
    case FIELD_FLOWSPEC2:
        return cur_u8(v, &s->flowspec2.safi) && cur_u8(v, &s->flowspec2.vpn_safi);
    default:
        (void)cur_rest(v); /* a newer writer's */
        return true;
    }
}

int source_decode(const uint8_t *p, size_t len, struct source_info *s)
{
    *s = (struct source_info){0};
    struct cur c = cur_of(p, len);
    while (c.left > 0) {
        uint8_t type;
        uint16_t n;
        struct cur v;
        if (!cur_u8(&c, &type) || !cur_u16(&c, &n) || !cur_take(&c, n, &v))
            return -1;
        if (!get_field(type, &v, s) || !cur_done(&v))
            return -1;
    }
    return s->kind != 0 ? 0 : -1;
}

const char *source_state_name(uint8_t state)
{
#define STATE_TEXT(value, NAME, text) [value] = text,
    static const char *const names[] = {SOURCE_STATE_MAP(STATE_TEXT)};
#undef STATE_TEXT
    return state < sizeof names / sizeof names[0] ? names[state] : NULL;
}

void source_state_encode(const struct source_change *c, struct wr *w)
{
    wr_u8(w, c->old_state);
    wr_u8(w, c->new_state);
    wr_bytes(w, c->reason, c->reason_len);
}

int source_state_decode(const uint8_t *p, size_t len, struct source_change *c)
{
    struct cur in = cur_of(p, len);
    if (!cur_u8(&in, &c->old_state) || !cur_u8(&in, &c->new_state))
        return -1;
    c->reason_len = in.left;
    c->reason = (const char *)cur_bytes(&in, in.left);
    return 0;
}

/* Returns the message type, at `off` in a header of `header_len` octets; 0xff: too short. */
static uint8_t type_at(const uint8_t *p, size_t len, uint32_t off, uint32_t header_len)
{
    struct cur c = cur_of(p, len);
    uint8_t type;
    return len >= header_len && cur_peek(&c, off, &type) ? type : 0xff;
}

static enum source_context bgp_context(const uint8_t *p, size_t len, enum source_context open)
{
    return type_at(p, len, 18, BGP_HEADER_LEN) == BGP_TYPE_OPEN ? open : SOURCE_CONTEXT_NONE;
}

static enum source_context bmp_context(const uint8_t *p, size_t len)
{
    uint8_t type = type_at(p, len, 5, BMP_HEADER_LEN);
    if (type == BMP_TYPE_INITIATION)
        return SOURCE_CONTEXT_INITIATION;
    if (len < BMP_HEADER_LEN + BMP_PEER_HEADER_LEN)
        return SOURCE_CONTEXT_NONE;
    if (type == BMP_TYPE_PEER_UP)
        return SOURCE_CONTEXT_PEER_UP;
    return type == BMP_TYPE_PEER_DOWN ? SOURCE_CONTEXT_PEER_DOWN : SOURCE_CONTEXT_NONE;
}

enum source_context source_context_of(enum journal_kind kind, const uint8_t *p, size_t len)
{
    switch (kind) {
    case JOURNAL_BGP_RECV:
        return bgp_context(p, len, SOURCE_CONTEXT_OPEN_RECV);
    case JOURNAL_BGP_SENT:
        return bgp_context(p, len, SOURCE_CONTEXT_OPEN_SENT);
    case JOURNAL_STATE:
        return SOURCE_CONTEXT_STATE;
    case JOURNAL_BMP:
        return bmp_context(p, len);
    case JOURNAL_NONE:
    case JOURNAL_SEAL:
    case JOURNAL_SOURCE:
    case JOURNAL_GONE:
    case JOURNAL_LOST:
    case JOURNAL_START:
    case JOURNAL_COUNTS:
        break;
    }
    return SOURCE_CONTEXT_NONE;
}

int source_context_key(const uint8_t *p, size_t len, uint8_t key[BMP_PEER_KEY_LEN])
{
    struct bmp_msg m;
    struct bgp_diag diag;
    if (bmp_msg_parse(p, len, &m, &diag) != 0 || !m.has_peer)
        return -1;
    bmp_peer_key(&m.peer, key);
    return 0;
}
