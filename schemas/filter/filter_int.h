/* SPDX-License-Identifier: BSD-2-Clause */
/* filter_int: what the files of the filter share and nobody else includes. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_FILTER_FILTER_INT_H
#define RIBTAPE_SCHEMAS_FILTER_FILTER_INT_H

#include "schemas/filter/filter.h"
#include "schemas/filter/filter_path.h"
#include "schemas/filter/filter_prefix.h"

/* clang-format off */

/* What a record's "type" may be; then the kinds of routes. */
#define FILTER_TYPE_MAP(X)                                                               \
    X(OPEN, "open") X(UPDATE, "update") X(NOTIFICATION, "notification")                  \
    X(KEEPALIVE, "keepalive") X(ROUTE_REFRESH, "route-refresh")                          \
    X(OPERATIONAL, "operational") X(BGP, "bgp") X(STATE, "state") X(LOST, "lost")        \
    X(STATS, "stats") X(PEER_DOWN, "peer-down") X(PEER_UP, "peer-up")                    \
    X(INITIATION, "initiation") X(TERMINATION, "termination") X(MIRROR, "mirror")        \
    X(BMP, "bmp") X(RIB, "rib") X(PEER_INDEX, "peer-index") X(MRT, "mrt")                \
    X(ANNOUNCE, "announce") X(WITHDRAW, "withdraw") X(EOR, "eor")

#define FILTER_ENUM_TYPE(NAME, text) FILTER_TYPE_##NAME,
enum filter_type { FILTER_TYPE_MAP(FILTER_ENUM_TYPE) FILTER_TYPE_CNT };

/* clang-format on */

#define FILTER_BIT(type) (UINT64_C(1) << (type))
#define FILTER_ROUTE_TYPES                                                                     \
    (FILTER_BIT(FILTER_TYPE_ANNOUNCE) | FILTER_BIT(FILTER_TYPE_WITHDRAW) |                     \
     FILTER_BIT(FILTER_TYPE_EOR))

/* How dear a term is to answer, and from when on it can be. */
enum filter_cost {
    FILTER_COST_META,   /* who and when */
    FILTER_COST_INDEX,  /* the sections of the message */
    FILTER_COST_NLRI,   /* one raw NLRI */
    FILTER_COST_ATTR,   /* an attribute */
    FILTER_COST_RECORD, /* everything decoded */
};

enum filter_answer { FILTER_NO, FILTER_YES, FILTER_MAYBE };

struct filter_range {
    uint32_t first, last;
};

/* One community pattern: numbers (parts 2 or 3), or a glob over the text. */
struct filter_community {
    unsigned parts; /* 0: glob */
    struct filter_range part[3];
};

/* What a term is compared with; the members its row fills. Lists are owned. */
struct filter_term {
    const struct filter_row *row;
    struct filter_range *ranges; /* sorted, apart from each other, once finished */
    size_t range_cnt;
    char **globs;
    size_t glob_cnt;
    struct filter_community *communities;
    size_t community_cnt;
    struct path_regex **paths;
    size_t path_cnt;
    struct filter_prefixes prefixes;
    enum filter_prefix_mode mode;
    uint64_t bits; /* enum filter_type, enum bmp_view, direction */
    struct bgp_family_set families;
    bool other_families; /* those without a row */
    uint64_t time_ns;
    unsigned memo; /* number among the terms that look at attributes */
};

/* A term of the language. */
struct filter_row {
    const char *name;
    const char *values; /* for help: "ADDRESS[/BITS],..." */
    enum filter_cost cost;
    bool has_modes; /* a word of FILTER_PREFIX_MODES may come first */
    bool one;       /* a single value, no list */
    bool raw;       /* values may hold commas and brackets */
    bool bare;      /* may stand without value */

    /* Adds a value. Returns 0, or -1 with a reason in err. */
    int (*take)(struct filter_term *t, const char *s, size_t len, char *err);

    /* Answers. `n`: the route, NULL for none. What META and INDEX rows and those of attributes
     * answer doesn't depend on `n` but through filter_route's own check. */
    bool (*test)(const struct filter_term *t, struct filter_subject *s, const struct nlri *n);
};

extern const struct filter_row filter_rows[];
extern const unsigned filter_row_cnt;

/* Sorts the lists of a term that has all its values. Returns 0, or -1 when memory runs out. */
int filter_term_finish(struct filter_term *t);
void filter_term_clear(struct filter_term *t);

/* Values and tests of communities and errors (filter_attr.c). */
int filter_take_community(struct filter_term *t, const char *s, size_t len, char *err);
int filter_take_error(struct filter_term *t, const char *s, size_t len, char *err);
int filter_take_path(struct filter_term *t, const char *s, size_t len, char *err);
bool filter_test_community(const struct filter_term *t, struct filter_subject *s,
                           const struct nlri *n);
bool filter_test_error(const struct filter_term *t, struct filter_subject *s,
                       const struct nlri *n);
bool filter_test_path(const struct filter_term *t, struct filter_subject *s,
                      const struct nlri *n);
bool filter_test_origin(const struct filter_term *t, struct filter_subject *s,
                        const struct nlri *n);
bool filter_test_as(const struct filter_term *t, struct filter_subject *s,
                    const struct nlri *n);

/* Returns the bit of the type of records with that name, 0: the language has none. */
uint64_t filter_type_named(struct str name);

/* Returns whether a number is in one of a term's ranges. */
bool filter_in_ranges(const struct filter_term *t, uint32_t v);

/* Adds to a list of globs; matches text against them (`*` any characters, `?` one). */
int filter_add_glob(struct filter_term *t, const char *s, size_t len, char *err);
bool filter_globs_match(const struct filter_term *t, const char *s, size_t len);

/* Reads FIRST[-LAST], or `*`. Returns whether it is that. */
bool filter_read_range(const char *s, size_t len, uint32_t max, struct filter_range *r);

/* Writes a reason into err (FILTER_ERROR_MAX octets). Returns -1. */
int filter_say(char *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The index of the message, made at the first call. */
struct bgp_update *filter_index(struct filter_subject *s);

/* ---- the tree ---- */

enum filter_op { FILTER_TERM, FILTER_NOT, FILTER_AND, FILTER_OR };

struct filter_node {
    enum filter_op op;
    enum filter_cost cost;     /* the least of what is below, so that cheap ones go first */
    struct filter_node *child; /* NOT, AND, OR: the first; owned */
    struct filter_node *next;  /* sibling */
    struct filter_term term;
};

enum { FILTER_DEPTH_MAX = 64, FILTER_TERMS_MAX = 4096, FILTER_MEMO_MAX = 256 };

struct filter {
    struct filter_node *root; /* NULL: everything passes */
    unsigned term_cnt, memo_cnt;
    bool by_nlri; /* some term looks at raw NLRI: attributes wait until one has passed */
};

/* Parses (filter_parse.c). Returns 0, or -1 with err. */
int filter_parse(struct filter *f, const char *text, bool files, char *err);
void filter_node_free(struct filter_node *n);

#endif
