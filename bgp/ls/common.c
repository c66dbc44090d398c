/* SPDX-License-Identifier: BSD-2-Clause */
/* common: BGP-LS values of topology and TE (RFC 9552 section 5, RFC 8571, RFC 8814, RFC 9294).
 * Floor F1. */
#include "base/fmt.h"
#include "bgp/ls.h"
#include "bgp/nlri_map.h"

static size_t fmt_system_id(char *s, const uint8_t *id)
{
    size_t n = 0;
    for (int i = 0; i < 6; i += 2) {
        if (i > 0)
            s[n++] = '.';
        n += fmt_hex(s + n, id + i, 2);
    }
    return n;
}

int ls_igp_router_id(struct tlv *t, struct emit *e)
{
    uint32_t len = t->value.left;
    const uint8_t *id = cur_bytes(&t->value, len);
    char s[2 * FMT_IPV4_MAX + 8];
    size_t n;
    if (id == NULL || !(len == 4 || len == 6 || len == 7 || len == 8 || len == 16))
        return attr_fault_at(t->in, BGP_REASON_LENGTH, t->value.off, 4, len);
    if (len == 16) { /* direct and static protocols name a node by address */
        emit_ipv6(e, KEY("value"), id);
        return 0;
    }
    if (len == 6 || len == 7) {
        n = fmt_system_id(s, id);
        if (len == 7) {
            s[n++] = '.';
            n += fmt_hex(s + n, id + 6, 1);
        }
    } else {
        n = fmt_ipv4(s, id);
        if (len == 8) {
            s[n++] = ':';
            n += fmt_ipv4(s + n, id + 4);
        }
    }
    emit_ascii(e, KEY("value"), s, n);
    return 0;
}

int ls_mt_ids(struct tlv *t, struct emit *e)
{
    emit_array(e, KEY("values"));
    while (t->value.left > 0) {
        uint16_t id;
        if (!cur_u16(&t->value, &id))
            return tlv_fault(t);
        emit_u64(e, EMIT_ITEM, id & 0xfff); /* four reserved bits */
    }
    emit_array_end(e);
    return 0;
}

/* Returns the name of one of IANA's "IGP MSD-Types" (RFC 8491, RFC 9088, RFC 9352), or NULL. */
static const char *msd_name(uint8_t type)
{
    static const char *const names[] = {
        [1] = "base-mpls-imposition", [2] = "erld",
        [41] = "srh-max-segments-left", [42] = "srh-max-end-pop",
        [44] = "srh-max-h-encaps", [45] = "srh-max-end-d",
    };
    return type < sizeof names / sizeof names[0] ? names[type] : NULL;
}

int ls_msd(struct tlv *t, struct emit *e) /* RFC 8814 section 3: pairs of type and value */
{
    emit_array(e, KEY("msd"));
    while (t->value.left > 0) {
        uint8_t type, value;
        if (!cur_u8(&t->value, &type) || !cur_u8(&t->value, &value))
            return tlv_fault(t);
        emit_object(e, EMIT_ITEM);
        emit_u64(e, KEY("type"), type);
        if (msd_name(type) != NULL)
            emit_name(e, KEY("name"), msd_name(type));
        emit_u64(e, KEY("value"), value);
        emit_object_end(e);
    }
    emit_array_end(e);
    return 0;
}

int ls_unreserved(
    struct tlv *t,
    struct emit *e) /* RFC 9552 section 5.3.2: eight priorities, octets a second */
{
    emit_array(e, KEY("values"));
    for (int i = 0; i < 8; i++) {
        uint32_t bits;
        float f;
        if (!cur_u32(&t->value, &bits))
            return tlv_fault(t);
        memcpy(&f, &bits, sizeof f);
        emit_f64(e, EMIT_ITEM, (double)f);
    }
    emit_array_end(e);
    return 0;
}

int ls_isis_area(struct tlv *t, struct emit *e) /* dotted as an NSAP area: 49.0001 */
{
    uint32_t len = t->value.left;
    char s[3 * 20];
    size_t n = 0;
    if (len == 0 || len > 20)
        return attr_fault_at(t->in, BGP_REASON_LENGTH, t->value.off, 13, len);
    const uint8_t *area = cur_bytes(&t->value, len);
    for (uint32_t i = 0; area != NULL && i < len; i++) {
        if (i % 2 == 1)
            s[n++] = '.';
        n += fmt_hex(s + n, area + i, 1);
    }
    emit_ascii(e, KEY("value"), s, n);
    return 0;
}

int ls_link_ids(struct tlv *t, struct emit *e)
{
    uint32_t local, remote;
    if (!cur_u32(&t->value, &local) || !cur_u32(&t->value, &remote))
        return tlv_fault(t);
    emit_u64(e, KEY("local"), local);
    emit_u64(e, KEY("remote"), remote);
    return 0;
}

/* IP Reachability (RFC 9552 section 5.2.3.2): length in bits, then the fewest octets. The
 * family is the NLRI type's. */
int ls_reachability(struct tlv *t, struct emit *e)
{
    uint8_t bits;
    uint8_t addr[16] = {0};
    bool v6 = t->in->ipv6;
    if (!cur_u8(&t->value, &bits))
        return tlv_fault(t);
    if (!nlri_read_addr(&t->value, bits, v6 ? 16 : 4, addr, &t->in->fault))
        return -1;
    emit_prefix(e, KEY("prefix"), addr, v6, bits);
    return 0;
}

int ls_flags16(struct tlv *t, struct emit *e)
{
    uint16_t flags;
    if (!cur_u16(&t->value, &flags))
        return tlv_fault(t);
    if (!cur_skip(&t->value, t->value.left >= 2 ? 2 : 0)) /* RFC 9514: two reserved octets */
        return tlv_fault(t);
    emit_u64(e, KEY("flags"), flags);
    return 0;
}

int ls_octets(struct tlv *t, struct emit *e)
{
    emit_array(e, KEY("values"));
    while (t->value.left > 0) {
        uint8_t v;
        if (!cur_u8(&t->value, &v))
            return tlv_fault(t);
        emit_u64(e, EMIT_ITEM, v);
    }
    emit_array_end(e);
    return 0;
}

int ls_delay(struct tlv *t,
             struct emit *e) /* RFC 8571 section 2.1: A flag, 24 bits of microseconds */
{
    uint32_t v;
    if (!cur_u32(&t->value, &v))
        return tlv_fault(t);
    emit_bool(e, KEY("anomalous"), (v & 0x80000000u) != 0);
    emit_u64(e, KEY("delay_us"), v & 0xffffff);
    return 0;
}

int ls_delay_min_max(struct tlv *t, struct emit *e) /* RFC 8571 section 2.2 */
{
    uint32_t lo, hi;
    if (!cur_u32(&t->value, &lo) || !cur_u32(&t->value, &hi))
        return tlv_fault(t);
    emit_bool(e, KEY("anomalous"), (lo & 0x80000000u) != 0);
    emit_u64(e, KEY("min_us"), lo & 0xffffff);
    emit_u64(e, KEY("max_us"), hi & 0xffffff);
    return 0;
}

int ls_loss(struct tlv *t, struct emit *e) /* RFC 8571 section 2.4: units of 0.000003 percent */
{
    uint32_t v;
    if (!cur_u32(&t->value, &v))
        return tlv_fault(t);
    emit_bool(e, KEY("anomalous"), (v & 0x80000000u) != 0);
    emit_u64(e, KEY("loss"), v & 0xffffff);
    return 0;
}

/* Application-Specific Link Attributes (RFC 9294 section 2): two mask lengths, reserved (2),
 * masks, sub-TLVs. */
int ls_asla(struct tlv *t, struct emit *e)
{
    uint8_t sabm_len, udabm_len;
    const uint8_t *sabm, *udabm;
    if (!cur_u8(&t->value, &sabm_len) || !cur_u8(&t->value, &udabm_len) ||
        !cur_skip(&t->value, 2) || (sabm = cur_bytes(&t->value, sabm_len)) == NULL ||
        (udabm = cur_bytes(&t->value, udabm_len)) == NULL)
        return tlv_fault(t);
    emit_hex(e, KEY("standard_applications"), sabm, sabm_len);
    emit_hex(e, KEY("user_applications"), udabm, udabm_len);
    return tlv_emit_all(&ls_attr_table, &t->value, t->in, e, KEY("tlvs"));
}

int ls_bundle_member(
    struct tlv *t, struct emit *e) /* RFC 9085 section 2.2.3: member (4), link attribute TLVs */
{
    uint32_t member;
    if (!cur_u32(&t->value, &member))
        return tlv_fault(t);
    emit_u64(e, KEY("member"), member);
    return tlv_emit_all(&ls_attr_table, &t->value, t->in, e, KEY("tlvs"));
}
