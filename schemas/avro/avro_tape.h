/* SPDX-License-Identifier: BSD-2-Clause */
/* avro_tape: what a builder said, in order, until the record is whole. Floor F3.
 *
 *     | struct token | octets of a text, or numbers | padding to 8 |
 *     | struct token of an object or array | tokens of its members |
 *     | struct token of fields that are ready | their octets | padding to 8 |
 *
 * `size` of a token is its whole length, so that the next one is found without a look inside.
 */
#ifndef RIBTAPE_SCHEMAS_AVRO_AVRO_TAPE_H
#define RIBTAPE_SCHEMAS_AVRO_AVRO_TAPE_H

#include "schemas/avro/avro.h"

enum token_kind {
    TOKEN_OBJECT,
    TOKEN_ARRAY,
    TOKEN_U64,
    TOKEN_I64,
    TOKEN_F64,
    TOKEN_BOOL,
    TOKEN_NULL,
    TOKEN_TEXT,
    TOKEN_TIME, /* nanoseconds since the epoch */
    TOKEN_U32S,  /* items of an array */
    TOKEN_READY, /* fields of the record itself, as Avro's octets: a direct encoder's */
};

struct token {
    const char *key; /* a literal; NULL: an item */
    uint32_t key_len;
    uint32_t kind; /* enum token_kind */
    size_t size;
    union {
        uint64_t u;
        int64_t i;
        double f;
        size_t len; /* TEXT: octets; U32S: how many */
        struct {
            uint32_t octets;
            uint16_t first, next; /* enum avro_root_field: the first, the first that is not */
        } ready;
    };
};

/* Tokens within `p` to `end`, for walks: t = tape_first(parent); t < tape_end(parent). */
static inline const struct token *tape_at(const char *p)
{
    return (const struct token *)(const void *)p;
}

static inline const struct token *tape_first(const struct token *parent)
{
    return parent + 1;
}

static inline const struct token *tape_next(const struct token *t)
{
    return tape_at((const char *)t + t->size);
}

static inline const struct token *tape_end(const struct token *parent)
{
    return tape_next(parent);
}

static inline const char *token_text(const struct token *t)
{
    return (const char *)(t + 1);
}

static inline uint32_t token_number(const struct token *t, size_t i)
{
    uint32_t v;
    memcpy(&v, token_text(t) + i * sizeof v, sizeof v);
    return v;
}

/* Returns an object's member of that name, NULL: it has none, or `object` is none or NULL. */
const struct token *tape_find(const struct token *object, const char *name);

/* The operations that write a tape; those of a direct encoder. */
extern const struct emit_ops avro_tape_ops, avro_direct_ops;

/* Returns the direct encoder that `e` belongs to, or NULL: it belongs to none, or what is open
 * is not the record itself (the message in a Route Mirroring is a member of it). */
static inline struct avro *avro_direct(struct emit *e)
{
    struct avro *a = e->ops == &avro_direct_ops ? (struct avro *)(void *)e : NULL;
    return a != NULL && a->depth == 1 ? a : NULL;
}

/* Put fields of the record that are ready onto the tape of a direct encoder whose record is
 * open. The first returns where the octets of the fields from number `first` on go, with `room`
 * for them, or NULL (out of memory); the second ends them before field `next`. Between the two
 * the tape must be left as it is; a second that never comes leaves nothing on it. What directly
 * follows other fields that are ready becomes one token with them, unless a mark is between. */
char *tape_ready_room(struct avro *a, unsigned first, size_t room);
void tape_ready_end(struct avro *a, const char *end, unsigned first, unsigned next);

enum { TAPE_NONE = -1 }; /* of ready_last, as a size_t */

/* Writes members that lie between two places of the tape to a->ready, as one token that is
 * ready. Returns false when one has no field. */
bool avro_make_ready(struct avro *a, const struct token *from, const struct token *end);

/* Appends the one value of an attribute that lies between two places of the tape to *out, as
 * its field `number` of "attrs" wants it. Returns false when it does not fit there. */
bool avro_put_attr(struct avro *a, const struct token *from, const struct token *end,
                   unsigned number, struct buf *out);

/* Tells another encoder what a token and those in it say: under its key, or as an item without
 * a name. */
void tape_replay(const struct token *t, struct emit *e);
void tape_replay_value(const struct token *t, struct emit *e);

#endif
