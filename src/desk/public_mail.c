/* public_mail: see public_mail.h. */
#include "desk/public_mail.h"

#include <stddef.h>

bool public_mail_domain(struct str domain)
{
    static const char *const domains[] = {
        "gmail.com",     "googlemail.com", "outlook.com", "hotmail.com", "live.com",    "msn.com",     "yahoo.com",     "yahoo.co.jp", "yahoo.co.uk", "yahoo.de",      "yahoo.fr",
        "ymail.com",     "aol.com",        "icloud.com",  "me.com",      "mac.com",     "gmx.de",      "gmx.net",       "gmx.at",      "gmx.ch",      "gmx.com",       "web.de",
        "t-online.de",   "freenet.de",     "posteo.de",   "mailbox.org", "proton.me",   "protonmail.com", "pm.me",      "tutanota.com", "tuta.io",    "fastmail.com",  "zoho.com",
        "mail.com",      "mail.ru",        "yandex.ru",   "yandex.com",  "bk.ru",       "inbox.ru",    "list.ru",       "ukr.net",     "qq.com",      "163.com",       "126.com",
        "sina.com",      "foxmail.com",    "naver.com",   "daum.net",    "hanmail.net", "orange.fr",   "free.fr",       "laposte.net", "sfr.fr",      "wanadoo.fr",    "libero.it",
        "virgilio.it",   "tiscali.it",     "alice.it",    "uol.com.br",  "bol.com.br",  "terra.com.br", "wp.pl",        "o2.pl",       "onet.pl",     "interia.pl",    "seznam.cz",
        "centrum.cz",    "abv.bg",         "rediffmail.com", "comcast.net", "verizon.net", "att.net",   "btinternet.com", "ziggo.nl",   "kpnmail.nl",  "bluewin.ch",    "hotmail.fr",
        "hotmail.de",    "hotmail.co.uk",  "live.nl",     "outlook.de",  "outlook.fr",  "rambler.ru",  "docomo.ne.jp",  "ezweb.ne.jp", "softbank.ne.jp",
    };
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++)
        if (str_eq(domain, str_of(domains[i])))
            return true;
    return false;
}
