/* placeholder */ extern int house_core; int house_core;
