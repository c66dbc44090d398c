/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_attrs: attributes as JSON, compared. Floor F4. */
#include "tools/verify/verify_attrs.h"

#include <stdlib.h>

#include "base/json.h"
#include "bgp/attr_map.h"
#include "schemas/record/record_mrt.h"

void verify_attrs_begin(struct verify_attrs *a)
{
    *a = (struct verify_attrs){.cache = calloc(VERIFY_ATTRS_CACHE, sizeof a->cache[0])};
}

void verify_attrs_end(struct verify_attrs *a)
{
    buf_free(&a->text[0]);
    buf_free(&a->text[1]);
    free(a->cache);
}

/* ---- text ---- */

/* Copies segments (RFC 4271 section 4.3 b) with AS numbers of two octets. */
static bool narrow_path(struct wr *w, struct cur c)
{
    uint8_t type, cnt;
    uint32_t asn;
    while (c.left > 0) {
        if (!cur_u8(&c, &type) || !cur_u8(&c, &cnt))
            return false;
        wr_u8(w, type);
        wr_u8(w, cnt);
        for (unsigned i = 0; i < cnt; i++) {
            if (!cur_u32(&c, &asn) || asn > UINT16_MAX)
                return false;
            wr_u16(w, (uint16_t)asn);
        }
    }
    return true;
}

static void put_attr(struct wr *w, const struct attr_in *a, struct cur value)
{
    wr_u8(w, a->flags | BGP_FLAG_EXT_LEN);
    wr_u8(w, a->code);
    wr_u16(w, (uint16_t)value.left);
    wr_bytes(w, value.p, value.left);
}

/* A two-octet session's AS_PATH has been widened beside its AS4_PATH: makes it what it was, so
 * that the two are merged (RFC 6793 section 4.2.3). Returns false when it was none. */
static bool narrow(struct cur attrs, struct wr *w)
{
    uint8_t path[UINT16_MAX];
    struct attr_in a;
    bool has_as4 = false;
    int r;
    while ((r = attr_next(&attrs, &a)) > 0) {
        struct wr narrowed = wr_of(path, sizeof path);
        struct cur value = a.value;
        has_as4 |= a.code == ATTR_AS4_PATH;
        if (a.code == ATTR_AS_PATH) {
            if (!narrow_path(&narrowed, value) || narrowed.overflow)
                return false;
            value = cur_of(path, narrowed.len);
        }
        put_attr(w, &a, value);
    }
    return r == 0 && has_as4 && !w->overflow;
}

static bool has_as4_path(struct cur attrs)
{
    struct attr_in a;
    while (attr_next(&attrs, &a) > 0) {
        if (a.code == ATTR_AS4_PATH)
            return true;
    }
    return false;
}

/* Takes NEXT_HOP's value, where there is no other next hop. */
static bool take_plain(const struct bgp_update *u, struct cur *next_hop)
{
    const struct bgp_attr *a = bgp_update_attr(u, ATTR_NEXT_HOP);
    if (next_hop->left > 0 || a == NULL || a->len != 4)
        return false;
    *next_hop = cur_at(u->msg + a->off, a->len, a->off);
    return true;
}

static bool is_seen(const uint64_t seen[4], uint8_t code)
{
    return seen[code / 64] >> (code % 64) & 1;
}

/* Leaves out attributes that `only` has not. Returns whether there were any. */
static bool leave_out(struct bgp_update *u, const uint64_t only[4])
{
    uint16_t kept = 0;
    for (uint16_t i = 0; i < u->attr_cnt; i++) {
        if (is_seen(only, u->attr[i].code))
            u->attr[kept++] = u->attr[i];
    }
    bool any = kept < u->attr_cnt;
    u->attr_cnt = kept;
    for (unsigned i = 0; i < 4; i++)
        u->seen[i] &= only[i];
    return any;
}

/* Writes {"next_hop":..,"attrs":{..}} of a route. `only`: of these attributes; NULL: of all.
 * Returns whether some were left out; *seen, if wanted: those that are there. */
static bool put_text(struct buf *b, unsigned family, const struct rib_route *r,
                     const uint64_t *only, uint64_t *seen)
{
    uint8_t narrowed[2 * UINT16_MAX];
    const struct nlri_row *row = nlri_row_of(family);
    struct mrt_rib rib = {.afi = row->afi,
                          .safi = row->safi,
                          .family = family,
                          .nlri = r->nlri,
                          .attrs = r->attrs};
    struct bgp_ctx ctx = {.asn4 = true, .ext_msg = true};
    struct wr w = wr_of(narrowed, sizeof narrowed);
    struct bgp_update u;
    struct cur next_hop;
    struct json j;
    if (has_as4_path(r->attrs) && narrow(r->attrs, &w)) {
        rib.attrs = cur_of(w.buf, w.len);
        ctx.asn4 = false;
    }
    record_rib_index(&rib, &ctx, &u, &next_hop);
    if (seen != NULL)
        memcpy(seen, u.seen, sizeof u.seen);
    bool plain = take_plain(&u, &next_hop);
    bool left_out = only != NULL && leave_out(&u, only);
    buf_clear(b);
    json_init(&j, b);
    emit_object(&j.emit, EMIT_ITEM);
    record_next_hop(&j.emit, next_hop);
    record_attrs(&j.emit, &u, &ctx, plain);
    emit_object_end(&j.emit);
    return left_out;
}

static char *text_of(struct buf *b)
{
    buf_add_char(b, '\0');
    return b->failed ? NULL : strdup(b->p);
}

char *verify_attrs_text(struct verify_attrs *a, unsigned family, const struct rib_route *r)
{
    put_text(&a->text[0], family, r, NULL, NULL);
    return text_of(&a->text[0]);
}

char *verify_attrs_nlri(const struct nlri *n)
{
    struct buf b = {0};
    struct json j;
    struct nlri_fault fault;
    json_init(&j, &b);
    (void)nlri_emit(n, &j.emit, EMIT_ITEM, &fault); /* raw, when it can't be decoded */
    char *text = text_of(&b);
    buf_free(&b);
    return text;
}

/* ---- comparing ---- */

static bool same_text(const struct verify_attrs *a)
{
    const struct buf *x = &a->text[0], *y = &a->text[1];
    return x->len == y->len && memcmp(x->p, y->p, x->len) == 0;
}

static enum verify_attrs_sameness look(struct verify_attrs *a, unsigned family,
                                       const struct rib_route *updates,
                                       const struct rib_route *dump)
{
    uint64_t seen[4];
    put_text(&a->text[0], family, updates, NULL, NULL);
    put_text(&a->text[1], family, dump, NULL, seen);
    if (a->text[0].failed || a->text[1].failed)
        return VERIFY_ATTRS_DIFFER;
    if (same_text(a))
        return VERIFY_ATTRS_SAME;
    /* next hops are neither here nor there */
    seen[0] |= UINT64_C(1) << ATTR_MP_REACH_NLRI | UINT64_C(1) << ATTR_NEXT_HOP;
    bool fewer = put_text(&a->text[0], family, updates, seen, NULL);
    return fewer && same_text(a) ? VERIFY_ATTRS_LEFT_OUT : VERIFY_ATTRS_DIFFER;
}

enum verify_attrs_sameness verify_attrs_same(struct verify_attrs *a, unsigned family,
                                             const struct rib_route *updates,
                                             const struct rib_route *dump)
{
    uint32_t at =
        (updates->attrs_id * 0x9e3779b1u ^ dump->attrs_id * 0x85ebca6bu ^ family) >> (32 - 14);
    if (a->cache == NULL)
        return look(a, family, updates, dump);
    if (a->cache[at].updates != updates->attrs_id || a->cache[at].dump != dump->attrs_id ||
        a->cache[at].family != family) {
        a->cache[at].sameness = (uint8_t)look(a, family, updates, dump);
        a->cache[at].updates = updates->attrs_id;
        a->cache[at].dump = dump->attrs_id;
        a->cache[at].family = (uint8_t)family;
    }
    return (enum verify_attrs_sameness)a->cache[at].sameness;
}
