/* SPDX-License-Identifier: BSD-2-Clause */
/* bgpdump_attrs: attributes as the columns of bgpdump's lines. Floor F4. */
#include "tools/output/bgpdump_attrs.h"

#include "base/fmt.h"
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/open.h"
#include "schemas/record/record.h"

static struct cur value_of(const struct bgp_update *u, uint8_t code)
{
    const struct bgp_attr *a = bgp_update_attr(u, code);
    return a != NULL ? cur_at(u->msg + a->off, a->len, a->off) : cur_of(NULL, 0);
}

enum {
    ROOM_FIXED = 256, /* octets for what comes once */
    ROOM_OCTET = 8,   /* for each octet of attributes: an AS number of two octets takes 6 */
};

/* Room is made once for all columns; each function writes at `p` and returns where it ended. */
static char *put_text(char *p, const char *text)
{
    size_t len = strlen(text);
    memcpy(p, text, len);
    return p + len;
}

/* ---- AS path ---- */

/* How each type of segment looks: opened by, between two, closed by. */
static const struct {
    char open, between, close; /* 0: nothing */
} looks[] = {
    [AS_SET] = {'{', ',', '}'},
    [AS_SEQUENCE] = {0, ' ', 0},
    [AS_CONFED_SEQUENCE] = {'(', ' ', ')'},
    [AS_CONFED_SET] = {'[', ',', ']'},
};

static char *put_segment(char *p, struct as_segment *s)
{
    uint32_t asn;
    char between = looks[s->type].between;
    if (looks[s->type].open != 0)
        *p++ = looks[s->type].open;
    while (as_segment_next(s, &asn)) {
        p += fmt_u32(p, asn);
        *p++ = between;
    }
    if (looks[s->type].close == 0)
        return p - 1;
    p[-1] = looks[s->type].close;
    return p;
}

static char *put_path(char *p, struct cur c, unsigned as_len)
{
    struct as_segment s;
    struct nlri_fault fault;
    char *start = p;
    while (as_path_next(&c, as_len, &s, &fault) > 0) {
        if (p > start)
            *p++ = ' ';
        p = put_segment(p, &s);
    }
    return p;
}

/* An encoder that takes a merged path (RFC 6793) as record_merged_path emits it. */
struct path_text {
    struct emit emit; /* first */
    char *p;          /* where the next item goes */
    char between;     /* in the segment that is open */
    bool pending;     /* `between` or a space is due before the next item */
    bool in_confed;
};

static struct path_text *text_of(struct emit *e)
{
    return (struct path_text *)(void *)e;
}

static void lead(struct path_text *t, char between)
{
    if (t->pending)
        *t->p++ = between;
    t->pending = true;
}

static void path_u64(struct emit *e, struct str key, uint64_t v)
{
    struct path_text *t = text_of(e);
    (void)key;
    lead(t, t->between);
    t->p += fmt_u32(t->p, (uint32_t)v);
}

static void path_array(struct emit *e, struct str key)
{
    struct path_text *t = text_of(e);
    t->between = ' ';
    if (key.p != NULL && key.len == 7) /* as_path */
        return;
    bool sequence = key.p != NULL && key.len == sizeof "confed_sequence" - 1;
    lead(t, ' ');
    t->in_confed = key.p != NULL;
    t->between = sequence ? ' ' : ',';
    t->pending = false;
    *t->p++ = (key.p == NULL ? '{' : sequence ? '(' : '[');
}

static void path_array_end(struct emit *e)
{
    struct path_text *t = text_of(e);
    if (t->between == ',')
        *t->p++ = (t->in_confed ? ']' : '}');
    else if (t->in_confed)
        *t->p++ = (')');
    t->between = ' ';
    t->in_confed = false;
    t->pending = true;
}

static void path_object(struct emit *e, struct str key)
{
    (void)e, (void)key;
}

static void path_object_end(struct emit *e)
{
    (void)e;
}

static const struct emit_ops path_ops = {.object_begin = path_object,
                                         .object_end = path_object_end,
                                         .array_begin = path_array,
                                         .array_end = path_array_end,
                                         .u64 = path_u64};

/* AS4_PATH counts unless an OLD speaker has aggregated since (RFC 6793 section 4.2.3). Returns
 * NULL when it doesn't. */
static char *put_merged(char *p, const struct bgp_update *u, struct cur path)
{
    bool agree;
    struct path_text t = {.emit = {&path_ops}, .p = p, .between = ' '};
    struct cur path4 = value_of(u, ATTR_AS4_PATH), agg = value_of(u, ATTR_AGGREGATOR);
    uint16_t asn = BGP_AS_TRANS;
    if (bgp_update_has(u, ATTR_AS4_AGGREGATOR) && agg.left == 6 && cur_u16(&agg, &asn) &&
        asn != BGP_AS_TRANS)
        return NULL;
    return record_merged_path(&t.emit, KEY("as_path"), path, path4, &agree) ? t.p : NULL;
}

static char *put_as_path(char *p, const struct bgp_update *u, const struct bgp_ctx *ctx)
{
    struct cur path = value_of(u, ATTR_AS_PATH);
    unsigned as_len = as_path_width(path, ctx);
    char *merged =
        as_len == 2 && bgp_update_has(u, ATTR_AS4_PATH) ? put_merged(p, u, path) : NULL;
    return merged != NULL ? merged : put_path(p, path, as_len);
}

/* ---- the rest ---- */

/* Absent or unknown, bgpdump calls it INCOMPLETE. */
static char *put_origin(char *p, const struct bgp_update *u)
{
    static const char *const names[] = {"IGP", "EGP", "INCOMPLETE"};
    struct cur c = value_of(u, ATTR_ORIGIN);
    uint8_t v;
    if (!cur_u8(&c, &v) || v >= sizeof names / sizeof names[0])
        v = sizeof names / sizeof names[0] - 1;
    return put_text(p, names[v]);
}

/* The first address, without an RD before it; bgpdump writes 255.255.255.255 where there is
 * none. */
static char *put_next_hop(char *p, const struct bgp_update *u, struct cur next_hop)
{
    enum { RD_LEN = 8 };
    if (next_hop.left == 0)
        next_hop = value_of(u, ATTR_NEXT_HOP);
    uint32_t len = next_hop.left;
    bool with_rd = len == 12 || len == 24 || len == 48;
    unsigned addr_len = len == 4 || len == 12 ? 4 : 16;
    const uint8_t *a = NULL;
    if (!with_rd || cur_skip(&next_hop, RD_LEN))
        a = cur_bytes(&next_hop, addr_len);
    if (a == NULL)
        return put_text(p, "255.255.255.255");
    return p + (addr_len == 4 ? fmt_ipv4(p, a) : fmt_ipv6(p, a));
}

static char *put_number(char *p, const struct bgp_update *u, uint8_t code)
{
    struct cur c = value_of(u, code);
    uint32_t v = 0;
    if (!cur_u32(&c, &v))
        v = 0;
    return p + fmt_u32(p, v);
}

static const char *name_of(uint32_t community)
{
    switch (community) {
    case 0xffffff01:
        return "no-export";
    case 0xffffff02:
        return "no-advertise";
    case 0xffffff03:
        return "local-AS";
    default:
        return NULL;
    }
}

static char *put_communities(char *p, const struct bgp_update *u)
{
    struct cur c = value_of(u, ATTR_COMMUNITIES);
    uint32_t v;
    char *start = p;
    while (c.left >= 4 && cur_u32(&c, &v)) {
        const char *name = name_of(v);
        if (p > start)
            *p++ = ' ';
        if (name != NULL)
            p = put_text(p, name);
        else
            p += fmt_u16_pair(p, (uint16_t)(v >> 16), ':', (uint16_t)v);
    }
    return p;
}

static char *put_aggregator(char *p, const struct bgp_update *u)
{
    struct cur c = value_of(u, ATTR_AGGREGATOR), c4 = value_of(u, ATTR_AS4_AGGREGATOR);
    uint32_t asn = 0;
    uint16_t asn2 = 0;
    if (c.left == 6 && c4.left == 8) { /* RFC 6793 section 4.2.3 */
        struct cur look = c;
        if (cur_u16(&look, &asn2) && asn2 == BGP_AS_TRANS)
            c = c4;
    }
    bool ok = c.left == 8 ? cur_u32(&c, &asn) : c.left == 6 && cur_u16(&c, &asn2);
    const uint8_t *addr = ok ? cur_bytes(&c, 4) : NULL;
    if (addr == NULL)
        return p;
    p += fmt_u32(p, asn != 0 ? asn : asn2);
    *p++ = ' ';
    return p + fmt_ipv4(p, addr);
}

static char *put_columns(char *p, const struct bgp_update *u, struct cur next_hop)
{
    *p++ = '|';
    p = put_next_hop(p, u, next_hop);
    *p++ = '|';
    p = put_number(p, u, ATTR_LOCAL_PREF);
    *p++ = '|';
    p = put_number(p, u, ATTR_MED);
    *p++ = '|';
    p = put_communities(p, u);
    p = put_text(p, bgp_update_has(u, ATTR_ATOMIC_AGGREGATE) ? "|AG|" : "|NAG|");
    p = put_aggregator(p, u);
    *p++ = '|';
    return p;
}

void bgpdump_attrs(struct buf *b, const struct bgp_update *u, const struct bgp_ctx *ctx,
                   struct cur next_hop, bool short_lines)
{
    buf_clear(b);
    char *p = buf_room(b, ROOM_FIXED + (size_t)ROOM_OCTET * u->attrs.len);
    if (p == NULL)
        return;
    *p++ = '|';
    p = put_as_path(p, u, ctx);
    *p++ = '|';
    p = put_origin(p, u);
    if (!short_lines)
        p = put_columns(p, u, next_hop);
    b->len = (size_t)(p - b->p);
}
