/* SPDX-License-Identifier: BSD-2-Clause */
/* sfc: service function chaining (RFC 9015 section 3). Floor F1.
 *
 *     +-----------------------------------+
 *     | Route type (2 octets)             |
 *     +-----------------------------------+
 *     | Length (2 octets)                 |  of what follows
 *     +-----------------------------------+
 *     | Route type specific (variable)    |
 *     +-----------------------------------+
 *
 * Type 1, a service function instance (SFIR, section 3.1): distinguisher (8), service function
 * type (2). Type 2, a service function path (SFPR, section 3.2): distinguisher (8), service
 * path identifier (3).
 */
#include "bgp/nlri/parts.h"

enum { SFC_INSTANCE = 1, SFC_PATH = 2 };

bool nlri_sfc_next(struct cur *in, struct cur *one, struct nlri_fault *fault)
{
    return nlri_take_typed(in, 2, 2, one, fault);
}

static int decode_known(struct cur *c, uint16_t type, struct emit *e, struct nlri_fault *fault)
{
    uint16_t function;
    uint32_t path;
    const uint8_t *rd = cur_bytes(c, NLRI_RD_LEN);
    if (rd == NULL)
        return nlri_fault_cur(c, fault);
    emit_rd(e, KEY("rd"), rd);
    if (type == SFC_INSTANCE && cur_u16(c, &function))
        emit_u64(e, KEY("service_function_type"), function);
    else if (type == SFC_PATH && cur_u24(c, &path))
        emit_u64(e, KEY("service_path_id"), path);
    return nlri_end(c, fault);
}

int nlri_sfc_decode(const struct nlri *n, struct emit *e, struct nlri_fault *fault)
{
    static const char *const names[] = {
        [SFC_INSTANCE] = "service-function-instance", [SFC_PATH] = "service-function-path"};
    struct cur c = n->body;
    uint16_t type;
    if (!cur_u16(&c, &type) || !cur_skip_called(&c, 2, "length"))
        return nlri_fault_cur(&c, fault);
    bool known = type == SFC_INSTANCE || type == SFC_PATH;
    nlri_emit_route_type(e, type, known ? names[type] : NULL);
    if (known)
        return decode_known(&c, type, e, fault);
    emit_hex(e, KEY("raw"), c.p, c.left);
    return 0;
}

int nlri_sfc_key(const struct nlri *n, struct wr *w)
{
    struct nlri_fault fault;
    if (nlri_sfc_decode(n, &emit_null, &fault) != 0)
        return -1;
    wr_bytes(w, n->body.p, n->body.left);
    return w->overflow ? -1 : 0;
}
