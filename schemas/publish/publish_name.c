/* SPDX-License-Identifier: BSD-2-Clause */
/* publish_name: topics' names from patterns. Floor F3. */
#include <string.h>

#include "schemas/publish/publish_int.h"

/* Writes at most FMT_IPV6_MAX or `room` octets. Returns how many. */
typedef size_t fill_fn(char *dst, size_t room, const struct record_meta *m, const char *type);

static size_t put(char *dst, size_t room, const char *s)
{
    size_t len = strnlen(s, room);
    memcpy(dst, s, len);
    return len;
}

static size_t fill_collector(char *dst, size_t room, const struct record_meta *m,
                             const char *type)
{
    (void)type;
    return put(dst, room, m->collector != NULL ? m->collector : "none");
}

static size_t fill_router(char *dst, size_t room, const struct record_meta *m, const char *type)
{
    char text[FMT_IPV6_MAX + 1];
    (void)type;
    if (m->router_name != NULL && m->router_name[0] != '\0')
        return put(dst, room, m->router_name);
    if (m->router.len == 0)
        return put(dst, room, "none");
    size_t len = m->router.len == 4 ? fmt_ipv4(text, m->router.a) : fmt_ipv6(text, m->router.a);
    text[len] = '\0';
    return put(dst, room, text);
}

static size_t fill_peer_asn(char *dst, size_t room, const struct record_meta *m,
                            const char *type)
{
    char text[FMT_U64_MAX + 1];
    (void)type;
    if (m->peer == NULL || m->peer->asn == 0)
        return put(dst, room, "none");
    text[fmt_u32(text, m->peer->asn)] = '\0';
    return put(dst, room, text);
}

static size_t fill_type(char *dst, size_t room, const struct record_meta *m, const char *type)
{
    (void)m;
    return put(dst, room, type);
}

static const struct {
    const char *name;
    fill_fn *fill;
} placeholders[] = {
    {"{collector}", fill_collector},
    {"{router}", fill_router},
    {"{peer_asn}", fill_peer_asn},
    {"{type}", fill_type},
};

static fill_fn *placeholder_at(const char *p, size_t *len)
{
    for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++) {
        *len = strlen(placeholders[i].name);
        if (strncmp(p, placeholders[i].name, *len) == 0)
            return placeholders[i].fill;
    }
    return NULL;
}

static bool is_legal(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '_' || c == '-';
}

const char *publish_check_name(const char *name)
{
    size_t len, literal = 0;
    if (name[0] == '\0')
        return "must not be empty";
    for (const char *p = name; *p != '\0'; p += len) {
        len = 1;
        if (*p == '{' && placeholder_at(p, &len) == NULL)
            return "has a placeholder other than {collector}, {router}, {peer_asn} and {type}";
        if (*p != '{' && !is_legal(*p))
            return "must be of letters, digits, dots, underscores and hyphens";
        literal += *p != '{';
    }
    if (literal > KAFKA_TOPIC_NAME_MAX / 2)
        return "is too long";
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ? "is no name" : NULL;
}

const char *publish_check_name_of(enum publish_format format, const char *name)
{
    if (format == PUBLISH_OPENBMP && strstr(name, "{type}") != NULL)
        return "has {type}: format openbmp is a stream, whose parts make no sense apart";
    return publish_check_name(name);
}

bool publish_name_is_fixed(const char *name)
{
    return strchr(name, '{') == NULL;
}

/* Kafka takes no two topics whose names differ in '.' and '_' alone, and others choose what fills
 * a name in: of the two only '.' stays. */
size_t publish_name(char dst[KAFKA_TOPIC_NAME_MAX + 1], const char *pattern,
                    const struct record_meta *m, const char *type)
{
    size_t at = 0, len;
    for (const char *p = pattern; *p != '\0' && at < KAFKA_TOPIC_NAME_MAX; p += len) {
        size_t room = KAFKA_TOPIC_NAME_MAX - at;
        fill_fn *fill = *p == '{' ? placeholder_at(p, &len) : NULL;
        if (fill == NULL) {
            len = 1;
            dst[at++] = *p;
            continue;
        }
        size_t got = fill(dst + at, room, m, type);
        for (size_t i = 0; i < got; i++) {
            if (!is_legal(dst[at + i]) || dst[at + i] == '_')
                dst[at + i] = '-';
        }
        at += got;
    }
    dst[at] = '\0';
    for (size_t i = 0; strcmp(dst, ".") == 0 || strcmp(dst, "..") == 0; i++)
        dst[i] = '-'; /* these two are no names */
    return at;
}
