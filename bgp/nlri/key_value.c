/* SPDX-License-Identifier: BSD-2-Clause */
/* key_value: AFI 16397, SAFI 241, opaque key-value pairs (draft-lapukhov-bgp-opaque-signaling).
 * Floor F1.
 *
 *     +-----------------+-----+--------------------------------
 *     | key length (2)  | key | value, to the end of the section
 *     +-----------------+-----+--------------------------------
 */
#include "bgp/nlri_map.h"

bool nlri_key_value_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    (void)fault;
    *one = cur_rest(in);
    return true;
}

int nlri_key_value_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    struct cur c = n->body;
    uint16_t len;
    const uint8_t *key;
    if (!cur_u16(&c, &len) || (key = cur_bytes(&c, len)) == NULL)
        return nlri_fault_cur(&c, fault);
    emit_text(e, KEY("key"), key, len);
    emit_hex(e, KEY("value"), c.p, c.left);
    return 0;
}

int nlri_key_value_key(const struct nlri *n, struct wr *w)
{
    struct cur c = n->body;
    uint16_t len;
    const uint8_t *key;
    if (!cur_u16(&c, &len) || (key = cur_bytes(&c, len)) == NULL)
        return -1;
    wr_bytes(w, key, len);
    return w->overflow ? -1 : 0;
}
