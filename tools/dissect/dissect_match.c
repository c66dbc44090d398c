/* SPDX-License-Identifier: BSD-2-Clause */
/* dissect_match: which octets an emitted value was made of. Floor F4. */
#include <ctype.h>

#include "tools/dissect/dissect_int.h"

enum { LOOK_BACK = 64 /* spans that may have made a value */ };

/* Returns where the identifier that ends an expression like "&t->type" begins. */
static const char *last_word(const char *s, size_t *len)
{
    const char *end = s + strlen(s);
    while (end > s && !(isalnum((unsigned char)end[-1]) || end[-1] == '_'))
        end--;
    const char *p = end;
    while (p > s && (isalnum((unsigned char)p[-1]) || p[-1] == '_'))
        p--;
    *len = (size_t)(end - p);
    return p;
}

/* Returns whether an expression has a word. */
static bool mentions(const char *expression, const char *word, size_t len)
{
    const char *p = expression;
    while ((p = strstr(p, word)) != NULL) {
        bool begins = p == expression || !(isalnum((unsigned char)p[-1]) || p[-1] == '_');
        bool ends = !(isalnum((unsigned char)p[len]) || p[len] == '_');
        if (begins && ends)
            return true;
        p++;
    }
    return false;
}

/* Returns whether the variable that a span went to is in an expression. */
static bool made_of(const struct dissect_span *s, const char *hint)
{
    char word[64];
    size_t len;
    const char *p = s->name != NULL ? last_word(s->name, &len) : NULL;
    if (p == NULL || len == 0 || len >= sizeof word)
        return false;
    memcpy(word, p, len);
    word[len] = '\0';
    return mentions(hint, word, len);
}

static int first_back(const struct dissect *x)
{
    int end = x->span_cnt > LOOK_BACK ? x->span_cnt - LOOK_BACK : 0;
    return end > x->floor ? end : x->floor;
}

/* Returns whether a span went to a variable of this name. */
static bool is_named(const struct dissect_span *s, struct str key)
{
    size_t len = 0;
    const char *word = s->name != NULL && !s->last ? last_word(s->name, &len) : NULL;
    return word != NULL && key.p != NULL && len == key.len && memcmp(word, key.p, len) == 0;
}

/* Returns whether a span has a number that no value took. A length is rarely told. */
static bool has_number(const struct dissect_span *s, const uint64_t *number)
{
    size_t len = 0;
    const char *word = s->name != NULL ? last_word(s->name, &len) : NULL;
    if (word != NULL && len >= 3 && memcmp(word + len - 3, "len", 3) == 0)
        return false;
    return number != NULL && s->has_number && s->number == *number &&
           s->values == DISSECT_NONE && !s->stale;
}

/* Returns the span whose octets begin at, or else lie round, an address. */
static int by_place(const struct dissect *x, const uint8_t *p)
{
    uint32_t at;
    int round = DISSECT_NONE;
    if (!dissect_place(x, p, 1, &at))
        return DISSECT_NONE;
    for (int i = x->span_cnt - 1; i >= first_back(x); i--) {
        const struct dissect_span *s = &x->spans[i];
        if (s->at == at)
            return i;
        if (round == DISSECT_NONE && s->at < at && at - s->at < s->len)
            round = i;
    }
    return round;
}

/* Returns which of the spans from `from` up to `to` a value was made of: the latest whose
 * variable has the value's name, or is in its expression; or the first with its number. */
static int guess(const struct dissect *x, struct str key, const uint64_t *number,
                 const char *hint, int from, int to)
{
    for (int i = to - 1; i >= from; i--) {
        if (is_named(&x->spans[i], key))
            return i;
    }
    for (int i = to - 1; hint != NULL && i >= from; i--) {
        if (made_of(&x->spans[i], hint))
            return i;
    }
    for (int i = from; i < to; i++) {
        if (has_number(&x->spans[i], number))
            return i;
    }
    return DISSECT_NONE;
}

/* What was read since the last value is looked at first; when nothing was, a value that fits
 * nothing tells more of what the last one told of. */
int dissect_match(struct dissect *x, struct str key, const struct dissect_origin *o,
                       const char *hint)
{
    uint32_t at;
    if (o->len > 0 && dissect_place(x, o->p, o->len, &at)) {
        int same = dissect_find_span(x, at, o->len);
        return same != DISSECT_NONE
                   ? same
                   : dissect_add_span(x, (struct dissect_span){.at = at, .len = o->len});
    }
    int found = by_place(x, o->p), back = first_back(x), end = x->span_cnt;
    int fresh = x->reads > back ? x->reads : back;
    if (found == DISSECT_NONE)
        found = guess(x, key, o->number, hint, fresh, end);
    if (found == DISSECT_NONE && fresh < end &&
        (o->number == NULL || !x->spans[end - 1].has_number))
        return end - 1;
    /* values mostly come in the order of their octets; what isn't a number always does */
    int from = fresh == end && x->span > back ? x->span : back;
    if (found == DISSECT_NONE)
        found = guess(x, key, o->number, hint, from, fresh);
    if (found == DISSECT_NONE && from > back && o->number != NULL)
        found = guess(x, key, o->number, hint, back, from);
    if (found == DISSECT_NONE && fresh == end && x->span >= x->floor)
        found = x->span;
    if (found == DISSECT_NONE && end > x->floor)
        found = end - 1;
    return found;
}
