/* SPDX-License-Identifier: BSD-2-Clause */
/* faults: what is diagnosed when a vector is cut at each length, and when each of its octets
 * (so each length) is one more or one less, as lines of text that a reviewed file holds.
 *
 *     @ NAME                                a vector
 *     cut 1-3 truncated 0 4 1+              of 1, 2, 3 octets: reason, offset, need, have; `+`:
 *                                           have grows with the cut
 *     cut 4 sound                           a shorter value of the same kind
 *     +1 0 length 0 96 97                   the octet at 0 one more; sound ones have no line
 *
 * RIBTAPE_BLESS=1 in the environment writes the file anew. */
#ifndef RIBTAPE_TESTS_UNIT_BGP_FAULTS_H
#define RIBTAPE_TESTS_UNIT_BGP_FAULTS_H

#include "wire.h"

/* Longer vectors are only survived: their lines would say nothing new. */
enum { FAULTS_LEN_MAX = 256 };

struct probe {
    bool sound;
    const char *action; /* NULL: the callers of the decoder have one answer for all */
    const char *reason;
    uint32_t off, need, have;
};

/* Decodes `len` octets in the way of `vector`. */
typedef void probe_fn(const void *vector, const uint8_t *p, size_t len, struct probe *result);

static inline bool probe_same(const struct probe *a, size_t cut, const struct probe *b,
                              size_t cut_b, bool *grows)
{
    if (a->sound || b->sound)
        return a->sound && b->sound;
    *grows = b->have != a->have;
    return a->action == b->action && strcmp(a->reason, b->reason) == 0 && a->off == b->off &&
           a->need == b->need && (!*grows || b->have - a->have == cut_b - cut);
}

static inline void probe_print(FILE *out, const struct probe *p, bool grows)
{
    if (p->sound)
        fprintf(out, " sound\n");
    else
        fprintf(out, "%s%s %s %u %u %u%s\n", p->action != NULL ? " " : "",
                p->action != NULL ? p->action : "", p->reason, p->off, p->need, p->have,
                grows ? "+" : "");
}

static inline void faults_cuts(FILE *out, const void *vector, const uint8_t *wire, size_t len,
                               probe_fn *probe)
{
    struct probe first = {0}, now = {0};
    size_t from = 0;
    bool grows = false, next_grows = false;
    for (size_t cut = 0; cut <= len; cut++) {
        if (cut < len) {
            uint8_t *copy = exact_copy(wire, cut);
            probe(vector, copy, cut, &now);
            free(copy);
        }
        bool same = cut > 0 && cut < len && probe_same(&first, from, &now, cut, &next_grows) &&
                    (cut == from + 1 || next_grows == grows);
        if (same) {
            grows = next_grows;
            continue;
        }
        if (cut > 0) {
            fprintf(out, cut - 1 > from ? "cut %zu-%zu" : "cut %zu", from, cut - 1);
            probe_print(out, &first, grows);
        }
        first = now;
        from = cut;
        grows = false;
    }
}

static inline void faults_steps(FILE *out, const void *vector, const uint8_t *wire, size_t len,
                                probe_fn *probe)
{
    uint8_t *copy = exact_copy(wire, len);
    for (size_t at = 0; at < len; at++) {
        for (int step = 1; step >= -1; step -= 2) {
            struct probe now = {0};
            copy[at] = (uint8_t)(wire[at] + step);
            probe(vector, copy, len, &now);
            copy[at] = wire[at];
            if (now.sound)
                continue;
            fprintf(out, "%+d %zu", step, at);
            probe_print(out, &now, false);
        }
    }
    free(copy);
}

/* Prints what becomes of `wire`. */
static inline void faults_of(FILE *out, const char *name, const void *vector,
                             const uint8_t *wire, size_t len, probe_fn *probe)
{
    if (len > FAULTS_LEN_MAX)
        return;
    fprintf(out, "@ %s\n", name);
    faults_cuts(out, vector, wire, len, probe);
    faults_steps(out, vector, wire, len, probe);
}

/* Compares the lines with those of a file, vector by vector. */
static inline void faults_compare(const char *path, char *text)
{
    char *line = NULL, *rest = text, vector[128] = "";
    size_t cap = 0;
    unsigned number = 0, wrong = 0;
    if (getenv("RIBTAPE_BLESS") != NULL) {
        FILE *w = fopen(path, "w");
        cr_assert_not_null(w);
        fputs(text, w);
        fclose(w);
        return;
    }
    FILE *f = fopen(path, "r");
    cr_assert_not_null(f, "%s: absent", path);
    while (wrong < 10) {
        char *got = strsep(&rest, "\n");
        bool more = getline(&line, &cap, f) > 0;
        number++;
        if (got == NULL || *got == '\0') {
            cr_expect(!more, "%s:%u: more than the tables give: %s", path, number, line);
            break;
        }
        if (more)
            line[strcspn(line, "\n")] = '\0';
        if (*got == '@')
            snprintf(vector, sizeof vector, "%s", got);
        bool same = more && strcmp(line, got) == 0;
        cr_expect(same, "%s:%u: %s: `%s`, not `%s`", path, number, vector, got,
                  more ? line : "");
        wrong += !same;
    }
    free(line);
    fclose(f);
}

#endif
