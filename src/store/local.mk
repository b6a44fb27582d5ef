noinst_LIBRARIES += libstore.a
libstore_a_SOURCES = \
	src/store/change.c \
	src/store/change.h \
	src/store/change_merge.c \
	src/store/change_party.c \
	src/store/change_split.c \
	src/store/change_value.c \
	src/store/chores.c \
	src/store/copy.c \
	src/store/customers.c \
	src/store/due.c \
	src/store/filing.c \
	src/store/folder.c \
	src/store/letter.c \
	src/store/lookup.c \
	src/store/mover.c \
	src/store/other.c \
	src/store/parties.c \
	src/store/raw.c \
	src/store/revoke.c \
	src/store/rows.c \
	src/store/rows.h \
	src/store/schema.c \
	src/store/seal.c \
	src/store/seal.h \
	src/store/attempt.c \
	src/store/spent.c \
	src/store/wall.c \
	src/store/sql.c \
	src/store/sql.h \
	src/store/statements.c \
	src/store/state.c \
	src/store/store.c \
	src/store/verify.c \
	src/store/view_ledger.c \
	src/store/view_letter.c \
	src/store/view_message.c \
	src/store/view_ticket.c \
	src/store/wake.c \
	src/store/wal.c \
	src/store/wal_file.c
libstore_a_CFLAGS = $(AM_CFLAGS) -pthread $(SQLITE_CFLAGS) $(ZSTD_CFLAGS)
# What a program that links libstore.a needs behind it (after the layers below).
STORE_LIBS = $(SQLITE_LIBS) $(ZSTD_LIBS)
