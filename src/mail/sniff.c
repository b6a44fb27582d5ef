/* sniff: a table of signatures, and a second look inside the containers that many formats share (zip, OLE, RIFF, ISO media). */
#include "mail/sniff.h"

#include "mail/octets.h"

#include "base/utf8.h"

#include <string.h>

#define LOOK 4096u

static const struct {
    size_t at;
    const char *octets;
    size_t n;
    const char *type;
} signatures[] = {
    { 0, "%PDF-", 5, "application/pdf" },
    { 0, "\x89PNG\r\n\x1a\n", 8, "image/png" },
    { 0, "\xff\xd8\xff", 3, "image/jpeg" },
    { 0, "GIF87a", 6, "image/gif" },
    { 0, "GIF89a", 6, "image/gif" },
    { 0, "BM", 2, "image/bmp" },
    { 0, "II*\0", 4, "image/tiff" },
    { 0, "MM\0*", 4, "image/tiff" },
    { 0, "\0\0\1\0", 4, "image/vnd.microsoft.icon" },
    { 8, "WEBP", 4, "image/webp" },
    { 8, "WAVE", 4, "audio/wav" },
    { 8, "AVI ", 4, "video/x-msvideo" },
    { 4, "ftypheic", 8, "image/heic" },
    { 4, "ftypmif1", 8, "image/heif" },
    { 4, "ftypavif", 8, "image/avif" },
    { 4, "ftypqt", 6, "video/quicktime" },
    { 4, "ftypM4A", 7, "audio/mp4" },
    { 4, "ftyp", 4, "video/mp4" },
    { 0, "\x1a\x45\xdf\xa3", 4, "video/webm" },
    { 0, "OggS", 4, "application/ogg" },
    { 0, "fLaC", 4, "audio/flac" },
    { 0, "ID3", 3, "audio/mpeg" },
    { 0, "\xff\xfb", 2, "audio/mpeg" },
    { 0, "#!AMR", 5, "audio/amr" },
    { 0, "\x1f\x8b", 2, "application/gzip" },
    { 0, "BZh", 3, "application/x-bzip2" },
    { 0, "\xfd" "7zXZ\0", 6, "application/x-xz" },
    { 0, "\x28\xb5\x2f\xfd", 4, "application/zstd" },
    { 0, "7z\xbc\xaf\x27\x1c", 6, "application/x-7z-compressed" },
    { 0, "Rar!\x1a\x07", 6, "application/vnd.rar" },
    { 0, "MSCF", 4, "application/vnd.ms-cab-compressed" },
    { 257, "ustar", 5, "application/x-tar" },
    { 0, "MZ", 2, "application/vnd.microsoft.portable-executable" },
    { 0, "\x7f" "ELF", 4, "application/x-elf" },
    { 0, "\xca\xfe\xba\xbe", 4, "application/java-vm" },
    { 0, "L\0\0\0\x01\x14\x02\0", 8, "application/x-ms-shortcut" },
    { 0, "{\\rtf", 5, "application/rtf" },
    { 0, "%!PS", 4, "application/postscript" },
    { 0, "\x78\x9f\x3e\x22", 4, "application/ms-tnef" },
    { 0, "wOFF", 4, "font/woff" },
    { 0, "SQLite format 3\0", 16, "application/vnd.sqlite3" },
    { 0, "-----BEGIN PGP MESSAGE", 22, "application/pgp-encrypted" },
    { 0, "-----BEGIN PGP SIGNATURE", 24, "application/pgp-signature" },
    { 0, "BEGIN:VCALENDAR", 15, "text/calendar" },
    { 0, "BEGIN:VCARD", 11, "text/vcard" },
    { 0, "<?xml", 5, "application/xml" },
    { 0, "#!", 2, "text/x-shellscript" },
};

/* What the first entries of a zip archive tell. */
static struct str sniff_zip(struct str s)
{
    static const struct {
        const char *entry, *type;
    } kinds[] = { { "word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
        { "xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
        { "ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
        { "mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text" },
        { "mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet" },
        { "mimetypeapplication/epub+zip", "application/epub+zip" }, { "META-INF/MANIFEST.MF", "application/java-archive" },
        { "AndroidManifest.xml", "application/vnd.android.package-archive" } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_find(s, str_of(kinds[i].entry)) >= 0)
            return str_of(kinds[i].type);
    return STR("application/zip");
}

/* Streams are named in UTF-16 in an OLE container. */
static struct str sniff_ole(struct str s)
{
    if (str_find(s, STR("W\0o\0r\0d\0D\0o\0c\0")) >= 0)
        return STR("application/msword");
    if (str_find(s, STR("W\0o\0r\0k\0b\0o\0o\0k\0")) >= 0 || str_find(s, STR("B\0o\0o\0k\0\0")) >= 0)
        return STR("application/vnd.ms-excel");
    if (str_find(s, STR("P\0o\0w\0e\0r\0P\0o\0i\0n\0t\0")) >= 0)
        return STR("application/vnd.ms-powerpoint");
    if (str_find(s, STR("_\0_\0p\0r\0o\0p\0e\0r\0t\0i\0e\0s\0")) >= 0)
        return STR("application/vnd.ms-outlook");
    return STR("application/x-ole-storage");
}

struct str sniff_type(struct str octets)
{
    struct str s = str_sub(octets, 0, LOOK), none = { "", 0 };
    if (str_starts(s, STR("PK\3\4")))
        return sniff_zip(s);
    if (str_starts(s, STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")))
        return sniff_ole(s);
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
        if (s.n >= signatures[i].at + signatures[i].n && memcmp(s.p + signatures[i].at, signatures[i].octets, signatures[i].n) == 0)
            return str_of(signatures[i].type);
    struct str text = str_trim(s);
    if (str_istarts(text, STR("<!doctype html")) || str_istarts(text, STR("<html")))
        return STR("text/html");
    if (s.n == 0 || octets_find(s, '\0') != NULL || !utf8_valid(utf8_prefix(s, s.n > 4 ? s.n - 4 : s.n)))
        return none;
    return STR("text/plain");
}
