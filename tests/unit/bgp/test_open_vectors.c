/* SPDX-License-Identifier: BSD-2-Clause */
/* test_open_vectors: OPENs and capabilities of other projects' test suites (data/vectors).
 *
 * Each must decode without a fault, unless its origin calls it malformed: then it must have
 * one. Where the two of us disagree the vector is listed with the sentence that settles it. */
#include "tests/unit/bgp/wire.h"

#include <glob.h>

#include "bgp/open.h"

/* What an origin thinks of its vector and the RFC does not. */
static const struct {
    const char *name;
    bool fault; /* what we find */
    const char *why;
} disagreements[] = {
    {"frr-padded-0001", true,
     "RFC 2918 section 2: the length of Route Refresh is zero; FRR ignores the value"},
    {"frr-ORFnu-0001", true,
     "RFC 5291 section 5: the count says four ORFs, the bytes that follow then end inside one"},
    {"frr-ORFno-0001", true,
     "RFC 5291 section 5: the count says one ORF, the bytes that follow then end inside one"},
    {"frr-ORFpad-0001", true, "RFC 5291 section 5: an octet after the last entry is no entry"},
};

static struct octets bytes;
static struct bgp_open open_;

static bool starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

/* FRR's list has three kinds under one: an OPEN's whole optional parameters, the body of the
 * CAPABILITY message of draft-ietf-idr-dynamic-cap (which we don't take), and the rest, a list
 * of capabilities. */
static bool is_params(const char *name)
{
    return starts(name, "frr-Cap-") || starts(name, "frr-AS4more") ||
           starts(name, "frr-AS4series") || starts(name, "frr-AS4real");
}

static bool is_malformed(const char *name, const char *meaning)
{
    for (size_t i = 0; i < sizeof disagreements / sizeof disagreements[0]; i++) {
        if (strcmp(disagreements[i].name, name) == 0)
            return disagreements[i].fault;
    }
    return strstr(meaning, "SHOULD_ERR") != NULL;
}

/* An OPEN round the bytes of a `caps` vector. */
static void make_open(const char *name, const char *hex)
{
    char body[2000];
    size_t len = strlen(hex) / 2;
    if (is_params(name))
        snprintf(body, sizeof body, "04fbf400b4c0000209%02zx%s", len, hex);
    else
        snprintf(body, sizeof body, "04fbf400b4c0000209%02zx02%02zx%s", len + 2, len, hex);
    message_of(&bytes, BGP_TYPE_OPEN, body);
}

/* A note that the AS number of the OPEN we made is not the vector's is ours, not a fault. */
static bool has_fault(void)
{
    for (unsigned i = 0; i < open_.diags.cnt; i++) {
        if (open_.diags.v[i].reason != BGP_REASON_AS4_MISMATCH)
            return true;
    }
    return false;
}

static void check_vector(const char *name, const char *meaning)
{
    struct record r;
    uint8_t *exact = exact_copy(bytes.p, bytes.len);
    int rc = bgp_open_index(exact, bytes.len, &open_);
    bgp_open_emit(&open_, record_begin(&r));
    record_end(&r);
    cr_expect_eq(rc != 0 || has_fault(), is_malformed(name, meaning), "%s (%s): %s", name,
                 meaning, r.out.p);
    record_free(&r);
    free(exact);
}

/* Runs one line `name|kind|flags|hex|meaning`; returns whether it was an OPEN or capabilities.
 */
static bool run_line(char *line)
{
    char *field[5];
    char *rest = line;
    for (int i = 0; i < 5; i++) {
        field[i] = rest;
        rest = i < 4 && rest != NULL ? strchr(rest, '|') : NULL;
        if (i < 4 && rest == NULL)
            return false;
        if (rest != NULL)
            *rest++ = '\0';
    }
    if (strcmp(field[1], "caps") == 0 && !starts(field[0], "frr-DynCap")) {
        make_open(field[0], field[3]);
    } else if (strcmp(field[1], "bgp") == 0 && strlen(field[3]) >= 58 &&
               starts(field[3] + 36, "01")) {
        struct bgp_diag diag;
        octets_of(&bytes, field[3]);
        cr_expect_eq(bgp_msg_check(bytes.p, bytes.len, &diag), 0, "%s", field[0]);
    } else {
        return false;
    }
    check_vector(field[0], field[4]);
    return true;
}

static unsigned run_file(const char *path)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    unsigned cnt = 0;
    cr_assert_not_null(f, "%s", path);
    while (getline(&line, &cap, f) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '#')
            cnt += run_line(line);
    }
    free(line);
    fclose(f);
    return cnt;
}

Test(open_vectors, decode_as_their_origin_says)
{
    glob_t g;
    unsigned cnt = 0;
    if (glob(RIBTAPE_TEST_DATA "/vectors/*.txt", 0, NULL, &g) != 0)
        cr_skip_test("skipped: " RIBTAPE_TEST_DATA "/vectors absent");
    for (size_t i = 0; i < g.gl_pathc; i++)
        cnt += run_file(g.gl_pathv[i]);
    globfree(&g);
    cr_assert_geq(cnt, 45, "%u vectors", cnt);
}
