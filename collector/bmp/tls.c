/* SPDX-License-Identifier: BSD-2-Clause */
/* tls: BMP over TLS (draft-hmntsharma-grow-bmp-over-tls; TLS 1.2 and 1.3 by RFC 9325). Floor
 * F4.
 */
#include "collector/bmp/tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "collector/shard/addr.h"

struct tls_setup {
    SSL_CTX *server, *client; /* NULL: nothing asks for it */
};

struct tls {
    SSL *ssl;
    char why[TLS_WHY_MAX];
};

/* ---- errors ---- */

/* Takes the oldest error, which is the nearest to the cause, and forgets the others. */
static const char *first_error(char *dst, size_t len)
{
    unsigned long e = ERR_get_error();
    const char *reason =
        ERR_SYSTEM_ERROR(e) ? strerror(ERR_GET_REASON(e)) : ERR_reason_error_string(e);
    snprintf(dst, len, "%s", e == 0 ? "unknown error" : reason != NULL ? reason : "failed");
    ERR_clear_error();
    return dst;
}

static int complain(char *err, size_t err_len, const char *option, const char *path)
{
    char reason[TLS_WHY_MAX];
    snprintf(err, err_len, "bmp.tls.%s %s: %s", option, path,
             first_error(reason, sizeof reason));
    return -1;
}

/* ---- setups ---- */

/* A key that asks for a passphrase would wait for a terminal. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)arg;
    return -1;
}

static int load_own(SSL_CTX *ctx, const struct config *cfg, char *err, size_t err_len)
{
    const char *chain = cfg->bmp.tls.certificate;
    const char *key = cfg->bmp.tls.key[0] != '\0' ? cfg->bmp.tls.key : chain;
    if (chain[0] == '\0')
        return 0;
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    if (SSL_CTX_use_certificate_chain_file(ctx, chain) != 1)
        return complain(err, err_len, "certificate", chain);
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx) != 1)
        return complain(err, err_len, "key", key);
    return 0;
}

static int load_ca(SSL_CTX *ctx, const struct config *cfg, char *err, size_t err_len)
{
    const char *ca = cfg->bmp.tls.ca;
    if (ca[0] == '\0')
        return SSL_CTX_set_default_verify_paths(ctx) == 1 ? 0
                                                          : complain(err, err_len, "ca", "");
    if (SSL_CTX_load_verify_file(ctx, ca) != 1)
        return complain(err, err_len, "ca", ca);
    return 0;
}

static SSL_CTX *context_new(const struct config *cfg, const SSL_METHOD *method, char *err,
                            size_t err_len)
{
    SSL_CTX *ctx = SSL_CTX_new(method);
    if (ctx == NULL) {
        snprintf(err, err_len, "bmp.tls: out of memory");
        return NULL;
    }
    /* A stream lives for weeks: nothing is gained by resuming sessions. */
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
        SSL_CTX_set_min_proto_version(ctx, (int)cfg->bmp.tls.min_version) == 1 &&
        load_own(ctx, cfg, err, err_len) == 0 && load_ca(ctx, cfg, err, err_len) == 0)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

static int verify_mode(enum config_tls_client who)
{
    return who == TLS_CLIENT_NONE       ? SSL_VERIFY_NONE
           : who == TLS_CLIENT_OPTIONAL ? SSL_VERIFY_PEER
                                        : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

static bool serves_tls(const struct config *cfg)
{
    bool any = false;
    for (size_t i = 0; i < cfg->bmp.listeners_cnt; i++)
        any = any || cfg->bmp.listeners[i].tls;
    return any;
}

static bool dials_tls(const struct config *cfg)
{
    bool any = false;
    for (size_t i = 0; i < cfg->bmp.routers_cnt; i++)
        any = any || (cfg->bmp.routers[i].dial && cfg->bmp.routers[i].tls);
    return any;
}

struct tls_setup *tls_setup_new(const struct config *cfg, char *err, size_t err_len)
{
    struct tls_setup *s = (struct tls_setup *)calloc(1, sizeof(*s));
    if (s == NULL) {
        snprintf(err, err_len, "bmp.tls: out of memory");
        return NULL;
    }
    ERR_clear_error();
    bool bad = false;
    if (serves_tls(cfg)) {
        s->server = context_new(cfg, TLS_server_method(), err, err_len);
        bad = s->server == NULL;
        if (!bad)
            SSL_CTX_set_verify(s->server, verify_mode(cfg->bmp.tls.client), NULL);
    }
    if (!bad && dials_tls(cfg)) {
        s->client = context_new(cfg, TLS_client_method(), err, err_len);
        bad = s->client == NULL;
        if (!bad)
            SSL_CTX_set_verify(s->client, SSL_VERIFY_PEER, NULL);
    }
    if (!bad)
        return s;
    tls_setup_free(s);
    return NULL;
}

void tls_setup_free(struct tls_setup *s)
{
    if (s == NULL)
        return;
    SSL_CTX_free(s->server);
    SSL_CTX_free(s->client);
    free(s);
}

/* ---- connections ---- */

static struct tls *tls_new(SSL_CTX *ctx, int fd)
{
    struct tls *t = ctx != NULL ? (struct tls *)calloc(1, sizeof(*t)) : NULL;
    if (t == NULL)
        return NULL;
    t->ssl = SSL_new(ctx);
    if (t->ssl != NULL && SSL_set_fd(t->ssl, fd) == 1)
        return t;
    tls_free(t);
    return NULL;
}

struct tls *tls_serve(const struct tls_setup *s, int fd, const char *name)
{
    struct tls *t = tls_new(s->server, fd);
    if (t == NULL)
        return NULL;
    SSL_set_accept_state(t->ssl);
    if (name == NULL || name[0] == '\0')
        return t;
    /* A name can only be proven by a certificate. */
    SSL_set_verify(t->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (SSL_set1_host(t->ssl, name) == 1)
        return t;
    tls_free(t);
    return NULL;
}

struct tls *tls_dial(const struct tls_setup *s, int fd, const char *name,
                     const struct source_addr *addr)
{
    struct tls *t = tls_new(s->client, fd);
    if (t == NULL)
        return NULL;
    SSL_set_connect_state(t->ssl);
    bool ok =
        name != NULL && name[0] != '\0'
            ? SSL_set1_host(t->ssl, name) == 1 && SSL_set_tlsext_host_name(t->ssl, name) == 1
            : X509_VERIFY_PARAM_set1_ip(SSL_get0_param(t->ssl), addr->a, addr->len) == 1;
    if (ok)
        return t;
    tls_free(t);
    return NULL;
}

/* Notes why an operation with result `rc` failed. */
static void note_failure(struct tls *t, int rc)
{
    int saved = errno;
    long verified = SSL_get_verify_result(t->ssl);
    int what = SSL_get_error(t->ssl, rc);
    if (verified != X509_V_OK)
        snprintf(t->why, sizeof(t->why), "the certificate is refused: %s",
                 X509_verify_cert_error_string(verified));
    else if (what == SSL_ERROR_SYSCALL && ERR_peek_error() == 0)
        snprintf(t->why, sizeof(t->why), "%s",
                 saved != 0 ? strerror(saved) : "the connection was closed");
    else
        (void)first_error(t->why, sizeof(t->why));
    ERR_clear_error();
}

enum tls_step tls_handshake(struct tls *t)
{
    ERR_clear_error();
    errno = 0;
    int rc = SSL_do_handshake(t->ssl);
    if (rc == 1)
        return TLS_DONE;
    int what = SSL_get_error(t->ssl, rc);
    if (what == SSL_ERROR_WANT_READ)
        return TLS_WANT_READ;
    if (what == SSL_ERROR_WANT_WRITE)
        return TLS_WANT_WRITE;
    note_failure(t, rc);
    return TLS_FAILED;
}

/* What a read that brought nothing means. */
static ssize_t read_ended(struct tls *t, int rc)
{
    switch (SSL_get_error(t->ssl, rc)) {
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: /* a key update whose answer did not fit: sent at the next read
                                */
        errno = EAGAIN;
        return -1;
    default:
        note_failure(t, rc);
        errno = EPROTO;
        return -1;
    }
}

ssize_t tls_read(struct tls *t, void *p, size_t room)
{
    size_t have = 0;
    while (have < room) { /* a record holds 16 KiB at most */
        size_t n = 0;
        ERR_clear_error();
        errno = 0;
        int rc = SSL_read_ex(t->ssl, (uint8_t *)p + have, room - have, &n);
        if (rc != 1) {
            /* What came is handed over first: the end comes again at the next read. */
            return have > 0 ? (ssize_t)have : read_ended(t, rc);
        }
        have += n;
    }
    return (ssize_t)have;
}

/* Not SSL_has_pending: that counts the parts of a record whose rest has not come. */
bool tls_pending(const struct tls *t)
{
    return SSL_pending(t->ssl) > 0 || (SSL_get_shutdown(t->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

const char *tls_why(const struct tls *t)
{
    return t->why;
}

const char *tls_describe(const struct tls *t, char dst[TLS_TEXT_MAX])
{
    char subject[160] = "";
    X509 *cert = SSL_get0_peer_certificate(t->ssl);
    if (cert != NULL)
        X509_NAME_oneline(X509_get_subject_name(cert), subject, sizeof subject);
    snprintf(dst, TLS_TEXT_MAX, "%s %s%s%s", SSL_get_version(t->ssl),
             SSL_get_cipher_name(t->ssl), subject[0] != '\0' ? ", " : "", subject);
    return dst;
}

void tls_free(struct tls *t)
{
    if (t == NULL)
        return;
    if (t->ssl != NULL && SSL_is_init_finished(t->ssl))
        (void)SSL_shutdown(t->ssl);
    SSL_free(t->ssl);
    ERR_clear_error();
    free(t);
}
