/* placeholder */ extern int house_desk; int house_desk;
