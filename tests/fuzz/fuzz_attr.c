/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_attr: any bytes as the value of any attribute. The first octet picks the row, the second
 * the session and the flags; the rest is the value. What a record gets is whole, and checking
 * alone (emit_null) finds the same. */
#include "base/json.h"
#include "bgp/attr_map.h"
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool decode(const struct attr_row *row, uint8_t modes, struct cur value, struct emit *e,
                   struct bgp_diags *diags)
{
    struct bgp_ctx ctx = {.asn4 = (modes & 1) != 0, .ebgp = (modes & 2) != 0};
    struct attr_in in = {.code = row->code,
                         .flags = (modes & 4) != 0 ? modes & 0xf0 : row->flags,
                         .value = value,
                         .ctx = &ctx,
                         .diags = diags};
    bgp_diags_init(diags);
    bool ok = attr_decode(row, &in, e);
    require(ok || row->decode == NULL || diags->cnt > 0);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct bgp_diags diags, again;
    struct buf out = {0};
    struct json j;
    if (len < 2)
        return 0;
    const struct attr_row *row = &attr_map[data[0] % attr_map_cnt];
    struct cur value = cur_of(data + 2, len - 2);
    json_init(&j, &out);
    emit_object(&j.emit, EMIT_ITEM);
    bool ok = decode(row, data[1], value, &j.emit, &diags);
    emit_object_end(&j.emit);
    check_json(&out);
    require(ok || out.len == 2);
    require(ok == decode(row, data[1], value, &emit_null, &again));
    require(diags.cnt == again.cnt);
    buf_free(&out);
    return 0;
}
