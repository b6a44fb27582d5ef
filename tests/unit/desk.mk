# unit tests of desk: one program a module
