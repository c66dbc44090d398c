/* SPDX-License-Identifier: BSD-2-Clause */
/* record_wire_who: the router, the peer, and what was wrong. Floor F4. */
#include "bgp/attr.h"
#include "schemas/record/record.h"
#include "tools/kafka/record_wire.h"

static void copy_text(char *dst, size_t room, const struct token *t)
{
    dst[0] = '\0';
    if (t == NULL || t->kind != TOKEN_TEXT)
        return;
    size_t n = t->len < room ? t->len : room - 1;
    memcpy(dst, token_text(t), n);
    dst[n] = '\0';
}

/* ---- who ---- */

static void take_source(struct record_wire *w, const struct token *record)
{
    struct track_source *s = &w->source;
    const struct token *router = tape_find(record, "router");
    bool bmp = record_wire_is(tape_find(record, "source"), "bmp") ||
               tape_find(tape_find(record, "peer"), "rib") != NULL;
    s->id = 1;
    s->info.kind = bmp ? SOURCE_BMP : SOURCE_BGP;
    s->info.remote.len = (uint8_t)record_wire_addr(tape_find(router, "addr"), s->info.remote.a);
    copy_text(s->sys_name, sizeof s->sys_name, tape_find(router, "name"));
    copy_text(s->info.name, sizeof s->info.name, tape_find(router, "name"));
}

static void take_view(struct track_peer *p, const struct token *peer)
{
    const struct token *rib = tape_find(peer, "rib");
    p->bmp = rib != NULL;
    for (unsigned v = 0; rib != NULL && v < BMP_VIEW_CNT; v++) {
        const char *name = bmp_view_name((enum bmp_view)v);
        if (name != NULL && record_wire_is(rib, name))
            p->view = (enum bmp_view)v;
    }
}

static void take_peer(struct record_wire *w, const struct token *record)
{
    struct track_peer *p = &w->peer;
    const struct token *peer = tape_find(record, "peer"), *local = tape_find(record, "local");
    uint8_t bgp_id[16];
    p->addr.len = (uint8_t)record_wire_addr(tape_find(peer, "addr"), p->addr.a);
    p->asn = (uint32_t)record_wire_number(tape_find(peer, "asn"));
    p->has_bgp_id = record_wire_addr(tape_find(peer, "bgp_id"), bgp_id) == sizeof p->bgp_id;
    if (p->has_bgp_id)
        memcpy(p->bgp_id, bgp_id, sizeof p->bgp_id);
    p->local.len = (uint8_t)record_wire_addr(tape_find(local, "addr"), p->local.a);
    p->local_asn = (uint32_t)record_wire_number(tape_find(local, "asn"));
    copy_text(p->table, sizeof p->table, tape_find(peer, "table"));
    take_view(p, peer);
    w->item.peer = peer != NULL ? p : NULL;
}

/* ---- diagnostics ---- */

/* Finds a reason by its text, which may have its attribute's name before it. */
static bool read_reason(const struct token *t, struct bgp_diag *d)
{
    char text[RECORD_REASON_MAX];
    for (uint8_t r = 0; r < BGP_REASON_CNT; r++) {
        d->reason = r;
        size_t n = record_reason(text, d);
        if (t->len == n && memcmp(token_text(t), text, n) == 0)
            return true;
    }
    return false;
}

static void take_diag(struct record_wire *w, const struct token *t)
{
    struct bgp_diag d = {.attr = (uint8_t)record_wire_number(tape_find(t, "attr"))};
    const struct token *action = tape_find(t, "action"), *reason = tape_find(t, "reason");
    for (uint8_t a = 0; a < BGP_ACTION_CNT; a++) {
        if (record_wire_is(action, bgp_action_name(a)))
            d.action = a;
    }
    if (reason != NULL && reason->kind == TOKEN_TEXT && read_reason(reason, &d))
        bgp_diag_add(&w->diags, d);
}

static void take_diags(struct record_wire *w, const struct token *record)
{
    const struct token *list = tape_find(record, "diags");
    bgp_diags_init(&w->diags);
    if (list == NULL || list->kind != TOKEN_ARRAY)
        return;
    for (const struct token *t = tape_first(list); t < tape_end(list); t = tape_next(t))
        take_diag(w, t);
}

void record_wire_who(struct record_wire *w, const struct token *record)
{
    take_source(w, record);
    take_peer(w, record);
    take_diags(w, record);
}
