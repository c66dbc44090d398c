/* SPDX-License-Identifier: BSD-2-Clause */
/* read: records out of a stream, damaged or not (RFC 6396 section 2). Floor F2.
 *
 * MRT has no marker, so a header is believed when its type, subtype and length make sense and
 * the record ends where another believable header, or the end of the file, is. A record that
 * stands alone is believed when its body parses. */
#include "mrt/read.h"

#include <errno.h>

#include "bgp/msg.h"
#include "bgp/update.h"
#include "mrt/read_kinds.h"

enum {
    SCAN_STEP = 64 << 10,      /* octets given back while searching */
    SCAN_SPAN_S = 31 * 86400,  /* a record found by search is about as old as the last one */
    SCAN_FIRST_S = 0x26000000, /* 1990: no MRT before */
    TABLE_SHORT = 4,           /* early TABLE_DUMP: the length misses view and sequence */
};

struct header {
    uint32_t sec;
    uint16_t type, subtype;
    uint32_t len;
};

/* Reads a header; the caller knows that 12 octets are there. */
static struct header read_header(const uint8_t *p)
{
    struct header h = {0};
    struct cur c = cur_of(p, MRT_HEADER_LEN);
    if (!cur_u32(&c, &h.sec) || !cur_u16(&c, &h.type) || !cur_u16(&c, &h.subtype) ||
        !cur_u32(&c, &h.len))
        h.len = UINT32_MAX;
    return h;
}

/* Types of other protocols (IANA "MRT Types"; RFC 6396 section 4.1, appendix B): passed on raw.
 */
static bool is_foreign(const struct header *h)
{
    static const uint16_t types[] = {0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 32, 33, 48, 49};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (h->type == types[i])
            return h->subtype <= 16;
    }
    return false;
}

static bool believable(const struct header *h)
{
    if (h->len > MRT_BODY_MAX)
        return false;
    const struct mrt_kind *k = mrt_kind_of(h->type, h->subtype);
    return k != NULL ? h->len >= k->len_min : is_foreign(h);
}

bool mrt_header_believable(const uint8_t *p, size_t len)
{
    if (len < MRT_HEADER_LEN)
        return false;
    struct header h = read_header(p);
    return believable(&h);
}

/* ---- one record ---- */

static void set_record(struct mrt_record *rec, const struct header *h, const uint8_t *p)
{
    *rec = (struct mrt_record){.sec = h->sec,
                               .type = h->type,
                               .subtype = h->subtype,
                               .body = cur_at(p + MRT_HEADER_LEN, h->len, MRT_HEADER_LEN),
                               .raw = cur_of(p, MRT_HEADER_LEN + h->len)};
}

/* Returns whether a BGP4MP message's or state change's fixed part leads where it should: to a
 * BGP marker, to two states and nothing more. */
static bool shape_fits(const struct mrt_record *rec)
{
    const struct mrt_kind *k = mrt_kind_of(rec->type, rec->subtype);
    struct cur c = rec->body;
    uint16_t afi = 0;
    uint8_t first = 0;
    if (k == NULL || !cur_skip(&c, k->marks & MRT_ASN4 ? 10 : 6) || !cur_u16(&c, &afi) ||
        !cur_skip(&c, afi == BGP_AFI_IPV4 ? 8 : 32))
        return false;
    if (k->start == mrt_start_state)
        return c.left == 4;
    return k->start != mrt_start_message || (cur_peek(&c, 0, &first) && first == 0xff);
}

/* BGP4MP_ET: the microseconds come first and count in the length (RFC 6396 section 3). There
 * are files whose type promises them in vain. */
static void take_microseconds(struct mrt_record *rec)
{
    struct mrt_record without = *rec;
    bool taken = cur_u32(&rec->body, &rec->usec);
    rec->et = true;
    if ((!taken || rec->usec >= 1000000 || !shape_fits(rec)) && shape_fits(&without))
        *rec = without;
}

static bool message_sound(struct cur msg, const struct bgp_ctx *ctx)
{
    struct bgp_diag diag;
    struct bgp_update u;
    uint8_t type = 0;
    if (!cur_peek(&msg, BGP_HEADER_LEN - 1, &type) ||
        bgp_msg_check(msg.p, msg.left, &diag) != 0)
        return false;
    return type != BGP_TYPE_UPDATE || bgp_update_index(msg.p, msg.left, ctx, &u) == 0;
}

/* Returns whether all that the body holds parses: a believable header may be an accident, this
 * is not. */
static bool body_sound(const struct mrt_record *rec)
{
    uint8_t scratch[MRT_SCRATCH_LEN];
    struct mrt_peers peers = {0};
    struct mrt_walk w;
    int got;
    bool sound = true;
    mrt_walk_init(&w, rec, &peers, scratch);
    while ((got = mrt_walk_next(&w)) > 0) {
        struct bgp_update u;
        struct bgp_ctx ctx = {.asn4 = w.item.asn4};
        if (w.item.kind == MRT_ITEM_OTHER)
            sound = false;
        else if (w.item.kind == MRT_ITEM_RIB)
            sound &= bgp_attrs_index(w.item.rib.attrs.p, w.item.rib.attrs.left, &ctx, &u) == 0;
        else if (w.item.kind == MRT_ITEM_MESSAGE)
            sound &= message_sound(w.item.body, &ctx);
    }
    mrt_peers_free(&peers);
    return sound && got == 0;
}

/* ---- judging ---- */

/* Returns whether a believable header, or the end of the stream, is `at` octets ahead, of which
 * `have` are there. */
static bool ends_well(const uint8_t *p, size_t have, size_t at)
{
    return have == at || (have > at && mrt_header_believable(p + at, have - at));
}

/* Judges the record `at` octets ahead. Returns its whole length with *rec, or 0 with *reason. A
 * record that was searched for has more to prove. */
static uint32_t judge(struct mrt_reader *r, size_t at, bool searched, struct mrt_record *rec,
                      const char **reason)
{
    struct header h = read_header(window_at(r->in) + at);
    bool known = believable(&h);
    *reason = "no believable header";
    if (h.len > MRT_BODY_MAX || (searched && !known))
        return 0;
    size_t len = MRT_HEADER_LEN + h.len, wanted = at + len + MRT_HEADER_LEN;
    size_t have = window_want(r->in, wanted + TABLE_SHORT) - at;
    const uint8_t *p = window_at(r->in) + at;
    if (have < len) {
        if (known)
            *reason = "the record is longer than what is left";
        return 0;
    }
    if (h.type == MRT_TABLE_DUMP && !ends_well(p, have, len) &&
        ends_well(p, have, len + TABLE_SHORT)) {
        h.len += TABLE_SHORT;
        len += TABLE_SHORT;
    }
    set_record(rec, &h, p);
    if (h.type == MRT_BGP4MP_ET)
        take_microseconds(rec);
    if (ends_well(p, have, len) && (known || have > len))
        return (uint32_t)len;
    if (known && (have - len < MRT_HEADER_LEN || body_sound(rec)))
        return (uint32_t)len;
    if (known)
        *reason = "neither the record nor what follows it is believable";
    return 0;
}

static bool near(const struct mrt_reader *r, uint32_t sec)
{
    if (r->last_sec == 0)
        return sec >= SCAN_FIRST_S;
    uint32_t apart = sec > r->last_sec ? sec - r->last_sec : r->last_sec - sec;
    return apart <= SCAN_SPAN_S;
}

static void tell(struct mrt_reader *r, uint64_t off, const char *reason)
{
    struct mrt_damage d = {off, window_offset(r->in) - off, reason};
    if (r->damage != NULL && d.len > 0)
        r->damage(r->arg, &d);
}

/* Searches for the next record after damage. Returns its length, the current place being its
 * header; 0 at the end of the stream. */
static uint32_t search(struct mrt_reader *r, struct mrt_record *rec, const char *reason)
{
    uint64_t start = window_offset(r->in);
    size_t at = 1;
    const char *unused;
    while (window_want(r->in, at + MRT_HEADER_LEN) >= at + MRT_HEADER_LEN) {
        struct header h = read_header(window_at(r->in) + at);
        uint32_t len = 0;
        if (believable(&h) && near(r, h.sec))
            len = judge(r, at, true, rec, &unused);
        if (len > 0) {
            window_skip(r->in, at);
            tell(r, start, reason);
            return len;
        }
        if (++at == SCAN_STEP) {
            window_skip(r->in, at - 1);
            at = 1;
        }
    }
    window_skip(r->in, window_want(r->in, 1));
    tell(r, start, reason);
    return 0;
}

int mrt_reader_next(struct mrt_reader *r, struct mrt_record *rec)
{
    const char *reason = NULL;
    window_skip(r->in, r->held);
    r->held = 0;
    size_t have = window_want(r->in, MRT_HEADER_LEN);
    if (have == 0)
        return 0;
    if (have < MRT_HEADER_LEN) {
        uint64_t off = window_offset(r->in);
        window_skip(r->in, have);
        tell(r, off, "the file ends inside a header");
        return 0;
    }
    uint32_t len = judge(r, 0, false, rec, &reason);
    if (len == 0)
        len = search(r, rec, reason);
    if (len == 0)
        return 0;
    r->held = len;
    r->off = rec->off = window_offset(r->in);
    r->last_sec = rec->sec;
    return 1;
}

/* ---- walks ---- */

/* Everything a row doesn't know how to read: raw. */
static int next_other(struct mrt_walk *w)
{
    if (w->left == 0)
        return 0;
    w->left = 0;
    w->item.kind = MRT_ITEM_OTHER;
    w->item.body = w->rec->body;
    return 1;
}

void mrt_walk_init(struct mrt_walk *w, const struct mrt_record *rec, struct mrt_peers *peers,
                   uint8_t *scratch)
{
    memset(&w->item, 0, sizeof w->item);
    w->rec = rec;
    w->peers = peers;
    w->scratch = scratch;
    w->c = rec->body;
    w->left = 1;
    w->started = false;
    w->fault = (struct nlri_fault){0};
    w->item.rec = rec;
    w->kind = mrt_kind_of(rec->type, rec->subtype);
    if (w->kind == NULL)
        return;
    w->item.asn4 = w->kind->marks & MRT_ASN4;
    w->item.add_path = w->kind->marks & MRT_ADD_PATH;
    w->item.sent = w->kind->marks & MRT_SENT;
}

int mrt_walk_next(struct mrt_walk *w)
{
    if (w->kind == NULL || w->kind->next == NULL) {
        return next_other(w);
    }
    if (!w->started) {
        w->started = true;
        if (w->kind->start(w) != 0) {
            w->left = 0;
            return -1;
        }
    }
    return w->kind->next(w);
}
