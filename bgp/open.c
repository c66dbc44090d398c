/* SPDX-License-Identifier: BSD-2-Clause */
/* open: the index of an OPEN and its record (RFC 4271 sections 4.2 and 6.2, RFC 5492, RFC
 * 9072). Floor F1.
 *
 *     19        20        22           24       28          29
 *     +---------+---------+------------+--------+-----------+--------------------+
 *     | version | my AS   | hold time  | BGP ID | opt. len  | parameters ...     |
 *     +---------+---------+------------+--------+-----------+--------------------+
 *
 *     a parameter            {type 1, length 1, value}
 *     RFC 9072, section 2    opt. len any but 0, then 255, length 2, and parameters
 *                            {type 1, length 2, value}
 *     a capability           {code 1, length 1, value}, any number in a parameter of type 2
 */
#include "bgp/open.h"

#include "bgp/caps.h"

enum {
    OPEN_VERSION_OFF = 19,
    OPEN_MY_AS_OFF = 20,
    OPEN_HOLD_TIME_OFF = 22,
    OPEN_BGP_ID_OFF = 24,
    OPEN_VERSION = 4,
    HOLD_TIME_MIN = 3, /* RFC 4271 section 4.2: zero, or at least three seconds */
    PARAM_CAPABILITIES = 2,
    PARAM_EXTENDED = 255,
};

static void note(struct bgp_open *o, uint8_t action, uint8_t reason,
                 const struct nlri_fault *at)
{
    bgp_diag_add(&o->diags, (struct bgp_diag){
                                .action = action,
                                .reason = reason,
                                .off = at->off,
                                .need = at->need,
                                .have = at->have,
                            });
}

/* The structure is broken: RFC 4271 section 6.2 and RFC 5492 ask for a NOTIFICATION. */
static void note_broken(struct bgp_open *o, uint8_t reason, const struct nlri_fault *at)
{
    o->broken = true;
    note(o, BGP_ACTION_SESSION_RESET, reason, at);
}

static void note_cut(struct bgp_open *o, const struct cur *c)
{
    struct nlri_fault at = {.off = c->fail_off, .need = c->need, .have = c->left};
    note_broken(o, BGP_REASON_TRUNCATED, &at);
}

/* Fetches one {type, length, value} of a parameter list. Returns 1, 0 at the end, -1 when it is
 * cut (c->failed). */
static int param_next(struct cur *c, bool ext, uint8_t *type, struct cur *value)
{
    uint8_t short_len = 0;
    uint16_t len = 0;
    if (c->left == 0)
        return 0;
    if (!cur_u8(c, type))
        return -1;
    if (ext ? !cur_u16(c, &len) : !cur_u8(c, &short_len))
        return -1;
    return cur_take(c, ext ? len : short_len, value) ? 1 : -1;
}

/* A capability is framed like a parameter of RFC 4271. */
static int cap_next(struct cur *c, uint8_t *code, struct cur *value)
{
    return param_next(c, false, code, value);
}

static void index_cap(struct bgp_open *o, uint8_t code, const struct cur *value)
{
    struct nlri_fault fault = {0};
    if (cap_decode(code, *value, &emit_null, &fault) != 0)
        note(o, BGP_ACTION_NOTE, fault.reason, &fault);
    if (code == BGP_CAP_ASN4 && value->left == 4) {
        struct cur c = *value;
        if (!cur_u32(&c, &o->asn))
            return;
        if (o->asn == 0)
            note(o, BGP_ACTION_SESSION_RESET, BGP_REASON_AS_ZERO,
                 &(struct nlri_fault){.off = value->off});
    }
    if (o->cap_cnt == BGP_CAPS_MAX) {
        o->cap_lost++;
        return;
    }
    o->cap[o->cap_cnt++] = (struct bgp_cap){code, (uint8_t)value->left, value->off};
}

static void index_caps(struct bgp_open *o, struct cur *list)
{
    uint8_t code = 0;
    struct cur value;
    int rc;
    while ((rc = cap_next(list, &code, &value)) == 1)
        index_cap(o, code, &value);
    if (rc < 0)
        note_cut(o, list);
}

static void index_params(struct bgp_open *o, struct cur *c)
{
    uint8_t type = 0;
    struct cur value;
    int rc;
    while ((rc = param_next(c, o->ext_params, &type, &value)) == 1) {
        if (type == PARAM_CAPABILITIES) {
            index_caps(o, &value);
            continue;
        }
        /* RFC 4271 section 6.2: Unsupported Optional Parameter. */
        uint32_t header = o->ext_params ? 3 : 2;
        note(o, BGP_ACTION_SESSION_RESET, BGP_REASON_UNKNOWN,
             &(struct nlri_fault){.off = value.off - header, .have = type});
    }
    if (rc < 0)
        note_cut(o, c);
    if (o->cap_lost > 0)
        note(o, BGP_ACTION_NOTE, BGP_REASON_TOO_MANY,
             &(struct nlri_fault){.off = o->params_off,
                                  .need = BGP_CAPS_MAX,
                                  .have = BGP_CAPS_MAX + o->cap_lost});
}

/* Reads the fixed part up to and with the length of the parameters, in either form, into *len.
 * Returns false when the bytes end before. */
static bool read_fixed(struct bgp_open *o, struct cur *c, uint16_t *len)
{
    uint8_t short_len = 0;
    if (!cur_skip(c, BGP_HEADER_LEN) || !cur_u8(c, &o->version) || !cur_u16(c, &o->my_as) ||
        !cur_u16(c, &o->hold_time) || !cur_copy(c, o->bgp_id, 4) || !cur_u8(c, &short_len))
        return false;
    o->asn = o->my_as;
    *len = short_len;
    uint8_t type = 0;
    /* RFC 9072 section 2: the type tells the form, whatever the one-octet length says. */
    if (short_len != 0 && cur_peek(c, 0, &type) && type == PARAM_EXTENDED) {
        o->ext_params = true;
        return cur_skip(c, 1) && cur_u16(c, len);
    }
    return true;
}

/* Makes `params` a cursor over the parameters. A length that says more than there is, or less,
 * is noted; what is there gets indexed. */
static void find_params(struct bgp_open *o, struct cur *c, uint16_t len, struct cur *params)
{
    uint32_t have = c->left;
    o->params_off = c->off;
    if (len > have) {
        note_broken(o, BGP_REASON_TRUNCATED,
                    &(struct nlri_fault){.off = c->off, .need = len, .have = have});
        *params = cur_rest(c);
    } else if (cur_take(c, len, params) && c->left > 0) {
        note_broken(o, BGP_REASON_TRAILING,
                    &(struct nlri_fault){.off = c->off, .have = c->left});
    }
    o->params_len = params->left;
}

/* RFC 4271 section 6.2, RFC 6286 section 2.2, RFC 7607 section 2. */
static void check_fixed(struct bgp_open *o)
{
    static const uint8_t no_id[4];
    if (o->version != OPEN_VERSION)
        note(o, BGP_ACTION_SESSION_RESET, BGP_REASON_VERSION,
             &(struct nlri_fault){
                 .off = OPEN_VERSION_OFF, .need = OPEN_VERSION, .have = o->version});
    if (o->my_as == 0)
        note(o, BGP_ACTION_SESSION_RESET, BGP_REASON_AS_ZERO,
             &(struct nlri_fault){.off = OPEN_MY_AS_OFF});
    if (o->hold_time != 0 && o->hold_time < HOLD_TIME_MIN)
        note(o, BGP_ACTION_SESSION_RESET, BGP_REASON_HOLD_TIME,
             &(struct nlri_fault){
                 .off = OPEN_HOLD_TIME_OFF, .need = HOLD_TIME_MIN, .have = o->hold_time});
    if (memcmp(o->bgp_id, no_id, sizeof no_id) == 0)
        note(o, BGP_ACTION_SESSION_RESET, BGP_REASON_BGP_ID,
             &(struct nlri_fault){.off = OPEN_BGP_ID_OFF});
}

/* What the two-octet field must hold for a speaker's AS number (RFC 6793 section 4.2.1). */
static uint16_t my_as_of(uint32_t asn)
{
    return asn > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)asn;
}

static void check_asn(struct bgp_open *o)
{
    if (o->my_as != my_as_of(o->asn))
        note(o, BGP_ACTION_NOTE, BGP_REASON_AS4_MISMATCH,
             &(struct nlri_fault){
                 .off = OPEN_MY_AS_OFF, .need = my_as_of(o->asn), .have = o->my_as});
}

/* RFC 9234 section 4.2: several roles that differ are a role mismatch. */
static void check_roles(struct bgp_open *o)
{
    const struct bgp_cap *first = NULL;
    for (unsigned i = 0; i < o->cap_cnt; i++) {
        const struct bgp_cap *cap = &o->cap[i];
        if (cap->code != BGP_CAP_ROLE || cap->len != 1)
            continue;
        if (first == NULL)
            first = cap;
        uint8_t role = o->msg[cap->off], want = o->msg[first->off];
        if (role == want)
            continue;
        note(o, BGP_ACTION_SESSION_RESET, BGP_REASON_VALUE,
             &(struct nlri_fault){.off = cap->off, .need = want, .have = role});
        return;
    }
}

static void open_init(struct bgp_open *o, const uint8_t *msg, size_t len)
{
    o->msg = msg;
    o->len = (uint32_t)len;
    o->version = 0;
    o->ext_params = false;
    o->broken = false;
    o->my_as = 0;
    o->asn = 0;
    o->hold_time = 0;
    memset(o->bgp_id, 0, sizeof o->bgp_id);
    o->params_off = 0;
    o->params_len = 0;
    o->cap_cnt = 0;
    o->cap_lost = 0;
    bgp_diags_init(&o->diags);
}

int bgp_open_index(const uint8_t *msg, size_t len, struct bgp_open *o)
{
    struct cur c = cur_of(msg, len);
    struct cur params = {0};
    uint16_t params_len = 0;
    open_init(o, msg, len);
    if (!read_fixed(o, &c, &params_len)) {
        note_cut(o, &c);
        return -1;
    }
    check_fixed(o);
    find_params(o, &c, params_len, &params);
    index_params(o, &params);
    check_asn(o);
    check_roles(o);
    return o->broken ? -1 : 0;
}

/* ---- the record ---- */

static struct cur params_of(const struct bgp_open *o)
{
    return cur_at(o->msg + o->params_off, o->params_len, o->params_off);
}

static void emit_cap(struct emit *e, uint8_t code, struct cur value)
{
    struct nlri_fault fault; /* the index has noted it */
    emit_object(e, EMIT_ITEM);
    (void)cap_decode(code, value, e, &fault);
    emit_object_end(e);
}

/* Walks the bytes rather than the index, which is bounded. */
static void emit_caps(const struct bgp_open *o, struct emit *e)
{
    struct cur c = params_of(o), list, value;
    uint8_t type = 0, code = 0;
    emit_array(e, KEY("capabilities"));
    while (param_next(&c, o->ext_params, &type, &list) == 1) {
        while (type == PARAM_CAPABILITIES && cap_next(&list, &code, &value) == 1)
            emit_cap(e, code, value);
    }
    emit_array_end(e);
}

static void emit_other_params(const struct bgp_open *o, struct emit *e)
{
    struct cur c = params_of(o), value;
    uint8_t type = 0;
    bool opened = false;
    while (param_next(&c, o->ext_params, &type, &value) == 1) {
        if (type == PARAM_CAPABILITIES)
            continue;
        if (!opened)
            emit_array(e, KEY("parameters"));
        opened = true;
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("type"), type);
        emit_hex(e, KEY("value"), value.p, value.left);
        emit_object_end(e);
    }
    if (opened)
        emit_array_end(e);
}

void bgp_open_emit(const struct bgp_open *o, struct emit *e)
{
    if (o->params_off == 0) { /* the fixed part is not all there: name nothing */
        if (o->len > BGP_HEADER_LEN)
            emit_hex(e, KEY("parameters_raw"), o->msg + BGP_HEADER_LEN,
                     o->len - BGP_HEADER_LEN);
        return;
    }
    emit_u64(e, KEY("version"), o->version);
    emit_u64(e, KEY("asn"), o->asn);
    if (o->my_as != my_as_of(o->asn))
        emit_u64(e, KEY("my_as"), o->my_as);
    emit_u64(e, KEY("hold_time"), o->hold_time);
    emit_ipv4(e, KEY("bgp_id"), o->bgp_id);
    if (o->ext_params)
        emit_bool(e, KEY("extended_params"), true);
    emit_caps(o, e);
    emit_other_params(o, e);
    if (o->broken)
        emit_hex(e, KEY("parameters_raw"), o->msg + o->params_off, o->len - o->params_off);
}
