/* SPDX-License-Identifier: BSD-2-Clause */
/* read_rib: TABLE_DUMP_V2: tables of peers and RIB records (RFC 6396 section 4.3, RFC 6397
 * section 2, RFC 8050 section 4). Floor F2. */
#include <errno.h>
#include <stdlib.h>

#include "bgp/attr.h"
#include "mrt/read_kinds.h"

enum { PEER_TYPE_IPV6 = 1, PEER_TYPE_AS4 = 2 };

void mrt_peers_free(struct mrt_peers *p)
{
    free(p->v);
    *p = (struct mrt_peers){0};
}

static int reserve(struct mrt_peers *p, uint32_t cnt)
{
    if (cnt <= p->cap)
        return 0;
    struct mrt_peer *v = reallocarray(p->v, cnt, sizeof *v);
    if (v == NULL)
        return -1;
    p->v = v;
    p->cap = cnt;
    return 0;
}

/* | Type (1) | BGP ID (4) | address (4, 16) | AS (2, 4) |, with places | latitude | longitude |
 */
static bool read_peer(struct cur *c, struct mrt_peer *p, bool places)
{
    uint8_t type = 0;
    *p = (struct mrt_peer){.has_place = places};
    if (!cur_u8(c, &type) || !cur_copy(c, p->bgp_id, sizeof p->bgp_id))
        return false;
    p->addr_len = type & PEER_TYPE_IPV6 ? 16 : 4;
    return mrt_read_addr(c, p->addr_len, p->addr) &&
           mrt_read_asn(c, type & PEER_TYPE_AS4, &p->asn) &&
           (!places || (cur_u32(c, &p->latitude) && cur_u32(c, &p->longitude)));
}

static bool read_view(struct cur *c, struct mrt_peers *peers)
{
    uint16_t len = 0;
    struct cur name;
    if (!cur_copy(c, peers->collector, sizeof peers->collector) || !cur_u16(c, &len) ||
        !cur_take(c, len, &name))
        return false;
    peers->view_len = len < sizeof peers->view ? len : sizeof peers->view;
    return cur_copy(&name, peers->view, peers->view_len);
}

static int start(struct mrt_walk *w, bool places)
{
    struct mrt_peers *peers = w->peers;
    struct cur *c = &w->c;
    uint16_t cnt = 0;
    w->item.kind = MRT_ITEM_PEERS;
    peers->cnt = 0;
    peers->has_place = places;
    if (!read_view(c, peers) ||
        (places && (!cur_u32(c, &peers->latitude) || !cur_u32(c, &peers->longitude))) ||
        !cur_u16(c, &cnt))
        return mrt_fault(w, c);
    if (reserve(peers, cnt) != 0) {
        errno = ENOMEM;
        return -1;
    }
    while (peers->cnt < cnt) {
        if (!read_peer(c, &peers->v[peers->cnt], places))
            return mrt_fault(w, c);
        peers->cnt++;
    }
    return 0;
}

int mrt_start_peers(struct mrt_walk *w)
{
    return start(w, false);
}

int mrt_start_geo(struct mrt_walk *w)
{
    return start(w, true);
}

/* ---- RIB records ---- */

/* | Peer index (2) | Originated (4) | Path identifier (4), RFC 8050 | Attribute length (2) | */
static bool read_entry(struct cur *c, bool add_path, struct mrt_rib *rib)
{
    uint16_t len = 0;
    return cur_u16(c, &rib->peer_index) && cur_u32(c, &rib->originated) &&
           (!add_path || cur_u32(c, &rib->path_id)) && cur_u16(c, &len) &&
           cur_take(c, len, &rib->attrs);
}

/* Where a record's path identifiers are. */
enum ids { IDS_NOWHERE, IDS_IN_ENTRIES, IDS_IN_NLRI };

/* One reading of a RIB record, from its NLRI on. */
struct reading {
    enum ids ids;
    uint32_t path_id; /* IDS_IN_NLRI */
    struct cur nlri;
    struct cur entries;
    uint16_t cnt;
    struct nlri_fault fault; /* when it does not parse as far as the count */
};

static bool read_head(struct reading *r, struct cur c, const struct nlri_row *row)
{
    if (r->ids == IDS_IN_NLRI && !cur_u32(&c, &r->path_id))
        return nlri_fault_cur(&c, &r->fault) == 0;
    if (!row->next(&c, &r->nlri, &r->fault))
        return false;
    if (!cur_u16(&c, &r->cnt))
        return nlri_fault_cur(&c, &r->fault) == 0;
    r->entries = c;
    return true;
}

static bool entries_parse(const struct reading *r)
{
    struct mrt_rib unused;
    struct cur c = r->entries;
    for (uint32_t cnt = r->cnt; cnt > 0; cnt--) {
        if (!read_entry(&c, r->ids == IDS_IN_ENTRIES, &unused))
            return false;
    }
    return c.left == 0;
}

/* A glance at an entry's attributes: flags whose lower half is clear (RFC 4271 section 4.3) and
 * a code. */
static bool attrs_begin_well(const struct reading *r)
{
    struct mrt_rib first = {0};
    struct cur c = r->entries;
    uint8_t flags = 0, code = 0;
    if (r->cnt == 0)
        return true;
    return read_entry(&c, r->ids == IDS_IN_ENTRIES, &first) &&
           cur_peek(&first.attrs, 0, &flags) && cur_peek(&first.attrs, 1, &code) &&
           (flags & 0x0f) == 0 && code != 0;
}

static bool attrs_parse(const struct reading *r)
{
    struct mrt_rib one = {0};
    struct cur c = r->entries;
    struct attr_in a;
    for (uint32_t cnt = r->cnt; cnt > 0; cnt--) {
        int got = 1;
        if (!read_entry(&c, r->ids == IDS_IN_ENTRIES, &one))
            return false;
        while (got > 0)
            got = attr_next(&one.attrs, &a);
        if (got < 0)
            return false;
    }
    return true;
}

/* Decides how a record is read. What its subtype says holds unless it does not parse, or gives
 * no attributes, and another way does: Quagga and FRR before 7.5 wrote path identifiers under
 * subtypes that have none; RFC 8050 section 4.2 has those of RIB_GENERIC_ADDPATH before the
 * NLRI, though GoBGP and OpenBGPD, who write it, have them in the entries as all other subtypes
 * do. Returns false when no way parses (r->fault or r->entries tell where the first ended). */
static bool settle(struct mrt_walk *w, struct cur c, const struct nlri_row *row,
                   struct reading *r)
{
    static const enum ids with[] = {IDS_IN_ENTRIES, IDS_IN_NLRI, IDS_NOWHERE},
                          without[] = {IDS_NOWHERE, IDS_IN_ENTRIES, IDS_IN_NLRI};
    const enum ids *way = w->item.add_path ? with : without;
    bool whole = false;
    struct reading first = {.ids = way[0]}, found = {0};
    bool head = read_head(&first, c, row);
    *r = first;
    if (head && entries_parse(&first) && attrs_begin_well(&first))
        return true;
    bool fits = head && entries_parse(&first);
    for (unsigned i = 0; i < 3 && !whole; i++) {
        struct reading other = {.ids = way[i]};
        if (other.ids == IDS_IN_NLRI && !(w->kind->marks & MRT_GENERIC))
            continue;
        if (!read_head(&other, c, row) || !entries_parse(&other) || other.cnt == 0)
            continue;
        whole = attrs_parse(&other);
        if (whole || (!fits && found.cnt == 0))
            found = other;
    }
    if (found.cnt > 0)
        *r = found;
    return head || found.cnt > 0;
}

int mrt_start_rib(struct mrt_walk *w)
{
    struct mrt_rib *rib = &w->item.rib;
    struct cur *c = &w->c;
    struct reading r;
    uint32_t sequence;
    w->item.kind = MRT_ITEM_RIB;
    rib->v2 = true;
    rib->afi = w->kind->afi;
    rib->safi = w->kind->safi;
    if (!cur_u32(c, &sequence) ||
        ((w->kind->marks & MRT_GENERIC) && (!cur_u16(c, &rib->afi) || !cur_u8(c, &rib->safi))))
        return mrt_fault(w, c);
    rib->family = nlri_family_index(rib->afi, rib->safi);
    if (rib->family == BGP_FAMILY_NONE) /* where its NLRI would end is unknown */
        return mrt_give_raw(w);
    if (!settle(w, *c, nlri_row_of(rib->family), &r)) {
        w->fault = r.fault;
        *c = cur_of(NULL, 0);
        return -1;
    }
    if (r.cnt == 0 && r.entries.left == 0) /* no route, yet not nothing */
        return mrt_give_raw(w);
    *c = r.entries;
    w->left = r.cnt;
    w->ids_in_entries = r.ids == IDS_IN_ENTRIES;
    rib->nlri = r.nlri;
    rib->path_id = r.path_id;
    rib->has_path_id = r.ids != IDS_NOWHERE;
    rib->first_off = c->off;
    w->item.flipped = rib->has_path_id != w->item.add_path;
    w->item.add_path = rib->has_path_id;
    return 0;
}

int mrt_next_rib(struct mrt_walk *w)
{
    struct mrt_rib *rib = &w->item.rib;
    if (w->item.kind == MRT_ITEM_OTHER)
        return mrt_next_one(w);
    if (w->left == 0) {
        if (w->c.left == 0 || w->c.failed)
            return 0;
        struct cur rest = cur_rest(&w->c);
        return nlri_fault_at(&w->fault, BGP_REASON_TRAILING, rest.off, 0, rest.left);
    }
    w->left--;
    struct cur from = w->c;
    if (!read_entry(&w->c, w->ids_in_entries, rib)) {
        w->left = 0;
        return mrt_fault(w, &w->c);
    }
    cur_set(&rib->entry, from.p, from.left - w->c.left, from.off);
    w->item.has_peer = rib->peer_index < w->peers->cnt;
    w->item.unknown_peer = !w->item.has_peer;
    if (w->item.has_peer)
        w->item.peer = w->peers->v[rib->peer_index];
    return 1;
}
