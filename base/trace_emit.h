/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_emit: the expressions of emitted values, told (base/trace.h). Floor F0; emit.h includes
 * it at its end in sources compiled with RIBTAPE_TRACE. */
#ifndef RIBTAPE_BASE_TRACE_EMIT_H
#define RIBTAPE_BASE_TRACE_EMIT_H

#include "base/trace.h"

#define emit_u64(e, key, v)     (trace_hint(#v), emit_u64((e), (key), (v)))
#define emit_i64(e, key, v)     (trace_hint(#v), emit_i64((e), (key), (v)))
#define emit_f64(e, key, v)     (trace_hint(#v), emit_f64((e), (key), (v)))
#define emit_bool(e, key, v)    (trace_hint(#v), emit_bool((e), (key), (v)))
#define emit_name(e, key, v)    (trace_hint(#v), emit_name((e), (key), (v)))
#define emit_code(e, key, v)    (trace_hint(#v), emit_code((e), (key), (v)))
#define emit_word(e, key, v)    (trace_hint(#v), emit_word((e), (key), (v)))
#define emit_ipv4(e, key, v)    (trace_hint(#v), emit_ipv4((e), (key), (v)))
#define emit_ipv6(e, key, v)    (trace_hint(#v), emit_ipv6((e), (key), (v)))
#define emit_ip(e, key, v, len) (trace_hint(#v), emit_ip((e), (key), (v), (len)))
#define emit_mac(e, key, v)     (trace_hint(#v), emit_mac((e), (key), (v)))
#define emit_rd(e, key, v)      (trace_hint(#v), emit_rd((e), (key), (v)))
#define emit_prefix(e, key, addr, v6, bits)                                                    \
    (trace_hint(#addr " " #bits), emit_prefix((e), (key), (addr), (v6), (bits)))

#endif
