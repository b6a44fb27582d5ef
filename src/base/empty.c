/* placeholder */ extern int house_base; int house_base;
