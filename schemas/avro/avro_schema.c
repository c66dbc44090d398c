/* SPDX-License-Identifier: BSD-2-Clause */
/* avro_schema: the schema's tables (avro_fields.h), and their text. Floor F3.
 *
 * How it may change (docs/kafka.md): fields are added, each with a default, and never removed,
 * renamed or given another type, so that readers with an older or newer schema resolve it.
 * schemas/record.avsc is what avro_schema() writes; a test compares them. */
#include <string.h>

#include "base/hash.h"
#include "schemas/avro/avro_int.h"

/* clang-format off */

#define ROW(RECORD, FIELD, n, t, record, must, d)                                        \
    {.name = {.p = n, .len = sizeof(n) - 1},                                             \
     .type = AVRO_##t, .of = record, .required = must, .doc = d},
#define RECORD_OF(n, f, d)                                                               \
    {.name = n, .doc = d, .fields = f, .field_cnt = sizeof(f) / sizeof((f)[0])}

static const struct avro_field segment_fields[] = {AVRO_SEGMENT_FIELDS(ROW)};
static const struct avro_record segment = {
    .name = "Segment", .doc = "One segment of an AS path", .fields = segment_fields, .field_cnt = 2, .closed = true,
};

static const struct avro_field side_fields[] = {AVRO_SIDE_FIELDS(ROW)};
static const struct avro_record side = RECORD_OF("Side", side_fields, "An address and an AS number");

static const struct avro_field router_fields[] = {AVRO_ROUTER_FIELDS(ROW)};
static const struct avro_record router = RECORD_OF("Router", router_fields, "Who talked to the collector");

static const struct avro_field peer_fields[] = {AVRO_PEER_FIELDS(ROW)};
static const struct avro_record peer = RECORD_OF("Peer", peer_fields, "Whose routes");

static const struct avro_field family_fields[] = {AVRO_FAMILY_FIELDS(ROW)};
static const struct avro_record family = RECORD_OF("Family", family_fields, "An address family");

static const struct avro_field nlri_fields[] = {AVRO_NLRI_FIELDS(ROW)};
static const struct avro_record nlri = RECORD_OF("Nlri", nlri_fields, "One NLRI; members of rarer families are in `other`");

static const struct avro_field routes_fields[] = {AVRO_ROUTES_FIELDS(ROW)};
static const struct avro_record routes = RECORD_OF("Routes", routes_fields, "Routes of one address family");

static const struct avro_field attrs_fields[] = {AVRO_ATTRS_FIELDS(ROW)};
static const struct avro_record attrs = RECORD_OF("Attributes", attrs_fields, "Path attributes; rarer ones are in `other`");

static const struct avro_field diag_fields[] = {AVRO_DIAG_FIELDS(ROW)};
static const struct avro_record diag = RECORD_OF("Diagnostic", diag_fields, "Something wrong with a message");

static const struct avro_field root_fields[] = {AVRO_ROOT_FIELDS(ROW)};
const struct avro_record avro_root =
    RECORD_OF("Record", root_fields, "A message as ribtape recorded it (docs/records.md)");

/* clang-format on */

/* ---- its text ---- */

enum { RECORDS_MAX = 16 };

/* A record is defined where it is first used, and named from then on. */
struct printer {
    struct buf *out;
    bool canonical;
    const struct avro_record *known[RECORDS_MAX];
    unsigned known_cnt;
};

static bool is_known(struct printer *p, const struct avro_record *r)
{
    for (unsigned i = 0; i < p->known_cnt; i++)
        if (p->known[i] == r)
            return true;
    if (p->known_cnt < RECORDS_MAX)
        p->known[p->known_cnt++] = r;
    return false;
}

static void print_record(struct printer *p, const struct avro_record *r, unsigned depth);

static void print_of(struct printer *p, const struct avro_field *f, unsigned depth)
{
    static const char *const names[] = {
        [AVRO_LONG] = "\"long\"", [AVRO_TEXT] = "\"string\"", [AVRO_BOOL] = "\"boolean\"",
        [AVRO_TIME] = "\"long\"", [AVRO_LONGS] = "\"long\"",  [AVRO_TEXTS] = "\"string\"",
        [AVRO_RECORD] = NULL,     [AVRO_RECORDS] = NULL,      [AVRO_PATH] = NULL,
    };
    if (names[f->type] == NULL)
        print_record(p, f->of, depth);
    else if (f->type == AVRO_TIME && !p->canonical)
        buf_add_str(p->out, "{\"type\": \"long\", \"logicalType\": \"timestamp-micros\"}");
    else
        buf_add_str(p->out, names[f->type]);
}

static void print_type(struct printer *p, const struct avro_field *f, unsigned depth)
{
    const char *gap = p->canonical ? "" : " ";
    if (avro_is_array(f->type)) {
        buf_printf(p->out, "{\"type\":%s\"array\",%s\"items\":%s", gap, gap, gap);
        print_of(p, f, depth);
        buf_add_char(p->out, '}');
    } else if (f->required) {
        print_of(p, f, depth);
    } else {
        buf_printf(p->out, "[\"null\",%s", gap);
        print_of(p, f, depth);
        buf_add_char(p->out, ']');
    }
}

/* The canonical form has neither documentation nor defaults. */
static void print_field(struct printer *p, const struct avro_field *f, unsigned depth)
{
    if (p->canonical) {
        buf_printf(p->out, "{\"name\":\"%.*s\",\"type\":", (int)f->name.len, f->name.p);
        print_type(p, f, depth);
        buf_add_char(p->out, '}');
        return;
    }
    buf_printf(p->out, "\n%*s{\"name\": \"%.*s\", \"type\": ", (int)(2 * depth), "",
               (int)f->name.len, f->name.p);
    print_type(p, f, depth + 1);
    if (!f->required)
        buf_printf(p->out, ", \"default\": %s", avro_is_array(f->type) ? "[]" : "null");
    buf_printf(p->out, ", \"doc\": \"%s\"}", f->doc);
}

static void print_other(struct printer *p, unsigned depth)
{
    if (p->canonical)
        buf_add_str(p->out,
                    "{\"name\":\"other\",\"type\":{\"type\":\"map\",\"values\":\"string\"}}");
    else
        buf_printf(p->out,
                   "\n%*s{\"name\": \"other\", \"type\": {\"type\": \"map\", \"values\": "
                   "\"string\"}, \"default\": {}, \"doc\": \"further members, as JSON\"}",
                   (int)(2 * depth), "");
}

static void print_record(struct printer *p, const struct avro_record *r, unsigned depth)
{
    if (is_known(p, r)) {
        buf_printf(p->out, "\"" AVRO_NAMESPACE ".%s\"", r->name);
        return;
    }
    if (p->canonical)
        buf_printf(p->out,
                   "{\"name\":\"" AVRO_NAMESPACE ".%s\",\"type\":\"record\",\"fields\":[",
                   r->name);
    else
        buf_printf(p->out,
                   "{\"type\": \"record\", \"name\": \"%s\", \"namespace\": \"" AVRO_NAMESPACE
                   "\", \"doc\": \"%s\", \"fields\": [",
                   r->name, r->doc);
    for (unsigned i = 0; i < r->field_cnt; i++) {
        if (i > 0)
            buf_add_char(p->out, ',');
        print_field(p, &r->fields[i], depth + 1);
    }
    if (!r->closed) {
        buf_add_char(p->out, ',');
        print_other(p, depth + 1);
    }
    buf_add_str(p->out, "]}");
}

void avro_schema(struct buf *out)
{
    struct printer p = {.out = out};
    print_record(&p, &avro_root, 0);
    buf_add_char(out, '\n');
}

void avro_schema_canonical(struct buf *out)
{
    struct printer p = {.out = out, .canonical = true};
    print_record(&p, &avro_root, 0);
}

uint64_t avro_fingerprint(void)
{
    struct buf text = {0};
    avro_schema_canonical(&text);
    uint64_t sum = text.failed ? 0 : hash_crc64_avro(text.p, text.len);
    buf_free(&text);
    return sum;
}
