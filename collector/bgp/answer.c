/* SPDX-License-Identifier: BSD-2-Clause */
/* answer: our OPEN, built from the peer's (RFC 4271 section 4.2, RFC 5492, RFC 9072). Floor F4.
 */
#include "collector/bgp/answer.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/hash.h"
#include "bgp/notify.h"

enum {
    CAP_MULTIPROTOCOL = 1,
    CAP_ROUTE_REFRESH = 2,
    CAP_EXT_NEXT_HOP = 5,
    CAP_EXT_MESSAGE = 6,
    CAP_MULTI_LABEL = 8,
    CAP_GRACEFUL_RESTART = 64,
    CAP_ASN4 = 65,
    CAP_ADD_PATH = 69,
    CAP_ENHANCED_REFRESH = 70,
    CAP_LLGR = 71,
    CAP_ROUTE_REFRESH_OLD = 128, /* what routers sent before RFC 2918 had its number */

    ADD_PATH_RECEIVE = 1,
    ADD_PATH_SEND = 2,
    PARAM_CAPABILITIES = 2,
    PARAM_EXTENDED = 255,
    OPEN_FIXED_LEN = 29, /* header, version, AS, hold time, identifier, parameters' length */
    ASN_UNKNOWN = 64512, /* RFC 6996: the first private one */
};

/* ---- capabilities ---- */

/* One row: how we answer a capability. `mirror` writes the answer to one instance of the peer's
 * (value borrowed); `offer` writes it when the peer did not send it and we offer it. */
struct answer_row {
    uint8_t code;
    enum config_tristate (*wish)(const struct config_peer *);
    void (*mirror)(const struct answer *a, struct cur value, struct wr *w);
    void (*offer)(const struct answer *a, struct wr *w);
};

static size_t cap_begin(struct wr *w, uint8_t code)
{
    wr_u8(w, code);
    return wr_mark_u8(w);
}

static void cap_empty(uint8_t code, struct wr *w)
{
    wr_patch_u8(w, cap_begin(w, code));
}

static void cap_family(struct wr *w, uint16_t afi, uint8_t safi)
{
    size_t at = cap_begin(w, CAP_MULTIPROTOCOL);
    wr_u16(w, afi);
    wr_u8(w, 0);
    wr_u8(w, safi);
    wr_patch_u8(w, at);
}

static void mirror_family(const struct answer *a, struct cur value, struct wr *w)
{
    uint16_t afi;
    uint8_t reserved, safi;
    (void)a;
    if (cur_u16(&value, &afi) && cur_u8(&value, &reserved) && cur_u8(&value, &safi))
        cap_family(w, afi, safi);
}

static void offer_families(const struct answer *a, struct wr *w)
{
    for (size_t i = 0; i < a->entry->families_cnt; i++)
        cap_family(w, a->entry->families[i].afi, a->entry->families[i].safi);
    for (unsigned i = 0; a->entry->families_cnt == 0 && i < nlri_map_cnt; i++)
        cap_family(w, nlri_map[i].afi, nlri_map[i].safi);
}

#define EMPTY_CAP(name, CODE)                                                                  \
    static void mirror_##name(const struct answer *a, struct cur value, struct wr *w)          \
    {                                                                                          \
        (void)a;                                                                               \
        (void)value;                                                                           \
        cap_empty(CODE, w);                                                                    \
    }                                                                                          \
    static void offer_##name(const struct answer *a, struct wr *w)                             \
    {                                                                                          \
        (void)a;                                                                               \
        cap_empty(CODE, w);                                                                    \
    }
EMPTY_CAP(refresh, CAP_ROUTE_REFRESH)
EMPTY_CAP(enhanced_refresh, CAP_ENHANCED_REFRESH)
EMPTY_CAP(ext_message, CAP_EXT_MESSAGE)
/* RFC 9494 section 3.1: no tuples, as we keep no family's routes for anyone. */
EMPTY_CAP(llgr, CAP_LLGR)

static void mirror_refresh_old(const struct answer *a, struct cur value, struct wr *w)
{
    (void)a;
    (void)value;
    cap_empty(CAP_ROUTE_REFRESH_OLD, w);
}

static void mirror_verbatim(uint8_t code, struct cur value, struct wr *w)
{
    size_t at = cap_begin(w, code);
    wr_bytes(w, value.p, value.left);
    wr_patch_u8(w, at);
}

static void mirror_next_hop(const struct answer *a, struct cur value, struct wr *w)
{
    (void)a;
    mirror_verbatim(CAP_EXT_NEXT_HOP, value, w);
}

static void mirror_multi_label(const struct answer *a, struct cur value, struct wr *w)
{
    (void)a;
    mirror_verbatim(CAP_MULTI_LABEL, value, w);
}

/* RFC 8950 section 4: IPv4 families with an IPv6 next hop. */
static void offer_next_hop(const struct answer *a, struct wr *w)
{
    static const uint8_t safis[] = {BGP_SAFI_UNICAST, BGP_SAFI_MULTICAST, BGP_SAFI_LABELED,
                                    BGP_SAFI_VPN, BGP_SAFI_VPN_MULTICAST};
    size_t at = cap_begin(w, CAP_EXT_NEXT_HOP);
    (void)a;
    for (size_t i = 0; i < sizeof(safis); i++) {
        wr_u16(w, BGP_AFI_IPV4);
        wr_u16(w, safis[i]);
        wr_u16(w, BGP_AFI_IPV6);
    }
    wr_patch_u8(w, at);
}

/* RFC 4724 section 3, a receiver that restarts nothing: time 0, no families. */
static void offer_restart(const struct answer *a, struct wr *w)
{
    size_t at = cap_begin(w, CAP_GRACEFUL_RESTART);
    (void)a;
    wr_u16(w, 0);
    wr_patch_u8(w, at);
}

static void mirror_restart(const struct answer *a, struct cur value, struct wr *w)
{
    (void)value;
    offer_restart(a, w);
}

static void offer_asn4(const struct answer *a, struct wr *w)
{
    size_t at = cap_begin(w, CAP_ASN4);
    wr_u32(w, a->local_asn);
    wr_patch_u8(w, at);
}

static void mirror_asn4(const struct answer *a, struct cur value, struct wr *w)
{
    (void)value;
    offer_asn4(a, w);
}

static bool answer_offers(const struct answer *a, uint16_t afi, uint8_t safi)
{
    for (size_t i = 0; i < a->entry->families_cnt; i++)
        if (a->entry->families[i].afi == afi && a->entry->families[i].safi == safi)
            return true;
    return a->entry->families_cnt == 0;
}

/* RFC 7911 section 4: we can receive what it can send, and send nothing. */
static void mirror_add_path(const struct answer *a, struct cur value, struct wr *w)
{
    size_t start = w->len, at = cap_begin(w, CAP_ADD_PATH), empty = w->len;
    uint16_t afi;
    uint8_t safi, mode;
    while (cur_u16(&value, &afi) && cur_u8(&value, &safi) && cur_u8(&value, &mode)) {
        if ((mode & ADD_PATH_SEND) == 0 || !answer_offers(a, afi, safi))
            continue;
        wr_u16(w, afi);
        wr_u8(w, safi);
        wr_u8(w, ADD_PATH_RECEIVE);
    }
    if (w->len == empty)
        w->len = start; /* a capability without families says nothing */
    else
        wr_patch_u8(w, at);
}

static void offer_add_path(const struct answer *a, struct wr *w)
{
    size_t at = cap_begin(w, CAP_ADD_PATH);
    for (unsigned i = 0; i < nlri_map_cnt; i++) {
        /* a capability holds 63 families; the rows are ordered by use */
        if (i >= 63 || !answer_offers(a, nlri_map[i].afi, nlri_map[i].safi))
            continue;
        wr_u16(w, nlri_map[i].afi);
        wr_u8(w, nlri_map[i].safi);
        wr_u8(w, ADD_PATH_RECEIVE);
    }
    wr_patch_u8(w, at);
}

/* Pinned families replace the peer's. */
static enum config_tristate wish_families(const struct config_peer *e)
{
    return e->families_cnt > 0 ? CONFIG_ON : CONFIG_AUTO;
}

static enum config_tristate wish_auto(const struct config_peer *e)
{
    (void)e;
    return CONFIG_AUTO;
}

#define WISH(member)                                                                           \
    static enum config_tristate wish_##member(const struct config_peer *e)                     \
    {                                                                                          \
        return e->cap_##member;                                                                \
    }
WISH(route_refresh)
WISH(ext_next_hop)
WISH(ext_msg)
WISH(graceful_restart)
WISH(asn4)
WISH(add_path)
WISH(enhanced_refresh)
WISH(llgr)

static const struct answer_row rows[] = {
    {CAP_MULTIPROTOCOL, wish_families, mirror_family, offer_families},
    {CAP_ROUTE_REFRESH, wish_route_refresh, mirror_refresh, offer_refresh},
    {CAP_ROUTE_REFRESH_OLD, wish_route_refresh, mirror_refresh_old, NULL},
    {CAP_EXT_NEXT_HOP, wish_ext_next_hop, mirror_next_hop, offer_next_hop},
    {CAP_EXT_MESSAGE, wish_ext_msg, mirror_ext_message, offer_ext_message},
    {CAP_MULTI_LABEL, wish_auto, mirror_multi_label, NULL},
    {CAP_GRACEFUL_RESTART, wish_graceful_restart, mirror_restart, offer_restart},
    {CAP_ASN4, wish_asn4, mirror_asn4, offer_asn4},
    {CAP_ADD_PATH, wish_add_path, mirror_add_path, offer_add_path},
    {CAP_ENHANCED_REFRESH, wish_enhanced_refresh, mirror_enhanced_refresh,
     offer_enhanced_refresh},
    {CAP_LLGR, wish_llgr, mirror_llgr, offer_llgr},
};

/* Capabilities whose instances add up (RFC 5492 section 4 leaves that to each); of the others
 * one answer is enough. */
static bool cap_adds_up(uint8_t code)
{
    return code == CAP_MULTIPROTOCOL || code == CAP_EXT_NEXT_HOP || code == CAP_MULTI_LABEL ||
           code == CAP_ADD_PATH;
}

/* Answers every instance of one capability. Returns whether the peer sent any. */
static bool mirror_row(const struct answer *a, const struct answer_row *row, struct wr *w)
{
    bool seen = false;
    for (unsigned i = 0; i < a->theirs->cap_cnt; i++) {
        const struct bgp_cap *cap = &a->theirs->cap[i];
        if (cap->code != row->code || (seen && !cap_adds_up(row->code)))
            continue;
        row->mirror(a, cur_of(a->theirs->msg + cap->off, cap->len), w);
        seen = true;
    }
    return seen;
}

static void write_caps(const struct answer *a, struct wr *w)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct answer_row *row = &rows[i];
        enum config_tristate wish = row->wish(a->entry);
        bool pinned_families = row->code == CAP_MULTIPROTOCOL && wish == CONFIG_ON;
        if (wish == CONFIG_OFF)
            continue;
        bool mirrored = a->theirs != NULL && !pinned_families && mirror_row(a, row, w);
        bool unasked = a->theirs == NULL || wish == CONFIG_ON;
        if (!mirrored && unasked && row->offer != NULL)
            row->offer(a, w);
    }
}

/* ---- the message ---- */

/*  marker 16 | length 2 | type 1 | version 1 | my AS 2 | hold time 2 | BGP identifier 4
 *  RFC 4271:  parameters' length 1 | {2, length 1, capabilities}
 *  RFC 9072:  255 | 255 | parameters' length 2 | {2, length 2, capabilities} */
void answer_open(const struct answer *a, struct wr *w)
{
    uint8_t caps_buf[BGP_MSG_MAX];
    struct wr caps = wr_of(caps_buf, sizeof(caps_buf));
    write_caps(a, &caps);
    bool extended = caps.len + 2 > 255;
    size_t params = caps.len == 0 ? 0 : caps.len + (extended ? 3u : 2u);
    size_t total = OPEN_FIXED_LEN + params + (extended ? 3u : 0u);
    if (caps.overflow || total > BGP_MSG_MAX) {
        w->overflow = true;
        return;
    }
    send_header(w, (uint16_t)total, BGP_TYPE_OPEN);
    wr_u8(w, 4);
    wr_u16(w, a->local_asn > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)a->local_asn);
    wr_u16(w, a->entry->hold_time_s);
    wr_bytes(w, a->bgp_id, 4);
    if (extended) {
        wr_u8(w, PARAM_EXTENDED);
        wr_u8(w, PARAM_EXTENDED);
        wr_u16(w, (uint16_t)params);
        wr_u8(w, PARAM_CAPABILITIES);
        wr_u16(w, (uint16_t)caps.len);
    } else {
        wr_u8(w, (uint8_t)params);
        if (params > 0) {
            wr_u8(w, PARAM_CAPABILITIES);
            wr_u8(w, (uint8_t)caps.len);
        }
    }
    wr_bytes(w, caps.buf, caps.len);
}

/* ---- judging theirs ---- */

__attribute__((format(printf, 3, 4))) static int refuse(struct answer_verdict *v, uint8_t sub,
                                                        const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(v->reason, sizeof(v->reason), fmt, ap);
    va_end(ap);
    v->error.code = BGP_ERROR_OPEN;
    v->error.sub = sub;
    return -1;
}

/* RFC 4271 section 6.2, in its order. */
int answer_judge(const struct answer *a, struct answer_verdict *v)
{
    static const uint8_t none[4];
    const struct bgp_open *o = a->theirs;
    memset(v, 0, sizeof(*v));
    if (o->len >= OPEN_FIXED_LEN && o->version != 4) {
        v->error.data_len = 2; /* the version we support, two octets */
        v->error.data[1] = 4;
        return refuse(v, 1, "unsupported version %u", o->version);
    }
    if (o->asn == 0 || !config_peer_takes_as(a->entry, o->asn)) {
        v->bad_as = true;
        return refuse(v, 2, "AS%u not allowed", o->asn);
    }
    if (memcmp(o->bgp_id, none, 4) == 0)
        return refuse(v, 3, "BGP identifier 0.0.0.0");
    if (o->asn == a->local_asn && memcmp(o->bgp_id, a->bgp_id, 4) == 0)
        return refuse(v, 3, "BGP identifier equal to ours on an internal session");
    if (o->hold_time == 1 || o->hold_time == 2)
        return refuse(v, 6, "hold time %u s", o->hold_time);
    if (a->broken)
        return refuse(v, 0, "malformed OPEN: bad %s at offset %u",
                      o->diags.cnt > 0 ? bgp_reason_name(o->diags.v[0].reason) : "syntax",
                      o->diags.cnt > 0 ? o->diags.v[0].off : 0);
    return 0;
}

uint32_t answer_local_asn(const struct config_peer *entry, const struct bgp_open *theirs)
{
    if (!entry->local_as_auto)
        return entry->local_as;
    if (theirs != NULL)
        return theirs->asn;
    if (entry->remote_as_cnt == 1 && entry->remote_as[0].first == entry->remote_as[0].last)
        return entry->remote_as[0].first;
    return ASN_UNKNOWN;
}

void answer_bgp_id(const struct config_peer *entry, const struct source_addr *local,
                   const char *host, const struct bgp_open *theirs, uint8_t id[4])
{
    static const uint64_t key[2] = {0x72696274617065ULL, 0x6267702d6964ULL}; /* stable */
    if (entry->bgp_id.len == 4) {
        memcpy(id, entry->bgp_id.a, 4);
        return;
    }
    if (local->len == 4) {
        memcpy(id, local->a, 4);
    } else {
        uint64_t h = hash_sip13(key, host, strlen(host));
        for (unsigned i = 0; i < 4; i++)
            id[i] = (uint8_t)(h >> 8 * i);
        id[0] |= 1; /* not zero */
    }
    if (theirs != NULL && memcmp(id, theirs->bgp_id, 4) == 0)
        id[0] ^= 0x80; /* not the peer's, and stable */
    if ((id[0] | id[1] | id[2] | id[3]) == 0)
        id[3] = 1;
}
