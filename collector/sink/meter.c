/* SPDX-License-Identifier: BSD-2-Clause */
/* meter: the sink that only counts: messages, NLRI by family, diagnostics. Floor F4.
 *
 * It decodes what the ingest threads do not, in its own thread and from the journal, so that
 * /metrics can tell of routes without a session ever waiting for it. */
#include "collector/sink/sink.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/metrics.h"
#include "bgp/update.h"

enum { TYPES = 256 };

/* One diagnostic in a record is one count here. */
struct meter {
    struct metric announced[BGP_FAMILIES_MAX]; /* by row of nlri_map */
    struct metric withdrawn[BGP_FAMILIES_MAX];
    struct metric diags[BGP_REASON_CNT][BGP_ACTION_CNT];
    struct metric bgp[TYPES]; /* by message type */
    struct metric bgp_sent[TYPES];
    struct metric bmp[TYPES];
    struct metric eor;
    struct bgp_update update; /* too large for a stack that many share */
};

/* ---- counting ---- */

static void count_diag(struct meter *m, const struct bgp_diag *d)
{
    if (d->reason < BGP_REASON_CNT && d->action < BGP_ACTION_CNT)
        metric_add(&m->diags[d->reason][d->action], 1);
}

static void count_diags(struct meter *m, const struct bgp_diags *d)
{
    for (unsigned i = 0; i < d->cnt; i++)
        count_diag(m, &d->v[i]);
}

static void count_section(struct meter *m, const struct bgp_section *s,
                          const struct bgp_ctx *ctx, bool withdraw)
{
    if (!s->present || s->nlri.len == 0)
        return;
    struct nlri_iter it;
    nlri_iter_init(&it, s->family, ctx, bgp_update_cur(&m->update, s->nlri), withdraw);
    long cnt = nlri_count_plain(&it);
    if (cnt < 0) {
        (void)nlri_settle_add_path(&it);
        cnt = nlri_count(it);
    }
    if (cnt > 0)
        metric_add(withdraw ? &m->withdrawn[s->family] : &m->announced[s->family],
                   (uint64_t)cnt);
}

static void count_update(struct meter *m, const struct track_item *item)
{
    struct bgp_update *u = &m->update;
    uint16_t afi;
    uint8_t safi;
    (void)bgp_update_index(item->bgp, item->bgp_len, item->ctx, u);
    bgp_update_check(u, item->ctx, true);
    count_section(m, &u->withdrawn, item->ctx, true);
    count_section(m, &u->mp_unreach, item->ctx, true);
    count_section(m, &u->announced, item->ctx, false);
    count_section(m, &u->mp_reach, item->ctx, false);
    if (bgp_update_is_eor(u, &afi, &safi))
        metric_add(&m->eor, 1);
    count_diags(m, &u->diags);
}

static enum sink_result meter_consume(void *self, struct track *t,
                                      const struct track_item *item)
{
    struct meter *m = self;
    (void)t;
    if (item->is_bmp)
        metric_add(&m->bmp[item->bmp.type], 1);
    if (item->has_diag)
        count_diag(m, &item->diag);
    if (item->bgp == NULL || item->bgp_len < BGP_HEADER_LEN)
        return SINK_OK;
    uint8_t type = item->bgp[BGP_HEADER_LEN - 1];
    bool sent = item->frame->kind == JOURNAL_BGP_SENT;
    metric_add(sent ? &m->bgp_sent[type] : &m->bgp[type], 1);
    if (type == BGP_TYPE_UPDATE && item->ctx != NULL)
        count_update(m, item);
    return SINK_OK;
}

/* ---- the sink ---- */

static void *meter_open(const struct sink_open *o, char *err, size_t err_len)
{
    (void)o;
    struct meter *m = calloc(1, sizeof(*m));
    if (m == NULL)
        snprintf(err, err_len, "meter: out of memory");
    return m;
}

static enum sink_result meter_checkpoint(void *self, struct buf *state)
{
    (void)self;
    (void)state;
    return SINK_OK;
}

/* The counts stay: a frame may be counted twice after a failure to store the cursor, which is
 * better than counters that fall. */
static enum sink_result meter_rewind(void *self, const void *state, size_t len)
{
    (void)self;
    (void)state;
    (void)len;
    return SINK_OK;
}

static void meter_close(void *self, bool clean)
{
    (void)clean;
    free(self);
}

/* ---- metrics ---- */

static void put_families(struct buf *b, const char *name, const char *help,
                         const struct metric *m)
{
    metrics_family(b, name, "counter", help);
    for (unsigned i = 0; i < nlri_map_cnt; i++) {
        uint64_t v = metric_get(&m[i]);
        if (v == 0)
            continue;
        const char *afi = bgp_afi_name(nlri_map[i].afi);
        const char *safi = bgp_safi_name(nlri_map[i].safi);
        const char *const labels[] = {"afi", afi != NULL ? afi : "other", "safi",
                                      safi != NULL ? safi : "other", NULL};
        metrics_sample(b, name, labels, (double)v);
    }
    uint64_t other = metric_get(&m[BGP_FAMILY_NONE]);
    static const char *const none[] = {"afi", "other", "safi", "other", NULL};
    if (other > 0)
        metrics_sample(b, name, none, (double)other);
}

static void put_types(struct buf *b, const char *source, const char *direction,
                      const struct metric *m, const char *(*name_of)(uint8_t))
{
    for (unsigned type = 0; type < TYPES; type++) {
        uint64_t v = metric_get(&m[type]);
        if (v == 0)
            continue;
        char number[8];
        const char *name = name_of((uint8_t)type);
        snprintf(number, sizeof(number), "%u", type);
        const char *const labels[] = {"protocol", source, "direction",
                                      direction,  "type", name != NULL ? name : number,
                                      NULL};
        metrics_sample(b, "ribtape_decoded_messages_total", labels, (double)v);
    }
}

static void put_diags(struct buf *b, const struct meter *m)
{
    metrics_family(b, "ribtape_diags_total", "counter",
                   "Diagnostics by reason and by the action that RFC 7606 asks for.");
    for (unsigned r = 0; r < BGP_REASON_CNT; r++) {
        for (unsigned a = 0; a < BGP_ACTION_CNT; a++) {
            uint64_t v = metric_get(&m->diags[r][a]);
            const char *const labels[] = {"reason", bgp_reason_name((uint8_t)r), "action",
                                          bgp_action_name((uint8_t)a), NULL};
            if (v > 0)
                metrics_sample(b, "ribtape_diags_total", labels, (double)v);
        }
    }
}

static void meter_metrics(void *self, struct buf *b)
{
    struct meter *m = self;
    static const char *const none[] = {NULL};
    put_families(b, "ribtape_routes_announced_total", "NLRI announced.", m->announced);
    put_families(b, "ribtape_routes_withdrawn_total", "NLRI withdrawn.", m->withdrawn);
    metrics_family(b, "ribtape_end_of_rib_total", "counter", "End-of-RIB markers.");
    metrics_sample(b, "ribtape_end_of_rib_total", none, (double)metric_get(&m->eor));
    metrics_family(b, "ribtape_decoded_messages_total", "counter",
                   "Messages decoded, by type; bgp includes what came inside BMP.");
    put_types(b, "bgp", "received", m->bgp, bgp_type_name);
    put_types(b, "bgp", "sent", m->bgp_sent, bgp_type_name);
    put_types(b, "bmp", "received", m->bmp, bmp_type_name);
    put_diags(b, m);
}

const struct sink_ops sink_meter = {
    .name = "meter",
    .background = true,
    .open = meter_open,
    .consume = meter_consume,
    .checkpoint = meter_checkpoint,
    .rewind = meter_rewind,
    .metrics = meter_metrics,
    .close = meter_close,
};
