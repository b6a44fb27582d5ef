# lint: rules of the house that no compiler knows
TESTS += tests/lint/layers.sh
EXTRA_DIST += tests/lint/layers.sh
