/* placeholder */ extern int house_ctl; int house_ctl;
