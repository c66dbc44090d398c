/* SPDX-License-Identifier: BSD-2-Clause */
/* record_meta: the members that every record has: who, when, and what was wrong. Floor F3. */
#include <stdlib.h>

#include "bgp/attr.h"
#include "bgp/names.h"
#include "schemas/record/record_avro.h"
#include "schemas/record/record_json.h"

static const char *const source_names[] = {
    [RECORD_BGP] = "bgp", [RECORD_BMP] = "bmp", [RECORD_MRT] = "mrt", [RECORD_PCAP] = "pcap"};

static void put_addr(struct emit *e, const struct source_addr *a)
{
    if (a->len > 0)
        emit_ip(e, KEY("addr"), a->a, a->len);
}

static void put_router(struct emit *e, const struct record_meta *m)
{
    bool named = m->router_name != NULL && m->router_name[0] != '\0';
    if (m->router.len == 0 && !named)
        return;
    emit_object(e, KEY("router"));
    put_addr(e, &m->router);
    if (named)
        emit_text(e, KEY("name"), m->router_name, strlen(m->router_name));
    if (m->router_descr != NULL && m->router_descr[0] != '\0')
        emit_text(e, KEY("descr"), m->router_descr, strlen(m->router_descr));
    emit_object_end(e);
}

/* The instance a monitored peer belongs to, when its RIB's name doesn't tell. */
static void put_instance(struct emit *e, uint8_t peer_type)
{
    static const char *const names[] = {[BMP_PEER_RD] = "rd", [BMP_PEER_LOCAL] = "local"};
    if (peer_type == BMP_PEER_RD || peer_type == BMP_PEER_LOCAL)
        emit_name(e, KEY("instance"), names[peer_type]);
    else if (peer_type != BMP_PEER_GLOBAL && peer_type != BMP_PEER_LOC_RIB)
        emit_code(e, KEY("instance"), peer_type);
}

static void put_peer(struct emit *e, const struct track_peer *p)
{
    static const uint8_t no_rd[8];
    if (p->addr.len == 0 && p->asn == 0 && !p->has_bgp_id && !p->bmp)
        return;
    emit_object(e, KEY("peer"));
    put_addr(e, &p->addr);
    if (p->asn != 0)
        emit_u64(e, KEY("asn"), p->asn);
    if (p->has_bgp_id)
        emit_ipv4(e, KEY("bgp_id"), p->bgp_id);
    if (p->bmp) {
        emit_name(e, KEY("rib"), bmp_view_name(p->view));
        put_instance(e, p->peer_type);
        if (memcmp(p->rd, no_rd, sizeof no_rd) != 0)
            emit_rd(e, KEY("rd"), p->rd);
        if (p->table[0] != '\0')
            emit_text(e, KEY("table"), p->table, strlen(p->table));
    }
    emit_object_end(e);
}

static void put_local(struct emit *e, const struct track_peer *p)
{
    if (p->local.len == 0 && p->local_asn == 0)
        return;
    emit_object(e, KEY("local"));
    put_addr(e, &p->local);
    if (p->local_asn != 0)
        emit_u64(e, KEY("asn"), p->local_asn);
    emit_object_end(e);
}

/* The members from "collector" to "peer", as one encoder wrote them; and the next encoder's. */
struct record_head {
    struct record_head *next;
    const struct emit_ops *ops;
    const char *collector; /* compared by place: it outlives the tracker */
    uint32_t len;
    char text[];
};

static void put_head(struct emit *e, const struct record_meta *m)
{
    if (m->collector != NULL && m->collector[0] != '\0')
        emit_text(e, KEY("collector"), m->collector, strlen(m->collector));
    if (m->source != RECORD_NO_SOURCE)
        emit_name(e, KEY("source"), source_names[m->source]);
    put_router(e, m);
    if (m->peer != NULL)
        put_peer(e, m->peer);
    if (m->peer != NULL && m->with_local)
        put_local(e, m->peer);
}

void record_head_free(struct record_head *h)
{
    while (h != NULL) {
        struct record_head *next = h->next;
        free(h);
        h = next;
    }
}

/* Keeps what was written after `mark` in the place of what `at` holds, when there is memory. */
static void keep_head(const struct emit *e, const struct record_meta *m, struct emit_mark mark,
                      struct record_head **at)
{
    struct str members = e->ops->since(e, mark);
    if (members.len == 0)
        return;
    struct record_head *h = malloc(sizeof *h + members.len), *before = *at;
    if (h == NULL)
        return;
    *h = (struct record_head){.next = before != NULL ? before->next : NULL,
                              .ops = e->ops,
                              .collector = m->collector,
                              .len = members.len};
    memcpy(h->text, members.p, members.len);
    free(before);
    *at = h;
}

static void splice_head(struct emit *e, const struct record_meta *m)
{
    struct record_head **at = m->head;
    while (*at != NULL && (*at)->ops != e->ops)
        at = &(*at)->next;
    if (*at != NULL && (*at)->collector == m->collector) {
        e->ops->splice(e, str_at((*at)->text, (*at)->len));
        return;
    }
    struct emit_mark mark = emit_mark(e);
    put_head(e, m);
    keep_head(e, m, mark, at);
}

static void put_count(struct emit *e, const struct record_count *c)
{
    if (c->has_shard)
        emit_u64(e, KEY("shard"), c->shard);
    emit_u64(e, KEY("epoch"), c->epoch_us);
    emit_u64(e, KEY("peer_seq"), c->peer_seq);
}

/* The members before those that a record_head holds. */
static void put_times(struct emit *e, const struct record_meta *m)
{
    emit_u64(e, KEY("v"), RECORD_VERSION);
    if (m->has_seq)
        emit_u64(e, KEY("seq"), m->seq);
    if (m->count != NULL)
        put_count(e, m->count);
    emit_time(e, KEY("time"), m->time_ns);
    if (m->router_time_ns != 0)
        emit_time(e, KEY("router_time"), m->router_time_ns);
}

void record_begin(struct emit *e, const struct record_meta *m)
{
    emit_object(e, EMIT_ITEM);
    record_members(e, m);
}

void record_members(struct emit *e, const struct record_meta *m)
{
    if (!record_json_times(e, m) && !record_avro_times(e, m))
        put_times(e, m);
    if (m->head != NULL && e->ops->splice != NULL)
        splice_head(e, m);
    else
        put_head(e, m);
    if (m->sent)
        emit_name(e, KEY("direction"), "sent");
}

size_t record_reason(char dst[RECORD_REASON_MAX], const struct bgp_diag *d)
{
    size_t n = 0;
    const struct attr_row *row = d->attr != 0 ? attr_row_of(d->attr) : NULL;
    const char *name = row != NULL ? row->name : "";
    for (; name[n] != '\0' && n < RECORD_REASON_MAX / 2; n++) {
        char c = name[n];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        dst[n] = c == '_' ? '-' : c;
    }
    if (d->attr != 0 && row == NULL) {
        memcpy(dst, "attribute", 9);
        n = 9;
    }
    if (n > 0)
        dst[n++] = '-';
    const char *reason = bgp_reason_name(d->reason);
    size_t len = strnlen(reason, RECORD_REASON_MAX - n);
    memcpy(dst + n, reason, len);
    return n + len;
}

static void put_diag(struct emit *e, const struct bgp_diag *d)
{
    emit_object(e, EMIT_ITEM);
    emit_name(e, KEY("action"), bgp_action_name(d->action));
    char reason[RECORD_REASON_MAX];
    emit_ascii(e, KEY("reason"), reason, record_reason(reason, d));
    if (d->attr != 0)
        emit_u64(e, KEY("attr"), d->attr);
    if (d->afi != 0)
        record_family(e, d->afi, d->safi);
    emit_u64(e, KEY("offset"), d->off);
    if (d->need != 0 || d->have != 0) {
        emit_u64(e, KEY("need"), d->need);
        emit_u64(e, KEY("have"), d->have);
    }
    emit_object_end(e);
}

void record_diags(struct emit *e, const struct bgp_diags *d)
{
    if (d->cnt == 0)
        return;
    emit_array(e, KEY("diags"));
    for (unsigned i = 0; i < d->cnt; i++)
        put_diag(e, &d->v[i]);
    emit_array_end(e);
    if (d->lost > 0)
        emit_u64(e, KEY("diags_more"), d->lost);
}

void record_family(struct emit *e, uint16_t afi, uint8_t safi)
{
    emit_family(e, afi, safi);
}
