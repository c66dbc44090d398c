/* SPDX-License-Identifier: BSD-2-Clause */
/* config_types: numbers, words, durations, sizes and texts of the configuration. Floor F4. */
#include "collector/config/config_schema.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char config_bad_range[] = "out of range";

struct unit {
    const char *suffix;
    uint64_t factor;
};

/* The first unit has no suffix of its own; the largest come last. */
static const struct unit no_units[] = {{"", 1}, {NULL, 0}};
static const struct unit time_units[] = {{"", 1},     {"s", 1},     {"m", 60},
                                         {"h", 3600}, {"d", 86400}, {NULL, 0}};
static const struct unit size_units[] = {{"", 1},
                                         {"KiB", UINT64_C(1) << 10},
                                         {"MiB", UINT64_C(1) << 20},
                                         {"GiB", UINT64_C(1) << 30},
                                         {"TiB", UINT64_C(1) << 40},
                                         {NULL, 0}};

/* Reads `digits[unit]`. Returns whether it is one; too large a number becomes UINT64_MAX. */
static bool parse_scaled(const char *text, const struct unit *u, uint64_t *v)
{
    uint64_t n = 0;
    const char *p = text;
    bool over = false;
    for (; *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        over = over || n > (UINT64_MAX - digit) / 10;
        n = over ? UINT64_MAX : n * 10 + digit;
    }
    if (p == text)
        return false;
    for (; u->suffix != NULL; u++) {
        if (strcasecmp(p, u->suffix) != 0)
            continue;
        *v = over || n > UINT64_MAX / u->factor ? UINT64_MAX : n * u->factor;
        return true;
    }
    return false;
}

static void store(void *dst, size_t size, uint64_t v)
{
    uint8_t v8 = (uint8_t)v;
    uint16_t v16 = (uint16_t)v;
    uint32_t v32 = (uint32_t)v;
    const void *src = size == 1   ? (const void *)&v8
                      : size == 2 ? (const void *)&v16
                      : size == 4 ? (const void *)&v32
                                  : (const void *)&v;
    memcpy(dst, src, size);
}

static uint64_t fetch(const void *src, size_t size)
{
    uint8_t v8 = 0;
    uint16_t v16 = 0;
    uint32_t v32 = 0;
    uint64_t v64 = 0;
    void *dst = size == 1   ? (void *)&v8
                : size == 2 ? (void *)&v16
                : size == 4 ? (void *)&v32
                            : (void *)&v64;
    memcpy(dst, src, size);
    return v8 + v16 + v32 + v64; /* all but one are zero */
}

static const char *parse_units(const struct config_field *f, const char *text, void *dst,
                               const struct unit *u, const char *reason)
{
    uint64_t v;
    if (!parse_scaled(text, u, &v))
        return reason;
    if (v < f->min || v > f->max)
        return config_bad_range;
    store(dst, f->type->size, v);
    return NULL;
}

static const char *parse_number(const struct config_field *f, const char *text, void *dst)
{
    return parse_units(f, text, dst, no_units, "must be a number");
}

static const char *parse_duration(const struct config_field *f, const char *text, void *dst)
{
    return parse_units(f, text, dst, time_units,
                       "must be seconds, or a number with s, m, h or d");
}

static const char *parse_size(const struct config_field *f, const char *text, void *dst)
{
    return parse_units(f, text, dst, size_units,
                       "must be octets, or a number with KiB, MiB, GiB or TiB");
}

/* Writes with the largest unit that divides. */
static void format_units(const struct config_field *f, const void *src, struct buf *b,
                         const struct unit *u)
{
    uint64_t v = fetch(src, f->type->size);
    const struct unit *best = u;
    for (; u->suffix != NULL; u++)
        best = v != 0 && v % u->factor == 0 ? u : best;
    buf_printf(b, "%" PRIu64 "%s", v / best->factor, best->suffix);
}

static bool read_degrees(const char **at, float max, float *dst)
{
    char *end;
    float v = strtof(*at, &end);
    if (end == *at || !(v >= -max && v <= max))
        return false;
    *dst = v;
    *at = end + strspn(end, " ");
    return true;
}

static const char *parse_place(const struct config_field *f, const char *text, void *dst)
{
    struct config_place p = {.known = 1};
    (void)f;
    if (strcmp(text, "none") == 0) {
        memset(dst, 0, sizeof(p));
        return NULL;
    }
    if (!read_degrees(&text, 90, &p.latitude) || *text++ != ',' ||
        !read_degrees(&text, 180, &p.longitude) || *text != '\0')
        return "must be \"LATITUDE, LONGITUDE\" in degrees, or none";
    memcpy(dst, &p, sizeof(p));
    return NULL;
}

static void format_place(const struct config_field *f, const void *src, struct buf *b)
{
    struct config_place p;
    (void)f;
    memcpy(&p, src, sizeof(p));
    if (p.known)
        buf_printf(b, "\"%.9g, %.9g\"", (double)p.latitude, (double)p.longitude);
    else
        buf_add_str(b, "none");
}

const struct config_type config_type_place = {"a place", sizeof(struct config_place),
                                              .parse = parse_place, .format = format_place};

static void format_number(const struct config_field *f, const void *src, struct buf *b)
{
    format_units(f, src, b, no_units);
}

static void format_duration(const struct config_field *f, const void *src, struct buf *b)
{
    format_units(f, src, b, time_units);
}

static void format_size(const struct config_field *f, const void *src, struct buf *b)
{
    format_units(f, src, b, size_units);
}

static const struct config_name bool_names[] = {
    {"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}, {"on", 1}, {"off", 0}, {NULL, 0}};

static const struct config_name *names_of(const struct config_field *f)
{
    return f->names != NULL ? f->names : bool_names;
}

static const char *parse_choice(const struct config_field *f, const char *text, void *dst)
{
    for (const struct config_name *n = names_of(f); n->name != NULL; n++) {
        if (strcasecmp(n->name, text) == 0) {
            store(dst, f->type->size, n->value);
            return NULL;
        }
    }
    return f->names != NULL ? "must be one of" : "must be true or false";
}

static void format_choice(const struct config_field *f, const void *src, struct buf *b)
{
    uint64_t v = fetch(src, f->type->size);
    for (const struct config_name *n = names_of(f); n->name != NULL; n++) {
        if (n->value == v) {
            buf_add_str(b, n->name);
            return;
        }
    }
}

/* Texts are always written in double quotes: what needs none today may need some tomorrow. */
static void format_quoted(struct buf *b, const char *s)
{
    buf_add_char(b, '"');
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\')
            buf_printf(b, "\\%c", *s);
        else if ((unsigned char)*s < 0x20 || *s == 0x7f)
            buf_printf(b, "\\x%02x", (unsigned char)*s);
        else
            buf_add_char(b, *s);
    }
    buf_add_char(b, '"');
}

static const char *parse_text(const struct config_field *f, const char *text, void *dst)
{
    if (strlen(text) < f->min)
        return "must not be empty";
    char *copy = strdup(text);
    if (copy == NULL)
        return "out of memory";
    memcpy(dst, &copy, sizeof copy);
    return NULL;
}

static void format_text(const struct config_field *f, const void *src, struct buf *b)
{
    (void)f;
    char *s;
    memcpy(&s, src, sizeof s);
    format_quoted(b, s != NULL ? s : "");
}

static const char *parse_name(const struct config_field *f, const char *text, void *dst)
{
    (void)f;
    if (strlen(text) > SOURCE_NAME_MAX)
        return "must have 63 octets at most";
    for (const char *p = text; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return "has a control character";
    }
    memcpy(dst, text, strlen(text) + 1);
    return NULL;
}

static void format_name(const struct config_field *f, const void *src, struct buf *b)
{
    (void)f;
    format_quoted(b, (const char *)src);
}

/* 0 in the struct stands for `auto`. */
static const char *parse_local_as(const struct config_field *f, const char *text, void *dst)
{
    if (strcasecmp(text, "auto") == 0) {
        store(dst, f->type->size, 0);
        return NULL;
    }
    return parse_units(f, text, dst, no_units, "must be an AS number or auto");
}

static void format_local_as(const struct config_field *f, const void *src, struct buf *b)
{
    if (fetch(src, f->type->size) == 0)
        buf_add_str(b, "auto");
    else
        format_number(f, src, b);
}

static void format_limit(const struct config_field *f, uint64_t v, struct buf *b)
{
    uint8_t raw[sizeof v];
    store(raw, f->type->size, v);
    f->type->format(f, raw, b);
}

/* YAML 1.1 tools write `off` as `false`: understood, but not advertised. */
static bool is_synonym(const struct config_name *first, const struct config_name *n)
{
    while (first < n && first->value != n->value)
        first++;
    return first < n;
}

void config_describe(const struct config_field *f, const char *reason, struct buf *b)
{
    if (reason == config_bad_range) {
        buf_add_str(b, "must be from ");
        format_limit(f, f->min, b);
        buf_add_str(b, " to ");
        format_limit(f, f->max, b);
        return;
    }
    buf_add_str(b, reason);
    for (const struct config_name *n = f->names; n != NULL && n->name != NULL; n++) {
        if (!is_synonym(f->names, n))
            buf_printf(b, "%s%s", n == f->names ? " " : ", ", n->name);
    }
}

#define NUMBER(bits)                                                                           \
    {                                                                                          \
        "a number", (bits) / 8, .parse = parse_number, .format = format_number                 \
    }
#define DURATION(bits)                                                                         \
    {                                                                                          \
        "a duration", (bits) / 8, .parse = parse_duration, .format = format_duration           \
    }
#define SIZE(bits)                                                                             \
    {                                                                                          \
        "a size", (bits) / 8, .parse = parse_size, .format = format_size                       \
    }

const struct config_type config_type_u8 = NUMBER(8);
const struct config_type config_type_u16 = NUMBER(16);
const struct config_type config_type_u32 = NUMBER(32);
const struct config_type config_type_int = NUMBER(8 * sizeof(int));
const struct config_type config_type_duration16 = DURATION(16);
const struct config_type config_type_duration32 = DURATION(32);
const struct config_type config_type_size32 = SIZE(32);
const struct config_type config_type_size64 = SIZE(64);
const struct config_type config_type_bool = {"true or false", sizeof(bool),
                                             .parse = parse_choice, .format = format_choice};
const struct config_type config_type_choice = {"a word", sizeof(unsigned),
                                               .parse = parse_choice, .format = format_choice};
const struct config_type config_type_choice_bool = {
    "a word", sizeof(bool), .parse = parse_choice, .format = format_choice};
const struct config_type config_type_text = {"a text", sizeof(char *), .parse = parse_text,
                                             .format = format_text, .owned = true};
const struct config_type config_type_name = {"a text", SOURCE_NAME_MAX + 1, .parse = parse_name,
                                             .format = format_name};
const struct config_type config_type_local_as = {
    "an AS number or auto", 4, .parse = parse_local_as, .format = format_local_as};

_Static_assert(sizeof(enum config_tristate) == sizeof(unsigned), "choices are unsigned");
_Static_assert(sizeof(enum source_pin) == sizeof(unsigned), "choices are unsigned");
_Static_assert(sizeof(enum config_tls_client) == sizeof(unsigned), "choices are unsigned");
_Static_assert(sizeof(enum log_level) == sizeof(unsigned), "choices are unsigned");
