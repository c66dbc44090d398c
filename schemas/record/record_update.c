/* SPDX-License-Identifier: BSD-2-Clause */
/* record_update: an UPDATE's announcements, withdrawals and attributes. Floor F3. */
#include "schemas/record/record_update.h"

#include "bgp/attr_map.h"
#include "schemas/record/record_avro.h"
#include "schemas/record/record_json.h"

struct section_place {
    const struct bgp_section *s;
    uint8_t attr; /* MP_REACH or MP_UNREACH; 0: the UPDATE's own fields */
    bool withdraw;
    struct bmp_marks *marks; /* may be NULL */
};

static struct bgp_diag section_diag(const struct section_place *at)
{
    return (struct bgp_diag){.attr = at->attr, .afi = at->s->afi, .safi = at->s->safi};
}

/* NLRI that don't parse: RFC 7606 section 5.3 for the UPDATE's own fields, section 7.11
 * and 7.12 for the others. */
static void note_fault(struct bgp_update *u, const struct section_place *at,
                       const struct nlri_fault *f)
{
    struct bgp_diag d = section_diag(at);
    d.action = at->attr != 0 ? BGP_ACTION_AFI_SAFI_DISABLE : BGP_ACTION_SESSION_RESET;
    d.reason = f->reason;
    d.off = f->off;
    d.need = f->need;
    d.have = f->have;
    bgp_diag_add(&u->diags, d);
}

/* Writes the items of "nlri" as long as they raise no doubt. Returns whether that was to the
 * end. */
static bool put_plain(struct emit *e, struct nlri_iter it)
{
    struct nlri n;
    struct nlri_fault fault;
    int got;
    while ((got = nlri_iter_next(&it, &n)) > 0) {
        if (nlri_doubtful(&it, &n) || !nlri_emit(&n, e, EMIT_ITEM, &fault))
            return false;
    }
    return got == 0;
}

unsigned record_nlri_before(const struct bgp_update *u, const struct bgp_ctx *ctx,
                            const struct bgp_section *s)
{
    const struct bgp_section *const all[] = {&u->withdrawn, &u->announced, &u->mp_reach,
                                             &u->mp_unreach};
    long before = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct nlri_iter it;
        if (!all[i]->present || all[i]->nlri.off >= s->nlri.off)
            continue;
        nlri_iter_init(&it, bgp_section_family(all[i], ctx), ctx, bgp_update_cur(u, all[i]->nlri),
                       all[i] == &u->withdrawn || all[i] == &u->mp_unreach);
        (void)nlri_settle_add_path(&it);
        long cnt = nlri_count(it);
        before += cnt > 0 ? cnt : 0;
    }
    return (unsigned)before;
}

bool record_nlri(struct emit *e, const struct nlri *n, struct bmp_marks *marks, unsigned index,
                 struct nlri_fault *fault)
{
    emit_object(e, EMIT_ITEM);
    bool ok = nlri_emit_members(n, e, fault);
    if (marks != NULL)
        bmp_marks_emit(marks, index, e);
    emit_object_end(e);
    return ok;
}

/* Writes the items of "nlri" with all that can be wrong with them. Returns false when some
 * bytes were not understood, or only in another mode than the session's. */
static bool put_doubted(struct emit *e, struct bgp_update *u, const struct section_place *at,
                        struct nlri_iter *it)
{
    bool sure = !nlri_settle_add_path(it);
    if (!sure) {
        struct bgp_diag d = section_diag(at);
        d.reason = BGP_REASON_ADD_PATH_MISMATCH;
        d.off = at->s->nlri.off;
        d.have = it->add_path;
        bgp_diag_add(&u->diags, d);
    }
    struct nlri n;
    struct cur rest = it->in;
    struct nlri_fault fault;
    unsigned index = at->marks != NULL ? record_nlri_before(u, it->ctx, at->s) : 0;
    int got;
    while ((got = nlri_iter_next(it, &n)) > 0) {
        if (!record_nlri(e, &n, at->marks, ++index, &fault)) {
            note_fault(u, at, &fault);
            sure = false;
        }
        rest = it->in;
    }
    if (got < 0) { /* where the next one begins is not known: what is left, as it is */
        note_fault(u, at, &it->fault);
        emit_object(e, EMIT_ITEM);
        emit_hex(e, KEY("raw"), rest.p, rest.left);
        emit_object_end(e);
        sure = false;
    }
    return sure;
}

/* Writes "nlri": in one pass nearly always, in another when the first one found cause. Returns
 * false when some bytes were not understood, or only in another mode than the session's. */
static bool put_nlri(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                     const struct section_place *at)
{
    struct nlri_iter it;
    nlri_iter_init(&it, bgp_section_family(at->s, ctx), ctx, bgp_update_cur(u, at->s->nlri),
                   at->withdraw);
    emit_array(e, KEY("nlri"));
    struct emit_mark mark = emit_mark(e);
    bool plain = at->marks == NULL && !nlri_add_path_certain(&it);
    bool sure = plain && nlri_emit_prefixes(&it, e);
    if (!sure && plain) {
        emit_rollback(e, mark);
        sure = put_plain(e, it);
    }
    if (!sure) {
        emit_rollback(e, mark);
        sure = put_doubted(e, u, at, &it);
    }
    emit_array_end(e);
    return sure;
}

void record_next_hop(struct emit *e, struct cur next_hop)
{
    /* by length: octets of RD before each address, octets of address, addresses */
    static const struct {
        uint8_t len, rd_len, addr_len, cnt;
    } forms[] = {
        {4, 0, 4, 1},  {16, 0, 16, 1}, {32, 0, 16, 2}, /* RFC 4760, RFC 2545 section 3 */
        {12, 8, 4, 1}, {24, 8, 16, 1}, {48, 8, 16, 2}, /* RFC 4364, RFC 4659, RFC 8950 */
    };
    static const uint8_t no_rd[8];
    const uint8_t *rd = no_rd;
    if (next_hop.left == 0)
        return;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].len != next_hop.left)
            continue;
        emit_array(e, KEY("next_hop"));
        for (unsigned k = 0; k < forms[i].cnt; k++) {
            const uint8_t *one = cur_bytes(&next_hop, forms[i].rd_len);
            const uint8_t *addr = cur_bytes(&next_hop, forms[i].addr_len);
            if (addr != NULL)
                emit_ip(e, EMIT_ITEM, addr, forms[i].addr_len);
            if (k == 0 && forms[i].rd_len > 0 && one != NULL)
                rd = one;
        }
        emit_array_end(e);
        if (memcmp(rd, no_rd, sizeof no_rd) != 0)
            emit_rd(e, KEY("next_hop_rd"), rd);
        return;
    }
    emit_hex(e, KEY("next_hop_raw"), next_hop.p, next_hop.left);
}

struct cur record_own_next_hop(const struct bgp_update *u)
{
    const struct bgp_attr *a = u->announced.present ? bgp_update_attr(u, ATTR_NEXT_HOP) : NULL;
    if (a == NULL || a->len != 4)
        return cur_of(NULL, 0);
    return cur_at(u->msg + a->off, a->len, a->off);
}

static bool put_section(struct emit *e, struct bgp_update *u, const struct bgp_ctx *ctx,
                        const struct section_place *at, struct cur next_hop)
{
    if (!at->s->present)
        return true;
    emit_object(e, EMIT_ITEM);
    record_family(e, at->s->afi, at->s->safi);
    record_next_hop(e, next_hop);
    bool sure = put_nlri(e, u, ctx, at);
    emit_object_end(e);
    return sure;
}

static bool put_announce(struct emit *e, struct bgp_update *u, const struct update_wire *w)
{
    struct section_place own = {.s = &u->announced, .marks = w->marks};
    struct section_place mp = {
        .s = &u->mp_reach, .attr = ATTR_MP_REACH_NLRI, .marks = w->marks};
    if (!u->announced.present && !u->mp_reach.present)
        return true;
    emit_array(e, KEY("announce"));
    bool sure = put_section(e, u, w->ctx, &own, record_own_next_hop(u));
    if (mp.s->present)
        sure &= put_section(e, u, w->ctx, &mp, bgp_update_cur(u, u->mp_reach.next_hop));
    emit_array_end(e);
    return sure;
}

static bool put_withdraw(struct emit *e, struct bgp_update *u, const struct update_wire *w)
{
    struct section_place own = {.s = &u->withdrawn, .withdraw = true, .marks = w->marks};
    struct section_place mp = {
        .s = &u->mp_unreach, .attr = ATTR_MP_UNREACH_NLRI, .withdraw = true, .marks = w->marks};
    if (!u->withdrawn.present && !u->mp_unreach.present)
        return true;
    emit_array(e, KEY("withdraw"));
    bool sure = put_section(e, u, w->ctx, &own, cur_of(NULL, 0));
    sure &= put_section(e, u, w->ctx, &mp, cur_of(NULL, 0));
    emit_array_end(e);
    return sure;
}

static void put_eor(struct emit *e, uint16_t afi, uint8_t safi)
{
    emit_object(e, KEY("eor"));
    record_family(e, afi, safi);
    emit_object_end(e);
}

static void copy_diags(struct bgp_diags *to, const struct bgp_diags *from)
{
    for (unsigned i = 0; i < from->cnt; i++)
        bgp_diag_add(to, from->v[i]);
    to->lost = (uint16_t)(to->lost + from->lost);
}

bool record_update(struct emit *e, const struct update_wire *w, struct bgp_diags *d)
{
    struct bgp_update u;
    uint16_t afi;
    uint8_t safi;
    bool sure = bgp_update_index(w->msg, w->len, w->ctx, &u) == 0;
    if (sure && bgp_update_is_eor(&u, &afi, &safi)) {
        put_eor(e, afi, safi);
        return true;
    }
    bgp_update_check(&u, w->ctx, false);
    if (sure && w->marks == NULL && record_json_update(e, &u, w->ctx, w->memo))
        return true;
    if (!sure || w->marks != NULL || !record_avro_routes(e, &u, w->ctx)) {
        sure &= put_announce(e, &u, w);
        sure &= put_withdraw(e, &u, w);
    }
    if (!sure || !record_avro_attrs(e, &u, w->ctx, w->memo))
        record_attrs(e, &u, w->ctx, record_own_next_hop(&u).left > 0);
    if (u.diags.cnt > 0)
        copy_diags(d, &u.diags);
    return sure;
}
