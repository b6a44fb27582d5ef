/* csv: tables as spreadsheets write them (RFC 4180): cells between commas, quoted where they hold commas, quotes or line ends; lines end in LF or CRLF; a byte order mark in
 * front is passed over. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/arena.h"
#include "base/str.h"

#define CSV_CELLS_MAX 100u /* of one row */

struct csv_cell {
    struct str text;       /* unquoted, without blanks around it */
    uint32_t line, column; /* where it begins, from 1; columns in characters */
};

struct csv {
    struct str rest;
    uint32_t line; /* of what comes next; starts at 0 */
};

/* The next row that is not empty, its cells in the arena; false at the end. *wrong: NULL, or what is wrong with the row; its last cell says where. */
bool csv_row(struct arena *arena, struct csv *csv, struct csv_cell **cells, size_t *count, const char **wrong);

#endif
