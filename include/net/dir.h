/* dir: both directions over a Maildir (https://cr.yp.to/proto/maildir.html): a source of imported mail, a place for letters, and the
 * double of a server in tests.
 *
 * UIDs: a Maildir has none, so they are written into the file names, as ",U=7" before the ":2," of the flags, the next in
 * the order of arrival (modification time, then name); `.uidvalidity` in the folder holds two lines, the UIDVALIDITY and the last UID
 * given, and is written before a file is renamed. (mbsync's native scheme is the same.) UIDs are thus ascending, never used twice, and
 * survive restarts. It follows that the driver renames and writes, whatever `after` says: its process must be allowed to, and no program that
 * keeps its own list of the files (Dovecot) should serve the same folder.
 *
 * Folders: "INBOX" is the path itself, any other is ".Name" below it (Maildir++). Lone line feeds are given as CRLF. */
#ifndef NET_DIR_H
#define NET_DIR_H

#include "net/relay.h"

extern const struct mailbox_driver maildir_mailbox_driver;
/* Each recipient gets a file of his own in new/: Return-Path and Delivered-To, then the letter's octets as they are. */
extern const struct relay_driver maildir_relay_driver;

/* A letter as read into the Maildir at `path`, made when missing: under a name that follows from its Message-ID, so that doing it twice puts one. ERR_ITEM when the
 * disk refuses. */
bool maildir_put(const char *path, struct str message_id, int64_t date, struct str octets, struct err *err);
/* The file's octets, and a folder's names, as they are to survive: false with errno. */
bool maildir_write(const char *path, struct str head, struct str octets);
bool maildir_sync(const char *folder);

/* tmp, new and cur below the folder, made when missing. */
bool maildir_make(const char *path, struct err *err);

#endif
