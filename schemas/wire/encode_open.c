/* SPDX-License-Identifier: BSD-2-Clause */
/* encode_open: OPENs (RFC 4271 section 4.2, RFC 5492, RFC 9072). Floor F3. */
#include "schemas/wire/encode_open.h"

#include "bgp/caps.h"
#include "bgp/msg.h"

size_t encode_begin(struct wr *w, uint8_t type)
{
    size_t start = w->len;
    for (int i = 0; i < 4; i++)
        wr_u32(w, UINT32_MAX);
    wr_u16(w, 0);
    wr_u8(w, type);
    return start;
}

void encode_end(struct wr *w, size_t start)
{
    if (w->overflow)
        return;
    size_t len = w->len - start;
    if (len > BGP_MSG_EXT_MAX) {
        w->overflow = true;
        return;
    }
    w->buf[start + 16] = (uint8_t)(len >> 8);
    w->buf[start + 17] = (uint8_t)len;
}

enum { PARAM_CAPS = 2, PARAM_EXTENDED = 255, CAPS_MAX = 4096 };
enum { ADD_PATH_RECEIVE = 1, ADD_PATH_SEND = 2, LABELS_MAX = 255 };

/* Each capability is a parameter of its own: all readers take that, and none is too long. */
struct caps {
    struct wr w;
    bool extended; /* lengths of parameters have two octets */
};

static void cap_begin(struct caps *c, uint8_t code, uint8_t len)
{
    wr_u8(&c->w, PARAM_CAPS);
    if (c->extended)
        wr_u16(&c->w, (uint16_t)(len + 2));
    else
        wr_u8(&c->w, (uint8_t)(len + 2));
    wr_u8(&c->w, code);
    wr_u8(&c->w, len);
}

static void put_families(struct caps *c, const struct encode_open *o)
{
    for (unsigned i = 0; i < nlri_map_cnt; i++) {
        if (!bgp_family_has(&o->families, i))
            continue;
        cap_begin(c, BGP_CAP_MULTIPROTOCOL, 4);
        wr_u16(&c->w, nlri_map[i].afi);
        wr_u8(&c->w, 0); /* reserved */
        wr_u8(&c->w, nlri_map[i].safi);
    }
}

/* RFC 7911 section 4 */
static void put_add_path(struct caps *c, const struct encode_open *o)
{
    for (unsigned i = 0; i < nlri_map_cnt; i++) {
        unsigned mode = (bgp_family_has(&o->add_path_tx, i) ? ADD_PATH_SEND : 0u) |
                        (bgp_family_has(&o->add_path_rx, i) ? ADD_PATH_RECEIVE : 0u);
        if (mode == 0)
            continue;
        cap_begin(c, BGP_CAP_ADD_PATH, 4);
        wr_u16(&c->w, nlri_map[i].afi);
        wr_u8(&c->w, nlri_map[i].safi);
        wr_u8(&c->w, (uint8_t)mode);
    }
}

/* RFC 8950 section 4 */
static void put_ext_next_hop(struct caps *c, const struct encode_open *o)
{
    for (unsigned i = 0; i < nlri_map_cnt; i++) {
        if (!bgp_family_has(&o->ext_next_hop, i))
            continue;
        cap_begin(c, BGP_CAP_EXT_NEXT_HOP, 6);
        wr_u16(&c->w, nlri_map[i].afi);
        wr_u16(&c->w, nlri_map[i].safi);
        wr_u16(&c->w, BGP_AFI_IPV6);
    }
}

/* RFC 8277 section 2.1 */
static void put_multi_label(struct caps *c, const struct encode_open *o)
{
    for (unsigned i = 0; i < nlri_map_cnt; i++) {
        if (!bgp_family_has(&o->multi_label, i))
            continue;
        cap_begin(c, BGP_CAP_MULTI_LABEL, 4);
        wr_u16(&c->w, nlri_map[i].afi);
        wr_u8(&c->w, nlri_map[i].safi);
        wr_u8(&c->w, LABELS_MAX);
    }
}

/* What changes neither encoding nor what the receiver may ask for. */
static void put_likeness(struct caps *c, const struct bgp_open *like)
{
    static const uint8_t codes[] = {BGP_CAP_ROLE, BGP_CAP_FQDN, BGP_CAP_SOFTWARE_VERSION};
    for (unsigned i = 0; like != NULL && i < like->cap_cnt; i++) {
        const struct bgp_cap *cap = &like->cap[i];
        if (memchr(codes, cap->code, sizeof codes) == NULL)
            continue;
        cap_begin(c, cap->code, cap->len);
        wr_bytes(&c->w, like->msg + cap->off, cap->len);
    }
}

static void put_caps(struct caps *c, const struct encode_open *o)
{
    put_families(c, o);
    if (o->ext_msg)
        cap_begin(c, BGP_CAP_EXT_MSG, 0);
    if (o->asn4) {
        cap_begin(c, BGP_CAP_ASN4, 4);
        wr_u32(&c->w, o->asn);
    }
    put_add_path(c, o);
    put_ext_next_hop(c, o);
    put_multi_label(c, o);
    put_likeness(c, o->like);
}

void encode_open_message(struct wr *w, const struct encode_open *o)
{
    uint8_t buf[CAPS_MAX];
    struct caps c = {.w = wr_of(buf, UINT8_MAX - 1)};
    put_caps(&c, o);
    if (c.w.overflow) {
        c = (struct caps){.w = wr_of(buf, sizeof buf), .extended = true};
        put_caps(&c, o);
    }
    size_t start = encode_begin(w, BGP_TYPE_OPEN);
    wr_u8(w, 4); /* version */
    wr_u16(w, o->asn > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)o->asn);
    wr_u16(w, o->hold_time_s);
    wr_bytes(w, o->bgp_id, 4);
    if (c.extended) {
        wr_u8(w, PARAM_EXTENDED);
        wr_u8(w, PARAM_EXTENDED);
        wr_u16(w, (uint16_t)c.w.len);
    } else {
        wr_u8(w, (uint8_t)c.w.len);
    }
    w->overflow |= c.w.overflow;
    wr_bytes(w, c.w.buf, c.w.len);
    encode_end(w, start);
}
