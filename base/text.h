/* SPDX-License-Identifier: BSD-2-Clause */
/* text: the emit encoder that writes indented text for people. Floor F0.
 *
 *     key: value
 *     key: item item {item,item}
 *     key:
 *       key: value
 *       - key: value          an array's object
 *         key: value
 */
#ifndef RIBTAPE_BASE_TEXT_H
#define RIBTAPE_BASE_TEXT_H

#include "base/buf.h"
#include "base/emit.h"

enum { TEXT_DEPTH_MAX = 64 };

struct text_level {
    bool array;
    bool used;   /* something was written in it */
    bool inside; /* an array in an array: brackets */
};

/* `emit` is first. */
struct text {
    struct emit emit;
    struct buf *out; /* borrowed */
    unsigned indent; /* of the outermost members, in spaces */
    bool colour;     /* keys dimmed, for terminals */
    unsigned depth;
    unsigned deeper; /* levels beyond TEXT_DEPTH_MAX, which show no structure */
    struct text_level level[TEXT_DEPTH_MAX];
};

/* Makes `t` an encoder that appends to `out`; each member begins with a line feed. */
void text_init(struct text *t, struct buf *out, unsigned indent, bool colour);

#endif
