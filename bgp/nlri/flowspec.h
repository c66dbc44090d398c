/* SPDX-License-Identifier: BSD-2-Clause */
/* flowspec: what the decoder and the readable expression of flow specifications share. Floor
 * F1.
 */
#ifndef RIBTAPE_BGP_NLRI_FLOWSPEC_H
#define RIBTAPE_BGP_NLRI_FLOWSPEC_H

#include "bgp/nlri/parts.h"

/* Bits of an operator octet (RFC 8955 section 4.2.1). */
enum {
    FLOW_OP_END = 0x80, /* the last of its component */
    FLOW_OP_AND = 0x40, /* and, else or, with the one before */
    FLOW_OP_LT = 0x04,  /* numeric */
    FLOW_OP_GT = 0x02,
    FLOW_OP_EQ = 0x01,
    FLOW_OP_NOT = 0x02, /* bitmask */
    FLOW_OP_MATCH = 0x01,
};

/* FLOW_OPAQUE: of version 2 alone, whose values have lengths. */
enum flow_syntax { FLOW_PREFIX, FLOW_NUMERIC, FLOW_BITMASK, FLOW_MAC, FLOW_OPAQUE };

/* A component type of IANA "Flow Spec Component Types". */
struct flow_type {
    uint8_t type;
    uint8_t syntax; /* enum flow_syntax */
    const char *name;
    const char *const *bits; /* names of a bitmask's bits from the lowest, or NULL */
    uint8_t bit_cnt;
};

/* Reads the length of a flow specification (RFC 8955 section 4.1). */
bool flow_read_len(struct cur *c, uint32_t *len);

/* A prefix component; `addr` is zero before bit `offset` (IPv6) and from bit `bits` on. */
struct flow_prefix {
    uint8_t bits, offset;
    uint8_t addr[16];
};

/* Reads a prefix of addresses of 4 or 16 octets. RFC 8956 section 3.1 sends the bits from its
 * offset on; `whole_patterns`: those before, too, as drafts of it had it and some still do.
 * Returns false with *fault. */
bool flow_read_prefix(struct cur *c, unsigned addr_len, bool whole_patterns,
                      struct flow_prefix *p, struct nlri_fault *fault);

/* Reads one operator with its value of 1, 2, 4 or 8 octets. */
bool flow_read_compare(struct cur *c, uint8_t *op, uint64_t *value);

/* Returns the row of a component type, or NULL. */
const struct flow_type *flow_type_of(uint8_t type);

/* Text that grows up to a limit; what does not fit makes it `full` and worthless. */
enum { FLOW_TEXT_MAX = 4096 };

struct flow_text {
    size_t len;
    bool full;
    char s[FLOW_TEXT_MAX];
};

void flow_text_add(struct flow_text *t, const char *s, size_t len);
void flow_text_word(struct flow_text *t, const char *s);
void flow_text_number(struct flow_text *t, uint64_t v);
void flow_text_hex(struct flow_text *t, const uint8_t *p, size_t len);

/* Returns the text of an operator: `>=`, `!=`, `!`, ``; numeric ones that compare nothing are
 * `false` and `true`. */
const char *flow_op_text(const struct flow_type *type, uint8_t op);

/* Appends one comparison, with `&` or `|` before it unless it is the first. */
void flow_text_compare(struct flow_text *t, const struct flow_type *type, bool first,
                       uint8_t op, uint64_t value);

/* What a decoder of components holds. */
struct flow {
    struct cur c;
    struct emit *e;
    struct nlri_fault *fault;
    struct flow_text *text;
    uint8_t addr_len;    /* of prefixes: 4 or 16 */
    bool whole_patterns; /* IPv6 patterns begin at bit 0 whatever their offset */
};

/* Reads the value of a component, what comes after its type, and emits its members: `prefix`
 * and `prefix_offset`, `mac`, or `match`. Not for FLOW_OPAQUE. Returns false with *f->fault. */
bool flow_take_value(struct flow *f, const struct flow_type *type);

#endif
