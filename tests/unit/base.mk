# unit tests of base: one program a module
