/* SPDX-License-Identifier: BSD-2-Clause */
/* arc_play: updates files into a RIB. Floor F4. */
#include "tools/archive/arc_play.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "bgp/open.h"

struct play *play_new(void)
{
    struct play *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->rib = p->update.rib = rib_new();
    if (p->rib == NULL) {
        free(p);
        return NULL;
    }
    hash_random_key(p->key);
    for (int add_path = 0; add_path < 2; add_path++) {
        for (int asn4 = 0; asn4 < 2; asn4++) {
            struct bgp_ctx *ctx = &p->ctx[add_path][asn4];
            *ctx = (struct bgp_ctx){.asn4 = asn4, .ext_msg = true};
            if (add_path)
                memset(&ctx->add_path, 0xff, sizeof ctx->add_path);
        }
    }
    return p;
}

void play_free(struct play *p)
{
    if (p == NULL)
        return;
    for (struct play_peer *peer = p->first, *next; peer != NULL; peer = next) {
        next = peer->next;
        buf_free(&peer->own_open);
        free(peer);
    }
    table_free(&p->table);
    mrt_peers_free(&p->peers);
    free(p->rows);
    free(p->alike);
    rib_free(p->rib);
    free(p);
}

/* ---- peers ---- */

static uint64_t hash_of(const struct play *p, const struct mrt_peer *who)
{
    return hash_sip13(p->key, who->addr, who->addr_len);
}

struct play_peer *play_peer_new(struct play *p, const struct mrt_peer *who)
{
    struct play_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL || table_reserve(&p->table) != 0)
        goto failed;
    peer->updates.peer = rib_peer_add(p->rib, 0);
    if (peer->updates.peer == RIB_PEER_NONE)
        goto failed;
    peer->who = *who;
    peer->shadow = RIB_PEER_NONE;
    peer->node.hash = hash_of(p, who);
    table_add(&p->table, &peer->node);
    if (p->last != NULL)
        p->last->next = peer;
    else
        p->first = peer;
    p->last = peer;
    return peer;
failed:
    free(peer);
    return NULL;
}

static struct play_peer *peer_at(struct table_node *n)
{
    return (struct play_peer *)((char *)n - offsetof(struct play_peer, node));
}

struct play_peer *play_chain(const struct play *p, const struct mrt_peer *who,
                             struct play_peer *after)
{
    uint64_t hash = hash_of(p, who);
    struct table_node *n = after != NULL ? after->node.next : table_chain(&p->table, hash);
    for (; n != NULL; n = n->next) {
        struct play_peer *peer = peer_at(n);
        if (n->hash == hash && peer->who.addr_len == who->addr_len &&
            peer->who.asn == who->asn && memcmp(peer->who.addr, who->addr, who->addr_len) == 0)
            return peer;
    }
    return NULL;
}

/* AS 0: before the peer's OPEN came. AS_TRANS in a record with two octets: any that has more
 * (RFC 6793 section 9). */
static bool same_asn(const struct play_peer *peer, uint32_t asn)
{
    return peer->who.asn == asn || peer->who.asn == 0 || asn == 0 ||
           (asn == BGP_AS_TRANS && peer->who.asn > UINT16_MAX);
}

/* A local address of zeros is one that was not known (Quagga's states of sessions that are
 * down). */
static bool has_local(const struct mrt_item *item)
{
    static const uint8_t zeros[16];
    return item->has_local && memcmp(item->local.addr, zeros, item->local.addr_len) != 0;
}

static bool is_peer(const struct play_peer *peer, const struct mrt_item *item, bool sent)
{
    uint8_t len = item->peer.addr_len;
    return peer->sent == sent && peer->who.addr_len == len &&
           memcmp(peer->who.addr, item->peer.addr, len) == 0 &&
           (!has_local(item) || !peer->has_local ||
            memcmp(peer->local, item->local.addr, len) == 0) &&
           same_asn(peer, item->peer.asn);
}

/* Finds the peer a record is about. One known from a dump learns its local side. */
static struct play_peer *find(struct play *p, const struct mrt_item *item, bool sent)
{
    struct play_peer *found = NULL;
    uint64_t hash = hash_of(p, &item->peer);
    for (struct table_node *n = table_chain(&p->table, hash); n != NULL; n = n->next) {
        struct play_peer *peer = peer_at(n);
        if (n->hash == hash && is_peer(peer, item, sent) &&
            (found == NULL || (peer->has_local && !found->has_local)))
            found = peer;
    }
    if (found == NULL)
        return NULL;
    if (has_local(item) && !found->has_local) {
        memcpy(found->local, item->local.addr, item->local.addr_len);
        found->has_local = true;
    }
    if (found->who.asn == 0)
        found->who.asn = item->peer.asn;
    return found;
}

/* Both directions of a peer share its sessions: what was sent to it is a table of its own. A
 * dump's peer is of the direction in which the first UPDATE goes. */
static struct play_peer *make(struct play *p, const struct mrt_item *item, bool sent)
{
    struct play_peer *other = find(p, item, !sent);
    if (sent && other != NULL && !other->heard) {
        other->sent = true;
        return other;
    }
    struct play_peer *peer = play_peer_new(p, &item->peer);
    if (peer == NULL)
        return NULL;
    peer->sent = sent;
    peer->has_local = has_local(item);
    memcpy(peer->local, item->local.addr, sizeof peer->local);
    if (other != NULL) {
        peer->known = other->known && other->has_states;
        peer->has_states = other->has_states;
        peer->updates.restart.up = other->updates.restart.up;
    }
    return peer;
}

static struct play_peer *get(struct play *p, const struct mrt_item *item, bool sent)
{
    struct play_peer *peer = find(p, item, sent);
    return peer != NULL ? peer : make(p, item, sent);
}

/* ---- states ---- */

static void go_up(struct play *p, struct play_peer *peer, uint32_t sec)
{
    if (peer->handshake && peer->own_open.len > 0)
        rib_update_sent(&peer->updates, (const uint8_t *)peer->own_open.p,
                        (uint32_t)peer->own_open.len);
    rib_update_up(&p->update, &peer->updates, sec);
    if (!restart_keeps(&peer->updates.restart))
        peer->known = true;
    peer->crossing = false;
}

static void go_down(struct play *p, struct play_peer *peer, uint32_t sec)
{
    rib_update_down(&p->update, &peer->updates, sec);
    peer->handshake = peer->crossing = false;
    buf_clear(&peer->own_open);
}

/* Files of several peers may be played one after the other: each lives by its own time. */
static void catch_up(struct play *p, struct play_peer *peer, uint32_t sec)
{
    if (restart_keeps(&peer->updates.restart))
        rib_update_time(&p->update, &peer->updates, sec);
}

static void change(struct play *p, struct play_peer *peer, const struct mrt_item *item)
{
    uint16_t from = item->old_state, to = item->new_state;
    uint32_t sec = item->rec->sec;
    if (peer == NULL)
        return;
    catch_up(p, peer, sec);
    peer->has_states = true;
    if (to == MRT_ESTABLISHED)
        go_up(p, peer, sec);
    else if (from == MRT_ESTABLISHED)
        go_down(p, peer, sec);
    else if (to == MRT_OPEN_SENT || to == MRT_OPEN_CONFIRM)
        peer->handshake = true; /* also while another connection of the peer is up */
}

static struct play_peer *on_state(struct play *p, const struct mrt_item *item, bool *failed)
{
    bool rises = item->new_state >= MRT_OPEN_SENT && item->new_state <= MRT_ESTABLISHED;
    struct play_peer *peer = rises ? get(p, item, false) : find(p, item, false);
    *failed |= rises && peer == NULL;
    change(p, peer, item);
    change(p, find(p, item, true), item);
    return peer;
}

/* ---- messages ---- */

static void learn_open(struct play_peer *peer, const uint8_t *msg, uint32_t len)
{
    struct bgp_open o;
    if (bgp_open_index(msg, len, &o) != 0)
        return;
    memcpy(peer->who.bgp_id, o.bgp_id, sizeof peer->who.bgp_id);
    peer->has_bgp_id = true;
}

/* What we said. An OPEN counts when its session is up: until then another may be. */
static void on_sent(struct play_peer *peer, uint8_t type, const uint8_t *msg, uint32_t len)
{
    if (type == BGP_TYPE_OPEN) {
        buf_clear(&peer->own_open);
        buf_add(&peer->own_open, msg, len);
    } else {
        rib_update_sent(&peer->updates, msg, len);
    }
}

/* An OPEN of a peer whose states nobody recorded is all there is to tell of a new session. */
static void on_open(struct play *p, struct play_peer *peer, const struct mrt_item *item)
{
    if (!peer->has_states && peer->updates.restart.up) {
        p->no_state++;
        go_down(p, peer, item->rec->sec);
        peer->known = true;
    }
    learn_open(peer, item->body.p, item->body.left);
}

static struct play_peer *on_message(struct play *p, const struct mrt_item *item, bool *failed)
{
    struct cur msg = item->body;
    uint8_t type = 0;
    if (!cur_peek(&msg, BGP_HEADER_LEN - 1, &type))
        return NULL;
    bool routes = type == BGP_TYPE_UPDATE;
    struct play_peer *peer = get(p, item, item->sent && routes);
    if (peer == NULL || peer->own_open.failed) {
        *failed = true;
        return NULL;
    }
    if (item->sent && !routes) {
        on_sent(peer, type, msg.p, msg.left);
        return peer;
    }
    catch_up(p, peer, item->rec->sec);
    if (type == BGP_TYPE_OPEN)
        on_open(p, peer, item);
    else if (routes && !peer->updates.restart.up) /* its beginning was not recorded */
        rib_update_up(&p->update, &peer->updates, item->rec->sec);
    peer->heard |= routes && !item->sent;
    *failed |=
        rib_update_message(&p->update, &peer->updates, &p->ctx[item->add_path][item->asn4],
                           msg.p, msg.left, item->rec->sec) != 0;
    return peer;
}

bool play_look(struct play *p, const struct mrt_record *rec, struct mrt_walk *w)
{
    mrt_walk_init(w, rec, &p->peers, p->scratch);
    if (mrt_walk_next(w) <= 0)
        return false;
    return w->item.has_peer && w->item.peer.addr_len > 0 &&
           (w->item.kind == MRT_ITEM_MESSAGE || w->item.kind == MRT_ITEM_STATE);
}

struct play_peer *play_item(struct play *p, const struct mrt_item *item, bool *failed)
{
    if (item->rec->sec > p->now_s)
        play_time(p, item->rec->sec);
    return item->kind == MRT_ITEM_STATE ? on_state(p, item, failed)
                                        : on_message(p, item, failed);
}

void play_time(struct play *p, uint32_t sec)
{
    p->now_s = sec;
    for (struct play_peer *peer = p->first; peer != NULL; peer = peer->next) {
        if (restart_keeps(&peer->updates.restart))
            rib_update_time(&p->update, &peer->updates, sec);
    }
}
