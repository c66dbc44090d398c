/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_record: what comes out of Kafka: a value as JSON or Avro, the frame that is made of it,
 * filters over it, and Avro again. */
#include "base/json_read.h"
#include "check.h"
#include "schemas/avro/avro_read.h"
#include "schemas/filter/filter.h"
#include "tools/kafka/record_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_value(struct avro *a, struct buf *scratch, const uint8_t *p, size_t len,
                       bool json)
{
    size_t off = 0;
    int rc = json ? json_read((const char *)p, len, EMIT_ITEM, &a->emit, scratch, &off)
                  : avro_read(cur_of(p, (uint32_t)len), &a->emit, scratch);
    require(off <= len);
    return rc == 0 && a->tape.len > 0 && !a->tape.failed;
}

static void look(struct record_wire *w, const struct token *record)
{
    static const char text[] = "prefix any 10.0.0.0/8 or community rt:* or as-path _1_ or error";
    char err[FILTER_ERROR_MAX];
    struct filter_subject s;
    if (record_wire_make(w, record) != 0)
        return;
    struct filter *f = filter_new(text, false, err);
    require(f != NULL);
    const struct filter_known k = {w->type, &w->diags};
    if (filter_record(f, &w->item, &k, &s) == FILTER_SOME) {
        (void)filter_any(&s);
        for (size_t i = 0; i < w->route_cnt; i++) {
            struct nlri n = record_wire_nlri(w, i);
            (void)filter_route(&s, &n);
        }
    }
    filter_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avro a;
    struct buf scratch = {0}, out = {0};
    struct record_wire w = {0};
    avro_init(&a);
    if (size > 0 && read_value(&a, &scratch, data + 1, size - 1, data[0] & 1)) {
        look(&w, tape_at(a.tape.p));
        if (tape_at(a.tape.p)->kind == TOKEN_OBJECT)
            require(avro_take(&a, &out) == 0);
    }
    record_wire_free(&w);
    buf_free(&scratch);
    buf_free(&out);
    avro_free(&a);
    return 0;
}
