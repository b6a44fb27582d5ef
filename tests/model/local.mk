# The promise as a model that a checker goes through (spin).
TESTS += tests/model/model.sh
EXTRA_DIST += tests/model/model.sh tests/model/desk.pml
