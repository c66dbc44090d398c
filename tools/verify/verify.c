/* SPDX-License-Identifier: BSD-2-Clause */
/* verify: `ribtape verify`: whether the dumps and updates of an archive agree. Floor F4. */
#include "tools/verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cli.h"
#include "tools/tool.h"

/* ---- what the files' readers tell ---- */

static void take_fault(void *arg, enum arc_fault kind, const char *path, uint64_t off,
                       const char *text)
{
    struct verify *v = arg;
    if (v->fault_cnt == v->fault_cap) {
        size_t cap = v->fault_cap > 0 ? 2 * v->fault_cap : 16;
        struct verify_fault *more = reallocarray(v->faults, cap, sizeof more[0]);
        if (more == NULL) {
            v->failed = true;
            return;
        }
        v->faults = more;
        v->fault_cap = cap;
    }
    struct verify_fault f = {
        .kind = kind, .path = strdup(path), .text = strdup(text), .off = off};
    if (f.path == NULL || f.text == NULL) {
        free(f.path);
        free(f.text);
        v->failed = true;
        return;
    }
    v->faults[v->fault_cnt++] = f;
}

/* ---- options ---- */

static bool take_flag(void *into, const struct cli_option *o, const char *value, char *err)
{
    struct verify *v = into;
    (void)value, (void)err;
    v->o.all |= strcmp(o->name, "all") == 0;
    v->o.strict |= strcmp(o->name, "strict") == 0;
    v->o.json |= strcmp(o->name, "json") == 0;
    return true;
}

static bool take_slack(void *into, const struct cli_option *o, const char *value, char *err)
{
    enum { SLACK_MAX_S = 86400 };
    uint64_t n = 0;
    (void)o, (void)err;
    bool ok = tool_number(value, 0, SLACK_MAX_S, &n);
    ((struct verify *)into)->o.slack_s = (uint32_t)n;
    return ok;
}

static const struct cli_option options[] = {
    {.name = "all",
     .help = "Tell all differences (of a dump the first million), not the first.",
     .take = take_flag},
    {.name = "strict",
     .help = "The same attributes in other octets, and another originated time, are "
             "differences, too: what ribtaped wrote must stand this.",
     .take = take_flag},
    {.name = "slack",
     .value = "SECONDS",
     .help = "Changes so close to a dump's time are no differences: for archives whose dumps "
             "take a while.",
     .take = take_slack},
    {.name = "json", .help = "One JSON object.", .take = take_flag},
};

const struct cli_command verify_cli = {
    .program = "ribtape",
    .name = "verify",
    .section = 1,
    .summary = "check that an archive's dumps and updates agree",
    .operands = "ARCHIVE...",
    .about =
        "Plays the updates of an archive and holds every RIB dump against what they make: each "
        "route of each peer, with its attributes. ARCHIVE is a folder (any layout), or files, "
        "which then are one archive. Also tells of damaged and unfinished files, of digests "
        "(.sha256) that don't fit, of slots without a file and of records out of order.",
    CLI_OPTIONS(options),
    .status = "0 all agree; 1 differences or damage; 2 nothing could be compared.",
};

/* ---- the whole ---- */

static void free_all(struct verify *v)
{
    for (size_t i = 0; i < v->pair_cnt; i++) {
        for (size_t k = 0; k < v->pairs[i].diff_cnt; k++) {
            free(v->pairs[i].diff[k].nlri);
            free(v->pairs[i].diff[k].updates);
            free(v->pairs[i].diff[k].dump);
        }
        free(v->pairs[i].diff);
    }
    for (size_t i = 0; i < v->fault_cnt; i++) {
        free(v->faults[i].path);
        free(v->faults[i].text);
    }
    free(v->pairs);
    free(v->faults);
    free(v->gaps);
    free(v->groups);
    arc_free(&v->arc);
}

static void run_groups(struct verify *v)
{
    v->groups = calloc(v->arc.cnt + 1, sizeof v->groups[0]);
    v->failed |= v->groups == NULL || v->arc.failed;
    for (size_t i = 0; i < v->arc.cnt && !v->failed; i++) {
        verify_report_group(v, &v->arc.v[i]);
        verify_run(v, &v->arc.v[i], &v->groups[v->group_cnt++]);
    }
}

int tool_verify(int argc, char **argv)
{
    struct verify v = {.arc = {.tell = take_fault, .digests = true}};
    int first, rc = cli_parse(&verify_cli, &v, argc, argv, &first);
    if (rc == CLI_GO && first == argc)
        rc = cli_wrong(&verify_cli, "no archive given");
    if (rc != CLI_GO)
        return rc;
    v.arc.arg = &v;
    for (int i = first; i < argc; i++)
        (void)arc_add(&v.arc, argv[i]);
    arc_sort(&v.arc);
    run_groups(&v);
    int status = verify_report_end(&v);
    free_all(&v);
    return status;
}
