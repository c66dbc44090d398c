/* SPDX-License-Identifier: BSD-2-Clause */
/* avro_int: what schemas/avro/avro*.c share: the schema as tables. Floor F3. */
#ifndef RIBTAPE_SCHEMAS_AVRO_AVRO_INT_H
#define RIBTAPE_SCHEMAS_AVRO_AVRO_INT_H

#include "schemas/avro/avro.h"
#include "schemas/avro/avro_fields.h"

enum { AVRO_FIELDS_MAX = 40 };

enum avro_type {
    AVRO_LONG,
    AVRO_TEXT,
    AVRO_BOOL,
    AVRO_TIME,  /* microseconds since the epoch */
    AVRO_LONGS, /* arrays: */
    AVRO_TEXTS,
    AVRO_RECORDS, /* of `of` */
    AVRO_PATH,    /* AS_PATH: of `of`, a segment each */
    AVRO_RECORD,
};

struct avro_record;

/* One field. All but the required ones are nullable, or arrays that are empty when absent. */
struct avro_field {
    struct str name; /* of the record's member */
    enum avro_type type;
    const struct avro_record *of; /* RECORD, RECORDS, PATH */
    bool required;
    const char *doc;
};

/* A record; its last field is `other`, which is in no table. */
struct avro_record {
    const char *name;
    const char *doc;
    const struct avro_field *fields;
    unsigned field_cnt;
    bool closed; /* has no `other`: a segment, which is made here */
};

extern const struct avro_record avro_root;

static inline bool avro_is_array(enum avro_type type)
{
    return type >= AVRO_LONGS && type <= AVRO_PATH;
}

#endif
