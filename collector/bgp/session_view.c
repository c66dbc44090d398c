/* SPDX-License-Identifier: BSD-2-Clause */
/* session_view: a BGP session as a log line and as its /peers object. Floor F4. */
#include <stdio.h>

#include "base/fmt.h"
#include "collector/bgp/session_int.h"
#include "collector/shard/addr.h"

static unsigned family_cnt(const struct bgp_family_set *set)
{
    unsigned n = 0;
    for (unsigned i = 0; i < nlri_map_cnt; i++)
        n += bgp_family_has(set, i);
    return n;
}

void session_log_established(const struct session *s)
{
    char who[128];
    struct buf line = {0};
    const char *sep = ", ADD-PATH ";
    buf_printf(&line, "%s: established, hold %u s, %u families", session_name(s, who),
               s->hold_s, family_cnt(&s->peer_offer.families));
    for (unsigned i = 0; i < nlri_map_cnt; i++)
        if (bgp_family_has(&s->ctx.add_path, i)) {
            buf_printf(&line, "%s%s", sep, nlri_map[i].name);
            sep = " ";
        }
    if (s->ext_msg)
        buf_printf(&line, ", extended messages");
    if (!line.failed)
        log_line(s->c.shard->log, LOG_LEVEL_INFO, "%.*s", (int)line.len, line.p);
    buf_free(&line);
}

static void emit_families(struct emit *e, struct str key, const struct bgp_family_set *set)
{
    emit_array(e, key);
    for (unsigned i = 0; i < nlri_map_cnt; i++)
        if (bgp_family_has(set, i))
            emit_name(e, EMIT_ITEM, nlri_map[i].name);
    emit_array_end(e);
}

static void emit_received(const struct session *s, struct emit *e)
{
    emit_object(e, KEY("received"));
    for (unsigned i = 1; i < SESSION_TYPE_CNT; i++) {
        const char *name = bgp_type_name((uint8_t)i);
        if (s->received[i] > 0 && name != NULL)
            emit_u64(e, str_of(name), s->received[i]);
    }
    emit_object_end(e);
}

void session_emit(const struct conn *c, struct emit *e)
{
    const struct session *s = (const struct session *)(const void *)c;
    emit_name(e, KEY("state"), session_state_name(s->state));
    emit_time(e, KEY("since"), s->state_ns != 0 ? s->state_ns : c->start_ns);
    if (c->info.remote_asn != 0) {
        emit_u64(e, KEY("asn"), c->info.remote_asn);
        emit_u64(e, KEY("local_asn"), c->info.local_asn);
        emit_ipv4(e, KEY("bgp_id"), s->peer_id);
        emit_ipv4(e, KEY("local_bgp_id"), s->bgp_id);
    }
    if (s->state >= SESSION_OPEN_CONFIRM) {
        emit_u64(e, KEY("hold_time"), s->hold_s);
        emit_bool(e, KEY("extended_messages"), s->ext_msg);
        emit_families(e, KEY("families"), &s->peer_offer.families);
        emit_families(e, KEY("add_path"), &s->ctx.add_path);
    }
    emit_received(s, e);
}
