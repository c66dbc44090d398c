/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_framer: bgp_frame_next over a byte stream that arrives in arbitrary chunks.
 *
 * Input: one octet of flags, then {chunk length 1, its octets} until the end. What the framer
 * says must not depend on how the stream was cut, it must ask for more than it has and not
 * beyond the longest message, and what it calls a message must pass the header check. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bgp/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool sound)
{
    if (!sound)
        abort();
}

struct fed {
    uint8_t *p; /* the octets that have arrived and were not framed, exactly allocated */
    size_t len;
    bool ext_msg;
    bool lost;
    uint64_t messages; /* framed so far, and a sum over them */
    uint64_t sum;
};

static void take(struct fed *f, const struct bgp_frame *frame)
{
    struct bgp_diag diag;
    require(frame->msg == f->p && frame->len >= BGP_HEADER_LEN && frame->len <= f->len);
    require(f->ext_msg || frame->len <= BGP_MSG_MAX);
    require(bgp_msg_check(frame->msg, frame->len, &diag) == 0);
    f->messages++;
    f->sum = f->sum * 31 + frame->len * 7 + frame->type;
    memmove(f->p, f->p + frame->len, f->len - frame->len);
    f->len -= frame->len;
}

static void drain(struct fed *f)
{
    struct bgp_frame frame;
    struct bgp_diag diag = {0};
    uint32_t need = 0;
    while (!f->lost) {
        uint8_t *exact = malloc(f->len + 1); /* so that a read behind the end is seen */
        require(exact != NULL);
        memcpy(exact + 1, f->p, f->len);
        enum bgp_frame_result r =
            bgp_frame_next(exact + 1, f->len, f->ext_msg, &frame, &need, &diag);
        free(exact);
        if (r == BGP_FRAME_MORE) {
            require(need > f->len && need <= BGP_MSG_EXT_MAX);
            return;
        }
        f->lost = r == BGP_FRAME_BAD;
        require(!f->lost ||
                (diag.action == BGP_ACTION_SESSION_RESET && diag.off < BGP_HEADER_LEN));
        if (f->lost)
            return;
        frame.msg = f->p;
        take(f, &frame);
    }
}

static void feed(struct fed *f, const uint8_t *p, size_t len)
{
    memcpy(f->p + f->len, p, len);
    f->len += len;
    drain(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0)
        return 0;
    struct fed chunks = {.p = malloc(len), .ext_msg = data[0] & 1};
    struct fed whole = {.p = malloc(len), .ext_msg = data[0] & 1};
    uint8_t *stream = malloc(len);
    size_t stream_len = 0;
    require(chunks.p != NULL && whole.p != NULL && stream != NULL);
    for (size_t at = 1; at < len;) {
        size_t n = data[at++];
        n = n < len - at ? n : len - at;
        memcpy(stream + stream_len, data + at, n);
        stream_len += n;
        feed(&chunks, data + at, n);
        at += n;
    }
    feed(&whole, stream, stream_len);
    require(chunks.lost == whole.lost && chunks.messages == whole.messages);
    require(chunks.sum == whole.sum);
    free(stream);
    free(chunks.p);
    free(whole.p);
    return 0;
}
