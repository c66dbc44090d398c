/* SPDX-License-Identifier: BSD-2-Clause */
/* registry: one POST to a schema registry. Floor F0. */
#include "base/kafka/registry.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

enum { ANSWER_MAX = 64 * 1024, TOLD_MAX = 200 };

struct registry {
    const char *who;
    const struct log *log;
    char *url, *user, *password, *ca_file;
    CURL *curl;
    uint64_t not_before_ns; /* monotonic */
    unsigned pause_s;       /* 0: the last request went well */
};

static char *copy(const char *s, bool *failed)
{
    if (s == NULL || s[0] == '\0')
        return NULL;
    char *c = strdup(s);
    *failed |= c == NULL;
    return c;
}

struct registry *registry_new(const struct registry_options *o)
{
    bool failed = false;
    struct registry *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->who = o->who;
    r->log = o->log;
    r->url = copy(o->url, &failed);
    r->user = copy(o->user, &failed);
    r->password = copy(o->password, &failed);
    r->ca_file = copy(o->ca_file, &failed);
    r->curl = curl_easy_init();
    if (!failed && r->curl != NULL)
        return r;
    registry_free(r);
    errno = ENOMEM;
    return NULL;
}

void registry_free(struct registry *r)
{
    if (r == NULL)
        return;
    curl_easy_cleanup(r->curl);
    free(r->url);
    free(r->user);
    free(r->password);
    free(r->ca_file);
    free(r);
}

/* ---- one request ---- */

/* libcurl's: returns less than it was given to end the transfer. */
static size_t take_answer(char *p, size_t size, size_t cnt, void *arg)
{
    struct buf *b = arg;
    if (cnt > ANSWER_MAX - b->len)
        return 0;
    buf_add(b, p, size * cnt);
    return b->failed ? 0 : size * cnt;
}

static bool put_url(struct registry *r, struct buf *b, const char *subject)
{
    size_t len = strlen(r->url);
    char *quoted = curl_easy_escape(r->curl, subject, 0);
    if (quoted == NULL)
        return false;
    while (len > 0 && r->url[len - 1] == '/')
        len--;
    buf_printf(b, "%.*s/subjects/%s/versions", (int)len, r->url, quoted);
    buf_add_char(b, '\0');
    curl_free(quoted);
    return !b->failed;
}

static void set_options(struct registry *r, const char *url, const struct buf *body,
                        struct curl_slist *headers, struct buf *answer)
{
    CURL *c = r->curl;
    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L); /* threads */
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)REGISTRY_TIMEOUT_MS);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, body->p);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, answer);
    if (r->user != NULL) {
        curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(c, CURLOPT_USERNAME, r->user);
        curl_easy_setopt(c, CURLOPT_PASSWORD, r->password != NULL ? r->password : "");
    }
    if (r->ca_file != NULL)
        curl_easy_setopt(c, CURLOPT_CAINFO, r->ca_file);
}

/* Finds `"id": NUMBER` in the answer, an object without others in it. */
static bool find_id(struct buf *answer, uint32_t *id)
{
    buf_add_char(answer, '\0');
    const char *p = answer->failed ? NULL : strstr(answer->p, "\"id\"");
    if (p == NULL)
        return false;
    p += strlen("\"id\"");
    p += strspn(p, " \t\r\n:");
    char *end;
    errno = 0;
    unsigned long v = strtoul(p, &end, 10);
    *id = (uint32_t)v;
    return end != p && *p != '-' && errno == 0 && v <= UINT32_MAX;
}

static int told(struct registry *r, const char *subject, const char *reason, const char *more)
{
    r->pause_s = r->pause_s == 0 ? 1 : 2 * r->pause_s;
    if (r->pause_s > REGISTRY_PAUSE_MAX_S)
        r->pause_s = REGISTRY_PAUSE_MAX_S;
    r->not_before_ns = clock_monotonic_ns() + r->pause_s * NS_PER_S;
    log_line(r->log, LOG_LEVEL_WARN,
             "%s: schema registry %s, subject %s: %s%s%.*s, again in %u s", r->who, r->url,
             subject, reason, more[0] != '\0' ? ": " : "", TOLD_MAX, more, r->pause_s);
    return -1;
}

static int judge(struct registry *r, const char *subject, CURLcode rc, struct buf *answer,
                 uint32_t *id)
{
    enum { HTTP_OK = 200 };
    char reason[64];
    long status = 0;
    if (rc != CURLE_OK)
        return told(r, subject, curl_easy_strerror(rc), "");
    curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == HTTP_OK && find_id(answer, id)) {
        r->pause_s = 0;
        return 0;
    }
    snprintf(reason, sizeof reason, "answers %ld", status);
    buf_add_char(answer, '\0');
    return told(r, subject, reason, answer->failed ? "" : answer->p);
}

/* {"schema": "..."}: the schema's text as a JSON string. */
static void put_body(struct buf *b, const char *schema, size_t len)
{
    struct json j;
    json_init(&j, b);
    emit_object(&j.emit, EMIT_ITEM);
    emit_text(&j.emit, KEY("schema"), schema, len);
    emit_object_end(&j.emit);
}

int registry_id(struct registry *r, const char *subject, const char *schema, size_t schema_len,
                uint32_t *id)
{
    struct buf url = {0}, body = {0}, answer = {0};
    int rc = -1;
    if (clock_monotonic_ns() < r->not_before_ns)
        return -1;
    struct curl_slist *headers =
        curl_slist_append(NULL, "Content-Type: application/vnd.schemaregistry.v1+json");
    put_body(&body, schema, schema_len);
    if (headers == NULL || body.failed || !put_url(r, &url, subject)) {
        rc = told(r, subject, "out of memory", "");
    } else {
        set_options(r, url.p, &body, headers, &answer);
        rc = judge(r, subject, curl_easy_perform(r->curl), &answer, id);
    }
    curl_slist_free_all(headers);
    buf_free(&url);
    buf_free(&body);
    buf_free(&answer);
    return rc;
}
