/* SPDX-License-Identifier: BSD-2-Clause */
/* dissect: every octet of a message with the field it belongs to, as `--output text -v` shows
 * it. Floor F4.
 *
 * Nothing here knows a format. The codec, compiled a second time so that its cursors tell where
 * they read (base/trace.h), decodes the message once more into the encoder below. A read is a
 * span of octets; an emitted value finds the span it was made of by the address it points to,
 * by the variable named in its expression, or by its number. Where spans lie in each other the
 * shortest has the octet, so that the leaves that are printed never overlap and leave nothing
 * out: octets that nobody read are printed as such.
 *
 *     00019     2  0000              withdrawn_len: 0
 *     00023    20                    path attributes
 *     00023     4                      ORIGIN
 *     00023     1  40                    flags: 64
 *
 * Files: dissect_log.c (spans and values), dissect_emit.c (the encoder), dissect_match.c (which
 * span a value is of), dissect_tree.c (which span has which octet), dissect_print.c, and
 * dissect/ (the walks; they are compiled with the traced codec). */
#ifndef RIBTAPE_TOOLS_DISSECT_DISSECT_H
#define RIBTAPE_TOOLS_DISSECT_DISSECT_H

#include "base/buf.h"
#include "base/text.h"
#include "base/trace.h"
#include "mrt/read.h"
#include "schemas/track/track.h"

enum {
    DISSECT_OCTETS_MAX = 4 << 20, /* of one message; what is beyond is one leaf */
    DISSECT_SPANS_MAX = 1 << 19,  /* likewise; what more is read, nobody has read */
    DISSECT_NONE = -1,            /* no node, no span, no value */
};

/* A container: a heading with a place of its own, or an object or array that was emitted. */
struct dissect_node {
    int parent;
    uint32_t at, len;   /* a heading's octets; else len 0 until its leaves are known */
    uint32_t name;      /* in `text` */
    uint16_t name_len;
    uint16_t depth;
    bool heading, array;
    uint32_t items;     /* an array's so far */
    int index;          /* in the array that is its parent, or DISSECT_NONE */
    int values, last_value; /* a heading's, which found no octets; DISSECT_NONE: none */
    bool printed;
    uint32_t end;       /* of its leaves, with `at` their beginning; 0: none */
};

/* Octets that were read at once. */
struct dissect_span {
    uint32_t at, len;
    const char *name; /* of the variable; NULL: none */
    int node;         /* the container that was open */
    int values, last_value; /* DISSECT_NONE: none */
    bool has_number;
    bool last;  /* overrides whatever is shorter */
    bool stale; /* the same octets were read again later */
    bool shown; /* has a leaf, which was printed with its values */
    uint64_t number;
};

struct dissect_value {
    uint32_t key, text; /* in `text` */
    uint16_t key_len;
    uint32_t text_len;
    int node, index; /* index: in an array, or DISSECT_NONE */
    int next;        /* of the same span or node */
    bool dead;
};

/* What one line shows. */
struct dissect_leaf {
    uint32_t at, len;
    int span; /* DISSECT_NONE: nobody read it */
    int node; /* the container it is shown in */
};

struct dissect {
    struct emit emit;   /* first */
    struct trace trace; /* second */
    const uint8_t *base; /* what is dissected */
    uint32_t len;
    uint32_t shift; /* the offset of `base` as printed */
    int node;       /* the container that is open */
    int floor;      /* spans from here on may take the values of the heading that is open */
    int reads;      /* spans there were when the last value came, */
    int span;       /* and which it went to */
    bool failed;    /* memory ran out */
    struct dissect_node *nodes;
    struct dissect_span *spans;
    struct dissect_value *values;
    int node_cnt, node_cap, span_cnt, span_cap, value_cnt, value_cap;
    struct dissect_leaf *leaves; /* in the order of their octets: all of them */
    int leaf_cnt, leaf_cap;
    /* Set by who prints: what was found wrong, shown at the leaves, with offsets that count
     * from `counted`. NULL: nothing. */
    const struct bgp_diags *diags;
    struct cur counted;
    bool families_apart; /* but for those of a family: an entry's NLRI is not in its attributes
                          */
    struct buf text;
    struct text plain; /* writes values into `text` */
};

/* Frees what `x` (zero-initialised at first) has. */
void dissect_free(struct dissect *x);

/* Begins with `len` octets at `base`, the first of which is printed as offset `shift`: this
 * thread's decoders tell `x` until dissect_end. */
void dissect_begin(struct dissect *x, const uint8_t *base, size_t len, uint32_t shift);
void dissect_end(void);

/* Open a heading over `len` octets at `p`, with a text of `name` and, when not NULL, ` detail`;
 * close it. */
void dissect_open(struct dissect *x, const uint8_t *p, uint32_t len, const char *name,
                  const char *detail);
void dissect_close(struct dissect *x);

/* Names octets as one leaf, whatever was or will be read in them; with a value, unless NULL. */
void dissect_name(struct dissect *x, const uint8_t *p, uint32_t len, const char *name,
                  const char *value);

/* Gives each octet to the shortest span it is in, and each leaf that makes its container.
 * Returns false when memory runs out. */
bool dissect_settle(struct dissect *x);

/* Appends the lines to `out`. Returns how many octets nobody read. */
uint32_t dissect_print(struct dissect *x, struct buf *out, bool colour);

/* ---- the walks (dissect/), each from dissect_begin to printed lines ---- */

/* A BGP message, header and all, as `ctx` decodes it. */
uint32_t dissect_bgp(struct dissect *x, struct cur msg, const struct bgp_ctx *ctx,
                     struct buf *out, bool colour);

/* A BMP message, and the BGP messages in it. */
uint32_t dissect_bmp(struct dissect *x, const struct track_item *item,
                     const struct bgp_ctx *ctx, struct buf *out, bool colour);

/* What an item adds to its MRT record: with the first, the record's header too. */
uint32_t dissect_mrt(struct dissect *x, const struct mrt_walk *walk, const struct bgp_ctx *ctx,
                     struct buf *out, bool colour);

#endif
