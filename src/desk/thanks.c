/* thanks: see thanks.h. The text is taken apart from left to right, each time by the longest phrase of the tables; what is in none of them says more than thanks. */
#include "desk/thanks.h"

#include "base/utf8.h"
#include "mail/subject.h"

#define NOT_UTF8 0xfffdu
#define FIRST_UNSPACED 0x0e00u /* Thai and, from 0x2e80 on, Chinese, Japanese, Korean: words stand without blanks */

/* In lower case. A phrase of words ends where a word ends. */
static const char *const thanks[] = {
    "thank you", "thanks", "thank u", "thx", "tnx", "ty", "much appreciated", "appreciated", "cheers", "many thanks", "thanks a lot", "thanks a million", /* English */
    "danke", "dankeschön", "danke schön", "danke sehr", "besten dank", "vielen dank", "herzlichen dank", "vielen lieben dank", "lieben dank", "merci vielmals", "tausend dank", /* German */
    "merci", "merci beaucoup", "merci bien", "mille mercis", "un grand merci", "grand merci", "mille fois merci", /* French */
    "gracias", "muchas gracias", "mil gracias", "muchísimas gracias", "gràcies", "moltes gràcies", /* Spanish, Catalan */
    "grazie", "grazie mille", "mille grazie", "tante grazie", "molte grazie", "ti ringrazio", "la ringrazio", "vi ringrazio", /* Italian */
    "obrigado", "obrigada", "muito obrigado", "muito obrigada", "obrigadão", "agradecido", "agradecida", "valeu", /* Portuguese */
    "bedankt", "hartelijk bedankt", "hartelijk dank", "dank u", "dank je", "dank u wel", "dankjewel", "dank je wel", "dankuwel", "heel erg bedankt", "alvast bedankt", /* Dutch */
    "tack", "tack så mycket", "tusen tack", "stort tack", "tackar", /* Swedish */
    "tak", "mange tak", "tusind tak", "takk", "tusen takk", "mange takk", "takk skal du ha", "takk fyrir", "kærar þakkir", /* Danish, Norwegian, Icelandic */
    "kiitos", "paljon kiitoksia", "kiitos paljon", "kiitoksia", "aitäh", "suur aitäh", "tänan", /* Finnish, Estonian */
    "dziękuję", "dziękuję bardzo", "dzięki", "dziękujemy", "bardzo dziękuję", "dziekuje", "dzieki", /* Polish */
    "děkuji", "děkuju", "díky", "mockrát děkuji", "děkujeme", "dekuji", "diky", "ďakujem", "ďakujem pekne", "vďaka", /* Czech, Slovak */
    "hvala", "hvala lepa", "hvala lijepa", "puno hvala", "najlepša hvala", "хвала", /* Croatian, Slovene, Serbian */
    "köszönöm", "köszönöm szépen", "köszi", "nagyon köszönöm", "köszönjük", /* Hungarian */
    "mulțumesc", "mulţumesc", "multumesc", "mulțumesc mult", "mersi", "mulțumim", /* Romanian */
    "teşekkürler", "teşekkür ederim", "çok teşekkürler", "çok teşekkür ederim", "sağ olun", "sağolun", "tesekkurler", /* Turkish */
    "ačiū", "labai ačiū", "dėkoju", "paldies", "liels paldies", /* Lithuanian, Latvian */
    "спасибо", "большое спасибо", "спасибо большое", "благодарю", "спс", /* Russian */
    "дякую", "щиро дякую", "дуже дякую", "благодаря", "благодаря ви", "мерси", /* Ukrainian, Bulgarian */
    "ευχαριστώ", "ευχαριστώ πολύ", "ευχαριστούμε", "σας ευχαριστώ", /* Greek */
    "شكرا", "شكرًا", "شكراً", "شكرا جزيلا", "شكراً جزيلاً", "متشکرم", "ممنون", "با تشکر", "سپاس", /* Arabic, Persian */
    "תודה", "תודה רבה", "המון תודה", /* Hebrew */
    "धन्यवाद", "बहुत धन्यवाद", "शुक्रिया", "ধন্যবাদ", /* Hindi, Bengali */
    "terima kasih", "terima kasih banyak", "makasih", "salamat", "maraming salamat", /* Indonesian, Malay, Filipino */
    "cảm ơn", "cám ơn", "xin cảm ơn", "cảm ơn bạn", "cảm ơn nhiều", /* Vietnamese */
    "asante", "asante sana", "dankie", "baie dankie", "diolch", "diolch yn fawr", "go raibh maith agat", /* Swahili, Afrikaans, Welsh, Irish */
    "ขอบคุณ", "ขอบคุณมาก", "ขอบใจ", /* Thai */
    "谢谢", "多谢", "感谢", "非常感谢", "十分感谢", "谢谢你", "谢谢您", "謝謝", "多謝", "感謝", "非常感謝", "谢了", "辛苦了", /* Chinese */
    "ありがとう", "ありがとうございます", "ありがとうございました", "有難うございます", "有難うございました", "有り難うございます", "感謝します", "感謝いたします", "助かりました", /* Japanese */
    "감사합니다", "감사드립니다", "고맙습니다", "감사", "고마워요", "정말 감사합니다", /* Korean */
};

/* What stands around it. */
static const char *const around[] = {
    "hi", "hello", "dear", "all", "team", "support", "everyone", "everybody", "so", "very", "much", "many", "a lot", "again", "for", "the", "your", "you", "quick", "fast", "great",
    "kind", "help", "response", "reply", "answer", "assistance", "everything", "to", "and", "i", "we", "it", "works", "working", "worked", "now", "perfect", "perfectly", "excellent", "awesome",
    "good", "nice", "super", "ok", "okay", "best", "kind regards", "best regards", "regards", "best wishes", "have a nice day", "have a great day", "have a good day", "have a nice weekend", "bye", "sincerely", /* English */
    "hallo", "guten tag", "moin", "liebes", "liebe", "lieber", "für", "die", "das", "den", "ihre", "eure", "deine", "schnelle", "hilfe", "antwort", "unterstützung", "alles", "klar", "klappt", "funktioniert",
    "jetzt", "wieder", "prima", "top", "mfg", "lg", "vg", "viele grüße", "liebe grüße", "mit freundlichen grüßen", "freundliche grüße", "beste grüße", "gruß", "grüße", "schönen tag", "schönes wochenende", "noch", "nochmals", "und", /* German */
    "bonjour", "bonsoir", "pour", "votre", "ton", "aide", "réponse", "rapide", "la", "le", "les", "et", "cordialement", "bien cordialement", "bonne journée", "parfait", "à tous", "tout", "ça marche", "super", "l'aide", "l’aide", /* French */
    "hola", "buenos días", "buenas tardes", "por", "su", "tu", "ayuda", "respuesta", "rápida", "la", "saludos", "un saludo", "saludos cordiales", "perfecto", "y", "todo", "el", "apoyo", /* Spanish */
    "ciao", "buongiorno", "buonasera", "per", "il", "lo", "supporto", "vostro", "aiuto", "l'aiuto", "l’aiuto", "risposta", "rapida", "saluti", "cordiali saluti", "distinti saluti", "buona giornata", "perfetto", "e", /* Italian */
    "olá", "bom dia", "boa tarde", "pela", "pelo", "ajuda", "resposta", "apoio", "abraço", "abraços", "cumprimentos", "com os melhores cumprimentos", "atenciosamente", "perfeito", "o", "a", /* Portuguese */
    "goedemorgen", "goedemiddag", "beste", "voor", "de", "je", "uw", "jullie", "hulp", "snelle", "reactie", "groet", "groeten", "met vriendelijke groet", "mvg", "fijne dag", "hoor", /* Dutch */
    "hej", "för", "hjälpen", "för hjälpen", "hälsningar", "med vänlig hälsning", "mvh", "vh", "snabbt", "svar", "det", "fungerar", "nu", "bra", "for", "hjelpen", "hjælpen", "hilsen", "venlig hilsen", "med venlig hilsen", "vennlig hilsen", "ha en fin dag", /* Scandinavian */
    "hei", "moi", "avusta", "terveisin", "ystävällisin terveisin", "paljon", /* Finnish */
    "dzień dobry", "za", "pomoc", "szybką", "odpowiedź", "pozdrawiam", "z poważaniem", "bardzo", "dobrý den", "rychlou", "s pozdravem", "hezký den", "pomoč", /* Polish, Czech, Slovene */
    "jó napot", "a segítséget", "üdvözlettel", "bună ziua", "pentru", "ajutor", "cu stimă", "merhaba", "yardımınız", "için", "iyi günler", "iyi çalışmalar", "kolay gelsin", "saygılarımla", /* Hungarian, Romanian, Turkish */
    "здравствуйте", "добрый день", "за", "помощь", "быстрый", "ответ", "вам", "всё", "все", "работает", "отлично", "с уважением", "хорошего дня", "большое", "добрий день", "допомогу", "з повагою", /* Russian, Ukrainian */
    "καλημέρα", "καλησπέρα", "για", "την", "βοήθεια", "πολύ", "με εκτίμηση", /* Greek */
    "مرحبا", "السلام عليكم", "جزيلا", "جزيلاً", "لكم", "لك", "على", "المساعدة", "مع تحياتي", "تحياتي", "שלום", "על", "העזרה", "בברכה", "רבה", /* Arabic, Hebrew */
    "नमस्ते", "आपका", "halo", "atas", "bantuannya", "salam", "chào", "bạn", "nhiều", "trân trọng", /* Hindi, Indonesian, Vietnamese */
    "สวัสดี", "ครับ", "ค่ะ", "คะ", "มาก", "มากๆ", "นะ", "您", "你", "您好", "你好", "的", "您的", "你的", "帮助", "幫助", "支持", "们", "了", "好的", "祝好", "收到", /* Thai, Chinese */
    "こんにちは", "お世話になっております", "お世話になります", "どうも", "本当に", "誠に", "ご対応", "ご回答", "いただき", "よろしくお願いします", "よろしくお願いいたします", "承知しました", "了解です", /* Japanese */
    "안녕하세요", "도움", "주셔서", "빠른", "답변", "정말", "대단히", "수고하세요", /* Korean */
};

static const uint32_t friendly[] = {0x2665, 0x263a, 0x270c, 0x2705, 0x2714, 0x2728, 0x2764, 0x2b50, 0x1f339, 0x1f340, 0x1f389, 0x1f38a, 0x1f44b, 0x1f44c, 0x1f44d, 0x1f44f, 0x1f490, 0x1f493, 0x1f495,
                                    0x1f496, 0x1f499, 0x1f49a, 0x1f49b, 0x1f49c, 0x1f4aa, 0x1f4af, 0x1f600, 0x1f601, 0x1f603, 0x1f604, 0x1f605, 0x1f606, 0x1f607, 0x1f609, 0x1f60a, 0x1f60d, 0x1f60e,
                                    0x1f618, 0x1f642, 0x1f64c, 0x1f64f, 0x1f91d, 0x1f929, 0x1f970, 0x1f973, 0x1f917, 0x1faf6};

struct reading {
    struct arena *arena;
    struct str rest; /* folded */
    const struct str_list *names;
    bool thanked;
};

static uint32_t next_character(struct str text, size_t *n)
{
    uint32_t c = 0;
    *n = utf8_next(text, &c);
    if (*n != 0 || text.n == 0)
        return c;
    *n = 1;
    return NOT_UTF8;
}

static bool is_friendly(uint32_t c)
{
    for (size_t i = 0; i < sizeof friendly / sizeof friendly[0]; i++)
        if (friendly[i] == c)
            return true;
    return false;
}

/* What stands between words; of ASCII all but letters, digits and what asks. */
static bool is_between(uint32_t c)
{
    if (c < 0x80)
        return c != '?' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z');
    return (c >= 0x80 && c <= 0xbf) || (c >= 0x2000 && c <= 0x206f) || (c >= 0x3000 && c <= 0x303f) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xff01 || c == 0xff0c || c == 0xff0e ||
           c == 0x60c || c == 0x964 || (c >= 0x1f3fb && c <= 0x1f3ff);
}

static bool is_letter(uint32_t c)
{
    return !is_between(c) && !is_friendly(c) && c != '?';
}

/* Does the phrase end where the text's word ends? */
static bool ends_a_word(struct str rest, size_t n)
{
    size_t width = 0;
    if (n >= rest.n)
        return true;
    uint32_t next = next_character(str_sub(rest, n, rest.n), &width);
    return !is_letter(next) || (next >= FIRST_UNSPACED && next < 0x0e80) || next >= 0x2e80;
}

/* Length of the longest phrase of the table at the front. */
static size_t longest(struct str rest, const char *const *table, size_t count)
{
    size_t best = 0;
    for (size_t i = 0; i < count; i++) {
        struct str phrase = str_of(table[i]);
        if (phrase.n > best && str_starts(rest, phrase) && ends_a_word(rest, phrase.n))
            best = phrase.n;
    }
    return best;
}

/* A word of one of the names. */
static size_t name_at_front(const struct reading *r)
{
    size_t n = 0, width = 0;
    while (n < r->rest.n && is_letter(next_character(str_sub(r->rest, n, r->rest.n), &width)))
        n += width;
    struct str word = str_sub(r->rest, 0, n);
    for (size_t i = 0; n > 0 && i < r->names->count; i++) {
        struct str name = subject_fold(r->arena, r->names->list[i]);
        ptrdiff_t at = str_find(name, word);
        bool begins = at == 0 || (at > 0 && name.p[at - 1] == ' ');
        if (begins && ends_a_word(str_sub(name, (size_t)at, name.n), n))
            return n;
    }
    return 0;
}

/* Takes one word, phrase or sign off the front; false: it is more than thanks. */
static bool take(struct reading *r)
{
    size_t width = 0;
    uint32_t c = next_character(r->rest, &width);
    size_t said = longest(r->rest, thanks, sizeof thanks / sizeof thanks[0]), other = longest(r->rest, around, sizeof around / sizeof around[0]);
    if (said > 0 && said >= other) {
        r->thanked = true;
        width = said;
    } else if (other > 0) {
        width = other;
    } else if (is_friendly(c)) {
        r->thanked = true;
    } else if (!is_between(c) && (width = name_at_front(r)) == 0) {
        return false;
    }
    r->rest = str_sub(r->rest, width, r->rest.n);
    return true;
}

bool thanks_only(struct arena *arena, struct str text, const struct str_list *names)
{
    text = str_trim(text);
    if (text.n == 0 || text.n > THANKS_MAX || str_find(text, STR(":(")) >= 0 || str_find(text, STR(":-(")) >= 0)
        return false;
    struct reading r = {.arena = arena, .rest = subject_fold(arena, text), .names = names};
    while (r.rest.n > 0)
        if (!take(&r))
            return false;
    return r.thanked;
}
