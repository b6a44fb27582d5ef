/* persons: fifty ordinary customers who write about bounces, absences and parcels that came back. They remain persons, and are answered. And the programs they write about, whose
 * subjects are weak evidence: no answer goes out, but only what answers a mail is automatic. */
#include "mail_fixture.h"

static const struct {
    const char *language, *subject, *text;
} persons[] = {
    { "en", "Invoices to our customers bounce", "Since Monday every invoice we send to gmail addresses bounces with 550 5.7.1. What must we change in our DNS?" },
    { "en", "Undeliverable parcel", "The courier says my parcel is undeliverable because the street does not exist. It does. Order 55-1021." },
    { "en", "Mail delivery failed?", "I sent your colleague a file yesterday and got \"mail delivery failed: mailbox full\" back. Can you take the file another way?" },
    { "en", "I am on vacation next week", "I am on vacation next week, please call my deputy, Ada Fox, when the technician comes." },
    { "en", "How do I set an out of office message?", "I will be out of the office in August. Where is that setting in your web mail?" },
    { "en", "Out of office assistant does not start", "When I click on it, the window stays white." },
    { "en", "Automatic reply keeps being sent to everybody", "Our info address answers each newsletter. How can we stop it?" },
    { "en", "Returned goods", "You returned to sender the router I sent in for repair. The address was correct." },
    { "en", "Delivery problem with order 771", "Delivery failed three times although I was at home." },
    { "en", "Re: your message could not be delivered", "You wrote that my message could not be delivered. Which message do you mean?" },
    { "en", "Delay of the spare part", "The spare part has been delayed again. We will be retrying the installation on Friday." },
    { "en", "Please unsubscribe me from alarms", "I no longer want the alarm mails of the old monitoring. It is not a mailing list of yours, is it?" },
    { "en", "Read receipts", "Every mail I open asks me for a read receipt. How do I switch that off?" },
    { "en", "Spam arrest", "A supplier uses Spam Arrest and wants us to confirm that we are human. Is that link safe to click?" },
    { "en", "User unknown", "The login page says \"user unknown\" for our new colleague Kim Lund." },
    { "en", "Quota exceeded", "My mailbox is over quota and nothing comes in any more. Please raise it." },
    { "en", "Failure notice on the printer", "The printer shows a failure notice: E-52, paper does not exist in tray 2." },
    { "en", "Postmaster address", "Who reads postmaster@fabrikam.example at our side? Nobody answers abuse reports." },
    { "de", "Unzustellbares Paket", "Ihr Paket kam als unzustellbar zurück, obwohl die Adresse stimmt. Bitte neu versenden." },
    { "de", "Abwesenheitsnotiz einrichten geht nicht", "Ich bin ab Montag im Urlaub und kann die Abwesenheitsnotiz nicht einschalten." },
    { "de", "Mails kommen zurück", "Alle Mails an unseren Steuerberater kommen mit \"Zustellung fehlgeschlagen\" zurück. Was können wir tun?" },
    { "de", "Rechnung nicht zugestellt", "Die Rechnung vom Oktober wurde mir nicht zugestellt. Bitte noch einmal senden." },
    { "de", "Urlaub", "Ich bin bis 20.11. im Urlaub, der Techniker soll bitte erst danach kommen." },
    { "de", "Automatische Antworten an Kunden", "Unsere automatischen Antworten gehen seit gestern auch an Lieferanten. Woran liegt das?" },
    { "fr", "Colis non distribué", "Mon colis n'a pas pu être distribué parce que le nom manque sur la boîte. Que dois-je faire ?" },
    { "fr", "Message d'absence", "Je suis en congés jusqu'au 12. Comment activer une réponse automatique ?" },
    { "fr", "Échec d'envoi vers un client", "Quand j'écris à un client, je reçois un message d'erreur 550. Pouvez-vous vérifier ?" },
    { "fr", "Courriels rejetés", "Nos courriels sont rejetés par le serveur de la mairie depuis hier." },
    { "es", "Paquete devuelto", "El paquete fue devuelto al remitente y yo estaba en casa. Necesito otro envío." },
    { "es", "No se puede entregar el pedido", "El transportista dice que no se puede entregar el pedido. La dirección es correcta." },
    { "es", "Estoy de vacaciones", "Estoy de vacaciones hasta el día 15, llamen por favor a mi compañera." },
    { "es", "Correos rebotados", "Los correos a nuestros proveedores rebotan con el error 5.1.1. ¿Qué hacemos?" },
    { "it", "Pacco non consegnato", "Il pacco non è stato consegnato e risulta mittente sconosciuto. Potete controllare?" },
    { "it", "Risposta automatica da togliere", "Vorrei togliere la risposta automatica dalla casella info." },
    { "it", "Sono in ferie", "Sono in ferie fino a lunedì, per favore rimandate la visita del tecnico." },
    { "pt", "Encomenda devolvida", "A encomenda foi devolvida ao remetente sem nenhuma tentativa de entrega." },
    { "pt", "Mensagens que voltam", "As mensagens para o nosso contador voltam com erro de caixa cheia." },
    { "nl", "Pakket onbestelbaar", "Mijn pakket is als onbestelbaar teruggestuurd. Het adres klopt gewoon." },
    { "nl", "Afwezigheidsbericht werkt niet meer", "Sinds de update wordt het bericht niet meer verstuurd." },
    { "sv", "Paketet kom tillbaka", "Paketet kom i retur trots att adressen är rätt. Skicka det igen, tack." },
    { "da", "Mails kommer retur", "Alle mails til vores revisor kommer retur med fejlen user unknown." },
    { "pl", "Przesyłka niedoręczona", "Kurier nie doręczył przesyłki, choć byłem w domu. Proszę o ponowne wysłanie." },
    { "pl", "Jestem na urlopie", "Jestem na urlopie do piątku, proszę dzwonić do mojego zastępcy." },
    { "cs", "Zásilka se vrátila", "Zásilka se vrátila jako nedoručitelná. Adresa je správná, pošlete ji prosím znovu." },
    { "hu", "Visszajött a levelem", "A könyvelőnek írt levelem kézbesíthetetlen hibával jött vissza. Mit tegyek?" },
    { "ru", "Письма не доставлены", "Письма нашим клиентам не доставлены, приходит ошибка 550. Что нам делать?" },
    { "ru", "Я в отпуске", "Я в отпуске до пятницы, пусть мастер придёт после." },
    { "tr", "Kargo iade edildi", "Kargo teslim edilemedi diye iade edilmiş, oysa evdeydim." },
    { "ja", "荷物が届きません", "配達できないという通知が来ましたが、住所は正しいです。確認してください。" },
    { "zh", "邮件被退回", "我们发给客户的邮件被退回，提示用户不存在。请帮忙检查。" },
};

static struct str mail_of(struct arena *arena, const char *fields, const char *subject, const char *text)
{
    return arena_printf(arena, "Return-Path: <jo@fabrikam.example>\nFrom: Jo Li <jo@fabrikam.example>\nTo: support@contoso.example\n%sSubject: %s\nContent-Type: text/plain; charset=utf-8\n\n%s\n",
                        fields, subject, text);
}

static void customers_who_write_about_such_mail_are_persons(void **state)
{
    static const char *const answers[] = { "", "In-Reply-To: <m1@contoso.example>\n" };
    (void)state;
    assert_int_equal(sizeof persons / sizeof *persons, 50);
    for (size_t i = 0; i < sizeof persons / sizeof *persons; i++)
        for (size_t k = 0; k < 2; k++) {
            struct arena *arena = arena_new();
            struct message m = fixture_read(arena, mail_of(arena, answers[k], persons[i].subject, persons[i].text));
            if (m.kind != MESSAGE_PERSON || !m.answerable)
                print_error("%s: %.*s%.*s\n", persons[i].subject, STR_ARG(m.kind_evidence), STR_ARG(m.unanswerable_why));
            assert_int_equal(m.kind, MESSAGE_PERSON);
            assert_true(m.answerable);
            arena_free(&arena);
        }
}

/* As the programs of 29 languages write them. */
static const char *const absences[] = {
    "Automatic reply: VPN", "Out of Office: VPN", "Out of Office AutoReply: VPN", "Automatische Antwort: VPN", "Abwesenheitsnotiz: VPN", "Réponse automatique : VPN",
    "Respuesta automática: VPN", "Risposta automatica: VPN", "Resposta automática: VPN", "Automatisch antwoord: VPN", "Automatiskt svar: VPN", "Autosvar: VPN",
    "Automatisk svar: VPN", "Automaattinen vastaus: VPN", "Automatyczna odpowiedź: VPN", "Automatická odpověď: VPN", "Automatická odpoveď: VPN", "Automatikus válasz: VPN",
    "Răspuns automat: VPN", "Automatski odgovor: VPN", "Samodejni odgovor: VPN", "Автоматический ответ: VPN", "Автоматична відповідь: VPN", "Автоматичен отговор: VPN",
    "Αυτόματη απάντηση: VPN", "Otomatik yanıt: VPN", "תשובה אוטומטית: VPN", "رد تلقائي: VPN", "自動応答: VPN", "自动答复: VPN", "自動回覆: VPN", "자동 회신: VPN",
    "Trả lời tự động: VPN", "Balasan otomatis: VPN", "Automatinis atsakymas: VPN", "Automātiska atbilde: VPN", "Automaatvastus: VPN", "Out of office", "Abwesend bis 20.11.",
};

static void the_subject_of_an_absence_is_weak_evidence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof absences / sizeof *absences; i++) {
        struct arena *arena = arena_new();
        struct message m = fixture_read(arena, mail_of(arena, "", absences[i], "I am back on Monday."));
        struct message answer = fixture_read(arena, mail_of(arena, "In-Reply-To: <m1@contoso.example>\n", absences[i], "I am back on Monday."));
        if (m.answerable || answer.kind != MESSAGE_AUTOMATIC)
            print_error("%s\n", absences[i]);
        assert_int_equal(m.kind, MESSAGE_PERSON);
        assert_false(m.answerable);
        assert_int_equal(answer.kind, MESSAGE_AUTOMATIC);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(customers_who_write_about_such_mail_are_persons),
        cmocka_unit_test(the_subject_of_an_absence_is_weak_evidence),
    };
    message_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
