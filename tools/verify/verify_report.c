/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_report: what was found, as text or as one JSON object. Floor F4. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/json.h"
#include "tools/tool.h"
#include "tools/verify/verify.h"

enum { STAMP_LEN = sizeof "2026-11-22T16:00:00Z", WHO_LEN = FMT_IPV6_MAX + 32 };

#define CLASS_NAME(NAME, name, text, counts)  name,
#define CLASS_TEXT(NAME, name, text, counts)  text,
#define CLASS_COUNT(NAME, name, text, counts) counts,
static const char *const class_name[] = {VERIFY_CLASS_MAP(CLASS_NAME)};
static const char *const class_text[] = {VERIFY_CLASS_MAP(CLASS_TEXT)};
static const bool class_counts[] = {VERIFY_CLASS_MAP(CLASS_COUNT)};

#define FAULT_NAME(NAME, text) text,
static const char *const fault_name[] = {ARC_FAULT_MAP(FAULT_NAME)};

const char *verify_class_name(enum verify_class c)
{
    return class_name[c];
}

const char *verify_class_text(enum verify_class c)
{
    return class_text[c];
}

static bool counts(const struct verify *v, enum verify_class c)
{
    return class_counts[c] || (v->o.strict && (c == VERIFY_OCTETS || c == VERIFY_SINCE));
}

uint64_t verify_differences(const struct verify *v, const struct verify_pair *pair)
{
    uint64_t sum = 0;
    for (unsigned c = 0; c < VERIFY_CLASSES; c++)
        sum += counts(v, (enum verify_class)c) ? pair->cnt[c] : 0;
    return sum;
}

/* ---- words ---- */

static const char *stamp(char dst[STAMP_LEN], uint64_t sec)
{
    time_t t = (time_t)sec;
    struct tm tm;
    if (gmtime_r(&t, &tm) == NULL || strftime(dst, STAMP_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        snprintf(dst, STAMP_LEN, "%" PRIu64, sec);
    return dst;
}

static const char *who(char dst[WHO_LEN], const struct mrt_peer *p)
{
    char addr[FMT_IPV6_MAX];
    size_t n = p->addr_len == 16 ? fmt_ipv6(addr, p->addr) : fmt_ipv4(addr, p->addr);
    snprintf(dst, WHO_LEN, "%.*s AS%" PRIu32, (int)n, addr, p->asn);
    return dst;
}

static const char *name_of(const struct arc_group *g)
{
    return g->name[0] != '\0' ? g->name : "files";
}

/* ---- text ---- */

void verify_report_group(const struct verify *v, const struct arc_group *g)
{
    if (!v->o.json)
        printf("%s\n", name_of(g));
}

static void print_diff(const struct verify_diff *d)
{
    char peer[WHO_LEN];
    printf("    %s: peer %s %s %s: ", class_text[d->what], who(peer, &d->who),
           nlri_row_of(d->family)->name, d->nlri);
    if (d->path != NULL)
        printf("%s offset %" PRIu64 "\n", d->path, d->off);
    else
        printf("not found in the files\n");
    if (d->updates != NULL && d->dump != NULL)
        printf("      updates: %s\n      dump:    %s\n", d->updates, d->dump);
}

/* Those that count come first when not all are told. */
static void print_diffs(const struct verify *v, const struct verify_pair *pair)
{
    bool told = false;
    for (size_t i = 0; i < pair->diff_cnt && (v->o.all || !told); i++) {
        const struct verify_diff *d = &pair->diff[i];
        if (!counts(v, d->what) || (d->what == VERIFY_TIMING && !v->o.all))
            continue;
        print_diff(d);
        told = true;
    }
    for (size_t i = 0; i < pair->diff_cnt && !v->o.all && !told; i++) {
        told = counts(v, pair->diff[i].what);
        if (told)
            print_diff(&pair->diff[i]);
    }
}

static void print_remarks(const struct verify *v, const struct verify_pair *pair)
{
    for (unsigned c = 0; c < VERIFY_CLASSES; c++) {
        if (pair->cnt[c] > 0)
            printf("    %" PRIu64 " %s: %s%s\n", pair->cnt[c], class_name[c], class_text[c],
                   counts(v, (enum verify_class)c) ? "" : " (no difference)");
    }
    if (pair->no_peer > 0)
        printf("    %" PRIu64 " entries name no peer of their table\n", pair->no_peer);
    if (pair->odd > 0)
        printf("    %" PRIu64 " entries of families without identity were not compared\n",
               pair->odd);
    if (pair->alike > 0)
        printf("    %" PRIu64 " peers of its table share address and AS number; told apart by "
               "what they hold\n",
               pair->alike);
}

void verify_report_pair(const struct verify *v, const struct verify_pair *pair)
{
    char at[STAMP_LEN];
    uint64_t differences = verify_differences(v, pair);
    if (v->o.json)
        return;
    printf("  %s: %" PRIu64 " peers, %" PRIu64 " routes; ", stamp(at, pair->time_s),
           pair->peers, pair->routes);
    if (pair->compared_peers == 0)
        printf("nothing to hold it against\n");
    else if (differences == 0)
        printf("%" PRIu64 " peers, %" PRIu64 " routes compared: agree\n", pair->compared_peers,
               pair->compared);
    else
        printf("%" PRIu64 " peers, %" PRIu64 " routes compared: %" PRIu64 " differences\n",
               pair->compared_peers, pair->compared, differences);
    print_remarks(v, pair);
    print_diffs(v, pair);
    fflush(stdout);
}

static void print_group_notes(const struct verify_group *g)
{
    char from[STAMP_LEN], to[STAMP_LEN];
    printf("%s: %" PRIu64 " dumps, %" PRIu64 " updates files, %" PRIu64 " records",
           name_of(g->group), g->dumps, g->updates, g->records);
    if (g->records > 0)
        printf(", %s to %s", stamp(from, g->from_ns / NS_PER_S),
               stamp(to, g->to_ns / NS_PER_S));
    printf("\n");
    if (g->back > 0)
        printf("  %" PRIu64
               " records out of order, by up to %.6f s, the first: %s offset %" PRIu64 "\n",
               g->back, (double)g->back_ns / (double)NS_PER_S, g->back_path, g->back_off);
    if (g->stateless > 0)
        printf("  %" PRIu64 " of %" PRIu64 " peers without a state change: the ends of their "
               "sessions are not told\n",
               g->stateless, g->peers);
    if (g->no_state > 0)
        printf("  %" PRIu64 " sessions began anew without a state change\n", g->no_state);
}

static bool is_damage(const struct verify_gap *gap)
{
    return gap->crossed > 0 && !gap->proven;
}

static void print_gap(const struct verify_gap *gap)
{
    char from[STAMP_LEN], to[STAMP_LEN];
    printf("gap: %s: no updates from %s to %s: ", name_of(gap->group), stamp(from, gap->from_s),
           stamp(to, gap->to_s));
    if (gap->crossed == 0)
        printf("no session went on over it\n");
    else
        printf("%" PRIu32 " sessions went on over it%s\n", gap->crossed,
               gap->proven ? ", yet the dumps agree" : "");
}

static void print_end(const struct verify *v)
{
    for (size_t i = 0; i < v->group_cnt; i++)
        print_group_notes(&v->groups[i]);
    for (size_t i = 0; i < v->gap_cnt; i++)
        print_gap(&v->gaps[i]);
    for (size_t i = 0; i < v->fault_cnt; i++)
        printf("%s: %s offset %" PRIu64 ": %s\n", fault_name[v->faults[i].kind],
               v->faults[i].path, v->faults[i].off, v->faults[i].text);
}

/* ---- JSON ---- */

static void put_time(struct emit *e, struct str key, uint64_t sec)
{
    char text[STAMP_LEN];
    emit_name(e, key, stamp(text, sec));
}

static void put_string(struct emit *e, struct str key, const char *s)
{
    emit_text(e, key, s, strlen(s));
}

/* `text` is JSON of our own making. */
static void put_json(struct json *j, struct str key, const char *text)
{
    if (text == NULL)
        return;
    emit_null_value(&j->emit, key); /* key and comma; the value is put in null's place */
    if (!j->out->failed) {
        j->out->len -= strlen("null");
        buf_add_str(j->out, text);
    }
}

static void put_diff(struct json *j, const struct verify_diff *d)
{
    struct emit *e = &j->emit;
    emit_object(e, EMIT_ITEM);
    emit_name(e, KEY("class"), class_name[d->what]);
    emit_object(e, KEY("peer"));
    emit_ip(e, KEY("addr"), d->who.addr, d->who.addr_len);
    emit_u64(e, KEY("asn"), d->who.asn);
    emit_object_end(e);
    emit_name(e, KEY("family"), nlri_row_of(d->family)->name);
    put_json(j, KEY("nlri"), d->nlri);
    if (d->path != NULL) {
        put_string(e, KEY("file"), d->path);
        emit_u64(e, KEY("offset"), d->off);
    }
    if (d->time_s != 0)
        put_time(e, KEY("announced"), d->time_s);
    put_json(j, KEY("updates"), d->updates);
    put_json(j, KEY("dump"), d->dump);
    emit_object_end(e);
}

static void put_counts(struct emit *e, const struct verify *v, const struct verify_pair *pair)
{
    emit_u64(e, KEY("differences"), verify_differences(v, pair));
    emit_object(e, KEY("classes"));
    for (unsigned c = 0; c < VERIFY_CLASSES; c++) {
        if (pair->cnt[c] > 0)
            emit_u64(e, str_of(class_name[c]), pair->cnt[c]);
    }
    emit_object_end(e);
}

static void put_pair(struct json *j, const struct verify *v, const struct verify_pair *pair)
{
    struct emit *e = &j->emit;
    emit_object(e, EMIT_ITEM);
    put_string(e, KEY("group"), pair->group->name);
    put_string(e, KEY("file"), pair->file->path);
    if (pair->from_s != 0)
        put_time(e, KEY("from"), pair->from_s);
    put_time(e, KEY("time"), pair->time_s);
    emit_u64(e, KEY("peers"), pair->peers);
    emit_u64(e, KEY("routes"), pair->routes);
    emit_u64(e, KEY("compared_peers"), pair->compared_peers);
    emit_u64(e, KEY("compared_routes"), pair->compared);
    put_counts(e, v, pair);
    if (pair->no_peer > 0)
        emit_u64(e, KEY("entries_without_peer"), pair->no_peer);
    if (pair->odd > 0)
        emit_u64(e, KEY("entries_not_compared"), pair->odd);
    if (pair->alike > 0)
        emit_u64(e, KEY("peers_alike"), pair->alike);
    emit_array(e, KEY("told"));
    for (size_t i = 0; i < pair->diff_cnt; i++) {
        if (counts(v, pair->diff[i].what))
            put_diff(j, &pair->diff[i]);
    }
    emit_array_end(e);
    emit_object_end(e);
}

static void put_group(struct emit *e, const struct verify_group *g)
{
    emit_object(e, EMIT_ITEM);
    put_string(e, KEY("group"), g->group->name);
    emit_u64(e, KEY("dumps"), g->dumps);
    emit_u64(e, KEY("updates"), g->updates);
    emit_u64(e, KEY("records"), g->records);
    if (g->records > 0) {
        put_time(e, KEY("from"), g->from_ns / NS_PER_S);
        put_time(e, KEY("to"), g->to_ns / NS_PER_S);
    }
    emit_u64(e, KEY("peers"), g->peers);
    emit_u64(e, KEY("peers_without_states"), g->stateless);
    emit_u64(e, KEY("sessions_without_states"), g->no_state);
    emit_u64(e, KEY("out_of_order"), g->back);
    if (g->back > 0) {
        emit_f64(e, KEY("out_of_order_by"), (double)g->back_ns / (double)NS_PER_S);
        put_string(e, KEY("out_of_order_file"), g->back_path);
        emit_u64(e, KEY("out_of_order_offset"), g->back_off);
    }
    emit_object_end(e);
}

static void put_gap(struct emit *e, const struct verify_gap *gap)
{
    emit_object(e, EMIT_ITEM);
    put_string(e, KEY("group"), gap->group->name);
    put_time(e, KEY("from"), gap->from_s);
    put_time(e, KEY("to"), gap->to_s);
    emit_u64(e, KEY("sessions"), gap->crossed);
    emit_bool(e, KEY("damage"), is_damage(gap));
    emit_object_end(e);
}

static void put_fault(struct emit *e, const struct verify_fault *f)
{
    emit_object(e, EMIT_ITEM);
    emit_name(e, KEY("kind"), fault_name[f->kind]);
    put_string(e, KEY("file"), f->path);
    emit_u64(e, KEY("offset"), f->off);
    put_string(e, KEY("text"), f->text);
    emit_object_end(e);
}

static int print_json(const struct verify *v, int status)
{
    struct buf b = {0};
    struct json j;
    struct emit *e = &j.emit;
    json_init(&j, &b);
    emit_object(e, EMIT_ITEM);
    emit_u64(e, KEY("status"), (uint64_t)status);
    emit_array(e, KEY("groups"));
    for (size_t i = 0; i < v->group_cnt; i++)
        put_group(e, &v->groups[i]);
    emit_array_end(e);
    emit_array(e, KEY("dumps"));
    for (size_t i = 0; i < v->pair_cnt; i++)
        put_pair(&j, v, &v->pairs[i]);
    emit_array_end(e);
    emit_array(e, KEY("gaps"));
    for (size_t i = 0; i < v->gap_cnt; i++)
        put_gap(e, &v->gaps[i]);
    emit_array_end(e);
    emit_array(e, KEY("faults"));
    for (size_t i = 0; i < v->fault_cnt; i++)
        put_fault(e, &v->faults[i]);
    emit_array_end(e);
    emit_object_end(e);
    buf_add_char(&b, '\n');
    bool bad = b.failed || fwrite(b.p, 1, b.len, stdout) != b.len;
    buf_free(&b);
    return bad ? TOOL_USAGE : status;
}

/* ---- the end ---- */

enum { VERIFY_AGREES = 0, VERIFY_DIFFERS = 1, VERIFY_COULD_NOT = 2 };

static int status_of(const struct verify *v, uint64_t *compared, uint64_t *differences,
                     uint64_t *damages)
{
    *compared = *differences = *damages = 0;
    for (size_t i = 0; i < v->pair_cnt; i++) {
        *compared += v->pairs[i].compared_peers > 0;
        *differences += verify_differences(v, &v->pairs[i]);
    }
    for (size_t i = 0; i < v->fault_cnt; i++)
        *damages += v->faults[i].kind != ARC_FOREIGN;
    for (size_t i = 0; i < v->gap_cnt; i++)
        *damages += is_damage(&v->gaps[i]);
    if (v->failed)
        return VERIFY_COULD_NOT;
    if (*differences + *damages > 0)
        return VERIFY_DIFFERS;
    return *compared > 0 ? VERIFY_AGREES : VERIFY_COULD_NOT;
}

int verify_report_end(const struct verify *v)
{
    uint64_t compared, differences, damages;
    int status = status_of(v, &compared, &differences, &damages);
    if (v->o.json)
        return print_json(v, status);
    print_end(v);
    printf("%" PRIu64 " dumps compared: %" PRIu64 " differences, %" PRIu64 " damages%s\n",
           compared, differences, damages,
           v->failed ? "; memory ran out: not all was read"
           : compared == 0
               ? "; no dump has another, or the beginning of its sessions, before it"
               : "");
    return status;
}
