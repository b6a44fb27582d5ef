/* placeholder */ extern int house_net; int house_net;
