/* SPDX-License-Identifier: BSD-2-Clause */
/* session: capabilities about the speaker and its session (RFC 5492, 6793, 9234). Floor F1. */
#include "bgp/caps.h"

#include "bgp/names.h"

/* Capabilities that say all by being there. */
int cap_decode_empty(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    (void)e;
    return value->left == 0 ? 0 : cap_fault_length(value, 0, fault);
}

/* RFC 6793 section 3. */
int cap_decode_asn4(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint32_t asn;
    if (value->left != 4)
        return cap_fault_length(value, 4, fault);
    if (!cur_u32(value, &asn))
        return nlri_fault_cur(value, fault);
    emit_u64(e, KEY("asn"), asn);
    return 0;
}

/* RFC 9234 section 4.1. */
int cap_decode_role(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    static const char *const names[] = {"provider", "rs", "rs-client", "customer", "peer"};
    uint8_t role;
    if (value->left != 1)
        return cap_fault_length(value, 1, fault);
    if (!cur_u8(value, &role))
        return nlri_fault_cur(value, fault);
    emit_name_or_code(e, KEY("role"),
                      role < sizeof names / sizeof names[0] ? names[role] : NULL, role);
    return 0;
}

/* Emits all that is left as capability codes, one octet each. */
static int decode_codes(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint8_t code;
    emit_array(e, KEY("codes"));
    while (value->left > 0) {
        if (!cur_u8(value, &code))
            return nlri_fault_cur(value, fault);
        emit_u64(e, EMIT_ITEM, code);
    }
    emit_array_end(e);
    return 0;
}

/* draft-ietf-idr-dynamic-cap section 4: the capabilities that may change while the session is
 * up. */
int cap_decode_dynamic(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    return decode_codes(value, e, fault);
}

/* draft-ietf-idr-bgp-multisession section 4: <flags 1 (0x80: grouping), capability codes that
 * tell sessions apart ...>. */
int cap_decode_multisession(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint8_t flags;
    if (!cur_u8(value, &flags))
        return nlri_fault_cur(value, fault);
    emit_bool(e, KEY("grouping"), (flags & 0x80) != 0);
    if ((flags & 0x7f) != 0)
        emit_u64(e, KEY("reserved"), flags & 0x7f);
    return decode_codes(value, e, fault);
}

/* Emits text with a one-octet length before it. */
static int decode_short_text(struct cur *value, struct emit *e, struct str key,
                             struct nlri_fault *fault)
{
    uint8_t len;
    struct cur text;
    if (!cur_u8(value, &len) || !cur_take(value, len, &text))
        return nlri_fault_cur(value, fault);
    return emit_utf8(e, key, &text, fault);
}

/* draft-walton-bgp-hostname-capability section 2: <length 1, host name, length 1, domain>. */
int cap_decode_fqdn(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    if (decode_short_text(value, e, KEY("hostname"), fault) != 0)
        return -1;
    return decode_short_text(value, e, KEY("domain"), fault);
}

/* draft-abraitis-bgp-version-capability: <length 1, text>. Some send the text alone; no version
 * begins with a control character, so the first octet tells. */
int cap_decode_software_version(struct cur *value, struct emit *e, struct nlri_fault *fault)
{
    uint8_t len = 0;
    if (!cur_peek(value, 0, &len) || len < ' ' || len == value->left - 1)
        return decode_short_text(value, e, KEY("version"), fault);
    struct cur text = cur_rest(value);
    return emit_utf8(e, KEY("version"), &text, fault);
}
