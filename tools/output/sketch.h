/* SPDX-License-Identifier: BSD-2-Clause */
/* sketch: the most frequent of many things, in bounded memory (space-saving: Metwally, Agrawal,
 * El Abbadi 2005). Floor F4.
 *
 * Of n things counted, each with more than n / SKETCH_CNT is found; a count is too high by no
 * more than the entry's `over`. */
#ifndef RIBTAPE_TOOLS_OUTPUT_SKETCH_H
#define RIBTAPE_TOOLS_OUTPUT_SKETCH_H

#include <stdint.h>

enum { SKETCH_CNT = 1024, SKETCH_KEY_LEN = 24, SKETCH_SLOTS = 4 * SKETCH_CNT };

struct sketch_entry {
    uint8_t key[SKETCH_KEY_LEN];
    uint64_t cnt, over;
    uint16_t heap; /* its place */
    uint16_t next; /* of the same slot; entry + 1, 0: none */
    uint32_t slot;
};

/* Zero-initialised: empty. */
struct sketch {
    uint64_t hash_key[2];
    struct sketch_entry entry[SKETCH_CNT];
    uint16_t heap[SKETCH_CNT]; /* entries, the least frequent first */
    uint16_t slot[SKETCH_SLOTS];
    unsigned cnt;
};

/* Counts one thing. */
void sketch_add(struct sketch *s, const uint8_t key[SKETCH_KEY_LEN]);

/* Sorts the entries, the most frequent first, and returns their number; nothing may be counted
 * afterwards. */
unsigned sketch_sort(struct sketch *s);

#endif
