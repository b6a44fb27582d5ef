# The whole daemon against a real Dovecot and Postfix, and against scripted peers. Each program starts its own servers in its own directory.
FLOW_TESTS = tests/flow/test_line.py tests/flow/test_transport.py tests/flow/test_outbox.py tests/flow/test_crash.py tests/flow/test_service.py tests/flow/test_hostile.py \
	tests/flow/test_conversation.py tests/flow/test_loops.py tests/flow/test_origin.py tests/flow/test_writeback.py tests/flow/test_faults.py tests/flow/test_confinement.py tests/flow/test_clock.py tests/flow/test_soak.py tests/flow/test_matrix.py tests/flow/test_order.py tests/flow/test_copies.py tests/flow/test_watch.py tests/flow/test_promises.py
TESTS += $(FLOW_TESTS)
EXTRA_DIST += $(FLOW_TESTS) tests/flow/tap.py tests/flow/servers.py tests/flow/desk.py tests/flow/peers.py tests/flow/names.py tests/flow/talk.py tests/flow/clocks.py tests/flow/warp.c tests/flow/crash.c tests/flow/fatal.c tests/sabotage.py tests/flow/demo.py tests/flow/many.py

# The whole crash matrix: a kill, and a failing call, at every point of the story.
crash: all
	TOP_SRCDIR='$(abs_top_srcdir)' TOP_BUILDDIR='$(abs_top_builddir)' python3 $(srcdir)/tests/flow/test_matrix.py --full
# Defences taken out one by one: which test notices?
sabotage: all
	TOP_SRCDIR='$(abs_top_srcdir)' python3 $(srcdir)/tests/sabotage.py
.PHONY: crash sabotage
