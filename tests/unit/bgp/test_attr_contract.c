/* SPDX-License-Identifier: BSD-2-Clause */
/* test_attr_contract: walks attr_map. Each row with a decoder has vectors in
 * tests/vectors/attrs.txt and attrs_made.txt, each of them decodes to its JSON, and each
 * truncation and each octet one more or less has the diagnostic that
 * tests/vectors/attr_faults.txt states. */
#include "bgp/attr_map.h"
#include "faults.h"

struct attr_vector {
    uint8_t code;
    struct bgp_ctx ctx;
    uint8_t *value; /* malloc'd to its exact size, so that ASan sees a read past the end */
    size_t len;
    char *json;
};

static struct attr_vector vectors[1024];
static size_t vector_cnt;

static size_t hex_to(uint8_t **dst, const char *hex)
{
    size_t n = strlen(hex) / 2;
    *dst = malloc(n ? n : 1);
    for (size_t i = 0; i < n; i++) {
        unsigned octet;
        cr_assert_eq(sscanf(hex + 2 * i, "%2x", &octet), 1, "bad hex %s", hex);
        (*dst)[i] = (uint8_t)octet;
    }
    return n;
}

static void load_file(const char *path)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    cr_assert(f != NULL);
    while (getline(&line, &cap, f) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0')
            continue;
        cr_assert_lt(vector_cnt, sizeof vectors / sizeof vectors[0]);
        struct attr_vector *v = &vectors[vector_cnt++];
        char *rest = line;
        v->code = (uint8_t)atoi(strsep(&rest, "|"));
        const char *ctx = strsep(&rest, "|");
        v->ctx.asn4 = strcmp(ctx, "as2") != 0;
        v->ctx.ebgp = strcmp(ctx, "ibgp") != 0;
        const char *hex = strsep(&rest, "|");
        v->len = hex_to(&v->value, hex);
        v->json = strdup(rest);
    }
    free(line);
    fclose(f);
}

static void load(void)
{
    load_file(RIBTAPE_SOURCE "/tests/vectors/attrs.txt");
    load_file(RIBTAPE_SOURCE "/tests/vectors/attrs_made.txt");
}

TestSuite(attr_contract, .init = load);

/* Returns whether the value decoded; its text is in out, its diagnostics in diags. */
static bool decode(const struct attr_vector *v, const uint8_t *value, size_t len,
                   struct buf *out, struct bgp_diags *diags)
{
    struct json j;
    const struct attr_row *row = attr_row_of(v->code);
    cr_assert(row != NULL, "attribute %u has no row", v->code);
    struct attr_in in = {.code = v->code,
                         .flags = row->flags,
                         .value = cur_of(value, len),
                         .ctx = &v->ctx,
                         .diags = diags};
    bgp_diags_init(diags);
    buf_clear(out);
    json_init(&j, out);
    bool ok = attr_decode(row, &in, &j.emit);
    buf_add_char(out, '\0');
    return ok;
}

static bool is_raw(const struct attr_vector *v)
{
    return strcmp(v->json, "unknown") == 0;
}

Test(attr_contract, every_row_has_vectors)
{
    for (unsigned i = 0; i < attr_map_cnt; i++) {
        bool good = false;
        for (size_t k = 0; k < vector_cnt; k++)
            good |= vectors[k].code == attr_map[i].code && vectors[k].json[0] != '-';
        cr_expect(good, "attribute %u %s has no vector", attr_map[i].code, attr_map[i].name);
    }
}

Test(attr_contract, vectors_decode_to_their_json)
{
    struct buf out = {0};
    struct bgp_diags diags;
    for (size_t i = 0; i < vector_cnt; i++) {
        const struct attr_vector *v = &vectors[i];
        bool ok = decode(v, v->value, v->len, &out, &diags);
        if (is_raw(v)) { /* a row without a decoder: the octets are shown, nothing is wrong */
            cr_expect(!ok && diags.cnt == 0 && out.len == 1, "attribute %u: %s", v->code,
                      out.p);
            continue;
        }
        if (v->json[0] == '-') {
            cr_expect(!ok && diags.cnt > 0, "attribute %u decodes: %s", v->code, out.p);
            continue;
        }
        cr_expect(ok && diags.cnt == 0, "attribute %u: %u diagnostics", v->code, diags.cnt);
        cr_expect_str_eq(out.p, v->json, "attribute %u: %s", v->code, out.p);
    }
    buf_free(&out);
}

Test(attr_contract, truncations_and_changed_octets_are_survived)
{
    struct buf out = {0};
    struct bgp_diags diags;
    for (size_t i = 0; i < vector_cnt; i++) {
        const struct attr_vector *v = &vectors[i];
        for (size_t cut = 0; cut < v->len; cut++) {
            uint8_t *copy = malloc(cut ? cut : 1);
            memcpy(copy, v->value, cut);
            bool ok = decode(v, copy, cut, &out, &diags);
            cr_expect(ok || diags.cnt > 0 || is_raw(v), "attribute %u cut at %zu: silent",
                      v->code, cut);
            free(copy);
        }
        for (size_t at = 0; at < v->len; at++) {
            for (int step = -1; step <= 1; step += 2) {
                uint8_t was = v->value[at];
                v->value[at] = (uint8_t)(was + step);
                bool ok = decode(v, v->value, v->len, &out, &diags);
                cr_expect(ok || diags.cnt > 0 || is_raw(v), "attribute %u octet %zu: silent",
                          v->code, at);
                v->value[at] = was;
            }
        }
    }
    buf_free(&out);
}

/* The first diagnostic is the one meant. */
static void probe(const void *vector, const uint8_t *p, size_t len, struct probe *result)
{
    static struct buf out;
    struct bgp_diags diags;
    decode((const struct attr_vector *)vector, p, len, &out, &diags);
    *result = (struct probe){.sound = diags.cnt == 0};
    if (diags.cnt > 0)
        *result = (struct probe){.action = bgp_action_name(diags.v[0].action),
                                 .reason = bgp_reason_name(diags.v[0].reason),
                                 .off = diags.v[0].off,
                                 .need = diags.v[0].need,
                                 .have = diags.v[0].have};
}

Test(attr_contract, each_truncation_and_each_length_has_its_diagnostic)
{
    char *text = NULL, name[32];
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    cr_assert_not_null(out);
    for (size_t i = 0; i < vector_cnt; i++) {
        const struct attr_vector *v = &vectors[i];
        snprintf(name, sizeof name, "%s %zu", attr_row_of(v->code)->name, i + 1);
        if (v->json[0] != '-' && v->len > 0)
            faults_of(out, name, v, v->value, v->len, probe);
    }
    fclose(out);
    faults_compare(RIBTAPE_SOURCE "/tests/vectors/attr_faults.txt", text);
    free(text);
}

/* What is shown as hex has its name all the same, when IANA's registry has one. */
Test(attr_contract, raw_attributes_have_their_name)
{
    for (unsigned code = 0; code < 256; code++) {
        const struct attr_row *row = attr_row_of((uint8_t)code);
        struct buf out = {0};
        struct json j;
        char want[128];
        json_init(&j, &out);
        attr_emit_raw(&j.emit, (uint8_t)code, 192, (const uint8_t *)"\xab", 1);
        buf_add_char(&out, '\0');
        if (row != NULL)
            snprintf(want, sizeof want,
                     "{\"code\":%u,\"name\":\"%.*s\",\"flags\":192,\"value\":\"ab\"}", code,
                     (int)row->key.len, row->key.p);
        else
            snprintf(want, sizeof want, "{\"code\":%u,\"flags\":192,\"value\":\"ab\"}", code);
        cr_expect_str_eq(out.p, want);
        buf_free(&out);
    }
}

/* The file that the encoder makes is what it makes: encode, then decode, is the identity. */
Test(attr_contract, vectors_are_what_the_encoder_makes)
{
    if (system("command -v python3 >/dev/null") != 0)
        cr_skip_test("skipped: python3 absent");
    cr_expect_eq(system("python3 " RIBTAPE_SOURCE "/tests/lib/attr_vectors.py --check"), 0);
}
