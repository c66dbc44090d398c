/* SPDX-License-Identifier: BSD-2-Clause */
/* sink_missed: counts at a lane's place. Floor F4. */
#include "collector/sink/sink_missed.h"

#include <errno.h>

#include "base/wr.h"
#include "collector/sink/tally.h"

static void replace(struct ledger **l, struct ledger *by)
{
    ledger_free(*l);
    *l = by;
}

void sink_missed_free(struct sink_missed *m)
{
    replace(&m->at, NULL);
    replace(&m->next, NULL);
    replace(&m->missed, NULL);
}

int sink_missed_begin(struct sink_missed *m, uint64_t seq)
{
    if (!m->on || m->at != NULL || seq != 1)
        return 0;
    m->at = ledger_new(1);
    return m->at != NULL ? 0 : -1;
}

int sink_missed_counts(struct sink_missed *m, const struct journal_view *v, uint64_t place)
{
    if (!m->on)
        return 0;
    struct ledger *now = tally_read(v);
    if (now == NULL)
        return errno == EINVAL ? 0 : -1; /* damaged: as if there were none */
    if (m->at == NULL || v->seq < place) { /* on the way to the place */
        replace(&m->at, now);
        return 0;
    }
    replace(&m->next, now);
    replace(&m->missed, tally_between(m->at, now));
    return m->missed != NULL ? 0 : -1;
}

int sink_missed_pass(struct sink_missed *m, const struct track_item *item)
{
    if (!m->on)
        return 0;
    if (m->next != NULL) {
        replace(&m->at, m->next);
        m->next = NULL;
        replace(&m->missed, NULL);
    }
    if (sink_missed_begin(m, item->frame->seq) != 0)
        return -1;
    return m->at != NULL ? ledger_tally(m->at, item) : 0;
}

void sink_missed_save(const struct sink_missed *m, struct buf *b)
{
    struct buf one = {0};
    char len[4];
    if (m->at != NULL)
        ledger_save(m->at, &one);
    struct wr w = wr_of(len, sizeof(len));
    wr_u32(&w, (uint32_t)one.len);
    buf_add(b, len, sizeof(len));
    buf_add(b, one.p, one.len);
    b->failed |= one.failed;
    buf_free(&one);
}

int sink_missed_load(struct sink_missed *m, struct cur *in)
{
    uint32_t len;
    errno = EINVAL;
    if (!cur_u32(in, &len))
        return -1;
    const uint8_t *p = cur_bytes(in, len);
    if (p == NULL)
        return -1;
    if (!m->on || len == 0)
        return 0;
    m->at = ledger_new(1);
    return m->at != NULL && ledger_load(m->at, p, len) == 0 ? 0 : -1;
}
