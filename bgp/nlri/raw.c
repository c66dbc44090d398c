/* SPDX-License-Identifier: BSD-2-Clause */
/* raw: families whose NLRI nobody defined, or that we don't know: all bytes are one NLRI. Floor
 * F1. */
#include "bgp/nlri_map.h"

bool nlri_raw_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    (void)fault;
    *one = cur_rest(in);
    return true;
}

int nlri_raw_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    (void)fault;
    emit_hex(e, KEY("raw"), n->body.p, n->body.left);
    return 0;
}

int nlri_raw_key(const struct nlri *n, struct wr *w)
{
    wr_bytes(w, n->body.p, n->body.left);
    return w->overflow ? -1 : 0;
}
