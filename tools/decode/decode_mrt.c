/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_mrt: MRT files. Floor F4. */
#include <stdio.h>
#include <stdlib.h>

#include "tools/decode/mrt_lanes.h"

/* What reading one file needs beside the window. */
struct reading {
    struct decode *d;
    struct mrt_reader reader;
    struct mrt_peers peers;
    struct mrt_lanes *lanes; /* NULL: this thread decodes */
    struct mrt_decoder decoder;
};

bool decode_mrt_looks(const uint8_t *p, size_t len)
{
    return mrt_header_believable(p, len);
}

static void on_damage(void *arg, const struct mrt_damage *dmg)
{
    struct reading *r = arg;
    if (r->lanes != NULL)
        mrt_lanes_damage(r->lanes, dmg->off, dmg->len, dmg->reason);
    else
        decode_damage(r->d, dmg->off, dmg->len, dmg->reason);
}

/* ---- one record ---- */

void mrt_decoder_init(struct mrt_decoder *m, struct decode *d, struct mrt_peers *peers)
{
    m->d = d;
    m->peers = peers;
    for (int add_path = 0; add_path < 2; add_path++) {
        for (int asn4 = 0; asn4 < 2; asn4++) {
            struct bgp_ctx *ctx = &m->ctx[add_path][asn4];
            *ctx = (struct bgp_ctx){.asn4 = asn4, .ext_msg = true};
            if (add_path)
                memset(&ctx->add_path, 0xff, sizeof ctx->add_path);
        }
    }
}

/* A record of which not all was read is written again, whole and raw. */
static bool tell_fault(struct mrt_decoder *m, const struct mrt_record *rec, uint64_t off,
                       const struct nlri_fault *fault)
{
    enum { TEXT_MAX = 160 };
    char text[TEXT_MAX];
    const char *name = mrt_subtype_name(rec->type, rec->subtype);
    snprintf(text, sizeof text, "%s record: %s at octet %u of it, %u needed, %u there",
             name != NULL ? name : "MRT", bgp_reason_name(fault->reason), fault->off,
             fault->need, fault->have);
    decode_damage(m->d, off, 0, text);
    return decode_event(m->d, (struct decode_event){.rec = rec, .fault = fault});
}

bool mrt_decoder_record(struct mrt_decoder *m, const struct mrt_record *rec, uint64_t off)
{
    struct mrt_walk w;
    int got;
    mrt_walk_init(&w, rec, m->peers, m->scratch);
    while ((got = mrt_walk_next(&w)) > 0) {
        struct decode_event ev = {.walk = &w, .ctx = &m->ctx[w.item.add_path][w.item.asn4]};
        if (w.item.kind == MRT_ITEM_RIB)
            ev.ctx = &m->ctx[0][w.item.asn4]; /* the path identifier is outside the NLRI */
        if (!decode_event(m->d, ev))
            return false;
    }
    return got == 0 || tell_fault(m, rec, off, &w.fault);
}

/* ---- files ---- */

static bool take_record(struct reading *r, const struct mrt_record *rec)
{
    return r->lanes != NULL ? mrt_lanes_record(r->lanes, rec, r->reader.off)
                            : mrt_decoder_record(&r->decoder, rec, r->reader.off);
}

void decode_mrt_read(struct decode *d, struct window *in)
{
    struct mrt_record rec;
    struct reading *r = calloc(1, sizeof *r);
    if (r == NULL) {
        decode_tell(d, DECODE_UNREADABLE, "out of memory");
        return;
    }
    r->d = d;
    r->reader = (struct mrt_reader){.in = in, .damage = on_damage, .arg = r};
    r->lanes = mrt_lanes_new(d, &r->peers);
    mrt_decoder_init(&r->decoder, d, &r->peers);
    while (mrt_reader_next(&r->reader, &rec) > 0 && take_record(r, &rec))
        continue;
    mrt_lanes_free(r->lanes);
    mrt_peers_free(&r->peers);
    free(r);
}
