/* SPDX-License-Identifier: BSD-2-Clause */
/* track_bgp: the one peer of a BGP source; its OPENs make the context. Floor F3. */
#include <stdlib.h>
#include <string.h>

#include "schemas/track/track_impl.h"

static void assume(struct track_peer *p, const struct source_info *info)
{
    p->recv = (struct bgp_ctx){.asn4 = true, .assumed = true};
    track_pin(&p->recv, info);
    p->sent = p->recv;
}

int track_bgp_declare(struct track *t, struct source *s)
{
    const struct source_info *info = &s->pub.info;
    struct track_peer *p = calloc(1, sizeof *p);
    if (p == NULL)
        return -1;
    p->id = t->next_id++;
    p->addr = info->remote;
    p->local = info->local;
    p->asn = info->remote_asn;
    p->local_asn = info->local_asn;
    assume(p, info);
    s->peer = p;
    return 0;
}

static void negotiate(struct source *s)
{
    struct track_peer *p = s->peer;
    struct bgp_open recv, sent;
    track_peer_changed(p);
    p->recv_open = cur_of(s->recv_open.p, s->recv_open.len);
    p->sent_open = cur_of(s->sent_open.p, s->sent_open.len);
    bool recv_ok =
        s->recv_open.p != NULL && bgp_open_index(s->recv_open.p, s->recv_open.len, &recv) == 0;
    bool sent_ok =
        s->sent_open.p != NULL && bgp_open_index(s->sent_open.p, s->sent_open.len, &sent) == 0;
    if (recv_ok) {
        p->asn = recv.asn;
        memcpy(p->bgp_id, recv.bgp_id, sizeof p->bgp_id);
        p->has_bgp_id = true;
    }
    if (sent_ok)
        p->local_asn = sent.asn;
    if (!recv_ok || !sent_ok)
        return;
    bgp_ctx_negotiate(&p->recv, &recv, &sent);
    bgp_ctx_negotiate(&p->sent, &sent, &recv);
    track_pin(&p->recv, &s->pub.info);
    track_pin(&p->sent, &s->pub.info);
    p->up = true;
}

/* Begins to gather what UPDATEs say, with what the one OPEN says that may have been seen.
 * Returns 0, or -1 with errno ENOMEM. */
static int begin_evidence(struct source *s)
{
    const struct track_copy *seen[] = {&s->recv_open, &s->sent_open};
    struct bgp_open open;
    s->evidence = calloc(2, sizeof *s->evidence);
    if (s->evidence == NULL)
        return -1;
    for (int i = 0; i < 2; i++) {
        if (seen[i]->p == NULL || bgp_open_index(seen[i]->p, seen[i]->len, &open) != 0)
            continue;
        track_infer_open(&s->evidence[0], &s->peer->recv, &open);
        track_infer_open(&s->evidence[1], &s->peer->sent, &open);
    }
    return 0;
}

static int feed_message(struct source *s, struct track_item *item)
{
    const struct journal_view *f = item->frame;
    bool sent = f->kind == JOURNAL_BGP_SENT;
    enum source_context what = source_context_of(f->kind, f->p, f->len);
    /* OPENs never exceed BGP_MSG_MAX (RFC 8654 section 4) */
    if (what != SOURCE_CONTEXT_NONE && f->len <= BGP_MSG_MAX) {
        if (track_keep(sent ? &s->sent_open : &s->recv_open, f->p, f->len) != 0)
            return -1;
        negotiate(s);
    }
    struct bgp_ctx *ctx = sent ? &s->peer->sent : &s->peer->recv;
    item->ctx = ctx;
    /* messages without a connection need not be of one session */
    bool infer = ctx->assumed && !ctx->pinned && s->pub.info.remote.len > 0;
    if (infer && what == SOURCE_CONTEXT_NONE) {
        if (s->evidence == NULL && begin_evidence(s) != 0)
            return -1;
        track_infer(&s->evidence[sent], ctx, item);
        track_pin(ctx, &s->pub.info);
    }
    return 0;
}

static void feed_state(struct track_peer *p, const struct journal_view *f)
{
    struct source_change c;
    if (source_state_decode(f->p, f->len, &c) != 0)
        return;
    p->state = c.new_state;
    if (c.new_state == SOURCE_STATE_IDLE)
        p->up = false;
}

int track_bgp(struct track *t, struct source *s, struct track_item *item)
{
    const struct journal_view *f = item->frame;
    bool message = f->kind != JOURNAL_STATE;
    if (message) {
        item->bgp = f->p;
        item->bgp_len = f->len;
        item->ctx = &t->assumed;
    }
    if (s == NULL || s->peer == NULL)
        return 0;
    item->peer = s->peer;
    if (message)
        return feed_message(s, item);
    feed_state(s->peer, f);
    return 0;
}
