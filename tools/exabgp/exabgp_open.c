/* SPDX-License-Identifier: BSD-2-Clause */
/* exabgp_open: OPENs as ExaBGP's JSON has them, a row per capability. Floor F4.
 *
 * A capability without a row, or whose octets aren't what it wants, is there as ExaBGP has
 * those it doesn't know. */
#include <stdio.h>

#include "bgp/caps.h"
#include "bgp/open.h"
#include "tools/exabgp/exabgp.h"

/* Writes members, or items, of a capability from one value. */
typedef bool cap_fn(struct emit *e, struct cur c);

struct cap_words {
    uint8_t code;
    const char *name; /* NULL: it says none */
    cap_fn *put;      /* NULL: nothing beside the name */
    const char *list; /* the array that the values of all its instances are in; may be NULL */
    bool all;         /* all instances count, else the first */
};

/* RFC 4760 section 8 */
static bool put_families(struct emit *e, struct cur c)
{
    uint16_t afi;
    uint8_t safi;
    char text[EXABGP_FAMILY_MAX];
    if (!cur_u16(&c, &afi) || !cur_skip(&c, 1) || !cur_u8(&c, &safi) || !cur_done(&c))
        return false;
    emit_ascii(e, EMIT_ITEM, text, exabgp_family(text, afi, '/', safi));
    return true;
}

/* RFC 8950 section 4 */
static bool put_next_hops(struct emit *e, struct cur c)
{
    uint16_t afi, safi, next;
    char text[EXABGP_FAMILY_MAX + 1 + EXABGP_NAME_MAX], name[EXABGP_NAME_MAX];
    while (c.left > 0) {
        if (!cur_u16(&c, &afi) || !cur_u16(&c, &safi) || !cur_u16(&c, &next))
            return false;
        size_t n = exabgp_family(text, afi, '/', (uint8_t)safi);
        n += (size_t)snprintf(text + n, sizeof text - n, "/%s", exabgp_afi(name, next));
        emit_ascii(e, EMIT_ITEM, text, n);
    }
    return true;
}

/* RFC 7911 section 4 */
static bool put_add_path(struct emit *e, struct cur c)
{
    static const char *const modes[] = {"disabled", "receive", "send", "send/receive"};
    uint16_t afi;
    uint8_t safi, mode;
    char text[EXABGP_FAMILY_MAX];
    while (c.left > 0) {
        if (!cur_u16(&c, &afi) || !cur_u8(&c, &safi) || !cur_u8(&c, &mode) || mode > 3)
            return false;
        emit_name(e, str_at(text, exabgp_family(text, afi, '/', safi)), modes[mode]);
    }
    return true;
}

/* RFC 4724 section 3 */
static bool put_graceful(struct emit *e, struct cur c)
{
    enum { RESTARTS = 0x8000, TIME = 0x0fff, FORWARDS = 0x80 };
    uint16_t head, afi;
    uint8_t safi, flags;
    char text[EXABGP_FAMILY_MAX];
    if (!cur_u16(&c, &head))
        return false;
    emit_u64(e, KEY("time"), head & TIME);
    emit_object(e, KEY("address-family-flags"));
    while (c.left > 0) {
        if (!cur_u16(&c, &afi) || !cur_u8(&c, &safi) || !cur_u8(&c, &flags))
            return false;
        emit_array(e, str_at(text, exabgp_family(text, afi, '/', safi)));
        if (flags & FORWARDS)
            emit_name(e, EMIT_ITEM, "restart"); /* ExaBGP's words for the two bits */
        emit_array_end(e);
    }
    emit_object_end(e);
    emit_array(e, KEY("restart-flags"));
    if (head & RESTARTS)
        emit_name(e, EMIT_ITEM, "forwarding");
    emit_array_end(e);
    return true;
}

static bool put_asn4(struct emit *e, struct cur c)
{
    uint32_t asn;
    if (!cur_u32(&c, &asn) || !cur_done(&c))
        return false;
    emit_u64(e, KEY("asn4"), asn);
    return true;
}

static bool put_size(struct emit *e, struct cur c)
{
    emit_u64(e, KEY("size"), BGP_MSG_EXT_MAX);
    return cur_done(&c);
}

static bool put_rfc(struct emit *e, struct cur c)
{
    emit_name(e, KEY("variant"), "RFC");
    return cur_done(&c);
}

static bool put_cisco(struct emit *e, struct cur c)
{
    emit_name(e, KEY("variant"), "Cisco");
    return cur_done(&c);
}

static bool put_text(struct emit *e, struct str key, struct cur *c)
{
    uint8_t len;
    struct cur text;
    if (!cur_u8(c, &len) || !cur_take(c, len, &text))
        return false;
    emit_text(e, key, text.left > 0 ? (const void *)text.p : "", text.left);
    return true;
}

/* draft-walton-bgp-hostname-capability */
static bool put_names(struct emit *e, struct cur c)
{
    return put_text(e, KEY("host-name"), &c) && put_text(e, KEY("domain-name"), &c) &&
           cur_done(&c);
}

/* draft-abraitis-bgp-version-capability */
static bool put_software(struct emit *e, struct cur c)
{
    return put_text(e, KEY("software"), &c) && cur_done(&c);
}

static const struct cap_words words[] = {
    {BGP_CAP_MULTIPROTOCOL, "multiprotocol", put_families, "families", true},
    {BGP_CAP_ROUTE_REFRESH, "route-refresh", put_rfc, NULL, false},
    {BGP_CAP_EXT_NEXT_HOP, "nexthop", put_next_hops, "conversion", true},
    {BGP_CAP_EXT_MSG, "extended-message", put_size, NULL, false},
    {BGP_CAP_GRACEFUL_RESTART, "graceful restart", put_graceful, NULL, false},
    {BGP_CAP_ASN4, "asn4", put_asn4, NULL, false},
    {BGP_CAP_ADD_PATH, "addpath", put_add_path, NULL, true},
    {BGP_CAP_ENHANCED_REFRESH, "enhanced-route-refresh", NULL, NULL, false},
    {BGP_CAP_FQDN, NULL, put_names, NULL, false},
    {BGP_CAP_SOFTWARE_VERSION, NULL, put_software, NULL, false},
    {BGP_CAP_ROUTE_REFRESH_OLD, "route-refresh", put_cisco, NULL, false},
    {BGP_CAP_OPERATIONAL_OLD, "operational", NULL, NULL, false},
};

static const struct cap_words *words_of(uint8_t code)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].code == code)
            return &words[i];
    }
    return NULL;
}

static struct cur value_at(const struct bgp_open *o, unsigned i)
{
    return cur_at(o->msg + o->cap[i].off, o->cap[i].len, o->cap[i].off);
}

/* Writes what is known of the capability that comes first at `at`, with its other instances. */
static bool put_known(struct emit *e, const struct bgp_open *o, unsigned at)
{
    const struct cap_words *k = words_of(o->cap[at].code);
    bool ok = k != NULL;
    if (!ok)
        return false;
    if (k->name != NULL)
        emit_name(e, KEY("name"), k->name);
    if (k->list != NULL)
        emit_array(e, str_of(k->list));
    for (unsigned i = at; i < o->cap_cnt && ok && k->put != NULL; i++) {
        if (o->cap[i].code == k->code && (i == at || k->all))
            ok = k->put(e, value_at(o, i));
    }
    if (k->list != NULL)
        emit_array_end(e);
    return ok;
}

static void put_unknown(struct emit *e, const struct bgp_open *o, unsigned at)
{
    enum { UNASSIGNED = 70, RESERVED = 128 }; /* as ExaBGP counts them */
    uint8_t code = o->cap[at].code;
    emit_name(e, KEY("name"), "unknown");
    emit_name(e, KEY("iana"),
              code >= RESERVED     ? "reserved"
              : code >= UNASSIGNED ? "unassigned"
                                   : "unknown");
    emit_u64(e, KEY("value"), code);
    exabgp_hex(e, KEY("raw"), "", value_at(o, at));
}

static bool came_before(const struct bgp_open *o, unsigned at)
{
    for (unsigned i = 0; i < at; i++) {
        if (o->cap[i].code == o->cap[at].code)
            return true;
    }
    return false;
}

void exabgp_open(struct emit *e, const struct bgp_open *o)
{
    emit_u64(e, KEY("version"), o->version);
    emit_u64(e, KEY("asn"), o->my_as);
    emit_u64(e, KEY("hold_time"), o->hold_time);
    emit_ipv4(e, KEY("router_id"), o->bgp_id);
    emit_object(e, KEY("capabilities"));
    for (unsigned i = 0; i < o->cap_cnt; i++) {
        char key[8];
        if (came_before(o, i))
            continue;
        emit_object(e, str_at(key, (size_t)snprintf(key, sizeof key, "%u", o->cap[i].code)));
        struct emit_mark mark = emit_mark(e);
        if (!put_known(e, o, i)) {
            emit_rollback(e, mark);
            put_unknown(e, o, i);
        }
        emit_object_end(e);
    }
    emit_object_end(e);
}
