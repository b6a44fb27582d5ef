# unit tests of net: one program a module
