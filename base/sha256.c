/* SPDX-License-Identifier: BSD-2-Clause */
/* sha256: FIPS 180-4 section 6.2. Floor F0. */
#include "base/sha256.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fmt.h"

enum { BLOCK = 64, ROUNDS = 64, READ = 64 << 10 };

/* Fractional parts of the cube roots of the first 64 primes (section 4.2.2). */
static const uint32_t round_constant[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
    0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
    0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2};

static uint32_t rotate(uint32_t v, unsigned by)
{
    return v >> by | v << (32 - by);
}

static uint32_t word_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void expand(uint32_t w[ROUNDS], const uint8_t *block)
{
    for (unsigned i = 0; i < 16; i++)
        w[i] = word_at(block + (size_t)i * 4);
    for (unsigned i = 16; i < ROUNDS; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
}

static void take_block(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[ROUNDS], v[8];
    expand(w, block);
    memcpy(v, state, sizeof v);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t a = v[0], e = v[4];
        uint32_t t1 = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                      ((e & v[5]) ^ (~e & v[6])) + round_constant[i] + w[i];
        uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[0] = t1 + t2;
        v[4] += t1;
    }
    for (unsigned i = 0; i < 8; i++)
        state[i] += v[i];
}

void sha256_init(struct sha256 *s)
{
    /* fractional parts of the square roots of the first eight primes (section 5.3.3) */
    static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(s->state, first, sizeof first);
    s->len = 0;
}

void sha256_add(struct sha256 *s, const void *p, size_t len)
{
    const uint8_t *from = p;
    size_t have = s->len % BLOCK;
    s->len += len;
    if (have > 0) {
        size_t n = len < BLOCK - have ? len : BLOCK - have;
        memcpy(s->block + have, from, n);
        from += n;
        len -= n;
        if (have + n < BLOCK)
            return;
        take_block(s->state, s->block);
    }
    for (; len >= BLOCK; from += BLOCK, len -= BLOCK)
        take_block(s->state, from);
    if (len > 0)
        memcpy(s->block, from, len);
}

void sha256_end(struct sha256 *s, uint8_t digest[SHA256_LEN])
{
    static const uint8_t padding[BLOCK] = {0x80};
    uint64_t bits = s->len * 8;
    size_t have = s->len % BLOCK;
    uint8_t tail[8];
    sha256_add(s, padding, (have < 56 ? 56 : 56 + BLOCK) - have);
    for (unsigned i = 0; i < 8; i++)
        tail[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_add(s, tail, sizeof tail);
    for (unsigned i = 0; i < SHA256_LEN; i++)
        digest[i] = (uint8_t)(s->state[i / 4] >> (24 - 8 * (i % 4)));
}

int sha256_fd(int fd, char hex[SHA256_HEX_LEN + 1])
{
    struct sha256 s;
    uint8_t buf[READ], digest[SHA256_LEN];
    ssize_t n;
    sha256_init(&s);
    while ((n = read(fd, buf, sizeof buf)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        sha256_add(&s, buf, (size_t)n);
    }
    sha256_end(&s, digest);
    hex[fmt_hex(hex, digest, sizeof digest)] = '\0';
    return 0;
}
