/* SPDX-License-Identifier: BSD-2-Clause */
/* record_bmp: the record of one BMP message, by a table of types. Floor F3. */
#include "schemas/record/record_bmp.h"

#include "bgp/msg.h"
#include "bgp/open.h"
#include "bmp/mirror.h"
#include "bmp/peer_down.h"
#include "bmp/stats.h"
#include "bmp/tlv.h"

/* What a builder is given. */
struct monitored {
    const struct track_item *item;
    const struct record_options *o;
    struct bgp_diags *diags;
};

/* RFC 4271 section 4.2 */
enum { OPEN_LEN_MIN = 29 };

typedef void bmp_fn(struct emit *e, const struct monitored *m);

static void put_initiation(struct emit *e, const struct monitored *m)
{
    bmp_tlvs_emit(m->item->bmp.body, bmp_info_tlvs(m->item->bmp.version), e, KEY("info"),
                  m->diags);
}

static void put_termination(struct emit *e, const struct monitored *m)
{
    bmp_tlvs_emit(m->item->bmp.body, bmp_term_tlvs(m->item->bmp.version), e, KEY("info"),
                  m->diags);
}

static void put_stats(struct emit *e, const struct monitored *m)
{
    bmp_stats_emit(m->item->bmp.version, m->item->bmp.body, e, m->diags);
}

static void put_peer_down(struct emit *e, const struct monitored *m)
{
    bmp_peer_down_emit(&m->item->bmp, e, m->diags);
}

/* Writes one OPEN. Its diagnostics count from the BMP message's first octet, and are notes: the
 * router has lived with what it reports. */
static void put_open(struct emit *e, struct str key, struct cur open, struct bgp_diags *diags)
{
    struct bgp_open o;
    if (open.left == 0)
        return;
    if (open.left == BGP_HEADER_LEN) /* FRRouting/frr#23398 */
        bgp_diag_add(diags, (struct bgp_diag){.reason = BGP_REASON_EMPTY_OPEN,
                                              .off = open.off,
                                              .need = OPEN_LEN_MIN,
                                              .have = open.left});
    (void)bgp_open_index(open.p, open.left, &o);
    emit_object(e, key);
    bgp_open_emit(&o, e);
    emit_object_end(e);
    for (unsigned i = 0; i < o.diags.cnt; i++) {
        struct bgp_diag d = o.diags.v[i];
        d.off += open.off;
        d.action = BGP_ACTION_NOTE;
        bgp_diag_add(diags, d);
    }
}

static void put_peer_up(struct emit *e, const struct monitored *m)
{
    struct bmp_peer_up up;
    struct bgp_diag diag;
    const struct bmp_peer *h = &m->item->bmp.peer;
    bool sound = bmp_peer_up_parse(&m->item->bmp, &up, &diag) == 0;
    if (h->type == BMP_PEER_LOC_RIB) {
        if (h->flags & BMP_FLAG_F) /* RFC 9069 section 4.2 */
            emit_bool(e, KEY("filtered"), true);
    } else {
        uint8_t len = up.local_v6 ? 16 : 4;
        emit_ip(e, KEY("local_addr"), up.local_addr + 16 - len, len);
        emit_u64(e, KEY("local_port"), up.local_port);
        emit_u64(e, KEY("remote_port"), up.remote_port);
    }
    put_open(e, KEY("sent_open"), up.sent_open, m->diags);
    put_open(e, KEY("recv_open"), up.recv_open, m->diags);
    bmp_tlvs_emit(up.tlvs, bmp_info_tlvs(m->item->bmp.version), e, KEY("info"), m->diags);
    if (!sound) /* the tracker noted why */
        emit_hex(e, KEY("raw"), m->item->bmp.body.p, m->item->bmp.body.left);
}

/* One message inside; its diagnostics stay with it, as their offsets do. */
static void put_inner(struct emit *e, const struct monitored *m, struct cur value)
{
    struct bgp_diags own;
    bgp_diags_init(&own);
    emit_object(e, KEY("message"));
    record_message(e, m->item->ctx, value.p, value.left, m->o, &own);
    record_diags(e, &own);
    emit_object_end(e);
}

static bool put_mirror_info(struct emit *e, struct cur value)
{
    uint16_t code;
    if (!cur_u16(&value, &code) || !cur_done(&value))
        return false;
    emit_u64(e, KEY("code"), code);
    const char *name = bmp_mirror_info_name(code);
    if (name != NULL)
        emit_name(e, KEY("value"), name);
    return true;
}

static void put_mirror_tlv(struct emit *e, const struct monitored *m, const struct bmp_tlv *t)
{
    const char *name = bmp_mirror_name(t->type);
    if (m->item->bmp.version >= BMP_VERSION_INDEXED && t->type & BMP_TLV_ENTERPRISE) {
        bmp_tlv_emit_enterprise(t, e);
        return;
    }
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("type"), t->type);
    if (name != NULL)
        emit_name(e, KEY("name"), name);
    if (t->type == BMP_MIRROR_MESSAGE)
        put_inner(e, m, t->value);
    else if (t->type != BMP_MIRROR_INFORMATION || !put_mirror_info(e, t->value))
        emit_hex(e, KEY("raw"), t->value.p, t->value.left);
    emit_object_end(e);
}

static void put_mirror(struct emit *e, const struct monitored *m)
{
    struct cur c = m->item->bmp.body, rest = c;
    struct bmp_tlv t;
    int got;
    emit_array(e, KEY("mirrored"));
    while ((got = bmp_tlv_next(&c, &t)) > 0) {
        put_mirror_tlv(e, m, &t);
        rest = c;
    }
    emit_array_end(e);
    if (got == 0)
        return;
    emit_hex(e, KEY("raw"), rest.p, rest.left);
    bgp_diag_add(m->diags, (struct bgp_diag){.reason = BGP_REASON_TRUNCATED,
                                             .off = c.fail_off,
                                             .need = c.need,
                                             .have = c.left});
}

static bmp_fn *const builders[] = {
    [BMP_TYPE_STATISTICS] = put_stats,        [BMP_TYPE_PEER_DOWN] = put_peer_down,
    [BMP_TYPE_PEER_UP] = put_peer_up,         [BMP_TYPE_INITIATION] = put_initiation,
    [BMP_TYPE_TERMINATION] = put_termination, [BMP_TYPE_ROUTE_MIRRORING] = put_mirror,
};

/* What we can't read, whole: an unknown type, broken headers, version 4's Route Monitoring
 * without a message. A routing event is told with names beside. */
static void put_raw(struct emit *e, const struct monitored *m)
{
    const struct track_item *item = m->item;
    emit_name(e, KEY("type"), "bmp");
    if (item->bmp_bad) {
        emit_hex(e, KEY("raw"), item->frame->p, item->frame->len);
        return;
    }
    emit_u64(e, KEY("bmp_version"), item->bmp.version);
    emit_u64(e, KEY("bmp_type"), item->bmp.type);
    emit_hex(e, KEY("value"), item->bmp.body.p, item->bmp.body.left);
    if (!item->has_event)
        return;
    bmp_routes_emit(&item->routes, e, KEY("tlvs"), m->diags);
    put_inner(e, m, item->routes.message);
}

void record_bmp(struct emit *e, const struct track_item *item, const struct record_options *o,
                struct bgp_diags *d)
{
    struct monitored m = {.item = item, .o = o, .diags = d};
    uint8_t type = item->bmp.type;
    if (item->bmp_bad || type >= sizeof builders / sizeof builders[0] ||
        builders[type] == NULL) {
        put_raw(e, &m);
        return;
    }
    emit_name(e, KEY("type"), bmp_type_name(type));
    builders[type](e, &m);
}
