# unit tests of store: one program a module
