/* read: what understanding a mail costs, against the yardstick: GMime parsing the same mail and decoding every part of it, text into UTF-8. Both in one process, in turn,
 * message by message; the better of the rounds counts for each, in seconds of CPU.
 *
 *     read MAILDIR [ROUNDS]
 */
#include "mail/message.h"

#include <dirent.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define MAILS_MAX 100000u
#define ROUNDS_MAX 100u

struct mails {
    struct buf *list;
    size_t count, octets;
};

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool take(const char *path, struct buf *octets)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return false;
    for (size_t got = 1; got > 0; octets->n += got)
        got = fread(buf_room(octets, 65536), 1, 65536, f);
    bool fine = !ferror(f);
    fclose(f);
    return fine;
}

static bool load(const char *maildir, struct mails *mails)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/new", maildir);
    DIR *dir = opendir(path);
    mails->list = calloc(MAILS_MAX, sizeof *mails->list);
    if (dir == NULL || mails->list == NULL)
        return false;
    for (const struct dirent *entry; mails->count < MAILS_MAX && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/new/%s", maildir, entry->d_name);
        if (!take(path, &mails->list[mails->count]))
            return false;
        mails->octets += mails->list[mails->count++].n;
    }
    closedir(dir);
    return mails->count > 0;
}

/* ---- the yardstick ------------------------------------------------------------------------------------------------------ */

static void decode_part(GMimeObject *parent, GMimeObject *part, gpointer user)
{
    size_t *octets = user;
    (void)parent;
    if (GMIME_IS_TEXT_PART(part)) {
        char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
        *octets += text ? strlen(text) : 0;
        g_free(text);
    } else if (GMIME_IS_PART(part)) {
        GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
        GMimeStream *to = g_mime_stream_mem_new();
        if (content)
            *octets += (size_t)g_mime_data_wrapper_write_to_stream(content, to);
        g_object_unref(to);
    }
}

static size_t read_theirs(struct str raw)
{
    size_t octets = 0;
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(raw.p, raw.n);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    if (message != NULL) {
        const char *subject = g_mime_message_get_subject(message);
        octets += subject ? strlen(subject) : 0;
        octets += (size_t)internet_address_list_length(g_mime_message_get_from(message));
        g_mime_message_foreach(message, decode_part, &octets);
        g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    return octets;
}

static size_t read_ours(struct arena *arena, struct str raw)
{
    struct message m;
    message_read(arena, raw, NULL, &m);
    size_t octets = m.text.n + m.subject.n;
    for (size_t i = 0; i < m.attachment_count; i++)
        octets += m.attachments[i].size;
    arena_clear(arena);
    return octets;
}

struct cost {
    double ours, theirs;
    size_t our_octets, their_octets;
};

static struct cost round_of(struct arena *arena, const struct mails *mails)
{
    struct cost cost = {0};
    for (size_t i = 0; i < mails->count; i++) {
        struct str raw = buf_view(&mails->list[i]);
        double start = cpu();
        cost.our_octets += read_ours(arena, raw);
        double middle = cpu();
        cost.their_octets += read_theirs(raw);
        cost.ours += middle - start;
        cost.theirs += cpu() - middle;
    }
    return cost;
}

int main(int argc, char **argv)
{
    struct mails mails = {0};
    unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;
    if (argc < 2 || rounds == 0 || rounds > ROUNDS_MAX) {
        fputs("usage: read MAILDIR [ROUNDS]\n", stderr);
        return EX_USAGE;
    }
    message_prepare();
    g_mime_init();
    if (!load(argv[1], &mails)) {
        fprintf(stderr, "read: %s: no mails to read\n", argv[1]);
        return EX_NOINPUT;
    }
    struct arena *arena = arena_new();
    struct cost best = round_of(arena, &mails);
    for (unsigned long i = 1; i < rounds; i++) {
        struct cost cost = round_of(arena, &mails);
        best.ours = cost.ours < best.ours ? cost.ours : best.ours;
        best.theirs = cost.theirs < best.theirs ? cost.theirs : best.theirs;
    }
    double n = (double)mails.count / 1000;
    printf("{\"messages\":%zu,\"octets\":%zu,\"ours_ms\":%.3f,\"theirs_ms\":%.3f,\"ratio\":%.2f,\"our_octets\":%zu,\"their_octets\":%zu}\n", mails.count, mails.octets, best.ours / n,
           best.theirs / n, best.ours / best.theirs, best.our_octets, best.their_octets);
    arena_free(&arena);
    for (size_t i = 0; i < mails.count; i++)
        buf_free(&mails.list[i]);
    free(mails.list);
    return 0;
}
