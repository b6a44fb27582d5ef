/* phrases: words in lower case, sorted by what they tell; what is compared with them is folded first. */
#include "mail/phrases.h"

#include "mail/fold.h"

#include <string.h>

#define WORD_END_MAX 8u /* octets of punctuation that may follow the last word */

#define LINE_START_MAX 160u /* octets of a line that are compared with phrases */
#define WROTE_TEXT_MAX 512u
#define FIRST_MAX 4u
#define OPENER_MAX 40u
#define LABEL_MAX 48u /* octets before the colon of a label */

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct label {
    enum phrase_label label;
    const struct str *words;
    size_t count;
};

static const struct str label_from[] = {
    STR("from"), STR("von"), STR("de"), STR("da"), STR("van"), STR("fra"), STR("från"), STR("od"), STR("от"), STR("от кого"), STR("від"),
    STR("lähettäjä"), STR("kimden"), STR("gönderen"), STR("feladó"), STR("从"), STR("发件人"), STR("寄件者"), STR("寄件人"), STR("差出人"), STR("送信者"),
    STR("보낸 사람"), STR("보낸사람"), STR("发信人"), STR("desde"), STR("remitente"), STR("mittente"), STR("expéditeur"), STR("expediteur"),
    STR("absender"), STR("avsändare"), STR("afsender"), STR("avsender"), STR("remetente"), STR("afzender"), STR("dari"), STR("từ"),
    STR("από"), STR("odesílatel"), STR("odosielateľ"), STR("pošiljatelj"), STR("šalje"), STR("nadawca"), STR("de la"), STR("מאת"),
    STR("من"), STR("จาก"), STR("nuo"), STR("no"), STR("saatja"), STR("reply-to"), STR("saatnud"), STR("siuntėjas") };

static const struct str label_date[] = {
    STR("date"), STR("sent"), STR("sent on"), STR("datum"), STR("gesendet"), STR("gesendet am"), STR("verzonden"), STR("envoyé"),
    STR("envoyé le"), STR("envoye"), STR("enviado"), STR("enviado el"), STR("enviada"), STR("enviada em"), STR("enviado em"), STR("enviat"),
    STR("inviato"), STR("data"), STR("fecha"), STR("dato"), STR("sendt"), STR("skickat"), STR("wysłano"), STR("wysłane"),
    STR("data wysłania"), STR("дата"), STR("отправлено"), STR("надіслано"), STR("lähetetty"), STR("päivämäärä"), STR("päiväys"),
    STR("tarih"), STR("gönderildi"), STR("gönderme tarihi"), STR("elküldve"), STR("dátum"), STR("küldve"), STR("odesláno"), STR("odoslané"),
    STR("poslano"), STR("trimis"), STR("发送时间"), STR("发送日期"), STR("日期"), STR("寄件日期"), STR("時間"), STR("送信日時"), STR("日時"), STR("보낸 날짜"),
    STR("날짜"), STR("gửi"), STR("đã gửi"), STR("ημερομηνία"), STR("תאריך"), STR("נשלח"), STR("التاريخ"), STR("تم الإرسال"), STR("dikirim"),
    STR("tanggal"), STR("saadetud"), STR("issiųsta"), STR("skickades"), STR("skickat den"), STR("verstuurd"), STR("date d'envoi"), STR("изпратено"), STR("στάλθηκε"),
    STR("ส่ง"), STR("išsiųsta"), STR("nosūtīts"), STR("تاريخ الإرسال"), STR("дата на изпращане"), STR("发件时间"), STR("寄件時間"), STR("보낸 시간") };

static const struct str label_to[] = {
    STR("to"), STR("an"), STR("à"), STR("a"), STR("aan"), STR("til"), STR("till"), STR("para"), STR("per"), STR("do"), STR("dla"),
    STR("кому"), STR("vastaanottaja"), STR("kime"), STR("alıcı"), STR("címzett"), STR("komu"), STR("către"), STR("catre"), STR("收件人"),
    STR("收件者"), STR("宛先"), STR("받는 사람"), STR("받는사람"), STR("tới"), STR("đến"), STR("προς"), STR("אל"), STR("إلى"), STR("kepada"),
    STR("destinataire"), STR("destinatario"), STR("destinatário"), STR("empfänger"), STR("ontvanger"), STR("prima"), STR("za"), STR("kam"),
    STR("до"), STR("ถึง"), STR("adressaat"), STR("mottaker"), STR("modtager"), STR("mottagare"), STR("adresát"), STR("odbiorca") };

static const struct str label_subject[] = {
    STR("subject"), STR("betreff"), STR("objet"), STR("asunto"), STR("assunto"), STR("oggetto"), STR("onderwerp"), STR("emne"), STR("ämne"),
    STR("temat"), STR("тема"), STR("aihe"), STR("konu"), STR("tárgy"), STR("předmět"), STR("predmet"), STR("predmeta"), STR("subiect"),
    STR("主题"), STR("主旨"), STR("件名"), STR("标题"), STR("제목"), STR("chủ đề"), STR("θέμα"), STR("נושא"), STR("الموضوع"), STR("perihal"),
    STR("subjek"), STR("re"), STR("betr"), STR("teema"), STR("tema"), STR("zadeva"), STR("относно"),
    STR("เรื่อง"), STR("temats"), STR("naslov") };

static const struct str label_cc[] = {
    STR("cc"), STR("kopie"), STR("copie"), STR("copia"), STR("cópia"), STR("kopi"), STR("kopia"), STR("dw"), STR("копия"), STR("kopio"),
    STR("bilgi"), STR("másolatot kap"), STR("抄送"), STR("副本"), STR("参照"), STR("참조"), STR("bcc"), STR("kopija"), STR("копія") };

static const struct str label_other[] = {
    STR("reply-to"), STR("répondre à"), STR("antwort an"), STR("importance"), STR("priority"), STR("priorität"), STR("attachments"),
    STR("anhänge"), STR("organization"), STR("organisation"), STR("message-id"), STR("resent-from"), STR("x-mailer"), STR("anlagen"),
    STR("wichtigkeit") };

static const struct label labels[] = {
    { LABEL_FROM, label_from, COUNT(label_from) },
    { LABEL_DATE, label_date, COUNT(label_date) },
    { LABEL_TO, label_to, COUNT(label_to) },
    { LABEL_SUBJECT, label_subject, COUNT(label_subject) },
    { LABEL_CC, label_cc, COUNT(label_cc) },
    { LABEL_OTHER, label_other, COUNT(label_other) },
};

/* "wrote" and "sent", as the last word before the colon or before the name. */
static const struct str wrote[] = {
    STR("wrote"), STR("writes"), STR("sent"), STR("said"), STR("schrieb"), STR("schrieb am"), STR("hat geschrieben"), STR("geschrieben"),
    STR("a écrit"), STR("a ecrit"), STR("écrit"), STR("écrivait"), STR("a envoyé"), STR("escribió"), STR("escribio"), STR("escribe"),
    STR("ha escrito"), STR("escreveu"), STR("escreve"), STR("ha scritto"), STR("scrive"), STR("scritto"), STR("schreef"),
    STR("heeft geschreven"), STR("geschreven"), STR("skrev"), STR("skrev følgende"), STR("följande"), STR("kirjoitti"), STR("napisał"),
    STR("napisał(a)"), STR("napisała"), STR("napisał/a"), STR("pisze"), STR("napsal"), STR("napsal(a)"), STR("napsala"), STR("napísal"),
    STR("napísal(a)"), STR("napisao"), STR("napisao je"), STR("je napisao/la"), STR("je napisal"), STR("napisala"), STR("a scris"),
    STR("írta"), STR("írta (időpont"), STR("ezt írta"), STR("ezt írta (időpont"), STR("написал"), STR("написал(а)"), STR("написала"),
    STR("пишет"), STR("написав"), STR("пише"), STR("написа"), STR("napisao(la)"), STR("yazdı"), STR("şunu yazdı"), STR("şunları yazdı"),
    STR("έγραψε"), STR("כתב"), STR("כתב/ה"), STR("כתבה"), STR("מאת"), STR("كتب"), STR("đã viết"), STR("menulis"), STR("đã gửi"),
    STR("kirjutas"), STR("rakstīja"), STR("rašė"), STR("の書き込み"), STR("書きました"), STR("wrote the following"), STR("のメール"), STR("写道"),
    STR("寫道"), STR("님이 작성"), STR("작성"), STR("wrote on"), STR("escrigué"), STR("va escriure"), STR("idatzi du"), STR("skreif"), STR("تمت كتابة"), STR("เขียนว่า"),
    STR("shkroi") };

static const struct str openers[] = {
    STR("on"), STR("am"), STR("le"), STR("el"), STR("il"), STR("op"), STR("den"), STR("dne"), STR("w dniu"), STR("em"), STR("no dia"),
    STR("på"), STR("pe"), STR("dana"), STR("vào"), STR("pada"), STR("tanggal"), STR("в"), STR("от"), STR("у"), STR("στις"), STR("בתאריך"),
    STR("ב-"), STR("في"), STR("il giorno"), STR("tors"), STR("fre"), STR("lør"), STR("søn"), STR("vo"), STR("dňa"), STR("mon"), STR("tue"),
    STR("wed"), STR("thu"), STR("fri"), STR("sat"), STR("sun"), STR("monday"), STR("tuesday"), STR("wednesday"), STR("thursday"),
    STR("friday"), STR("saturday"), STR("sunday"), STR("montag"), STR("dienstag"), STR("mittwoch"), STR("donnerstag"), STR("freitag"),
    STR("samstag"), STR("sonntag"), STR("lundi"), STR("mardi"), STR("mercredi"), STR("jeudi"), STR("vendredi"), STR("samedi"),
    STR("dimanche"), STR("lunes"), STR("martes"), STR("miércoles"), STR("jueves"), STR("viernes"), STR("sábado"), STR("domingo"),
    STR("понедельник"), STR("вторник"), STR("среда"), STR("четверг"), STR("пятница"), STR("суббота"), STR("воскресенье"), STR("pon"),
    STR("wt"), STR("śr"), STR("czw"), STR("pt"), STR("sob"), STR("niedz"), STR("lun"), STR("mar"), STR("mié"), STR("jue"), STR("vie"),
    STR("sáb"), STR("dom"), STR("segunda-feira"), STR("terça-feira"), STR("quarta-feira"), STR("quinta-feira"), STR("sexta-feira"),
    STR("maandag"), STR("dinsdag"), STR("woensdag"), STR("donderdag"), STR("vrijdag"), STR("zaterdag"), STR("zondag"), STR("ons"),
    STR("tis"), STR("mån"), STR("mandag"), STR("tirsdag"), STR("onsdag"), STR("torsdag"), STR("fredag"), STR("lørdag"), STR("søndag"),
    STR("em qua"), STR("em seg"),
    STR("în"), STR("на"), STR("v"), STR("dana"), STR("kuupäev"), STR("čet"), STR("čt"), STR("út"), STR("pá"), STR("št"), STR("пн"), STR("вт"),
    STR("ср"), STR("чт"), STR("пт"), STR("сб"), STR("вс"), STR("нд"), STR("tor"), STR("man"), STR("tir") };

static const struct str separators[] = {
    STR("original message"), STR("originalnachricht"), STR("ursprüngliche nachricht"), STR("original-nachricht"),
    STR("ursprungliche nachricht"), STR("urspr. nachricht"), STR("weitergeleitete nachricht"), STR("message d'origine"),
    STR("message d’origine"), STR("message original"), STR("message initial"), STR("mensaje original"), STR("mensaje reenviado"),
    STR("mensagem original"), STR("mensagem encaminhada"), STR("messaggio originale"), STR("messaggio inoltrato"),
    STR("oorspronkelijk bericht"), STR("oorspronkelijke bericht"), STR("doorgestuurd bericht"), STR("originalmeddelande"),
    STR("ursprungligt meddelande"), STR("ursprungligt mejl"), STR("vidarebefordrat meddelande"), STR("oprindelig besked"),
    STR("oprindelig meddelelse"), STR("videresendt besked"), STR("opprinnelig melding"), STR("original melding"),
    STR("videresendt melding"), STR("alkuperäinen viesti"), STR("välitetty viesti"), STR("wiadomość oryginalna"),
    STR("oryginalna wiadomość"), STR("pierwotna wiadomość"), STR("treść oryginalnej wiadomości"), STR("wiadomość przekazana"),
    STR("původní zpráva"), STR("pôvodná správa"), STR("přeposlaná zpráva"), STR("eredeti üzenet"), STR("továbbított üzenet"),
    STR("mesaj original"), STR("mesajul original"), STR("исходное сообщение"), STR("оригинальное сообщение"), STR("пересылаемое сообщение"),
    STR("пересланное сообщение"), STR("конец пересылаемого"), STR("вихідне повідомлення"), STR("orijinal ileti"), STR("orijinal mesaj"),
    STR("özgün ileti"), STR("αρχικό μήνυμα"), STR("הודעה מקורית"), STR("الرسالة الأصلية"), STR("原始邮件"), STR("原始郵件"), STR("原邮件"),
    STR("转发邮件"), STR("元のメッセージ"), STR("転送メッセージ"), STR("원본 메시지"), STR("원본 메일"), STR("thư gốc"), STR("tin nhắn gốc"), STR("pesan asli"),
    STR("reply message"), STR("reply separator"), STR("forwarded message"), STR("forwarded by"), STR("forwarded mail"),
    STR("original email"), STR("original mail"), STR("original appointment"), STR("message transféré"), STR("message transfere"),
    STR("izvorna poruka"), STR("originalna poruka"), STR("izvirno sporočilo"), STR("оригинално съобщение"), STR("препратено съобщение"), STR("ข้อความต้นฉบับ"),
    STR("özgün İleti"), STR("originale meddelelse"), STR("пересланное письмо"), STR("переслане повідомлення"), STR("original"), STR("message forwarded") };

static const struct str begins_forward[] = {
    STR("begin forwarded message"), STR("anfang der weitergeleiteten"), STR("début du message réexpédié"),
    STR("début du message transféré"), STR("inicio del mensaje reenviado"), STR("inizio messaggio inoltrato"),
    STR("begin doorgestuurd bericht"), STR("início da mensagem encaminhada"), STR("vidarebefordrat brev"), STR("starten på videresendt"),
    STR("начало переадресованного"), STR("начало переадресуемого"), STR("転送されたメッセージ"), STR("下面是被转发的邮件"), STR("początek przekazywanej") };

static const struct str above[] = {
    STR("reply above this line"), STR("type your reply above"), STR("please reply above"), STR("reply above the line"),
    STR("antworten sie über dieser"), STR("antwort oberhalb dieser"), STR("bitte antworten sie oberhalb"),
    STR("répondre au-dessus de cette"), STR("répondez au-dessus"), STR("responda por encima"), STR("responda sobre esta"),
    STR("rispondi sopra"), STR("boven deze regel"), STR("svara ovanför"), STR("write your reply above"), STR("enter your reply above"),
    STR("reply over this line"), STR("write above this line") };

static const struct str mobile[] = {
    STR("sent from my"), STR("sent from mail"), STR("sent from outlook"), STR("sent from yahoo"), STR("sent from proton"),
    STR("sent from samsung"), STR("sent from acompli"), STR("sent from mobile"), STR("sent from a mobile"), STR("sent from iphone"),
    STR("sent from ipad"), STR("sent from android"), STR("sent from myMail"), STR("sent from blue"), STR("sent from gmail"),
    STR("sent via"), STR("sent with"), STR("sent from windows"), STR("sent from nine"), STR("sent from tutanota"), STR("sent using"),
    STR("sent by my"), STR("sent through"), STR("sent on the go"), STR("get outlook for"), STR("download outlook"), STR("von meinem"),
    STR("gesendet von"), STR("gesendet mit"), STR("gesendet über"), STR("gesendet aus"), STR("diese nachricht wurde von meinem"),
    STR("envoyé de"), STR("envoyé depuis"), STR("envoyé à partir"), STR("envoyé via"), STR("enviado desde"), STR("enviado de"),
    STR("enviado do"), STR("enviado a partir"), STR("enviado via"), STR("enviado con"), STR("inviato da"), STR("inviato dal"),
    STR("inviato con"), STR("verzonden met"), STR("verzonden vanaf"), STR("verzonden vanuit"), STR("verstuurd vanaf"), STR("verstuurd met"),
    STR("skickat från"), STR("skickades från"), STR("sendt fra"), STR("lähetetty"), STR("wysłano z"), STR("wysłane z"), STR("wysłany z"),
    STR("odesláno z"), STR("odoslané z"), STR("küldve"), STR("iphone'umdan"), STR("iphone'dan"), STR("trimis de pe"), STR("отправлено с"),
    STR("отправлено из"), STR("отправлено от"), STR("отправлено мобильной"), STR("надіслано з"), STR("发自我的"), STR("從我的"), STR("发自"),
    STR("iphoneから送信"), STR("ipadから送信"), STR("나의 iphone"), STR("내 iphone"), STR("保存された"), STR("enviat des"), STR("στάλθηκε από"),
    STR("נשלח מה"), STR("أرسلت من"), STR("đã gửi từ"), STR("được gửi từ"), STR("dikirim dari"), STR("telefondan gönderildi"),
    STR("poslano z"), STR("poslano sa"), STR("obter o outlook"), STR("obtener outlook"), STR("télécharger outlook"), STR("outlook für"),
    STR("outlook pour"), STR("ottieni outlook"), STR("holen sie sich outlook"), STR("hämta outlook"), STR("haal outlook"),
    STR("pobierz outlook"), STR("скачать outlook") };

static const struct str disclaimers[] = {
    STR("this email and any"), STR("this e-mail and any"), STR("this message and any"), STR("this email (including"),
    STR("this e-mail (including"), STR("this message (including"), STR("the information contained in this"),
    STR("the information transmitted"), STR("the contents of this"), STR("this communication is"), STR("this email is confidential"),
    STR("this e-mail is confidential"), STR("this message is confidential"), STR("this email message is"), STR("this e-mail message is"),
    STR("this e-mail message, including"), STR("this message contains confidential"), STR("this email contains confidential"),
    STR("this e-mail contains confidential"), STR("this e-mail may contain"), STR("this email may contain"),
    STR("this message may contain"), STR("confidentiality notice"), STR("confidentiality:"), STR("privileged and confidential"),
    STR("legal disclaimer"), STR("disclaimer:"), STR("e-mail disclaimer"), STR("please consider the environment"),
    STR("please think of the environment"), STR("diese e-mail enthält"), STR("diese e-mail ist vertraulich"),
    STR("diese nachricht ist vertraulich"), STR("der inhalt dieser e-mail"), STR("ce message et"), STR("ce courriel"), STR("cet e-mail"),
    STR("ce mail et"), STR("este mensaje y"), STR("este correo"), STR("esta mensagem"), STR("questo messaggio"), STR("questa e-mail"),
    STR("le informazioni contenute"), STR("la informacion contenida"), STR("la información contenida"), STR("deze e-mail"),
    STR("dit bericht is"), STR("de informatie in"), STR("if you are not the intended recipient"), STR("notice: this e"),
    STR("caution: this e"), STR("important notice:") };

static bool is_letter(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (unsigned char)c >= 0x80;
}

/* Without the marks that stand before a line: quote signs, bold, blanks, no-break spaces. */
static struct str plain_start(struct str s)
{
    for (;;) {
        if (s.n > 0 && is_letter(s.p[0]) && (unsigned char)s.p[0] < 0x80)
            return s; /* as most lines begin */
        if (s.n > 0 && strchr(" \t>*|_#", s.p[0]))
            s = str_sub(s, 1, s.n);
        else if (str_starts(s, STR("\xc2\xa0")))
            s = str_sub(s, 2, s.n);
        else if (s.n >= 3 && str_starts(s, STR("\xe2\x80")) && (unsigned char)s.p[2] >= 0xaa && (unsigned char)s.p[2] <= 0xae)
            s = str_sub(s, 3, s.n); /* marks of direction */
        else if (str_starts(s, STR("\xe2\x80\x8b")) || str_starts(s, STR("\xe2\x80\x8e")) || str_starts(s, STR("\xe2\x80\x8f")) || str_starts(s, STR("\xef\xbb\xbf")))
            s = str_sub(s, 3, s.n);
        else
            return s;
    }
}

static char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* The first character of a line that is not ASCII, else its first octet. */
static struct str first_of(struct str line, char *room)
{
    struct str first = fold_case(str_sub(line, 0, FIRST_MAX), room, FIRST_MAX);
    if (first.n > 0 && (unsigned char)first.p[0] < 0x80)
        first.n = 1;
    else if (first.n > 2 && (unsigned char)first.p[0] < 0xe0)
        first.n = 2;
    return first;
}

/* Phrases, and the pairs of octets they begin with: by the first, in bits by the second (of each its lower five bits, in which a capital is like its small letter).
 * Hardly a line begins so, and the others are compared with none. */
struct opening {
    const struct str *phrases;
    size_t count;
    bool ready;
    uint32_t pairs[32];
};

static bool may_begin(struct opening *o, struct str line)
{
    for (size_t i = 0; i < o->count && !o->ready; i++)
        o->pairs[(unsigned char)o->phrases[i].p[0] & 31] |= 1u << ((unsigned char)o->phrases[i].p[1] & 31);
    o->ready = true;
    return line.n > 1 && (o->pairs[(unsigned char)line.p[0] & 31] >> ((unsigned char)line.p[1] & 31) & 1u) != 0;
}

/* Letters beyond ASCII may be written in another first octet as capitals: those lines are folded as far as their first character before they are compared. */
static bool begins_with(struct str line, struct opening *o)
{
    char room[LINE_START_MAX], start[FIRST_MAX];
    line = plain_start(line);
    if (line.n == 0 || ((unsigned char)line.p[0] < 0x80 && !may_begin(o, line)))
        return false;
    struct str first = first_of(line, start), whole = { NULL, 0 };
    for (size_t i = 0; i < o->count; i++) {
        struct str phrase = o->phrases[i];
        size_t n = first.n < phrase.n ? first.n : phrase.n;
        if (folded(first.p[0]) != folded(phrase.p[0]) || memcmp(first.p + 1, phrase.p + 1, n - 1) != 0)
            continue;
        if (whole.n == 0)
            whole = fold_case(line, room, sizeof room);
        if (str_istarts(whole, phrase))
            return true;
    }
    return false;
}

/* Does a word of the line begin one of the phrases, all of which begin with an ASCII letter? */
static bool contains(struct str line, struct opening *o)
{
    bool inside = false;
    for (size_t at = 0; at < line.n; at++) {
        bool starts = !inside;
        inside = is_letter(line.p[at]);
        if (!starts || !inside)
            continue;
        struct str rest = str_sub(line, at, line.n);
        if (!may_begin(o, rest))
            continue;
        for (size_t i = 0; i < o->count; i++)
            if (folded(line.p[at]) == o->phrases[i].p[0] && str_istarts(rest, o->phrases[i]))
                return true;
    }
    return false;
}

static struct opening forwards = { begins_forward, COUNT(begins_forward), false, { 0 } };
static struct opening replies = { above, COUNT(above), false, { 0 } };
static struct opening mobiles = { mobile, COUNT(mobile), false, { 0 } };
static struct opening notices = { disclaimers, COUNT(disclaimers), false, { 0 } };

enum phrase_label phrases_label(struct str line)
{
    line = plain_start(line);
    const char *colon = line.n ? memchr(line.p, ':', line.n < LABEL_MAX ? line.n : LABEL_MAX) : NULL;
    size_t n = colon ? (size_t)(colon - line.p) : 0;
    ptrdiff_t wide = str_find(str_sub(line, 0, LABEL_MAX), STR("：")); /* full-width colon */
    if (wide >= 0 && (n == 0 || (size_t)wide < n))
        n = (size_t)wide;
    if (n == 0)
        return LABEL_NONE;
    struct str word = str_trim(str_sub(line, 0, n));
    while (word.n > 0 && (word.p[word.n - 1] == '*' || word.p[word.n - 1] == ' '))
        word.n--;
    while (word.n > 2 && str_eq(str_sub(word, word.n - 2, 2), STR("\xc2\xa0")))
        word.n -= 2;
    char room[LABEL_MAX];
    word = fold_case(word, room, sizeof room);
    for (size_t i = 0; i < COUNT(labels); i++)
        for (size_t k = 0; k < labels[i].count; k++)
            if (word.n == labels[i].words[k].n && str_eq(word, labels[i].words[k]))
                return labels[i].label;
    return LABEL_NONE;
}

bool phrases_wrote(struct str text, bool *last)
{
    char room[WROTE_TEXT_MAX];
    bool found = false;
    text = fold_case(text, room, sizeof room);
    *last = false;
    for (size_t w = 0; w < COUNT(wrote); w++) {
        struct str word = wrote[w], rest = text;
        ptrdiff_t at;
        while ((at = str_ifind(rest, word)) >= 0) {
            const char *p = rest.p + at;
            bool starts = p == text.p || !is_letter(p[-1]) || (unsigned char)word.p[0] >= 0xe0;
            size_t after = (size_t)(p - text.p) + word.n;
            bool ends = after >= text.n || !is_letter(text.p[after]) || (unsigned char)word.p[0] >= 0xe0 || !is_letter(word.p[word.n - 1]);
            if (starts && ends) {
                found = true;
                struct str tail = str_sub(text, after, text.n);
                size_t letters = 0;
                for (size_t i = 0; i < tail.n; i++)
                    letters += is_letter(tail.p[i]) && !str_starts(str_sub(tail, i, 3), STR("：")) && (unsigned char)tail.p[i] < 0xe0;
                *last |= tail.n <= WORD_END_MAX && letters == 0;
            }
            rest = str_sub(rest, (size_t)at + word.n, rest.n);
        }
    }
    return found;
}

bool phrases_opens(struct str text)
{
    char room[OPENER_MAX];
    text = fold_case(str_sub(plain_start(text), 0, OPENER_MAX), room, sizeof room);
    for (size_t i = 0; i < COUNT(openers) && text.n > 0; i++) {
        struct str word = openers[i];
        bool begins = text.p[0] == word.p[0] && str_starts(text, word);
        if (begins && text.n > word.n && strchr(" ,.", text.p[word.n]))
            return true;
    }
    return false;
}

bool phrases_separator(struct str line)
{
    line = plain_start(line);
    if (begins_with(line, &forwards))
        return true;
    size_t lead = 0, signs = 0;
    while (lead < line.n && strchr("-=_+~*", line.p[lead]))
        lead++;
    while (str_starts(str_sub(line, lead + signs, 3), STR("—")) || str_starts(str_sub(line, lead + signs, 3), STR("–")))
        signs += 3;
    if (lead + signs < 2 || line.n > 160)
        return false;
    char room[LINE_START_MAX];
    struct str inner = fold_case(str_trim(str_sub(line, lead + signs, line.n)), room, sizeof room);
    while (inner.n > 0 && strchr("-=_+~*: ", inner.p[inner.n - 1]))
        inner.n--;
    for (size_t i = 0; i < COUNT(separators); i++)
        if (str_istarts(inner, separators[i]) && inner.n < separators[i].n + 60)
            return true;
    return false;
}

bool phrases_reply_above(struct str line)
{
    return line.n < 300 && contains(line, &replies);
}

bool phrases_mobile(struct str line)
{
    line = str_trim(plain_start(line));
    return line.n > 0 && line.n < 160 && begins_with(line, &mobiles);
}

bool phrases_disclaimer(struct str line)
{
    return begins_with(line, &notices);
}
