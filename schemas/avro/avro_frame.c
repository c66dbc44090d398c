/* SPDX-License-Identifier: BSD-2-Clause */
/* avro_frame: what is before a record, to say by which schema it is. Floor F3. */
#include "schemas/avro/avro.h"

void avro_begin_single(struct buf *out, uint64_t fingerprint)
{
    uint8_t head[10] = {0xc3, 0x01};
    for (unsigned i = 0; i < 8; i++) /* little-endian ("Single-object encoding") */
        head[2 + i] = (uint8_t)(fingerprint >> (8 * i));
    buf_add(out, head, sizeof head);
}

void avro_begin_registered(struct buf *out)
{
    static const uint8_t nothing[5] = {0}; /* the first octet stays so */
    buf_add(out, nothing, sizeof nothing);
}

void avro_set_registered(char value[5], uint32_t schema_id)
{
    for (unsigned i = 0; i < 4; i++) /* big-endian */
        value[1 + i] = (char)(schema_id >> (24 - 8 * i));
}
