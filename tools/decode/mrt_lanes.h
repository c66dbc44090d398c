/* SPDX-License-Identifier: BSD-2-Clause */
/* mrt_lanes: MRT records decoded on several threads, written in order. Floor F4.
 *
 * Records are copied into batches; a lane decodes a batch into a piece of the outlet, while the
 * reader fills the next. A record that later ones depend on (a table of peers) waits for those
 * before it. Memory: a few batches, a few pieces. */
#ifndef RIBTAPE_TOOLS_DECODE_MRT_LANES_H
#define RIBTAPE_TOOLS_DECODE_MRT_LANES_H

#include "tools/decode/decode.h"

/* What decodes the records of one file on one thread. */
struct mrt_decoder {
    struct decode *d;
    struct mrt_peers *peers;
    struct bgp_ctx ctx[2][2]; /* by add_path, asn4 */
    uint8_t scratch[MRT_SCRATCH_LEN];
};

void mrt_decoder_init(struct mrt_decoder *m, struct decode *d, struct mrt_peers *peers);

/* Writes what one record holds. `off`: where it is in the stream. Returns false when there is
 * no use going on. */
bool mrt_decoder_record(struct mrt_decoder *m, const struct mrt_record *rec, uint64_t off);

struct mrt_lanes;

/* Starts the lanes, which share `peers`. NULL when one thread is as good (one CPU, or an output
 * whose lines depend on each other), or there is no memory for more. */
struct mrt_lanes *mrt_lanes_new(struct decode *d, struct mrt_peers *peers);

/* As mrt_decoder_record, some time later; the record is copied. */
bool mrt_lanes_record(struct mrt_lanes *l, const struct mrt_record *rec, uint64_t off);

/* Tells of damage, as decode_damage does, in its place between the records. */
void mrt_lanes_damage(struct mrt_lanes *l, uint64_t off, uint64_t len, const char *reason);

/* Waits for all that is under way, ends the lanes, frees. NULL is allowed. */
void mrt_lanes_free(struct mrt_lanes *l);

#endif
