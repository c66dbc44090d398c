/* SPDX-License-Identifier: BSD-2-Clause */
/* decode_journal: the folder of a daemon's journal, live or not. Floor F4. */
#include "tools/decode/decode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool skipped(struct decode *d, struct track *t, const struct journal_view *v)
{
    track_skipped(t);
    decode_tell(d, DECODE_DAMAGED, "%llu frames before number %llu are missing",
                (unsigned long long)v->lost, (unsigned long long)v->seq);
    return true;
}

/* Whether a folder is a journal's, though nothing is in it yet: its writer has been there. */
static bool has_writer(const char *dir)
{
    char *path;
    if (asprintf(&path, "%s/lock", dir) < 0)
        return false;
    bool has = access(path, F_OK) == 0;
    free(path);
    return has;
}

static void read_frames(struct decode *d, struct journal_reader *r, struct track *t,
                        const char *dir)
{
    struct journal_view v;
    bool any = false, go_on = true;
    while (go_on) {
        switch (journal_read(r, &v)) {
        case JOURNAL_READ_FRAME:
            go_on = decode_frame(d, t, &v);
            break;
        case JOURNAL_READ_SKIPPED:
            go_on = skipped(d, t, &v);
            break;
        case JOURNAL_READ_ERROR:
            decode_tell(d, DECODE_UNREADABLE, "%s", strerror(errno));
            return;
        case JOURNAL_READ_END:
            if (!any && !has_writer(dir))
                decode_tell(d, DECODE_UNREADABLE,
                            "a folder, and no journal in it (DATA_DIR/journal/N); of others name "
                            "the files");
            return;
        }
        any = true;
    }
}

void decode_journal(struct decode *d, const char *dir)
{
    struct journal_reader *r = journal_reader_open(dir, (struct journal_pos){0});
    struct track *t = decode_track(d);
    if (r == NULL || t == NULL)
        decode_tell(d, DECODE_UNREADABLE, "%s", strerror(r == NULL ? errno : ENOMEM));
    else
        read_frames(d, r, t, dir);
    track_free(t);
    journal_reader_free(r);
}
