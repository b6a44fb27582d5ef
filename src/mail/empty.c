/* placeholder */ extern int house_mail; int house_mail;
