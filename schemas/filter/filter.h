/* SPDX-License-Identifier: BSD-2-Clause */
/* filter: picks messages and routes by an expression; docs/filters.md is the language. Floor
 * F3.
 *
 * An expression is compiled once and then const: any number of threads may ask it. It is asked
 * in steps, cheap things first: who and when; families, from the index; prefixes, from the raw
 * NLRI; then attributes, each decoded at most once per message. Nothing is rendered to decide.
 *
 * The unit is a route. A message passes when one of its routes does; one without routes is
 * asked as a whole. Withdrawn routes have no attributes. */
#ifndef RIBTAPE_SCHEMAS_FILTER_FILTER_H
#define RIBTAPE_SCHEMAS_FILTER_FILTER_H

#include "schemas/record/record_mrt.h"

struct filter;

enum { FILTER_ERROR_MAX = 256 };

/* Compiles `text`. `files`: `in FILE` may read files. Returns NULL with `column N: reason` in
 * err (FILTER_ERROR_MAX octets, NUL-terminated). */
MUST_USE struct filter *filter_new(const char *text, bool files, char *err);

void filter_free(struct filter *f); /* f may be NULL */

/* What a filter knows of one message: who, when, and what it had to decode so far. On the
 * caller's stack; borrows what it was begun with. */
struct filter_subject {
    const struct filter *filter;
    const struct track_item *item; /* or walk */
    const struct mrt_walk *walk;
    const struct bgp_ctx *ctx;
    uint64_t time_ns;
    uint64_t type; /* one bit: enum filter_type */
    bool sent;
    const struct track_peer *peer; /* may be NULL */
    struct source_addr router;     /* len 0: none */
    const char *router_name;       /* may be NULL */
    struct track_peer own_peer;    /* what `peer` is when no tracker has it */
    struct cur msg;                /* an UPDATE, or empty */
    const struct bgp_diags *diags; /* what is wrong with it; NULL: it has to be looked for */
    bool indexed;
    bool withdraws, announces;  /* valid when indexed */
    struct bgp_update u;        /* valid when indexed */
    uint64_t known[4], held[4]; /* bit per term that looks at attributes: asked, and true */
};

enum filter_verdict {
    FILTER_NONE, /* nothing passes */
    FILTER_SOME, /* filter_route tells */
    FILTER_ALL,  /* all of it passes */
};

/* Begin a message: a tracked frame, or what an MRT walk holds. `ctx` decodes its BGP (may be
 * NULL when there is none). */
enum filter_verdict filter_item(const struct filter *f, const struct track_item *item,
                                const struct bgp_ctx *ctx, struct filter_subject *s);
enum filter_verdict filter_walk(const struct filter *f, const struct mrt_walk *w,
                                const struct bgp_ctx *ctx, struct filter_subject *s);

/* The same for a record that was made before: its type's name and its diagnostics are known,
 * `item` is about the rest. item->bgp of an `update` or `rib`: an UPDATE, or NULL. */
struct filter_known {
    struct str type;
    const struct bgp_diags *diags;
};
enum filter_verdict filter_record(const struct filter *f, const struct track_item *item,
                                  const struct filter_known *k, struct filter_subject *s);

/* Returns whether a route of the message passes. `n` NULL: what is left of NLRI that don't
 * parse. */
bool filter_route(struct filter_subject *s, const struct nlri *n);

/* Returns whether a message whose verdict is FILTER_SOME passes: one of its routes does. */
bool filter_any(struct filter_subject *s);

/* Returns whether a tracked frame passes, for sinks of whole messages. `f` NULL, or a repeated
 * frame: it does. */
bool filter_passes(const struct filter *f, const struct track_item *item);

/* Returns the name of the language's term number `i`, and what it takes, or NULL after the
 * last: for help and for the test that all are documented. */
const char *filter_term_name(unsigned i);
const char *filter_term_values(unsigned i);

#endif
