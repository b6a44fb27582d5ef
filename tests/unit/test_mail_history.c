/* history: what programs of many languages put above the words they quote. Each of these alone must end the new words. */
#include "mail_fixture.h"

#include "mail/fold.h"
#include "mail/quote.h"

#define NEW "The new words."

static struct str fresh_of(struct arena *arena, const char *sign, const char *below)
{
    enum fresh_cut sure;
    return str_trim(quote_fresh(arena, arena_printf(arena, NEW "\n\n%s\n%s", sign, below), SIZE_MAX, &sure));
}

static const char *const attributions[] = {
    "On Thu, Nov 5, 2026 at 10:15 AM Desk <desk@contoso.example> wrote:",
    "Am Do., 5. Nov. 2026 um 10:15 Uhr schrieb Desk <desk@contoso.example>:",
    "Le jeu. 5 nov. 2026 à 10:15, Desk <desk@contoso.example> a écrit :",
    "El jue, 5 nov 2026 a las 10:15, Desk (<desk@contoso.example>) escribió:",
    "Il giorno gio 5 nov 2026 alle ore 10:15 Desk <desk@contoso.example> ha scritto:",
    "Em qui., 5 de nov. de 2026 às 10:15, Desk <desk@contoso.example> escreveu:",
    "Desk <desk@contoso.example> escreveu no dia quinta, 5/11/2026 à(s) 10:15:",
    "Op do 5 nov 2026 om 10:15 schreef Desk <desk@contoso.example>:",
    "Den tors 5 nov. 2026 kl 10:15 skrev Desk <desk@contoso.example>:",
    "Den tor. 5. nov. 2026 kl. 10.15 skrev Desk <desk@contoso.example>:",
    "tor. 5. nov. 2026 kl. 10:15 skrev Desk <desk@contoso.example>:",
    "to 5. marrask. 2026 klo 10.15 Desk (desk@contoso.example) kirjoitti:",
    "czw., 5 lis 2026 o 10:15 Desk <desk@contoso.example> napisał(a):",
    "čt 5. 11. 2026 v 10:15 odesílatel Desk <desk@contoso.example> napsal:",
    "št 5. 11. 2026 o 10:15 Desk <desk@contoso.example> napísal(a):",
    "Desk <desk@contoso.example> ezt írta (időpont: 2026. nov. 5., Cs, 10:15):",
    "În joi, 5 nov. 2026 la 10:15, Desk <desk@contoso.example> a scris:",
    "čet, 5. stu 2026. u 10:15 Desk <desk@contoso.example> napisao je:",
    "V V čet., 5. nov. 2026 ob 10:15 je oseba Desk <desk@contoso.example> napisala:",
    "чт, 5 нояб. 2026 г. в 10:15, Desk <desk@contoso.example>:",
    "5 ноября 2026 г., в 10:15, Desk <desk@contoso.example> написал(а):",
    "чт, 5 лист. 2026 р. о 10:15 Desk <desk@contoso.example> пише:",
    "На чт, 5.11.2026 г. в 10:15 Desk <desk@contoso.example> написа:",
    "Στις Πέμ 5 Νοε 2026 στις 10:15 π.μ., ο χρήστης Desk <desk@contoso.example> έγραψε:",
    "Desk <desk@contoso.example>, 5 Kas 2026 Per, 10:15 tarihinde şunu yazdı:",
    "\xe2\x80\xabבתאריך יום ה׳, 5 בנוב׳ 2026 ב-10:15 מאת Desk <desk@contoso.example>:",
    "في الخميس، 5 نوفمبر 2026 في 10:15 ص تمت كتابة ما يلي بواسطة Desk <desk@contoso.example>:",
    "2026年11月5日(木) 10:15 Desk <desk@contoso.example>:",
    "Desk <desk@contoso.example> 于2026年11月5日周四 10:15写道：",
    "Desk <desk@contoso.example> 於 2026年11月5日 週四 上午10:15寫道：",
    "2026년 11월 5일 (목) 오전 10:15, Desk <desk@contoso.example>님이 작성:",
    "Vào Th 5, 5 thg 11, 2026 vào lúc 10:15 Desk <desk@contoso.example> đã viết:",
    "Pada tanggal Kam, 5 Nov 2026 pukul 10.15 Desk <desk@contoso.example> menulis:",
    "2026-11-05, kt, 10:15 Desk <desk@contoso.example> rašė:",
    "Ceturtd., 2026. g. 5. nov., plkst. 10:15 — lietotājs Desk (<desk@contoso.example>) rakstīja:",
    "Kuupäev N, 5. november 2026 kell 10:15 kirjutas Desk <desk@contoso.example>:",
};

static void attributions_end_the_new_words(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof attributions / sizeof *attributions; i++)
        assert_str(fresh_of(arena, attributions[i], "> old words\n"), NEW);
    arena_free(&arena);
}

/* From, sent, to, subject. */
static const char *const labels[][4] = {
    { "From", "Sent", "To", "Subject" },
    { "Von", "Gesendet", "An", "Betreff" },
    { "De", "Envoyé", "À", "Objet" },
    { "De", "Enviado", "Para", "Asunto" },
    { "Da", "Inviato", "A", "Oggetto" },
    { "De", "Enviada em", "Para", "Assunto" },
    { "Van", "Verzonden", "Aan", "Onderwerp" },
    { "Från", "Skickat", "Till", "Ämne" },
    { "Fra", "Sendt", "Til", "Emne" },
    { "Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe" },
    { "Od", "Wysłano", "Do", "Temat" },
    { "Od", "Odesláno", "Komu", "Předmět" },
    { "Od", "Odoslané", "Komu", "Predmet" },
    { "Feladó", "Elküldve", "Címzett", "Tárgy" },
    { "De la", "Trimis", "Către", "Subiect" },
    { "Šalje", "Poslano", "Prima", "Predmet" },
    { "Od", "Poslano", "Za", "Zadeva" },
    { "От", "Отправлено", "Кому", "Тема" },
    { "Від", "Надіслано", "Кому", "Тема" },
    { "От", "Изпратено", "До", "Относно" },
    { "Από", "Στάλθηκε", "Προς", "Θέμα" },
    { "Kimden", "Gönderildi", "Kime", "Konu" },
    { "מאת", "נשלח", "אל", "נושא" },
    { "من", "تم الإرسال", "إلى", "الموضوع" },
    { "差出人", "送信日時", "宛先", "件名" },
    { "发件人", "发送时间", "收件人", "主题" },
    { "寄件者", "寄件日期", "收件者", "主旨" },
    { "보낸 사람", "보낸 날짜", "받는 사람", "제목" },
    { "Từ", "Đã gửi", "Tới", "Chủ đề" },
    { "จาก", "ส่ง", "ถึง", "เรื่อง" },
    { "Dari", "Dikirim", "Kepada", "Subjek" },
    { "Nuo", "Išsiųsta", "Kam", "Tema" },
    { "No", "Nosūtīts", "Kam", "Temats" },
    { "Saatja", "Saadetud", "Adressaat", "Teema" },
};

static void header_blocks_end_the_new_words(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        struct str block = arena_printf(arena, "%s: Desk <desk@contoso.example>\n%s: 5.11.2026 10:15\n%s: Jo Li\n%s: VPN", labels[i][0], labels[i][1], labels[i][2], labels[i][3]);
        assert_str(fresh_of(arena, arena_text(arena, block), "\nold words\n"), NEW);
        struct str bold = arena_printf(arena, "*%s:* Desk <desk@contoso.example>\n*%s:* 5.11.2026 10:15\n*%s:* Jo Li\n*%s:* VPN", labels[i][0], labels[i][1], labels[i][2], labels[i][3]);
        assert_str(fresh_of(arena, arena_text(arena, bold), "\nold words\n"), NEW);
    }
    arena_free(&arena);
}

static const char *const separators[] = {
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "-----Message d'origine-----",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "-----Mensagem original-----",
    "-----Oorspronkelijk bericht-----",
    "-----Ursprungligt meddelande-----",
    "-----Oprindelig meddelelse-----",
    "-----Opprinnelig melding-----",
    "-----Alkuperäinen viesti-----",
    "-----Wiadomość oryginalna-----",
    "-----Původní zpráva-----",
    "-----Pôvodná správa-----",
    "-----Eredeti üzenet-----",
    "-----Mesaj original-----",
    "-----Izvorna poruka-----",
    "-----Izvirno sporočilo-----",
    "-----Исходное сообщение-----",
    "-----Вихідне повідомлення-----",
    "-----Оригинално съобщение-----",
    "-----Αρχικό μήνυμα-----",
    "-----Özgün İleti-----",
    "-----הודעה מקורית-----",
    "-----الرسالة الأصلية-----",
    "-----原始邮件-----",
    "-----元のメッセージ-----",
    "-----원본 메시지-----",
    "-----Thư gốc-----",
    "-----Pesan Asli-----",
    "---------- Forwarded message ---------",
    "---------- Weitergeleitete Nachricht ---------",
};

static void separators_end_the_new_words(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++)
        assert_str(fresh_of(arena, separators[i], "\nold words\n"), NEW);
    arena_free(&arena);
}

static void the_blocks_of_single_programs_end_the_new_words(void **state)
{
    static const char *const blocks[] = {
        "________________________________\nFrom: Desk <desk@contoso.example>\nSent: Thursday, November 5, 2026 10:15 AM\nTo: Jo Li <jo@fabrikam.example>\nSubject: Re: VPN",
        "Begin forwarded message:\n\nFrom: Desk <desk@contoso.example>\nSubject: Re: VPN\nDate: 5 November 2026 at 10:15:00 CET\nTo: Jo",
        "On Thursday, November 5, 2026 at 10:15:00 AM GMT+1, Desk <desk@contoso.example> wrote:",
        "-------- Original Message --------\nSubject: Re: VPN\nDate: Thu, 5 Nov 2026 10:15:00 +0100\nFrom: Desk <desk@contoso.example>\nTo: jo@fabrikam.example",
        "-------- Original message --------\nFrom: Desk <desk@contoso.example>\nDate: 05/11/2026 10:15 (GMT+01:00)\nTo: jo@fabrikam.example",
        "From:        Desk <desk@contoso.example>\nTo:        Jo Li/Fabrikam@Fabrikam\nDate:        05.11.2026 10:15\nSubject:        Re: VPN",
        "----- Forwarded by Jo Li/Fabrikam on 05.11.2026 10:15 -----",
        "------------------ Original ------------------\nFrom: \"Desk\" <desk@contoso.example>\nDate: Thu, Nov 5, 2026 10:15 AM\nTo: \"Jo\" <jo@fabrikam.example>\nSubject: Re: VPN",
        "Sent from my iPhone\n\nOn 5 Nov 2026, at 10:15, Desk <desk@contoso.example> wrote:\n",
        "##- Please answer above this line -## ref:1042-c7-1-aaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        assert_str(fresh_of(arena, blocks[i], "\nold words\n"), NEW);
    arena_free(&arena);
}

static void letters_are_folded(void **state)
{
    static const struct {
        const char *given, *folded;
    } cases[] = { { "ÄÖÜ Ångström ÉCRIT", "äöü ångström écrit" }, { "ŠALJE Țară Łódź Žena", "šalje țară łódź žena" }, { "ΘΈΜΑ Ώρα", "θέμα ώρα" }, { "ОТ КОГО Їжак", "от кого їжак" },
        { "Đã GỬI", "đã gửi" }, { "件名 ABC", "件名 abc" }, { "\xff\xc3", "\xff\xc3" } };
    char room[64];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_str(fold_case(str_of(cases[i].given), room, sizeof room), cases[i].folded);
    assert_str(fold_case(STR("ABCÄ"), room, 4), "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributions_end_the_new_words),
        cmocka_unit_test(header_blocks_end_the_new_words),
        cmocka_unit_test(separators_end_the_new_words),
        cmocka_unit_test(the_blocks_of_single_programs_end_the_new_words),
        cmocka_unit_test(letters_are_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
