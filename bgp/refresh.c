/* SPDX-License-Identifier: BSD-2-Clause */
/* refresh: ROUTE-REFRESH (RFC 2918, RFC 7313) and outbound route filters (RFC 5291, RFC 5292).
 * Floor F1.
 *
 *     19    21        22     23
 *     +-----+---------+------+------+----------------------------------------------+
 *     | AFI | subtype | SAFI | when | {ORF type 1, length 2, entries ...} ...      |
 *     +-----+---------+------+------+----------------------------------------------+
 *                            | from here on RFC 5291 section 4, and may be absent  |
 */
#include "bgp/caps.h"
#include "bgp/names.h"
#include "bgp/notify.h"

enum {
    REFRESH_LEN = 4,
    SUBTYPE_REFRESH = 0,
    SUBTYPE_BORR = 1,
    SUBTYPE_EORR = 2,
    ORF_ADDRESS_PREFIX = 64,
    ORF_ADDRESS_PREFIX_OLD = 128,
    ORF_REMOVE_ALL = 2,
};

static const char *subtype_name(uint8_t subtype)
{
    static const char *const names[] = {"refresh", "borr", "eorr"};
    return subtype < sizeof names / sizeof names[0] ? names[subtype] : NULL;
}

static const char *when_name(uint8_t when)
{
    static const char *const names[] = {NULL, "immediate", "defer"};
    return when < sizeof names / sizeof names[0] ? names[when] : NULL;
}

/* RFC 5292 section 3: <sequence 4, minlen 1, maxlen 1, length 1, prefix>, lengths in bits. */
static int decode_prefix(struct cur *c, uint16_t afi, struct emit *e, struct nlri_fault *fault)
{
    uint32_t sequence;
    uint8_t min_len, max_len, bits, addr[16] = {0};
    unsigned bits_max = afi == BGP_AFI_IPV6 ? 128 : 32;
    if (!cur_u32(c, &sequence) || !cur_u8(c, &min_len) || !cur_u8(c, &max_len))
        return nlri_fault_cur(c, fault);
    uint32_t at = c->off;
    if (!cur_u8(c, &bits))
        return nlri_fault_cur(c, fault);
    if (bits > bits_max)
        return nlri_fault_at(fault, BGP_REASON_PREFIX_LENGTH, at, bits_max, bits);
    uint32_t len = (bits + 7u) / 8;
    if (!cur_copy(c, addr, len))
        return nlri_fault_cur(c, fault);
    if (bits % 8 != 0) /* irrelevant bits (RFC 5292 section 3) */
        addr[len - 1] &= (uint8_t)(0xff << (8 - bits % 8));
    emit_u64(e, KEY("sequence"), sequence);
    emit_u64(e, KEY("min_length"), min_len);
    emit_u64(e, KEY("max_length"), max_len);
    emit_prefix(e, KEY("prefix"), addr, afi == BGP_AFI_IPV6, bits);
    return 0;
}

/* RFC 5291 section 4: <action 2 bits, match 1 bit, reserved 5 bits>, and the filter unless all
 * are removed. */
static int decode_entry(struct cur *c, uint16_t afi, struct emit *e, struct nlri_fault *fault)
{
    static const char *const actions[] = {"add", "remove", "remove-all", NULL};
    uint8_t head;
    if (!cur_u8(c, &head))
        return nlri_fault_cur(c, fault);
    uint8_t action = head >> 6;
    emit_object(e, EMIT_ITEM);
    emit_name_or_code(e, KEY("action"), actions[action], action);
    emit_name(e, KEY("match"), (head & 0x20) != 0 ? "deny" : "permit");
    if ((head & 0x1f) != 0)
        emit_u64(e, KEY("reserved"), head & 0x1f);
    if (action != ORF_REMOVE_ALL && decode_prefix(c, afi, e, fault) != 0)
        return -1;
    emit_object_end(e);
    return 0;
}

static int decode_entries(struct cur *c, uint16_t afi, struct emit *e, struct nlri_fault *fault)
{
    emit_array(e, KEY("entries"));
    while (c->left > 0) {
        if (decode_entry(c, afi, e, fault) != 0)
            return -1;
    }
    emit_array_end(e);
    return 0;
}

static bool has_prefixes(uint8_t type, uint16_t afi)
{
    return (type == ORF_ADDRESS_PREFIX || type == ORF_ADDRESS_PREFIX_OLD) &&
           (afi == BGP_AFI_IPV4 || afi == BGP_AFI_IPV6);
}

/* Emits one ORF. Entries that don't parse make its value hex; the ORFs after it are unharmed.
 */
static int emit_orf(uint8_t type, struct cur value, uint16_t afi, struct emit *e,
                    struct nlri_fault *fault)
{
    int rc = 0;
    bool named = has_prefixes(type, afi);
    emit_object(e, EMIT_ITEM);
    emit_name_or_code(e, KEY("type"), bgp_orf_type_name(type), type);
    if (named) {
        struct emit_mark before = emit_mark(e);
        struct cur c = value;
        rc = decode_entries(&c, afi, e, fault);
        if (rc != 0)
            emit_rollback(e, before);
    }
    if (!named || rc != 0)
        emit_hex(e, KEY("value"), value.p, value.left);
    emit_object_end(e);
    return rc;
}

/* Emits all ORFs; what is left when their framing breaks is "data". *fault is the first. */
static int emit_orfs(struct cur *c, uint16_t afi, struct emit *e, struct nlri_fault *fault)
{
    int rc = 0;
    struct cur rest = *c;
    emit_array(e, KEY("orfs"));
    while (c->left > 0 && !c->failed) {
        uint8_t type;
        uint16_t len;
        struct cur value;
        struct nlri_fault one;
        rest = *c;
        if (!cur_u8(c, &type) || !cur_u16(c, &len) || !cur_take(c, len, &value))
            (void)nlri_fault_cur(c, &one);
        else if (emit_orf(type, value, afi, e, &one) == 0)
            continue;
        if (rc == 0)
            *fault = one;
        rc = -1;
    }
    emit_array_end(e);
    if (c->failed)
        emit_hex(e, KEY("data"), rest.p, rest.left);
    return rc;
}

int bgp_refresh_emit(struct cur body, struct emit *e, struct nlri_fault *fault)
{
    uint16_t afi;
    uint8_t subtype, safi, when;
    struct cur whole = body;
    if (!cur_u16(&body, &afi) || !cur_u8(&body, &subtype) || !cur_u8(&body, &safi)) {
        emit_hex(e, KEY("data"), whole.p, whole.left);
        return nlri_fault_cur(&body, fault);
    }
    emit_family(e, afi, safi);
    emit_name_or_code(e, KEY("subtype"), subtype_name(subtype), subtype);
    if (body.left == 0)
        return 0;
    if (subtype != SUBTYPE_REFRESH) {
        emit_hex(e, KEY("data"), body.p, body.left);
        if (subtype != SUBTYPE_BORR && subtype != SUBTYPE_EORR)
            return 0; /* unknown, and to be ignored (RFC 7313 section 5) */
        /* RFC 7313 section 5: these two are four octets, no more. */
        return nlri_fault_at(fault, BGP_REASON_LENGTH, body.off, REFRESH_LEN, whole.left);
    }
    if (!cur_u8(&body, &when))
        return nlri_fault_cur(&body, fault);
    emit_name_or_code(e, KEY("when"), when_name(when), when);
    return emit_orfs(&body, afi, e, fault);
}
