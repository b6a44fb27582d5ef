# tests: every test program prints TAP; the closing count of `make check` is the sum.
TEST_LOG_DRIVER = env AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	TOP_SRCDIR='$(abs_top_srcdir)'; TOP_BUILDDIR='$(abs_top_builddir)'; export TOP_SRCDIR TOP_BUILDDIR;
LOG_DRIVER = $(TEST_LOG_DRIVER)
SH_LOG_DRIVER = $(TEST_LOG_DRIVER)
PY_LOG_DRIVER = $(TEST_LOG_DRIVER)
SH_LOG_COMPILER = $(SHELL)
PY_LOG_COMPILER = python3
TEST_EXTENSIONS = .sh .py

include tests/unit/base.mk
include tests/unit/mail.mk
include tests/unit/auth.mk
include tests/unit/desk.mk
include tests/unit/store.mk
include tests/unit/net.mk
include tests/unit/core.mk
include tests/unit/ctl.mk
include tests/cases/local.mk
include tests/flow/local.mk
include tests/fuzz/local.mk
include tests/fuzz/auth.mk
include tests/bench/local.mk
include tests/lint/local.mk
include tests/model/local.mk
