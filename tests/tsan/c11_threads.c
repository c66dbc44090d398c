/* SPDX-License-Identifier: BSD-2-Clause */
/* C11's threads, mutexes and conditions by POSIX's. ThreadSanitizer follows the latter alone, and
 * a thread that thrd_create starts ends in its allocator; librdkafka makes all of its own so. A
 * ribtaped that is built with ThreadSanitizer has these in place of the C library's. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

static int result(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case ENOMEM:
        return thrd_nomem;
    case ETIMEDOUT:
        return thrd_timedout;
    case EBUSY:
        return thrd_busy;
    default:
        return thrd_error;
    }
}

/* ---- threads ---- */

struct start {
    thrd_start_t fn;
    void *arg;
};

static void *run(void *arg)
{
    struct start s = *(struct start *)arg;
    free(arg);
    return (void *)(intptr_t)s.fn(s.arg);
}

int thrd_create(thrd_t *t, thrd_start_t fn, void *arg)
{
    struct start *s = malloc(sizeof *s);
    if (s == NULL)
        return thrd_nomem;
    *s = (struct start){fn, arg};
    int error = pthread_create(t, NULL, run, s);
    if (error != 0)
        free(s);
    return result(error);
}

int thrd_join(thrd_t t, int *status)
{
    void *value = NULL;
    int error = pthread_join(t, &value);
    if (status != NULL)
        *status = (int)(intptr_t)value;
    return result(error);
}

/* ---- mutexes ---- */

/* As the C library has them: the same octets. */
_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t), "mtx_t is a pthread_mutex_t");
_Static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t), "cnd_t is a pthread_cond_t");

static pthread_mutex_t *mutex(mtx_t *m)
{
    return (pthread_mutex_t *)(void *)m;
}

int mtx_init(mtx_t *m, int type)
{
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    if (type & mtx_recursive)
        pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
    int error = pthread_mutex_init(mutex(m), &a);
    pthread_mutexattr_destroy(&a);
    return result(error);
}

int mtx_lock(mtx_t *m)
{
    return result(pthread_mutex_lock(mutex(m)));
}

int mtx_trylock(mtx_t *m)
{
    return result(pthread_mutex_trylock(mutex(m)));
}

int mtx_timedlock(mtx_t *restrict m, const struct timespec *restrict until)
{
    return result(pthread_mutex_timedlock(mutex(m), until));
}

int mtx_unlock(mtx_t *m)
{
    return result(pthread_mutex_unlock(mutex(m)));
}

void mtx_destroy(mtx_t *m)
{
    pthread_mutex_destroy(mutex(m));
}

/* ---- conditions ---- */

static pthread_cond_t *condition(cnd_t *c)
{
    return (pthread_cond_t *)(void *)c;
}

int cnd_init(cnd_t *c)
{
    return result(pthread_cond_init(condition(c), NULL));
}

int cnd_signal(cnd_t *c)
{
    return result(pthread_cond_signal(condition(c)));
}

int cnd_broadcast(cnd_t *c)
{
    return result(pthread_cond_broadcast(condition(c)));
}

int cnd_wait(cnd_t *c, mtx_t *m)
{
    return result(pthread_cond_wait(condition(c), mutex(m)));
}

int cnd_timedwait(cnd_t *restrict c, mtx_t *restrict m, const struct timespec *restrict until)
{
    return result(pthread_cond_timedwait(condition(c), mutex(m), until));
}

void cnd_destroy(cnd_t *c)
{
    pthread_cond_destroy(condition(c));
}
