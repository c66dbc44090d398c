/* SPDX-License-Identifier: BSD-2-Clause */
/* track_context: the messages that say how a BMP source's others are to be read. Floor F3. */
#include "schemas/track/track_impl.h"

static int tell(const struct track *t, const struct track_copy *c,
                int (*fn)(void *arg, const uint8_t *msg, uint32_t len), void *arg)
{
    return c->p == NULL || c->p == t->fresh ? 0 : fn(arg, c->p, c->len);
}

int track_each_context(const struct track *t, const struct track_source *s,
                       int (*fn)(void *arg, const uint8_t *msg, uint32_t len), void *arg)
{
    const struct source *own = track_source_of(s);
    const struct session *ss = own->sessions;
    int rc = tell(t, &own->initiation, fn, arg);
    while (ss != NULL && ss->next != NULL) /* the list begins with the newest */
        ss = ss->next;
    for (; rc == 0 && ss != NULL; ss = ss->prev)
        rc = tell(t, &ss->peer_up, fn, arg);
    return rc;
}
