/* SPDX-License-Identifier: BSD-2-Clause */
/* config_schema: the options as a table, and what a type of value can do. Private to config*.c.
 * Floor F4.
 *
 * A row says where an option lives in its struct, how its text is read and written, what it may
 * be and what it is when the file doesn't say. Sub-mappings and lists of mappings are rows that
 * point to another table. */
#ifndef RIBTAPE_COLLECTOR_CONFIG_CONFIG_SCHEMA_H
#define RIBTAPE_COLLECTOR_CONFIG_CONFIG_SCHEMA_H

#include "base/buf.h"
#include "collector/config/config.h"

struct config_field;

/* What a value's text can be. `dst` and `src` point to the member, or to one item of a list. */
struct config_type {
    const char *what; /* "an address": completes "must be ..." */
    size_t size;      /* of the member, or of one item of a list */
    bool list;        /* the member is a pair {pointer, count}; text may also be one item */
    bool secret;      /* never shown: no value in errors, nothing printed */
    /* Reads text. Returns NULL, or a reason: a literal, or config_bad_range. */
    const char *(*parse)(const struct config_field *f, const char *text, void *dst);
    /* Writes the value as a YAML scalar. */
    void (*format)(const struct config_field *f, const void *src, struct buf *b);
    bool owned; /* the member is a malloc'd string */
};

struct config_name {
    const char *name;
    unsigned value;
};

struct config_field {
    const char *key;
    const struct config_type *type;  /* NULL: a mapping or, with item_size, a list of them */
    size_t off;                      /* of the member in its struct; of a mapping: its base */
    const char *def;                 /* default as text; NULL: zero */
    const char *doc;                 /* one line or more, for --print-defaults */
    uint64_t min, max;               /* for numbers, inclusive */
    const struct config_name *names; /* for choices, ended by NULL */
    const char *empty;               /* the word for an empty list */
    bool required;
    bool alias;                     /* another way to set the member of the row before */
    const struct config_field *sub; /* the table of a mapping */
    size_t item_size;               /* of a list of mappings */
    bool pairs; /* the list is written as one mapping: each NAME: VALUE sets the items' two */
    size_t defaults_off;            /* in struct config: what items start from; 0: defaults */
};

/* A list member as it lies in its struct. */
struct config_list {
    char *p;
    size_t cnt;
};

struct config_list config_list_get(const void *member);
void config_list_set(void *member, struct config_list l);

/* The reason for which the reader says `min to max`. */
extern const char config_bad_range[];

/* Tables end in a row without key. */
extern const struct config_field config_fields[];        /* struct config */
extern const struct config_field config_peer_fields[];   /* struct config_peer */
extern const struct config_field config_router_fields[]; /* struct config_router */
extern const struct config_field config_archive_fields[];
extern const struct config_field config_bmp_archive_fields[];
extern const struct config_field config_ndjson_fields[];
extern const struct config_field config_rib_fields[];
extern const struct config_field config_kafka_fields[];
extern const struct config_field config_journal_fields[];

extern const struct config_type config_type_bool, config_type_choice, config_type_choice_bool,
    config_type_u8, config_type_u16, config_type_u32, config_type_int, config_type_duration16,
    config_type_duration32, config_type_size32, config_type_size64, config_type_text,
    config_type_name, config_type_local_as, config_type_prefix, config_type_prefixes,
    config_type_listen, config_type_listens, config_type_as_ranges, config_type_families,
    config_type_bgp_id,
    config_type_md5, config_type_md5_file, config_type_secret, config_type_secret_file,
    config_type_place;

/* Walk a table: defaults into a zeroed struct (0, or -1 when memory runs out), deep copy of a
 * struct into a zeroed one, release of what a struct owns, comparison. */
MUST_USE int config_table_init(const struct config_field *t, void *base);
MUST_USE int config_table_copy(const struct config_field *t, void *dst, const void *src);
void config_table_drop(const struct config_field *t, void *base);
bool config_table_same(const struct config_field *t, const void *a, const void *b);

/* Reads `text` (comma-separated items for a list) as the value of a member. Returns NULL or a
 * reason. */
const char *config_field_set(const struct config_field *f, void *base, const char *text);

/* Writes a member's value as YAML: a scalar or a flow sequence. */
void config_field_format(const struct config_field *f, const void *base, struct buf *b);

/* Writes a reason that `parse` gave, with the limits or the choices spelled out. */
void config_describe(const struct config_field *f, const char *reason, struct buf *b);

/* Makes the configuration whose every value is the default. NULL when memory runs out. */
struct config *config_new(void);

/* Accept-anyone entries, where the file has no list of peers or of routers. */
MUST_USE int config_add_any(struct config *c, const struct config_field *f);

/* The one topic of a file that has no list of them. */
MUST_USE int config_add_topic(struct config *c);

/* Fills in what follows from other options (names, folders). Returns 0, or -1 without memory.
 */
MUST_USE int config_complete(struct config *c);

/* Where the loader saw a member, and how a check reports a conflict. */
struct config_loader;
unsigned config_line(const struct config_loader *ld, const void *member, const char *key);
void config_complain(struct config_loader *ld, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Returns whether something has been reported. */
bool config_complained(const struct config_loader *ld);

/* Finds conflicts between options, each reported at its line. */
void config_check(struct config_loader *ld, const struct config *c);

/* Reports a filter that can't be read. */
void config_check_filter(struct config_loader *ld, char *const *filter);

/* The part of it that is about kafka. */
void config_check_kafka(struct config_loader *ld, const struct config *c);

#endif
