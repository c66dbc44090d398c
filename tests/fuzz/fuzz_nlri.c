/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_nlri: any bytes as a section of any family. The first octet picks the family, the second
 * the modes; the rest is the section. What is emitted is also keyed; a key is the same each
 * time, and the ADD-PATH doubt settles at once. */
#include <stdlib.h>

#include "base/json.h"
#include "bgp/nlri_map.h"
#include "tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void walk(struct nlri_iter it, struct buf *out)
{
    static uint8_t octets[2][NLRI_KEY_MAX];
    struct nlri n;
    struct json j;
    json_init(&j, out);
    while (nlri_iter_next(&it, &n) > 0) {
        struct nlri_fault fault;
        struct wr key = wr_of(octets[0], sizeof octets[0]);
        struct wr again = wr_of(octets[1], sizeof octets[1]);
        buf_clear(out);
        bool ok = nlri_emit(&n, &j.emit, EMIT_ITEM, &fault);
        require(out->len >= 2 && out->p[0] == '{' && out->p[out->len - 1] == '}');
        require(ok || fault.reason < BGP_REASON_CNT);
        int rc = nlri_key(&n, &key);
        require(rc == nlri_key(&n, &again));
        require(rc != 0 ||
                (key.len == again.len && memcmp(octets[0], octets[1], key.len) == 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bgp_ctx ctx = {0};
    struct nlri_iter it;
    struct buf out = {0};
    if (len < 2)
        return 0;
    unsigned rows = nlri_map_cnt + NLRI_FLOWSPEC2_CNT, family = data[0] % (rows + 1);
    if (family == rows)
        family = BGP_FAMILY_NONE;
    if ((data[1] & 1) != 0)
        bgp_family_add(&ctx.add_path, family);
    if ((data[1] & 2) != 0)
        bgp_family_add(&ctx.multi_label, family);
    nlri_iter_init(&it, family, &ctx, cur_of(data + 2, len - 2), (data[1] & 4) != 0);
    if ((data[1] & 8) != 0 && nlri_settle_add_path(&it))
        require(nlri_count(it) > 0);
    walk(it, &out);
    buf_free(&out);
    return 0;
}
