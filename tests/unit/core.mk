# unit tests of core: one program a module
