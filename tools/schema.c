/* SPDX-License-Identifier: BSD-2-Clause */
/* schema: `ribtape schema`, prints the schema of Avro records. Floor F4. */
#include <stdio.h>

#include "base/cli.h"
#include "schemas/avro/avro.h"
#include "tools/tool.h"

static bool take_canonical(void *into, const struct cli_option *o, const char *value, char *err)
{
    (void)o, (void)value, (void)err;
    *(bool *)into = true;
    return true;
}

static const struct cli_option options[] = {
    {.name = "canonical",
     .help = "In Avro's Parsing Canonical Form, of which fingerprints are taken.",
     .take = take_canonical},
};

const struct cli_command schema_cli = {
    .program = "ribtape",
    .name = "schema",
    .section = 1,
    .summary = "print the Avro schema of records",
    .about = "Prints the schema that Avro records are written by: those of `ribtape decode "
             "--format avro` and of Kafka topics with format avro.",
    CLI_OPTIONS(options),
    .status = "0, or 1 when standard output takes nothing.",
};

int tool_schema(int argc, char **argv)
{
    bool canonical = false;
    int first;
    struct buf text = {0};
    int rc = cli_parse(&schema_cli, &canonical, argc, argv, &first);
    if (rc != CLI_GO)
        return rc;
    if (first < argc) {
        cli_wrong(&schema_cli, "takes no operands");
        return TOOL_USAGE;
    }
    if (canonical)
        avro_schema_canonical(&text);
    else
        avro_schema(&text);
    if (text.failed)
        rc = tool_fail("schema", "out of memory");
    else
        rc = fwrite(text.p, 1, text.len, stdout) == text.len ? TOOL_OK : TOOL_FAILED;
    buf_free(&text);
    return rc;
}
