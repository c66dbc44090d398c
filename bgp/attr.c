/* SPDX-License-Identifier: BSD-2-Clause */
/* attr: look-up and dispatch, the same for every path attribute. Floor F1. */
#include "bgp/attr.h"

#include "bgp/as_path.h"
#include "bgp/attr_map.h"

#define ROW(number, NAME, member, source, category, action, least, most, step, decoder)        \
    {                                                                                          \
        .code = number,                                                                        \
        .flags = ATTR_##category,                                                              \
        .on_error = BGP_ACTION_##action,                                                       \
        .len_min = least,                                                                      \
        .len_max = most,                                                                       \
        .len_step = step,                                                                      \
        .name = #NAME,                                                                         \
        .key = KEY_INIT(member),                                                               \
        .rfc = source,                                                                         \
        .decode = decoder,                                                                     \
    },

const struct attr_row attr_map[] = {ATTR_MAP(ROW)};
const unsigned attr_map_cnt = sizeof attr_map / sizeof attr_map[0];

/* Where a code's row is in attr_map, plus one. */
#define PLACE(number, NAME, ...) PLACE_##NAME,
enum place { PLACE_NONE, ATTR_MAP(PLACE) };
#define INDEX(number, NAME, ...) [number] = PLACE_##NAME,
static const uint8_t place_of[256] = {ATTR_MAP(INDEX)};

const struct attr_row *attr_row_of(uint8_t code)
{
    uint8_t place = place_of[code];
    return place == PLACE_NONE ? NULL : &attr_map[place - 1];
}

/* LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST from an external peer are discarded whatever they
 * hold (RFC 7606 sections 7.5, 7.9, 7.10). */
static uint8_t action_of(const struct attr_row *row, const struct attr_in *in)
{
    bool internal_only = row->code == ATTR_LOCAL_PREF || row->code == ATTR_ORIGINATOR_ID ||
                         row->code == ATTR_CLUSTER_LIST;
    uint8_t action =
        internal_only && in->ctx->ebgp ? BGP_ACTION_ATTRIBUTE_DISCARD : row->on_error;
    return action > in->at_least ? action : in->at_least;
}

/* Wrong flags make an attribute malformed and the routes withdrawn (RFC 7606 section 3 c)
 * unless its own specification says otherwise: AIGP is discarded (RFC 7311 section 3). */
static uint8_t flags_action(const struct attr_row *row)
{
    return row->code == ATTR_AIGP ? BGP_ACTION_ATTRIBUTE_DISCARD : BGP_ACTION_TREAT_AS_WITHDRAW;
}

static void report(const struct attr_in *in, uint8_t action, uint8_t reason, uint32_t off,
                   uint32_t need, uint32_t have)
{
    bgp_diag_add(in->diags, (struct bgp_diag){.action = action,
                                              .reason = reason,
                                              .attr = in->code,
                                              .off = off,
                                              .need = need,
                                              .have = have});
}

static bool length_fits(const struct attr_row *row, uint32_t len)
{
    /* most steps are 1, and a division takes as long as all else here */
    bool whole = row->len_step <= 1 || len % row->len_step == 0;
    return len >= row->len_min && len <= row->len_max && whole;
}

bool attr_decode(const struct attr_row *row, struct attr_in *in, struct emit *e)
{
    const uint8_t category = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE;
    uint32_t off = in->value.off, len = in->value.left;
    in->at_least = BGP_ACTION_NOTE;
    if ((in->flags & category) != row->flags && row->flags != ATTR_ANY) /* the value counts */
        report(in, flags_action(row), BGP_REASON_FLAGS, off, row->flags, in->flags & category);
    if (!length_fits(row, len)) {
        uint32_t need = len < row->len_min ? row->len_min : row->len_max;
        report(in, action_of(row, in), BGP_REASON_LENGTH, off,
               len >= row->len_min && len <= row->len_max ? row->len_step : need, len);
        return false;
    }
    if (row->decode == NULL)
        return false;
    struct emit_mark mark = emit_mark(e);
    if (row->decode(in, e, row->key) == 0) {
        if (in->value.left == 0)
            return true;
        attr_fault_at(in, BGP_REASON_TRAILING, in->value.off, 0, in->value.left);
    }
    emit_rollback(e, mark);
    report(in, action_of(row, in), in->fault.reason, in->fault.off, in->fault.need,
           in->fault.have);
    return false;
}

/* ---- plain ones ---- */

/* What flags and length don't say of a value. */
typedef bool plain_fn(struct cur value, const struct bgp_ctx *ctx);

static bool any_value(struct cur value, const struct bgp_ctx *ctx)
{
    (void)value, (void)ctx;
    return true;
}

static bool origin_is_plain(struct cur value, const struct bgp_ctx *ctx)
{
    uint8_t v;
    (void)ctx;
    return cur_u8(&value, &v) && v <= 2;
}

static bool aggregator_is_plain(struct cur value, const struct bgp_ctx *ctx)
{
    return value.left == (ctx->asn4 ? 8 : 6);
}

static plain_fn *const plain_fns[] = {
    [ATTR_ORIGIN] = origin_is_plain,
    [ATTR_AS_PATH] = as_path_is_plain,
    [ATTR_NEXT_HOP] = any_value,
    [ATTR_MED] = any_value,
    [ATTR_LOCAL_PREF] = any_value,
    [ATTR_ATOMIC_AGGREGATE] = any_value,
    [ATTR_AGGREGATOR] = aggregator_is_plain,
    [ATTR_COMMUNITIES] = any_value,
    [ATTR_ORIGINATOR_ID] = any_value,
    [ATTR_CLUSTER_LIST] = any_value,
    [ATTR_MP_REACH_NLRI] = any_value, /* the index pass and the NLRI's tell of these two */
    [ATTR_MP_UNREACH_NLRI] = any_value,
    [ATTR_LARGE_COMMUNITY] = any_value,
    [ATTR_OTC] = any_value,
};

bool attr_is_plain(const struct attr_row *row, uint8_t flags, struct cur value,
                   const struct bgp_ctx *ctx)
{
    const uint8_t category = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE;
    if (row->code >= sizeof plain_fns / sizeof plain_fns[0] || plain_fns[row->code] == NULL)
        return false;
    return (flags & category) == row->flags && length_fits(row, value.left) &&
           plain_fns[row->code](value, ctx);
}

void attr_emit_raw(struct emit *e, uint8_t code, uint8_t flags, const uint8_t *p, size_t len)
{
    const struct attr_row *row = attr_row_of(code);
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("code"), code);
    if (row != NULL)
        emit_word(e, KEY("name"), row->key);
    emit_u64(e, KEY("flags"), flags);
    emit_hex(e, KEY("value"), p, len);
    emit_object_end(e);
}

int attr_next(struct cur *c, struct attr_in *in)
{
    struct attr_head h;
    int r = attr_next_head(c, &h);
    if (r <= 0)
        return r;
    in->flags = h.flags;
    in->code = h.code;
    cur_set(&in->value, h.p, h.len, h.off);
    return 1;
}

int attr_fault_cur(struct attr_in *in, const struct cur *c)
{
    return nlri_fault_cur(c, &in->fault);
}

int attr_fault_at(struct attr_in *in, uint8_t reason, uint32_t off, uint32_t need,
                  uint32_t have)
{
    return nlri_fault_at(&in->fault, reason, off, need, have);
}
