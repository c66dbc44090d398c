/* SPDX-License-Identifier: BSD-2-Clause */
/* verify: `ribtape verify`: whether the dumps and updates of an archive agree. Floor F4. */
#include "tools/verify.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tool.h"

static void print_help(void)
{
    fputs(
        "usage: ribtape verify [OPTION...] ARCHIVE...\n"
        "Plays the updates of an archive and holds every RIB dump against what they make: "
        "each\n"
        "route of each peer, with its attributes. ARCHIVE is a folder (any layout), or files,\n"
        "which then are one archive. Also tells of damaged and unfinished files, of digests\n"
        "(.sha256) that don't fit, of slots without a file and of records out of order.\n"
        "  --all        tell all differences (of a dump the first million), not the first\n"
        "  --strict     the same attributes in other octets, and another originated time,\n"
        "               are differences, too: what ribtaped wrote must stand this\n"
        "  --slack S    changes up to S seconds around a dump's time are no differences: for\n"
        "               archives whose dumps take a while\n"
        "  --json       one JSON object\n"
        "Exit status: 0 all agree, 1 differences or damage, 2 nothing could be compared.\n",
        stdout);
}

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

enum { OPT_ALL = 256, OPT_STRICT, OPT_SLACK, OPT_JSON };

static const struct option long_options[] = {
    {"all", no_argument, NULL, OPT_ALL},
    {"strict", no_argument, NULL, OPT_STRICT},
    {"slack", required_argument, NULL, OPT_SLACK},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int usage(void)
{
    fputs("`ribtape verify --help` tells the options\n", stderr);
    return TOOL_USAGE;
}

static bool take_option(struct verify_options *o, int opt)
{
    enum { SLACK_MAX_S = 86400 };
    uint64_t n;
    switch (opt) {
    case OPT_ALL:
        return o->all = true;
    case OPT_STRICT:
        return o->strict = true;
    case OPT_JSON:
        return o->json = true;
    case OPT_SLACK:
        if (!tool_number(optarg, 0, SLACK_MAX_S, &n))
            return false;
        o->slack_s = (uint32_t)n;
        return true;
    }
    return false;
}

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
    int opt, at = 0;
    v.arc.arg = &v;
    optind = 1;
    while ((opt = getopt_long(argc, argv, "h", long_options, &at)) != -1) {
        if (opt == 'h') {
            print_help();
            return TOOL_OK;
        }
        if (opt == '?')
            return usage();
        if (!take_option(&v.o, opt)) {
            (void)tool_fail("verify", "--%s: not '%s'", long_options[at].name, optarg);
            return usage();
        }
    }
    if (optind == argc) {
        (void)tool_fail("verify", "no archive given");
        return usage();
    }
    for (int i = optind; i < argc; i++)
        (void)arc_add(&v.arc, argv[i]);
    arc_sort(&v.arc);
    run_groups(&v);
    int status = verify_report_end(&v);
    free_all(&v);
    return status;
}
