/* provider: the table. A name without a dot stands for it under every top-level domain ("yahoo" for yahoo.co.uk). */
#include "mail/provider.h"

static const struct str providers[] = {
    {"gmail", 5},      {"googlemail", 10}, {"outlook", 7},   {"hotmail", 7},     {"live", 4},      {"msn", 3},           {"yahoo", 5},      {"ymail", 5},
    {"rocketmail", 10}, {"aol", 3},        {"icloud.com", 10}, {"me.com", 6},    {"mac.com", 7},   {"gmx", 3},           {"web.de", 6},     {"t-online.de", 11},
    {"freenet.de", 10}, {"arcor.de", 8},   {"mail.de", 7},   {"posteo.de", 9},   {"mailbox.org", 11}, {"proton.me", 9},  {"protonmail", 10}, {"pm.me", 5},
    {"tutanota", 8},   {"tuta.io", 7},     {"fastmail", 8},  {"hey.com", 7},     {"zoho.com", 8},  {"mail.com", 8},      {"email.com", 9},  {"orange.fr", 9},
    {"wanadoo.fr", 10}, {"free.fr", 7},    {"laposte.net", 11}, {"sfr.fr", 6},   {"libero.it", 9}, {"virgilio.it", 11}, {"tiscali.it", 10}, {"bluewin.ch", 10}, {"telenet.be", 10},
    {"ziggo.nl", 8},   {"kpnmail.nl", 10}, {"seznam.cz", 9}, {"centrum.cz", 9},  {"abv.bg", 6}, {"wp.pl", 5},       {"o2.pl", 5},     {"onet.pl", 7},       {"interia.pl", 10}, {"mail.ru", 7},
    {"inbox.ru", 8},   {"list.ru", 7},     {"bk.ru", 5},     {"yandex", 6},      {"rambler.ru", 10}, {"ukr.net", 7},     {"qq.com", 6},     {"foxmail.com", 11},
    {"163.com", 7},    {"126.com", 7},     {"sina.com", 8},  {"sina.cn", 7},     {"sohu.com", 8},  {"naver.com", 9},     {"daum.net", 8},   {"hanmail.net", 11},
    {"docomo.ne.jp", 12}, {"ezweb.ne.jp", 11}, {"softbank.ne.jp", 14}, {"rediffmail.com", 14}, {"uol.com.br", 10}, {"bol.com.br", 10}, {"terra.com.br", 12},
    {"btinternet.com", 14}, {"sky.com", 7}, {"virginmedia.com", 15}, {"comcast.net", 11}, {"verizon.net", 11}, {"att.net", 7}, {"cox.net", 7},
};

bool provider_is_public(struct str domain)
{
    ptrdiff_t dot = str_find(domain, STR("."));
    struct str first = dot < 0 ? domain : str_sub(domain, 0, (size_t)dot);
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++) {
        bool any = str_find(providers[i], STR(".")) < 0;
        if (str_ieq(any ? first : domain, providers[i]))
            return true;
    }
    return false;
}
