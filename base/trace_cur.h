/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_cur: a cursor's reads, told (base/trace.h). Floor F0; cur.h includes it at its end in
 * sources compiled with RIBTAPE_TRACE. */
#ifndef RIBTAPE_BASE_TRACE_CUR_H
#define RIBTAPE_BASE_TRACE_CUR_H

#include "base/trace.h"

#define TRACE_CUR_NUMBER(name, type, octets)                                                   \
    MUST_USE static inline bool trace_##name(struct cur *c, type *v, const char *to)           \
    {                                                                                          \
        if (!name(c, v))                                                                       \
            return false;                                                                      \
        const uint64_t number = *v;                                                            \
        trace_read(c->p - (octets), octets, to, &number);                                      \
        return true;                                                                           \
    }

TRACE_CUR_NUMBER(cur_u8, uint8_t, 1)
TRACE_CUR_NUMBER(cur_u16, uint16_t, 2)
TRACE_CUR_NUMBER(cur_u24, uint32_t, 3)
TRACE_CUR_NUMBER(cur_u32, uint32_t, 4)
TRACE_CUR_NUMBER(cur_u64, uint64_t, 8)

MUST_USE static inline const uint8_t *trace_cur_bytes(struct cur *c, uint32_t n,
                                                      const char *name)
{
    const uint8_t *p = cur_bytes(c, n);
    if (p != NULL)
        trace_read(p, n, name, NULL);
    return p;
}

MUST_USE static inline bool trace_cur_copy(struct cur *c, void *dst, uint32_t n, const char *to)
{
    if (!cur_copy(c, dst, n))
        return false;
    if (n > 0)
        trace_read(c->p - n, n, to, NULL);
    return true;
}

MUST_USE static inline bool trace_cur_skip(struct cur *c, uint32_t n, const char *name)
{
    if (!cur_skip(c, n))
        return false;
    if (n > 0)
        trace_read(c->p - n, n, name, NULL);
    return true;
}

#define cur_u8(c, v)        trace_cur_u8((c), (v), #v)
#define cur_u16(c, v)       trace_cur_u16((c), (v), #v)
#define cur_u24(c, v)       trace_cur_u24((c), (v), #v)
#define cur_u32(c, v)       trace_cur_u32((c), (v), #v)
#define cur_u64(c, v)       trace_cur_u64((c), (v), #v)
#define cur_bytes(c, n)     trace_cur_bytes((c), (n), NULL)
#define cur_copy(c, dst, n) trace_cur_copy((c), (dst), (n), #dst)
#define cur_skip(c, n)      trace_cur_skip((c), (n), "reserved")
#undef cur_bytes_called
#define cur_bytes_called(c, n, name) trace_cur_bytes((c), (n), (name))
#undef cur_skip_called
#define cur_skip_called(c, n, name) trace_cur_skip((c), (n), (name))

#endif
