# lint: rules of the house that no compiler knows
TESTS += tests/lint/layers.sh
EXTRA_DIST += tests/lint/layers.sh
TESTS += tests/lint/manuals.sh
EXTRA_DIST += tests/lint/manuals.sh
TESTS += tests/lint/safety.sh
EXTRA_DIST += tests/lint/safety.sh tests/SAFETY
TESTS += tests/lint/sabotage.sh
EXTRA_DIST += tests/lint/sabotage.sh
