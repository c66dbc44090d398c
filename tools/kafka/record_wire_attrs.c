/* SPDX-License-Identifier: BSD-2-Clause */
/* record_wire_attrs: attributes from a record's members. Floor F4. */
#include "base/parse.h"
#include "bgp/as_path.h"
#include "bgp/attr_map.h"
#include "bgp/communities.h"
#include "bgp/ext_communities.h"
#include "tools/kafka/record_wire.h"

enum {
    OPTIONAL = 0x80,
    TRANSITIVE = 0x40,
    EXTENDED = 0x10, /* length of two octets */
    SEGMENT_MAX = 255,
};

/* Writes an attribute's value. Returns false when the member is no such. */
typedef bool value_fn(struct wr *w, const struct token *t);

/* ---- values ---- */

static bool put_number(struct wr *w, const struct token *t)
{
    wr_u32(w, (uint32_t)record_wire_number(t));
    return t->kind == TOKEN_U64 && t->u <= UINT32_MAX;
}

static bool put_origin(struct wr *w, const struct token *t)
{
    static const char *const names[] = {"igp", "egp", "incomplete"};
    uint64_t code;
    for (uint8_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!record_wire_is(t, names[i]))
            continue;
        wr_u8(w, i);
        return true;
    }
    if (t->kind != TOKEN_TEXT || !parse_u64(token_text(t), t->len, UINT8_MAX, &code))
        return false;
    wr_u8(w, (uint8_t)code);
    return true;
}

static bool put_ipv4(struct wr *w, const struct token *t)
{
    uint8_t addr[16];
    if (record_wire_addr(t, addr) != 4)
        return false;
    wr_bytes(w, addr, 4);
    return true;
}

static bool put_nothing(struct wr *w, const struct token *t)
{
    (void)w;
    return t->kind == TOKEN_BOOL && t->u != 0;
}

static bool put_aggregator(struct wr *w, const struct token *t)
{
    const struct token *asn = tape_find(t, "asn"), *addr = tape_find(t, "addr");
    return asn != NULL && put_number(w, asn) && put_ipv4(w, addr);
}

/* Writes each item of an array. */
static bool put_each(struct wr *w, const struct token *t, value_fn *one)
{
    if (t->kind != TOKEN_ARRAY)
        return false;
    for (const struct token *m = tape_first(t); m < tape_end(t); m = tape_next(m)) {
        if (!one(w, m))
            return false;
    }
    return true;
}

static bool put_ipv4s(struct wr *w, const struct token *t)
{
    return put_each(w, t, put_ipv4);
}

/* ---- AS paths ---- */

/* The segment that is being written. */
struct segment {
    struct wr *w;
    size_t at; /* of its head */
    uint8_t type, cnt;
};

static void begin_segment(struct segment *s, uint8_t type)
{
    s->at = s->w->len;
    s->type = type;
    s->cnt = 0;
    wr_u8(s->w, type);
    wr_u8(s->w, 0);
}

static void put_asn(struct segment *s, uint64_t asn)
{
    if (s->cnt == SEGMENT_MAX)
        begin_segment(s, s->type);
    wr_u32(s->w, (uint32_t)asn);
    s->cnt++;
    if (!s->w->overflow)
        s->w->buf[s->at + 1] = s->cnt;
}

/* A number, or several side by side. Returns false when it is none. */
static bool put_asns(struct segment *s, const struct token *t)
{
    if (t->kind == TOKEN_U64)
        put_asn(s, t->u);
    for (size_t i = 0; t->kind == TOKEN_U32S && i < t->len; i++)
        put_asn(s, token_number(t, i));
    return t->kind == TOKEN_U64 || t->kind == TOKEN_U32S;
}

static bool put_segment(struct segment *s, const struct token *list, uint8_t type)
{
    if (list->kind != TOKEN_ARRAY)
        return false;
    begin_segment(s, type);
    for (const struct token *t = tape_first(list); t < tape_end(list); t = tape_next(t)) {
        if (!put_asns(s, t))
            return false;
    }
    return true;
}

/* A set is an array within the path, a confederation's segment an object of one. */
static bool put_other_segment(struct segment *s, const struct token *t)
{
    const struct token *sequence = tape_find(t, "confed_sequence");
    const struct token *set = tape_find(t, "confed_set");
    if (sequence != NULL)
        return put_segment(s, sequence, AS_CONFED_SEQUENCE);
    return set != NULL ? put_segment(s, set, AS_CONFED_SET) : put_segment(s, t, AS_SET);
}

static bool put_path(struct wr *w, const struct token *path)
{
    struct segment s = {.w = w};
    if (path->kind != TOKEN_ARRAY)
        return false;
    for (const struct token *t = tape_first(path); t < tape_end(path); t = tape_next(t)) {
        bool number = t->kind == TOKEN_U64 || t->kind == TOKEN_U32S;
        if (number && s.type != AS_SEQUENCE)
            begin_segment(&s, AS_SEQUENCE);
        if (number ? !put_asns(&s, t) : !put_other_segment(&s, t))
            return false;
        if (!number)
            s.type = 0;
    }
    return true;
}

/* ---- communities ---- */

/* Reads `cnt` numbers with colons between them. */
static bool read_parts(const struct token *t, unsigned cnt, uint64_t max, uint32_t *v)
{
    const char *p = token_text(t), *end = p + t->len;
    for (unsigned i = 0; i < cnt; i++) {
        const char *colon = i + 1 < cnt ? memchr(p, ':', (size_t)(end - p)) : end;
        uint64_t n;
        if (colon == NULL || !parse_u64(p, (size_t)(colon - p), max, &n))
            return false;
        v[i] = (uint32_t)n;
        p = colon + (i + 1 < cnt);
    }
    return true;
}

#define COMMUNITY_ROW(value, NAME, text, rfc) {value, text},

static bool put_community(struct wr *w, const struct token *t)
{
    static const struct {
        uint32_t value;
        const char *name;
    } known[] = {COMMUNITY_MAP(COMMUNITY_ROW)};
    uint32_t v[2];
    if (t->kind != TOKEN_TEXT)
        return false;
    if (read_parts(t, 2, UINT16_MAX, v)) {
        wr_u32(w, v[0] << 16 | v[1]);
        return true;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!record_wire_is(t, known[i].name))
            continue;
        wr_u32(w, known[i].value);
        return true;
    }
    return false;
}

static bool put_large(struct wr *w, const struct token *t)
{
    uint32_t v[3];
    if (t->kind != TOKEN_TEXT || !read_parts(t, 3, UINT32_MAX, v))
        return false;
    for (unsigned i = 0; i < 3; i++)
        wr_u32(w, v[i]);
    return true;
}

static bool put_extended(struct wr *w, const struct token *t)
{
    uint8_t v[EXT_COMMUNITY_LEN];
    if (t->kind != TOKEN_TEXT || !record_wire_ext_community(token_text(t), t->len, v))
        return false;
    wr_bytes(w, v, sizeof v);
    return true;
}

static bool put_communities(struct wr *w, const struct token *t)
{
    return put_each(w, t, put_community);
}

static bool put_larges(struct wr *w, const struct token *t)
{
    return put_each(w, t, put_large);
}

/* One whose text says too little is left out: the others still count. */
static bool put_extendeds(struct wr *w, const struct token *t)
{
    bool all = t->kind == TOKEN_ARRAY;
    if (!all)
        return false;
    for (const struct token *m = tape_first(t); m < tape_end(t); m = tape_next(m))
        all &= put_extended(w, m);
    return all;
}

/* ---- attributes ---- */

/* The length that fits takes one octet: the value moves up. */
static void shorten(struct wr *w, size_t value)
{
    size_t len = w->len - value;
    memmove(w->buf + value - 1, w->buf + value, len);
    w->buf[value - 2] = (uint8_t)len;
    w->len--;
}

/* Returns whether the whole value is there; a part of one is none, but for communities. */
static bool put_attr(struct wr *w, uint8_t flags, uint8_t code, const struct token *t,
                     value_fn *value)
{
    size_t before = w->len;
    wr_u8(w, flags | EXTENDED);
    wr_u8(w, code);
    size_t at = wr_mark_u16(w);
    bool whole = value(w, t);
    if ((!whole && code != ATTR_EXT_COMMUNITIES) || w->len - at - 2 > UINT16_MAX) {
        w->len = before;
        return false;
    }
    wr_patch_u16(w, at);
    if (w->overflow || (flags & EXTENDED) || w->len - at - 2 > UINT8_MAX)
        return whole;
    w->buf[before] = flags;
    shorten(w, at + 2);
    return whole;
}

/* Attributes without members of their own: {`code`, `flags`, `value`}. */
static bool put_unknown(struct wr *w, const struct token *list)
{
    bool all = list->kind == TOKEN_ARRAY;
    if (!all)
        return false;
    for (const struct token *t = tape_first(list); t < tape_end(list); t = tape_next(t)) {
        uint64_t code = record_wire_number(tape_find(t, "code"));
        uint64_t flags = record_wire_number(tape_find(t, "flags"));
        const struct token *value = tape_find(t, "value");
        bool known = code == ATTR_MP_REACH_NLRI || code == ATTR_MP_UNREACH_NLRI;
        all &= value != NULL && !known &&
               put_attr(w, (uint8_t)flags, (uint8_t)code, value, record_wire_hex);
    }
    return all;
}

static const struct attr_of {
    const char *name;
    uint8_t flags, code;
    value_fn *value;
} rows[] = {
    {"origin", TRANSITIVE, ATTR_ORIGIN, put_origin},
    {"as_path", TRANSITIVE, ATTR_AS_PATH, put_path},
    {"next_hop", TRANSITIVE, ATTR_NEXT_HOP, put_ipv4},
    {"med", OPTIONAL, ATTR_MED, put_number},
    {"local_pref", TRANSITIVE, ATTR_LOCAL_PREF, put_number},
    {"atomic_aggregate", TRANSITIVE, ATTR_ATOMIC_AGGREGATE, put_nothing},
    {"aggregator", OPTIONAL | TRANSITIVE, ATTR_AGGREGATOR, put_aggregator},
    {"communities", OPTIONAL | TRANSITIVE, ATTR_COMMUNITIES, put_communities},
    {"originator_id", OPTIONAL, ATTR_ORIGINATOR_ID, put_ipv4},
    {"cluster_list", OPTIONAL, ATTR_CLUSTER_LIST, put_ipv4s},
    {"ext_communities", OPTIONAL | TRANSITIVE, ATTR_EXT_COMMUNITIES, put_extendeds},
    {"large_communities", OPTIONAL | TRANSITIVE, ATTR_LARGE_COMMUNITY, put_larges},
    {"otc", OPTIONAL | TRANSITIVE, ATTR_OTC, put_number},
};

enum { ROW_CNT = sizeof rows / sizeof rows[0] };

/* Returns whether each member is an attribute that can be written. */
static bool all_known(const struct token *attrs)
{
    if (attrs == NULL || attrs->kind != TOKEN_OBJECT)
        return attrs == NULL;
    for (const struct token *t = tape_first(attrs); t < tape_end(attrs); t = tape_next(t)) {
        size_t i = 0;
        while (i < ROW_CNT && (strlen(rows[i].name) != t->key_len ||
                               memcmp(rows[i].name, t->key, t->key_len) != 0))
            i++;
        if (i == ROW_CNT && (t->key_len != 7 || memcmp(t->key, "unknown", 7) != 0))
            return false;
    }
    return true;
}

bool record_wire_attrs(struct wr *w, const struct token *attrs, const struct token *next_hop)
{
    const struct token *unknown = tape_find(attrs, "unknown");
    bool all = all_known(attrs);
    for (size_t i = 0; i < ROW_CNT; i++) {
        const struct token *t = tape_find(attrs, rows[i].name);
        if (rows[i].code == ATTR_NEXT_HOP && next_hop != NULL)
            t = next_hop;
        if (t != NULL)
            all &= put_attr(w, rows[i].flags, rows[i].code, t, rows[i].value);
    }
    if (unknown != NULL)
        all &= put_unknown(w, unknown);
    return all;
}
