/* SPDX-License-Identifier: BSD-2-Clause */
/* nlri: iteration, ADD-PATH and dispatch, the same for every family. Floor F1. */
#include "bgp/nlri.h"

#include "bgp/nlri_map.h"

#define ROW(AFI, SAFI, text, source, hooks, odd_hook, ...)                                     \
    [NLRI_##AFI##_##SAFI] = {                                                                  \
        .afi = BGP_AFI_##AFI,                                                                  \
        .safi = BGP_SAFI_##SAFI,                                                               \
        .name = text,                                                                          \
        .rfc = source,                                                                         \
        .next = nlri_##hooks##_next,                                                           \
        .decode = nlri_##hooks##_decode,                                                       \
        .key = nlri_##hooks##_key,                                                             \
        .odd = odd_hook,                                                                       \
        .next_hop_lens = {__VA_ARGS__},                                                        \
    },

const struct nlri_row nlri_map[] = {NLRI_MAP(ROW)};
const unsigned nlri_map_cnt = NLRI_FAMILY_CNT;

_Static_assert((unsigned)NLRI_FAMILY_CNT + NLRI_FLOWSPEC2_CNT < (unsigned)BGP_FAMILY_NONE,
               "struct bgp_family_set has a bit for every row");

static const struct nlri_row unknown_row = {
    .name = "unknown",
    .rfc = "RFC 4760",
    .next = nlri_raw_next,
    .decode = nlri_raw_decode,
    .key = nlri_raw_key,
};

unsigned nlri_family_index(uint16_t afi, uint8_t safi)
{
#define CASE(AFI, SAFI, ...)                                                                   \
    case (uint32_t)BGP_AFI_##AFI << 8 | BGP_SAFI_##SAFI:                                       \
        return NLRI_##AFI##_##SAFI;
    switch ((uint32_t)afi << 8 | safi) {
        NLRI_MAP(CASE)
    default:
        return BGP_FAMILY_NONE;
    }
}

unsigned nlri_family_of(const struct bgp_ctx *ctx, uint16_t afi, uint8_t safi)
{
    unsigned family = nlri_family_index(afi, safi);
    bool given = safi != 0 && (safi == ctx->flowspec2.safi || safi == ctx->flowspec2.vpn_safi);
    if (family != BGP_FAMILY_NONE || !given)
        return family;
    for (unsigned i = 0; i < NLRI_FLOWSPEC2_CNT; i++) {
        if (nlri_flowspec2_rows[i].afi == afi)
            return nlri_map_cnt + i;
    }
    return BGP_FAMILY_NONE;
}

const struct nlri_row *nlri_row_of(unsigned family)
{
    if (family < nlri_map_cnt)
        return &nlri_map[family];
    bool flowspec2 = family < nlri_map_cnt + NLRI_FLOWSPEC2_CNT;
    return flowspec2 ? &nlri_flowspec2_rows[family - nlri_map_cnt] : &unknown_row;
}

void nlri_iter_init(struct nlri_iter *it, unsigned family, const struct bgp_ctx *ctx,
                    struct cur section, bool withdraw)
{
    it->row = nlri_row_of(family);
    it->ctx = ctx;
    cur_set(&it->in, section.p, section.left, section.off);
    /* what an unknown family's bytes mean is unknown, path identifiers included */
    it->add_path = it->row != &unknown_row && bgp_family_has(&ctx->add_path, family);
    it->withdraw = withdraw;
    it->odd = 0;
    it->fault = (struct nlri_fault){0};
}

int nlri_iter_next(struct nlri_iter *it, struct nlri *n)
{
    if (it->in.left == 0)
        return 0;
    n->row = it->row;
    n->ctx = it->ctx;
    n->withdraw = it->withdraw;
    n->has_path_id = it->add_path;
    n->path_id = 0;
    if (it->add_path && !cur_u32(&it->in, &n->path_id)) /* RFC 7911 section 3 */
        return nlri_fault_cur(&it->in, &it->fault);
    return it->row->next(&it->in, &n->body, &it->fault) ? 1 : -1;
}

long nlri_count(struct nlri_iter it)
{
    struct nlri n;
    long cnt = 0;
    int r;
    while ((r = nlri_iter_next(&it, &n)) > 0)
        cnt++;
    return r < 0 ? -1 : cnt;
}

/* Nothing but zeroes is no route: part of a small path identifier, rather. */
static bool all_zero(struct cur c)
{
    uint8_t octet = 0;
    while (octet == 0 && cur_u8(&c, &octet))
        ;
    return octet == 0;
}

bool nlri_doubtful(struct nlri_iter *it, const struct nlri *n)
{
    if (it->row->odd == NULL)
        return all_zero(n->body);
    it->odd += it->row->odd(n);
    return it->odd >= NLRI_ODD_LIMIT;
}

/* Returns whether the whole section parses, and looks like routes, under the iterator's mode. A
 * family that can't tell the odd from the even is decoded. */
static bool looks_sound(struct nlri_iter it)
{
    struct nlri n;
    int r;
    while ((r = nlri_iter_next(&it, &n)) > 0) {
        struct nlri_fault fault;
        if (nlri_doubtful(&it, &n))
            return false;
        if (it.row->odd == NULL && it.row->decode(&n, &emit_null, &fault) != 0)
            return false;
    }
    return r == 0;
}

bool nlri_add_path_certain(const struct nlri_iter *it)
{
    return it->in.left == 0 || it->ctx->pinned || it->row == &unknown_row;
}

bool nlri_settle_add_path(struct nlri_iter *it)
{
    if (nlri_add_path_certain(it) || looks_sound(*it))
        return false;
    struct nlri_iter other = *it;
    other.add_path = !it->add_path;
    if (!looks_sound(other))
        return false;
    it->add_path = other.add_path;
    return true;
}

bool nlri_emit_members(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    if (n->has_path_id)
        emit_u64(e, KEY("path_id"), n->path_id);
    struct emit_mark mark = emit_mark(e);
    int r = n->row->decode(n, e, fault);
    if (r < 0) {
        emit_rollback(e, mark);
        emit_hex(e, KEY("raw"), n->body.p, n->body.left);
    }
    return r == 0;
}

bool nlri_emit(const struct nlri *n, struct emit *e, struct str key, struct nlri_fault *fault)
{
    emit_object(e, key);
    bool ok = nlri_emit_members(n, e, fault);
    emit_object_end(e);
    return ok;
}

int nlri_key(const struct nlri *n, struct wr *w)
{
    wr_u16(w, n->row->afi);
    wr_u8(w, n->row->safi);
    if (n->row->key(n, w) != 0)
        return -1;
    return w->overflow ? -1 : 0;
}

int nlri_fault_cur(const struct cur *c, struct nlri_fault *fault)
{
    *fault = (struct nlri_fault){
        .reason = BGP_REASON_TRUNCATED, .off = c->fail_off, .need = c->need, .have = c->left};
    return -1;
}

int nlri_fault_at(struct nlri_fault *fault, uint8_t reason, uint32_t off, uint32_t need,
                  uint32_t have)
{
    *fault = (struct nlri_fault){.reason = reason, .off = off, .need = need, .have = have};
    return -1;
}

bool nlri_take_bits(struct cur *in, unsigned max_bits, struct cur *one,
                    struct nlri_fault *fault)
{
    uint8_t bits;
    if (!cur_peek(in, 0, &bits)) {
        (void)cur_fail(in, 1);
        return nlri_fault_cur(in, fault) == 0;
    }
    if (bits > max_bits)
        return nlri_fault_at(fault, BGP_REASON_PREFIX_LENGTH, in->off, max_bits, bits) == 0;
    if (!cur_take(in, 1 + (bits + 7u) / 8, one))
        return nlri_fault_cur(in, fault) == 0;
    return true;
}

bool nlri_take_octets(struct cur *in, unsigned len_size, struct cur *one,
                      struct nlri_fault *fault)
{
    struct cur ahead = *in;
    uint16_t len = 0;
    uint8_t short_len = 0;
    bool ok = len_size == 1 ? cur_u8(&ahead, &short_len) : cur_u16(&ahead, &len);
    if (!ok)
        return nlri_fault_cur(&ahead, fault) == 0;
    if (!cur_take(in, len_size + len + short_len, one))
        return nlri_fault_cur(in, fault) == 0;
    return true;
}

bool nlri_read_addr(struct cur *c, unsigned bits, unsigned addr_len, uint8_t *addr,
                    struct nlri_fault *fault)
{
    if (bits > addr_len * 8)
        return nlri_fault_at(fault, BGP_REASON_PREFIX_LENGTH, c->off, addr_len * 8, bits) == 0;
    memset(addr, 0, addr_len);
    unsigned octets = (bits + 7) / 8;
    if (!cur_copy(c, addr, octets))
        return nlri_fault_cur(c, fault) == 0;
    if (bits % 8 != 0)
        addr[octets - 1] &= (uint8_t)(0xff << (8 - bits % 8));
    return true;
}
