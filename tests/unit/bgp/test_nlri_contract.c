/* SPDX-License-Identifier: BSD-2-Clause */
/* test_nlri_contract: walks nlri_map. Each row has vectors in tests/vectors/nlri/NAME.txt; each
 * decodes to its JSON and its key or fails with its fault, each survives every change of one
 * octet, and of the good ones each truncation and each octet one more or less has the fault
 * that tests/vectors/nlri_faults.txt states.
 *
 * A line is `flags | hex | JSON | key in hex or *`, `flags | hex | !reason offset need have`,
 * or
 * `= flags | hex`: another form of the route on the line before, with the same key. Flags: `-`,
 * or of withdraw, multilabel, addpath. `#` begins a comment. */
#include <stdlib.h>

#include "bgp/nlri_map.h"
#include "faults.h"

struct nlri_vector {
    unsigned family;
    struct bgp_ctx ctx;
    bool withdraw;
    bool same;     /* has the key of the one before */
    uint8_t *wire; /* malloc'd to its exact size */
    size_t len;
    char *want; /* JSON or `!fault` */
    char *key;  /* hex; NULL when the wire is bad */
    char at[96];
};

static struct nlri_vector *vectors;
static size_t vector_cnt, vector_cap;

/* Cuts `*rest` at ` | ` and returns the part before it. */
static char *field(char **rest)
{
    char *start = *rest, *end = start == NULL ? NULL : strstr(start, " | ");
    *rest = end == NULL ? NULL : end + 3;
    if (end != NULL)
        *end = '\0';
    return start;
}

static void add(unsigned family, char *line, unsigned number)
{
    if (vector_cnt == vector_cap) {
        vector_cap = vector_cap ? 2 * vector_cap : 64;
        vectors = reallocarray(vectors, vector_cap, sizeof *vectors);
        cr_assert_not_null(vectors);
    }
    struct nlri_vector *v = &vectors[vector_cnt++];
    memset(v, 0, sizeof *v);
    v->family = family;
    snprintf(v->at, sizeof v->at, "%s.txt:%u", nlri_map[family].name, number);
    v->same = line[0] == '=';
    char *rest = v->same ? line + 2 : line;
    const char *flags = field(&rest);
    v->withdraw = strstr(flags, "withdraw") != NULL;
    if (strstr(flags, "addpath") != NULL)
        bgp_family_add(&v->ctx.add_path, family);
    if (strstr(flags, "multilabel") != NULL)
        bgp_family_add(&v->ctx.multi_label, family);
    v->ctx.pinned = true;
    const char *hex = field(&rest), *want = field(&rest);
    static struct octets wire;
    octets_of(&wire, hex);
    v->wire = exact_copy(wire.p, wire.len);
    v->len = wire.len;
    v->want = strdup(want != NULL ? want : "");
    v->key = rest != NULL ? strdup(rest) : NULL;
    cr_assert(v->same || v->want[0] == '!' || v->key != NULL, "%s: no key", v->at);
}

static void load_row(unsigned family)
{
    char path[512];
    snprintf(path, sizeof path, "%s/tests/vectors/nlri/%s.txt", RIBTAPE_SOURCE,
             nlri_map[family].name);
    FILE *f = fopen(path, "r");
    if (f == NULL) /* every_row_has_vectors tells */
        return;
    char *line = NULL;
    size_t cap = 0;
    for (unsigned number = 1; getline(&line, &cap, f) > 0; number++) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '#' && line[0] != '\0')
            add(family, line, number);
    }
    free(line);
    fclose(f);
}

static void load(void)
{
    for (unsigned family = 0; family < nlri_map_cnt; family++)
        load_row(family);
}

TestSuite(nlri_contract, .init = load);

/* What became of a section: its NLRI as JSON objects in a row, its first fault, its keys. */
struct result {
    struct record r;
    bool ok;
    struct nlri_fault fault;
    bool keyed;
    struct wr key;
    uint8_t key_octets[NLRI_KEY_MAX];
};

static void run(const struct nlri_vector *v, const uint8_t *p, size_t len, struct result *res)
{
    struct nlri_iter it;
    struct nlri n;
    struct nlri_fault fault;
    int r;
    memset(res, 0, sizeof *res);
    json_init(&res->r.json, &res->r.out);
    res->key = wr_of(res->key_octets, sizeof res->key_octets);
    res->ok = res->keyed = true;
    nlri_iter_init(&it, v->family, &v->ctx, cur_of(p, len), v->withdraw);
    while ((r = nlri_iter_next(&it, &n)) > 0) {
        if (!nlri_emit(&n, &res->r.json.emit, EMIT_ITEM, &fault) && res->ok) {
            res->ok = false;
            res->fault = fault;
        }
        res->keyed &= nlri_key(&n, &res->key) == 0;
    }
    if (r < 0 && res->ok) {
        res->ok = false;
        res->fault = it.fault;
    }
    buf_add_char(&res->r.out, '\0');
}

static void hex_of(char *dst, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        snprintf(dst + 2 * i, 3, "%02x", p[i]);
    dst[2 * len] = '\0';
}

Test(nlri_contract, every_row_has_vectors)
{
    for (unsigned family = 0; family < nlri_map_cnt; family++) {
        unsigned good = 0, bad = 0;
        for (size_t i = 0; i < vector_cnt; i++) {
            if (vectors[i].family == family)
                *(vectors[i].want[0] == '!' ? &bad : &good) += 1;
        }
        cr_expect(good > 0, "%s has no good vector", nlri_map[family].name);
        cr_expect(bad > 0 || nlri_map[family].next == nlri_raw_next, "%s has no bad vector",
                  nlri_map[family].name);
    }
}

static void expect_fault(const struct nlri_vector *v, const struct result *res)
{
    char got[96];
    snprintf(got, sizeof got, "!%s %u %u %u", bgp_reason_name(res->fault.reason),
             res->fault.off, res->fault.need, res->fault.have);
    cr_expect(!res->ok, "%s: decodes to %s", v->at, res->r.out.p);
    cr_expect_str_eq(got, v->want, "%s: %s, not %s", v->at, got, v->want);
}

Test(nlri_contract, vectors_decode_to_their_json_and_key)
{
    static struct result res;
    char key[2 * NLRI_KEY_MAX + 1], before[sizeof key] = "";
    for (size_t i = 0; i < vector_cnt; i++) {
        const struct nlri_vector *v = &vectors[i];
        run(v, v->wire, v->len, &res);
        if (v->want[0] == '!') {
            expect_fault(v, &res);
        } else {
            cr_expect(res.ok, "%s: %s at %u, need %u, have %u", v->at,
                      bgp_reason_name(res.fault.reason), res.fault.off, res.fault.need,
                      res.fault.have);
            if (!v->same)
                cr_expect_str_eq(res.r.out.p, v->want, "%s: %s", v->at, res.r.out.p);
            cr_expect(res.keyed, "%s: no key", v->at);
            hex_of(key, res.key_octets, res.key.len);
            const char *want = v->same ? before : v->key;
            cr_expect(strcmp(want, "*") == 0 || strcmp(key, want) == 0, "%s: key %s, not %s",
                      v->at, key, want);
            strcpy(before, key);
        }
        record_free(&res.r);
    }
}

/* A fault lies in the section, and its record is still whole: hex for what failed. */
static void expect_survived(const struct nlri_vector *v, const struct result *res, size_t len)
{
    cr_expect(res->r.out.len > 0);
    if (!res->ok) {
        cr_expect_lt(res->fault.reason, BGP_REASON_CNT, "%s", v->at);
        cr_expect_leq(res->fault.off, len, "%s: fault at %u of %zu", v->at, res->fault.off,
                      len);
    }
}

/* Every octet, but of the few long vectors some hundred. */
static size_t stride(const struct nlri_vector *v)
{
    return 1 + v->len / 256;
}

Test(nlri_contract, truncations_are_seen)
{
    static struct result whole, res;
    for (size_t i = 0; i < vector_cnt; i++) {
        const struct nlri_vector *v = &vectors[i];
        run(v, v->wire, v->len, &whole);
        for (size_t cut = 1; cut < v->len; cut += stride(v)) {
            uint8_t *copy = exact_copy(v->wire, cut);
            run(v, copy, cut, &res);
            expect_survived(v, &res, cut);
            cr_expect(!res.ok || strcmp(res.r.out.p, whole.r.out.p) != 0,
                      "%s: cut at %zu unseen", v->at, cut);
            record_free(&res.r);
            free(copy);
        }
        record_free(&whole.r);
    }
}

Test(nlri_contract, changed_octets_are_survived)
{
    static struct result res;
    for (size_t i = 0; i < vector_cnt; i++) {
        const struct nlri_vector *v = &vectors[i];
        uint8_t *copy = exact_copy(v->wire, v->len);
        for (size_t at = 0; at < v->len; at += stride(v)) {
            static const uint8_t changes[] = {0x01, 0xff, 0x80, 0x40}; /* +1, -1, ... */
            for (size_t k = 0; k < sizeof changes; k++) {
                copy[at] = (uint8_t)(v->wire[at] + changes[k]);
                run(v, copy, v->len, &res);
                expect_survived(v, &res, v->len);
                record_free(&res.r);
            }
            copy[at] = v->wire[at];
        }
        free(copy);
    }
}

static void probe(const void *vector, const uint8_t *p, size_t len, struct probe *result)
{
    static struct result res;
    run((const struct nlri_vector *)vector, p, len, &res);
    *result = (struct probe){.sound = res.ok,
                             .reason = bgp_reason_name(res.fault.reason),
                             .off = res.fault.off,
                             .need = res.fault.need,
                             .have = res.fault.have};
    record_free(&res.r);
}

Test(nlri_contract, each_truncation_and_each_length_has_its_fault)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    cr_assert_not_null(out);
    for (size_t i = 0; i < vector_cnt; i++) {
        const struct nlri_vector *v = &vectors[i];
        if (v->want[0] == '{' && v->len > 0)
            faults_of(out, v->at, v, v->wire, v->len, probe);
    }
    fclose(out);
    faults_compare(RIBTAPE_SOURCE "/tests/vectors/nlri_faults.txt", text);
    free(text);
}

/* A section that parses under its own mode raises no doubt (DESIGN section 4). */
Test(nlri_contract, sound_sections_raise_no_add_path_doubt)
{
    for (size_t i = 0; i < vector_cnt; i++) {
        struct nlri_vector *v = &vectors[i];
        struct nlri_iter it;
        if (v->want[0] == '!')
            continue;
        v->ctx.pinned = false;
        nlri_iter_init(&it, v->family, &v->ctx, cur_of(v->wire, v->len), v->withdraw);
        cr_expect(!nlri_settle_add_path(&it), "%s", v->at);
    }
}

/* Makes `octets` the route of `v` twice, each after the path identifier `id` if not NULL. */
static size_t twice(const struct nlri_vector *v, const uint32_t *id, uint8_t *octets,
                    size_t cap)
{
    struct wr w = wr_of(octets, cap);
    for (int i = 0; i < 2; i++) {
        if (id != NULL)
            wr_u32(&w, *id);
        wr_bytes(&w, v->wire, v->len);
    }
    cr_assert(!w.overflow);
    return w.len;
}

/* Returns whether `v` is one route which its family knows whole, is not odd in itself, and ends
 * where its length says: what is shown raw, a default route, or an NLRI without length can't
 * tell the mode. */
static bool tells_mode(const struct nlri_vector *v, uint8_t *octets, size_t cap)
{
    struct nlri_iter it;
    struct nlri n;
    if (v->want[0] != '{' || strstr(v->want, "\"raw\"") != NULL ||
        bgp_family_has(&v->ctx.add_path, v->family))
        return false;
    size_t len = twice(v, NULL, octets, cap);
    nlri_iter_init(&it, v->family, &v->ctx, cur_of(octets, len), v->withdraw);
    return nlri_count(it) == 2 && nlri_iter_next(&it, &n) == 1 &&
           (n.row->odd == NULL || n.row->odd(&n) == 0);
}

/* Path identifiers that nobody negotiated are found out in every family. */
Test(nlri_contract, unexpected_path_identifiers_are_noticed)
{
    static const uint32_t ids[] = {0, 1, 2, 100};
    static uint8_t octets[8192];
    for (size_t i = 0; i < vector_cnt; i++) {
        const struct nlri_vector *v = &vectors[i];
        struct bgp_ctx ctx = v->ctx;
        struct nlri_iter it;
        ctx.pinned = false;
        if (!tells_mode(v, octets, sizeof octets))
            continue;
        unsigned noticed = 0;
        for (size_t k = 0; k < sizeof ids / sizeof ids[0]; k++) {
            size_t len = twice(v, &ids[k], octets, sizeof octets);
            nlri_iter_init(&it, v->family, &ctx, cur_of(octets, len), v->withdraw);
            noticed += nlri_settle_add_path(&it) && nlri_count(it) == 2;
        }
        /* one may by chance be a length that leads to something sound */
        cr_expect_geq(noticed, sizeof ids / sizeof ids[0] - 1, "%s: %u", v->at, noticed);
    }
}

/* Returns the keys of `v`, all its routes' in a row, in `res`. */
static void keys_of(const struct nlri_vector *v, const uint8_t *p, size_t len,
                    struct result *res)
{
    run(v, p, len, res);
    record_free(&res->r);
}

/* A route's key is the same whatever its path identifier (RFC 7911 section 3). */
Test(nlri_contract, keys_are_of_the_route_alone)
{
    static struct result plain, marked;
    static uint8_t octets[8192];
    for (size_t i = 0; i < vector_cnt; i++) {
        struct nlri_vector v = vectors[i];
        struct nlri_iter it;
        if (v.want[0] == '!' || bgp_family_has(&v.ctx.add_path, v.family))
            continue;
        nlri_iter_init(&it, v.family, &v.ctx, cur_of(v.wire, v.len), v.withdraw);
        if (nlri_count(it) != 1)
            continue;
        keys_of(&v, v.wire, v.len, &plain);
        struct wr w = wr_of(octets, sizeof octets);
        wr_u32(&w, 4000000000);
        wr_bytes(&w, v.wire, v.len);
        bgp_family_add(&v.ctx.add_path, v.family);
        keys_of(&v, octets, w.len, &marked);
        cr_expect(plain.keyed && marked.keyed && plain.key.len == marked.key.len &&
                      memcmp(plain.key_octets, marked.key_octets, plain.key.len) == 0,
                  "%s: the path identifier is in the key", v.at);
    }
}

/* Keys of two families never meet. */
Test(nlri_contract, keys_begin_with_the_family)
{
    static struct result res;
    for (size_t i = 0; i < vector_cnt; i++) {
        const struct nlri_vector *v = &vectors[i];
        const struct nlri_row *row = &nlri_map[v->family];
        if (v->want[0] == '!')
            continue;
        keys_of(v, v->wire, v->len, &res);
        cr_expect(res.key.len >= 3 && res.key_octets[0] == row->afi >> 8 &&
                      res.key_octets[1] == (row->afi & 0xff) && res.key_octets[2] == row->safi,
                  "%s", v->at);
    }
}

/* The files that the encoder makes are what it makes: encode, then decode, is the identity. */
Test(nlri_contract, vectors_are_what_the_encoder_makes)
{
    if (system("command -v python3 >/dev/null") != 0)
        cr_skip_test("skipped: python3 absent");
    cr_expect_eq(system("python3 " RIBTAPE_SOURCE "/tests/lib/nlri_vectors.py --check"), 0);
}
