/* placeholder */ extern int house_store; int house_store;
