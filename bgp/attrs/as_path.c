/* SPDX-License-Identifier: BSD-2-Clause */
/* as_path: AS_PATH and AS4_PATH (RFC 4271 section 4.3, RFC 5065, RFC 6793), and their merge.
 * Floor F1.
 *
 *     +-----------+-----------+------------------------
 *     | type (1)  | count (1) | count AS numbers (2 or 4 octets each)
 *     +-----------+-----------+------------------------
 */
#include "bgp/as_path.h"

#include "base/fmt.h"
#include "bgp/attr_map.h"

bool as_path_parses(struct cur c, unsigned as_len)
{
    while (c.left > 0) {
        uint8_t type, cnt;
        if (!cur_u8(&c, &type) || !cur_u8(&c, &cnt) || !cur_skip(&c, (uint32_t)cnt * as_len))
            return false;
        if (type < AS_SET || type > AS_CONFED_SET || cnt == 0)
            return false;
    }
    return true;
}

int as_path_next(struct cur *c, unsigned as_len, struct as_segment *s, struct nlri_fault *fault)
{
    if (c->left == 0)
        return 0;
    uint32_t off = c->off;
    uint8_t cnt;
    if (!cur_u8(c, &s->type) || !cur_u8(c, &cnt))
        return nlri_fault_cur(c, fault);
    /* RFC 7606 section 7.2: unrecognised type, zero count */
    if (s->type < AS_SET || s->type > AS_CONFED_SET)
        return nlri_fault_at(fault, BGP_REASON_VALUE, off, AS_CONFED_SET, s->type);
    if (cnt == 0)
        return nlri_fault_at(fault, BGP_REASON_LENGTH, off + 1, 1, 0);
    if (!cur_take(c, cnt * as_len, &s->asns))
        return nlri_fault_cur(c, fault);
    s->as_len = as_len;
    s->cnt = cnt;
    return 1;
}

bool as_segment_next(struct as_segment *s, uint32_t *asn)
{
    if (s->as_len == 4)
        return cur_u32(&s->asns, asn);
    uint16_t asn2;
    if (!cur_u16(&s->asns, &asn2))
        return false;
    *asn = asn2;
    return true;
}

uint32_t as_segment_length(const struct as_segment *s)
{
    if (as_segment_is_confed(s))
        return 0;
    return s->type == AS_SET ? 1 : s->cnt;
}

int64_t as_path_length(struct cur c, unsigned as_len)
{
    struct as_segment s = {0}; /* gcc does not see that 1 means it is there */
    struct nlri_fault fault;
    int64_t sum = 0;
    int got;
    while ((got = as_path_next(&c, as_len, &s, &fault)) > 0)
        sum += as_segment_length(&s);
    return got < 0 ? -1 : sum;
}

/* Reads the rest of a segment. Returns how many there were. */
static size_t read_asns(struct as_segment *s, uint32_t all[UINT8_MAX], uint32_t *zeros)
{
    size_t n = s->asns.left / s->as_len;
    const uint8_t *p = cur_bytes(&s->asns, (uint32_t)n * s->as_len);
    *zeros = 0;
    for (size_t i = 0; i < n; i++, p += s->as_len) {
        all[i] = s->as_len == 4 ? wire_u32(p) : wire_u16(p);
        *zeros += all[i] == 0;
    }
    return n;
}

uint32_t as_segment_emit(struct as_segment *s, struct emit *e)
{
    static const char *const confed_names[] = {
        [AS_CONFED_SEQUENCE] = "confed_sequence", [AS_CONFED_SET] = "confed_set"};
    bool confed = s->type >= AS_CONFED_SEQUENCE;
    if (confed)
        emit_object(e, EMIT_ITEM);
    if (s->type != AS_SEQUENCE)
        emit_array(e, confed ? str_of(confed_names[s->type]) : EMIT_ITEM);
    uint32_t all[UINT8_MAX], zeros;
    emit_u32_items(e, all, read_asns(s, all, &zeros));
    if (s->type != AS_SEQUENCE)
        emit_array_end(e);
    if (confed)
        emit_object_end(e);
    return zeros;
}

static void note(struct attr_in *in, uint8_t action, uint8_t reason, uint32_t need,
                 uint32_t have)
{
    bgp_diag_add(in->diags, (struct bgp_diag){.action = action,
                                              .reason = reason,
                                              .attr = in->code,
                                              .off = in->value.off,
                                              .need = need,
                                              .have = have});
}

static int emit_path(struct attr_in *in, struct emit *e, struct str key, unsigned as_len)
{
    uint32_t start = in->value.off, zeros = 0;
    struct as_segment s;
    int r = as_path_next(&in->value, as_len, &s, &in->fault);
    if (r > 0 && s.type == AS_SEQUENCE && in->value.left == 0) { /* most paths */
        uint32_t all[UINT8_MAX];
        emit_u32_array(e, key, all, read_asns(&s, all, &zeros));
    } else {
        emit_array(e, key);
        for (; r > 0; r = as_path_next(&in->value, as_len, &s, &in->fault))
            zeros += as_segment_emit(&s, e);
        if (r < 0)
            return -1;
        emit_array_end(e);
    }
    if (zeros > 0) /* RFC 7607 section 2: treat as withdraw (AS4_PATH: discard) */
        bgp_diag_add(in->diags, (struct bgp_diag){.action = in->code == ATTR_AS4_PATH
                                                                ? BGP_ACTION_ATTRIBUTE_DISCARD
                                                                : BGP_ACTION_TREAT_AS_WITHDRAW,
                                                  .reason = BGP_REASON_AS_ZERO,
                                                  .attr = in->code,
                                                  .off = start,
                                                  .have = zeros});
    return 0;
}

bool as_path_is_plain(struct cur value, const struct bgp_ctx *ctx)
{
    unsigned as_len = ctx->asn4 ? 4 : 2;
    bool any_zero = false;
    while (value.left > 0) {
        uint8_t type, cnt;
        if (!cur_u8(&value, &type) || type != AS_SEQUENCE || !cur_u8(&value, &cnt) || cnt == 0)
            return false;
        const uint8_t *asn = cur_bytes(&value, cnt * as_len);
        if (asn == NULL)
            return false;
        for (; cnt > 0; cnt--, asn += as_len)
            any_zero |= (as_len == 4 ? wire_u32(asn) : wire_u16(asn)) == 0;
    }
    return !any_zero;
}

unsigned as_path_width(struct cur value, const struct bgp_ctx *ctx)
{
    unsigned width = ctx->asn4 ? 4 : 2, other = ctx->asn4 ? 2 : 4;
    if (ctx->pinned || as_path_parses(value, width) || !as_path_parses(value, other))
        return width;
    return other;
}

int attr_as_path(struct attr_in *in, struct emit *e, struct str key)
{
    unsigned told = in->ctx->asn4 ? 4 : 2, width = as_path_width(in->value, in->ctx);
    if (width != told)
        note(in, BGP_ACTION_NOTE, BGP_REASON_AS_WIDTH, told, width);
    return emit_path(in, e, key, width);
}

int attr_as4_path(struct attr_in *in, struct emit *e, struct str key)
{
    return emit_path(in, e, key, 4);
}
