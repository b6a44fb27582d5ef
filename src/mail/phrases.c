/* phrases: words, sorted by what they tell. ASCII letters are compared without case, others as they stand, so a word that may begin with
 * a capital beyond ASCII stands in both forms. */
#include "mail/phrases.h"

#include <string.h>

#define WORD_END_MAX 8u /* octets of punctuation that may follow the last word */

struct label {
    enum phrase_label label;
    const char *words; /* separated by "|" */
};

static const struct label labels[] = {
    { LABEL_FROM,
        "from|von|de|da|van|fra|från|od|от|от кого|від|lähettäjä|kimden|gönderen|feladó|从|发件人|寄件者|寄件人|差出人|送信者|보낸 사람|보낸사람|发信人|desde|remitente|mittente|"
        "expéditeur|expediteur|absender|avsändare|afsender|avsender|remetente|afzender|dari|từ|από|odesílatel|odosielateľ|pošiljatelj|šalje|nadawca|de la|מאת|من|จาก|nuo|no|saatja|"
        "reply-to|saatnud|siuntėjas" },
    { LABEL_DATE,
        "date|sent|sent on|datum|gesendet|gesendet am|verzonden|envoyé|envoyé le|envoye|enviado|enviado el|enviada|enviada em|enviado em|enviat|inviato|data|fecha|dato|sendt|skickat|wysłano|wysłane|"
        "data wysłania|дата|отправлено|надіслано|lähetetty|päivämäärä|päiväys|tarih|gönderildi|gönderme tarihi|elküldve|dátum|küldve|odesláno|odoslané|poslano|trimis|发送时间|发送日期|日期|寄件日期|時間|"
        "送信日時|日時|보낸 날짜|날짜|gửi|đã gửi|ημερομηνία|תאריך|נשלח|التاريخ|تم الإرسال|dikirim|tanggal|saadetud|issiųsta|skickades|skickat den|verstuurd|date d'envoi" },
    { LABEL_TO,
        "to|an|à|a|aan|til|till|para|per|do|dla|кому|vastaanottaja|kime|alıcı|címzett|komu|către|catre|收件人|收件者|宛先|받는 사람|받는사람|tới|đến|προς|אל|إلى|kepada|destinataire|destinatario|"
        "destinatário|empfänger|ontvanger|prima|za|kam" },
    { LABEL_SUBJECT,
        "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|emne|ämne|temat|тема|aihe|konu|tárgy|předmět|predmet|predmeta|subiect|主题|主旨|件名|标题|제목|chủ đề|θέμα|נושא|الموضوع|perihal|subjek|"
        "re|betr|teema|tema" },
    { LABEL_CC, "cc|kopie|copie|copia|cópia|kopi|kopia|dw|копия|kopio|bilgi|másolatot kap|抄送|副本|参照|참조|bcc|kopija|копія" },
    { LABEL_OTHER, "reply-to|répondre à|antwort an|importance|priority|priorität|attachments|anhänge|organization|organisation|message-id|resent-from|x-mailer|anlagen|wichtigkeit" },
};

/* "wrote" and "sent", as the last word before the colon or before the name. */
static const char wrote[] =
    "wrote|writes|sent|said|schrieb|schrieb am|hat geschrieben|geschrieben|a écrit|a ecrit|écrit|écrivait|a envoyé|escribió|escribio|escribe|ha escrito|escreveu|escreve|ha scritto|scrive|scritto|schreef|heeft geschreven|"
    "geschreven|skrev|skrev følgende|följande|kirjoitti|napisał|napisał(a)|napisała|napisał/a|pisze|napsal|napsal(a)|napsala|napísal|napísal(a)|napisao|napisao je|je napisao/la|je napisal|napisala|a scris|"
    "írta|írta (időpont|ezt írta|ezt írta (időpont|написал|написал(а)|написала|пишет|написав|пише|написа|napisao(la)|yazdı|şunu yazdı|şunları yazdı|έγραψε|כתב|כתב/ה|כתבה|מאת|كتب|đã viết|menulis|đã gửi|kirjutas|rakstīja|rašė|"
    "の書き込み|書きました|wrote the following|のメール|写道|寫道|님이 작성|작성|wrote on|escrigué|va escriure|idatzi du|skreif|shkroi";

static const char openers[] =
    "on|am|le|el|il|op|den|dne|w dniu|em|no dia|på|pe|dana|vào|pada|tanggal|в|от|у|στις|בתאריך|ב-|في|il giorno|tors|fre|lør|søn|vo|dňa|"
    "mon|tue|wed|thu|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    "lunes|martes|miércoles|jueves|viernes|sábado|domingo|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|pon|wt|śr|czw|pt|sob|niedz|lun|mar|mié|jue|vie|sáb|dom|"
    "segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|ons|tis|mån|mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag|em qua|em seg";

static const char separators[] =
    "original message|originalnachricht|ursprüngliche nachricht|original-nachricht|ursprungliche nachricht|urspr. nachricht|weitergeleitete nachricht|message d'origine|message d’origine|message original|message initial|"
    "mensaje original|mensaje reenviado|mensagem original|mensagem encaminhada|messaggio originale|messaggio inoltrato|oorspronkelijk bericht|oorspronkelijke bericht|doorgestuurd bericht|originalmeddelande|"
    "ursprungligt meddelande|ursprungligt mejl|vidarebefordrat meddelande|oprindelig besked|oprindelig meddelelse|videresendt besked|opprinnelig melding|original melding|videresendt melding|alkuperäinen viesti|välitetty viesti|"
    "wiadomość oryginalna|oryginalna wiadomość|pierwotna wiadomość|treść oryginalnej wiadomości|wiadomość przekazana|původní zpráva|pôvodná správa|přeposlaná zpráva|eredeti üzenet|továbbított üzenet|mesaj original|mesajul original|"
    "исходное сообщение|оригинальное сообщение|пересылаемое сообщение|пересланное сообщение|конец пересылаемого|вихідне повідомлення|orijinal ileti|orijinal mesaj|özgün ileti|αρχικό μήνυμα|הודעה מקורית|الرسالة الأصلية|原始邮件|原始郵件|原邮件|"
    "转发邮件|元のメッセージ|転送メッセージ|원본 메시지|원본 메일|thư gốc|tin nhắn gốc|pesan asli|reply message|reply separator|forwarded message|forwarded by|forwarded mail|original email|original mail|original appointment|message transféré|message transfere|izvorna poruka|originalna poruka|izvirno sporočilo";

static const char begins_forward[] = "begin forwarded message|anfang der weitergeleiteten|début du message réexpédié|début du message transféré|inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd bericht|"
                                     "início da mensagem encaminhada|vidarebefordrat brev|starten på videresendt|начало переадресованного|начало переадресуемого|転送されたメッセージ|下面是被转发的邮件|początek przekazywanej";

static const char above[] = "reply above this line|type your reply above|please reply above|reply above the line|antworten sie über dieser|antwort oberhalb dieser|bitte antworten sie oberhalb|répondre au-dessus de cette|répondez au-dessus|responda por encima|"
                            "responda sobre esta|rispondi sopra|boven deze regel|svara ovanför|write your reply above|enter your reply above|reply over this line|write above this line";

static const char mobile[] =
    "sent from my|sent from mail|sent from outlook|sent from yahoo|sent from proton|sent from samsung|sent from acompli|sent from mobile|sent from a mobile|sent from iphone|sent from ipad|sent from android|sent from myMail|sent from blue|sent from gmail|sent via|sent with|sent from windows|sent from nine|sent from tutanota|"
    "sent using|sent by my|sent through|sent on the go|get outlook for|download outlook|von meinem|gesendet von|gesendet mit|gesendet über|gesendet aus|diese nachricht wurde von meinem|envoyé de|envoyé depuis|envoyé à partir|envoyé via|"
    "enviado desde|enviado de|enviado do|enviado a partir|enviado via|enviado con|inviato da|inviato dal|inviato con|verzonden met|verzonden vanaf|verzonden vanuit|verstuurd vanaf|verstuurd met|skickat från|skickades från|sendt fra|"
    "lähetetty|wysłano z|wysłane z|wysłany z|odesláno z|odoslané z|küldve|iphone'umdan|iphone'dan|trimis de pe|отправлено с|отправлено из|отправлено от|отправлено мобильной|надіслано з|发自我的|從我的|发自|iphoneから送信|ipadから送信|나의 iphone|"
    "내 iphone|保存された|enviat des|στάλθηκε από|נשלח מה|أرسلت من|đã gửi từ|được gửi từ|dikirim dari|telefondan gönderildi|poslano z|poslano sa|obter o outlook|obtener outlook|télécharger outlook|outlook für|outlook pour|ottieni outlook|holen sie sich outlook|hämta outlook|haal outlook|pobierz outlook|скачать outlook";

static const char disclaimers[] =
    "this email and any|this e-mail and any|this message and any|this email (including|this e-mail (including|this message (including|the information contained in this|the information transmitted|the contents of this|this communication is|this email is confidential|"
    "this e-mail is confidential|this message is confidential|this email message is|this e-mail message is|this e-mail message, including|this message contains confidential|this email contains confidential|this e-mail contains confidential|this e-mail may contain|this email may contain|this message may contain|confidentiality notice|confidentiality:|privileged and confidential|"
    "legal disclaimer|disclaimer:|e-mail disclaimer|please consider the environment|please think of the environment|diese e-mail enthält|diese e-mail ist vertraulich|diese nachricht ist vertraulich|der inhalt dieser e-mail|ce message et|ce courriel|cet e-mail|ce mail et|"
    "este mensaje y|este correo|esta mensagem|questo messaggio|questa e-mail|le informazioni contenute|la informacion contenida|la información contenida|deze e-mail|dit bericht is|de informatie in|if you are not the intended recipient|notice: this e|caution: this e|important notice:";

static bool is_letter(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (unsigned char)c >= 0x80;
}

/* Walks a "|" separated table; false at its end. */
static bool next_word(const char **table, struct str *word)
{
    if (**table == '\0')
        return false;
    size_t n = strcspn(*table, "|");
    *word = (struct str){ *table, n };
    *table += n + ((*table)[n] == '|');
    return true;
}

/* Without the marks that stand before a line: quote signs, bold, blanks, no-break spaces. */
static struct str plain_start(struct str s)
{
    for (;;) {
        if (s.n > 0 && strchr(" \t>*|_#", s.p[0]))
            s = str_sub(s, 1, s.n);
        else if (str_starts(s, STR("\xc2\xa0")))
            s = str_sub(s, 2, s.n);
        else if (str_starts(s, STR("\xe2\x80\x8b")) || str_starts(s, STR("\xe2\x80\x8e")) || str_starts(s, STR("\xe2\x80\x8f")) || str_starts(s, STR("\xef\xbb\xbf")))
            s = str_sub(s, 3, s.n);
        else
            return s;
    }
}

static bool begins_with(struct str line, const char *table)
{
    struct str word;
    line = plain_start(line);
    while (next_word(&table, &word))
        if (str_istarts(line, word))
            return true;
    return false;
}

static bool contains(struct str line, const char *table)
{
    struct str word;
    while (next_word(&table, &word))
        if (str_ifind(line, word) >= 0)
            return true;
    return false;
}

enum phrase_label phrases_label(struct str line)
{
    line = plain_start(line);
    const char *colon = line.n ? memchr(line.p, ':', line.n < 40 ? line.n : 40) : NULL;
    size_t n = colon ? (size_t)(colon - line.p) : 0;
    ptrdiff_t wide = str_find(str_sub(line, 0, 40), STR("：")); /* full-width colon */
    if (wide >= 0 && (n == 0 || (size_t)wide < n))
        n = (size_t)wide;
    if (n == 0)
        return LABEL_NONE;
    struct str word = str_trim(str_sub(line, 0, n)), candidate;
    while (word.n > 0 && (word.p[word.n - 1] == '*' || word.p[word.n - 1] == ' '))
        word.n--;
    while (word.n > 2 && str_eq(str_sub(word, word.n - 2, 2), STR("\xc2\xa0")))
        word.n -= 2;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        const char *table = labels[i].words;
        while (next_word(&table, &candidate))
            if (str_ieq(word, candidate))
                return labels[i].label;
    }
    return LABEL_NONE;
}

bool phrases_wrote(struct str text, bool *last)
{
    const char *table = wrote;
    struct str word;
    bool found = false;
    *last = false;
    while (next_word(&table, &word)) {
        struct str rest = text;
        ptrdiff_t at;
        while ((at = str_ifind(rest, word)) >= 0) {
            const char *p = rest.p + at;
            bool starts = p == text.p || !is_letter(p[-1]) || (unsigned char)word.p[0] >= 0xe0;
            size_t after = (size_t)(p - text.p) + word.n;
            bool ends = after >= text.n || !is_letter(text.p[after]) || (unsigned char)word.p[word.n - 1] >= 0xe0 || !is_letter(word.p[word.n - 1]);
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
    const char *table = openers;
    struct str word;
    text = plain_start(text);
    while (next_word(&table, &word))
        if (str_istarts(text, word) && text.n > word.n && strchr(" ,.", text.p[word.n]))
            return true;
    return false;
}

bool phrases_separator(struct str line)
{
    line = plain_start(line);
    if (begins_with(line, begins_forward))
        return true;
    size_t lead = 0, signs = 0;
    while (lead < line.n && strchr("-=_+~*", line.p[lead]))
        lead++;
    while (str_starts(str_sub(line, lead + signs, 3), STR("—")) || str_starts(str_sub(line, lead + signs, 3), STR("–")))
        signs += 3;
    if (lead + signs < 2 || line.n > 160)
        return false;
    struct str inner = str_trim(str_sub(line, lead + signs, line.n));
    while (inner.n > 0 && strchr("-=_+~*: ", inner.p[inner.n - 1]))
        inner.n--;
    const char *table = separators;
    struct str word;
    while (next_word(&table, &word))
        if (str_istarts(inner, word) && inner.n < word.n + 60)
            return true;
    return false;
}

bool phrases_reply_above(struct str line)
{
    return line.n < 300 && contains(line, above);
}

bool phrases_mobile(struct str line)
{
    line = str_trim(plain_start(line));
    return line.n > 0 && line.n < 160 && begins_with(line, mobile);
}

bool phrases_disclaimer(struct str line)
{
    return begins_with(line, disclaimers);
}
