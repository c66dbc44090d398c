/* SPDX-License-Identifier: BSD-2-Clause */
/* emit: named fields, as decoders hand them to an encoder. Floor F0.
 *
 * A decoder tells an `emit` what it found (objects, arrays, named values); what becomes of it
 * is the encoder's business: JSON (base/json.h), nothing at all (emit_null, to check syntax
 * only), or another format. Inside an array `key` is EMIT_ITEM. Decoders emit while they read
 * and may find the value malformed half way: the dispatcher takes a mark before and rolls back
 * to it.
 *
 * Keys are literals through KEY("name"); they must need no escaping. */
#ifndef RIBTAPE_BASE_EMIT_H
#define RIBTAPE_BASE_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed string with its length. */
struct str {
    const char *p; /* NULL: no name, an array's item */
    uint32_t len;
    bool quoted; /* what KEY makes: p[-1] and p[len] are quotes, p[len + 1] is a colon, and
                  * EMIT_KEY_ROOM octets from p[-1] are there to be copied whatever the length,
                  * which is EMIT_KEY_MAX at most */
};

enum { EMIT_KEY_ROOM = 32, EMIT_KEY_MAX = EMIT_KEY_ROOM - 3 };

#define KEY_PADDING "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define KEY_INIT(literal)                                                                      \
    {                                                                                          \
        .p = "\"" literal "\":" KEY_PADDING + 1, .len = sizeof(literal) - 1,                   \
        .quoted = sizeof(literal) - 1 <= EMIT_KEY_MAX                                          \
    }
#define KEY(literal) ((struct str)KEY_INIT(literal))
#define EMIT_ITEM    ((struct str){.p = NULL})

/* Returns `len` octets at `p`, below 4 GiB. */
static inline struct str str_at(const char *p, size_t len)
{
    return (struct str){.p = p, .len = (uint32_t)len};
}

static inline struct str str_of(const char *s)
{
    return str_at(s, strlen(s));
}

struct emit;

/* Where an encoder stood; opaque to decoders. */
struct emit_mark {
    size_t at;
    uint32_t state;
};

/* Writes the text of one item, plain characters, at `dst`; returns how many. */
typedef size_t emit_fmt(char *dst, const void *item);

/* Items that lie one after the other in memory (on the wire, most often). */
struct emit_items {
    emit_fmt *fmt;
    size_t max; /* octets of room `fmt` needs */
    const uint8_t *p;
    size_t item_len;
    size_t cnt;
};

struct emit_ops {
    void (*object_begin)(struct emit *e, struct str key);
    void (*object_end)(struct emit *e);
    void (*array_begin)(struct emit *e, struct str key);
    void (*array_end)(struct emit *e);
    void (*u64)(struct emit *e, struct str key, uint64_t v);
    void (*i64)(struct emit *e, struct str key, int64_t v);
    void (*f64)(struct emit *e, struct str key, double v);
    void (*boolean)(struct emit *e, struct str key, bool v);
    void (*null)(struct emit *e, struct str key);
    /* Text of known characters (names, addresses, numbers): no escaping needed. */
    void (*ascii)(struct emit *e, struct str key, const char *s, size_t len);
    /* The same from what writes it, in `max` octets of room; an encoder that doesn't want the
     * text doesn't call it. */
    void (*ascii_by)(struct emit *e, struct str key, emit_fmt *fmt, const void *item,
                     size_t max);
    /* The rest of this group is there for speed: an encoder may leave any of them NULL, and
     * gets what they stand for by the others. A text that KEY made, maybe: */
    void (*word)(struct emit *e, struct str key, struct str text);
    /* A whole array of such texts; items that are objects of one such text, `key`. */
    void (*ascii_array)(struct emit *e, struct str key, const struct emit_items *items);
    void (*ascii_objects)(struct emit *e, struct str key, const struct emit_items *items);
    /* A whole array of numbers; many items of the array that is open. */
    void (*u32_array)(struct emit *e, struct str key, const uint32_t *v, size_t cnt);
    void (*u32_items)(struct emit *e, const uint32_t *v, size_t cnt);
    /* Text from the wire: any bytes; the encoder escapes and replaces invalid UTF-8. */
    void (*text)(struct emit *e, struct str key, const char *s, size_t len);
    void (*hex)(struct emit *e, struct str key, const uint8_t *p, size_t len);
    /* Nanoseconds since the epoch. */
    void (*time)(struct emit *e, struct str key, uint64_t ns);
    struct emit_mark (*mark)(const struct emit *e);
    void (*rollback)(struct emit *e, struct emit_mark m);
    /* Members that don't change from record to record can be kept as the encoder made them:
     * `since` returns what it wrote after a mark (borrowed until the next call), `splice`
     * writes that again at the like place of another record. NULL in an encoder that can't. */
    struct str (*since)(const struct emit *e, struct emit_mark m);
    void (*splice)(struct emit *e, struct str members);
};

struct emit {
    const struct emit_ops *ops;
};

static inline void emit_object(struct emit *e, struct str key)
{
    e->ops->object_begin(e, key);
}

static inline void emit_object_end(struct emit *e)
{
    e->ops->object_end(e);
}

static inline void emit_array(struct emit *e, struct str key)
{
    e->ops->array_begin(e, key);
}

static inline void emit_array_end(struct emit *e)
{
    e->ops->array_end(e);
}

static inline void emit_u64(struct emit *e, struct str key, uint64_t v)
{
    e->ops->u64(e, key, v);
}

static inline void emit_i64(struct emit *e, struct str key, int64_t v)
{
    e->ops->i64(e, key, v);
}

static inline void emit_f64(struct emit *e, struct str key, double v)
{
    e->ops->f64(e, key, v);
}

static inline void emit_bool(struct emit *e, struct str key, bool v)
{
    e->ops->boolean(e, key, v);
}

static inline void emit_null_value(struct emit *e, struct str key)
{
    e->ops->null(e, key);
}

static inline void emit_ascii(struct emit *e, struct str key, const char *s, size_t len)
{
    e->ops->ascii(e, key, s, len);
}

static inline void emit_ascii_by(struct emit *e, struct str key, emit_fmt *fmt,
                                 const void *item, size_t max)
{
    e->ops->ascii_by(e, key, fmt, item, max);
}

/* Emits a text of known characters that is known by its length, as KEY makes it or not. */
static inline void emit_word(struct emit *e, struct str key, struct str text)
{
    if (e->ops->word != NULL)
        e->ops->word(e, key, text);
    else
        e->ops->ascii(e, key, text.p, text.len);
}

/* Emits an array of texts; items of the array that is open, each an object whose one member
 * `key` is such a text. */
void emit_ascii_array(struct emit *e, struct str key, const struct emit_items *items);
void emit_ascii_objects(struct emit *e, struct str key, const struct emit_items *items);

/* Emits an array of numbers; numbers as items of the array that is open. */
void emit_u32_array(struct emit *e, struct str key, const uint32_t *v, size_t cnt);
void emit_u32_items(struct emit *e, const uint32_t *v, size_t cnt);

/* Emits a NUL-terminated literal of plain characters. */
static inline void emit_name(struct emit *e, struct str key, const char *s)
{
    e->ops->ascii(e, key, s, strlen(s));
}

static inline void emit_text(struct emit *e, struct str key, const void *s, size_t len)
{
    e->ops->text(e, key, (const char *)s, len);
}

static inline void emit_hex(struct emit *e, struct str key, const uint8_t *p, size_t len)
{
    e->ops->hex(e, key, p, len);
}

static inline void emit_time(struct emit *e, struct str key, uint64_t ns)
{
    e->ops->time(e, key, ns);
}

static inline struct emit_mark emit_mark(const struct emit *e)
{
    return e->ops->mark(e);
}

static inline void emit_rollback(struct emit *e, struct emit_mark m)
{
    e->ops->rollback(e, m);
}

/* Emit values that have one text form everywhere (defined in emit.c through fmt). */
void emit_ipv4(struct emit *e, struct str key, const uint8_t *a);           /* 4 octets */
void emit_ipv6(struct emit *e, struct str key, const uint8_t *a);           /* 16 octets */
void emit_ip(struct emit *e, struct str key, const uint8_t *a, size_t len); /* 4 or 16 octets */
void emit_mac(struct emit *e, struct str key, const uint8_t *a);            /* 6 octets */
void emit_rd(struct emit *e, struct str key, const uint8_t *rd);            /* 8 octets */
/* Emits `number` as decimal text, for codes without a name where names are text. */
void emit_code(struct emit *e, struct str key, uint64_t number);
/* Emits an IPv4 or IPv6 prefix: `addr` has 4 (v6 false) or 16 octets, host bits already zero.
 */
void emit_prefix(struct emit *e, struct str key, const uint8_t *addr, bool v6, unsigned bits);

/* A prefix read off the wire: host bits and what is behind them zero. */
struct emit_prefix {
    uint8_t addr[16]; /* IPv4: the first four */
    uint8_t bits;
};

/* Emits items of the array that is open: objects that have nothing but such a prefix. */
void emit_prefix_objects(struct emit *e, struct str key, const struct emit_prefix *p,
                         size_t cnt, bool v6);

/* An encoder that forgets everything: a decoder run against it checks syntax. */
extern struct emit emit_null;

#ifdef RIBTAPE_TRACE
#include "base/trace_emit.h"
#endif

#endif
