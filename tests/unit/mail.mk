# unit tests of mail: one program a module
