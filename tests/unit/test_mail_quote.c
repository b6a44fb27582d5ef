/* quote: the new words apart from the old ones. */
#include "mail_fixture.h"

#include "mail/quote.h"

struct sample {
    const char *text, *fresh;
};

static void check(const struct sample *samples, size_t count)
{
    enum fresh_cut sure;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < count; i++)
        assert_str(str_trim(quote_fresh(arena, str_of(samples[i].text), SIZE_MAX, &sure)), samples[i].fresh);
    arena_free(&arena);
}
#define CHECK(samples) check(samples, sizeof samples / sizeof *samples)

static void attributions_of_many_languages_end_the_new_words(void **state)
{
    static const struct sample samples[] = {
        { "It works.\n\nOn Thu, Nov 5, 2026 at 10:15 AM Desk <support@contoso.example> wrote:\n> Does it?\n", "It works." },
        { "It works.\n\nOn Thu, Nov 5, 2026 at 10:15 AM Desk\n<support@contoso.example> wrote:\n\n> Does it?\n", "It works." },
        { "Geht.\n\nAm 05.11.2026 um 10:15 schrieb Desk:\n> Geht es?\n", "Geht." },
        { "Oui.\n\nLe jeu. 5 nov. 2026 à 10:15, Desk <support@contoso.example> a écrit :\n\nÇa marche ?\n", "Oui." },
        { "Sí.\n\nEl jue, 5 nov 2026 a las 10:15, Desk (<support@contoso.example>) escribió:\n> ¿Funciona?\n", "Sí." },
        { "Sì.\n\nIl giorno gio 5 nov 2026 alle ore 10:15 Desk <support@contoso.example> ha scritto:\n> Va?\n", "Sì." },
        { "Ja.\n\nOp do 5 nov. 2026 om 10:15 schreef Desk <support@contoso.example>:\n> Werkt het?\n", "Ja." },
        { "Tak.\n\nczw., 5 lis 2026 o 10:15 Desk <support@contoso.example> napisał(a):\n> Czy?\n", "Tak." },
        { "Да.\n\nчт, 5 нояб. 2026 г. в 10:15, Desk <support@contoso.example> написал(а):\n> Работает?\n", "Да." },
        { "はい。\n\n2026年11月5日(木) 10:15 Desk <support@contoso.example>:\n> 動きますか\n", "はい。" },
        { "Yes\n\n05.11.2026, 10:15, \"Desk\" <support@contoso.example>:\n> ok?\n", "Yes" },
    };
    (void)state;
    CHECK(samples);
}

static void header_blocks_end_the_new_words(void **state)
{
    static const struct sample samples[] = {
        { "Done.\n\nFrom: Desk <support@contoso.example>\nSent: Thursday, November 5, 2026 10:15 AM\nTo: Jo\nSubject: VPN\n\nOld.\n", "Done." },
        { "Done.\n________________________________\nVon: Desk\nGesendet: Donnerstag\nAn: Jo\nBetreff: VPN\n\nAlt.\n", "Done." },
        { "Done.\n\n*De :* Desk\n*Envoyé :* jeudi\n*À :* Jo\n*Objet :* VPN\n\nAncien.\n", "Done." },
        { "Done.\n\n-----Original Message-----\nFrom: Desk\n\nOld.\n", "Done." },
        { "Done.\n\n-------- Ursprüngliche Nachricht --------\nVon: Desk\nAlt\n", "Done." },
        { "See below.\n\nBegin forwarded message:\n\nFrom: x\n", "See below." },
    };
    (void)state;
    CHECK(samples);
}

static void our_marker_ends_the_new_words(void **state)
{
    static const struct sample samples[] = {
        { "Thanks!\n\n##- INC-1042 please answer above this line -##\nold\n", "Thanks!" },
        { "Thanks!\n\n> ##- INC-1042 -##\n> old\n", "Thanks!" },
        { "Thanks!\n\nOn 5 Nov 2026, at 10:15, Desk <support@contoso.example> wrote:\n\n> ##- x -##\n", "Thanks!" },
        { "Thanks!\n-- reply above this line --\nold\n", "Thanks!" },
    };
    (void)state;
    CHECK(samples);
}

static void signatures_and_notices_go(void **state)
{
    static const struct sample samples[] = {
        { "Hello.\n\n-- \nJo Li\nContoso\n", "Hello." },
        { "Hello.\n\nSent from my iPhone\n", "Hello." },
        { "Hallo.\n\nVon meinem iPhone gesendet\n", "Hallo." },
        { "Hello.\n\nGet Outlook for Android<https://aka.example/x>\n\nold\n", "Hello." },
        { "Hello.\n\n________________________________________\nswitches mailing list\nswitches@lists.example\n", "Hello." },
        { "On 5 Nov 2026 10:15, Desk wrote:\n> Does it?\n\nIt does.\n\n> -- \n> Desk\n\n________________________________________\nswitches mailing list\n", "It does." },
        { "hello\nbla bla --- On Wed, Apr 4, 2026 at 3:59 PM, me@fabrikam.example wrote:\n> Hi\n", "hello\nbla bla" },
        { "Hello.\n\nThis e-mail and any attachments are confidential.\nIf not, delete it.\n", "Hello." },
    };
    (void)state;
    CHECK(samples);
}

static void what_people_write_stays(void **state)
{
    static const struct sample samples[] = {
        { "> is it down?\n\nYes.\n\n> since when?\n\nMonday.\n", "> is it down?\n\nYes.\n\n> since when?\n\nMonday." },
        { "On Monday the server wrote:\nerror 5\n", "On Monday the server wrote:\nerror 5" },
        { "From: the left switch\nwe see nothing.\n", "From: the left switch\nwe see nothing." },
        { "-- first point\n-- second point\n", "-- first point\n-- second point" },
        { "I was sent from my office to yours.\nPlease help.\n", "I was sent from my office to yours.\nPlease help." },
        { "> only a quote\n", "> only a quote" },
        { "-----Original Message-----\nFrom: a\nold\n", "-----Original Message-----\nFrom: a\nold" },
        { "-- \nJo\n", "-- \nJo" },
        { "", "" },
        { "\n\n", "" },
        { "On or off, it does not matter.\nRegards\n", "On or off, it does not matter.\nRegards" },
        { "Subject: is wrong in your form\nDate: also\n", "Subject: is wrong in your form\nDate: also" },
    };
    (void)state;
    CHECK(samples);
}

static void an_answer_below_a_quote_stays(void **state)
{
    static const struct sample samples[] = {
        { "On 5 Nov 2026 10:15, Desk <support@contoso.example> wrote:\n> Does it?\n\nIt does.\n", "It does." },
        { "Hi,\n\nOn 5 Nov 2026 10:15, Desk wrote:\n> Does it?\n> Really?\n\nIt does.\n", "Hi,\n\nIt does." },
        { "On 5 Nov 2026 10:15, Desk wrote:\n> a?\nyes\n> b?\nno\n", "On 5 Nov 2026 10:15, Desk wrote:\n> a?\nyes\n> b?\nno" },
    };
    (void)state;
    CHECK(samples);
}

static void markup_tells_where_history_begins(void **state)
{
    enum fresh_cut sure;
    struct arena *arena = arena_new();
    struct str text = STR("new words\n\nold words without any sign\n");
    (void)state;
    assert_str(str_trim(quote_fresh(arena, text, 11, &sure)), "new words");
    assert_str(quote_fresh(arena, text, 0, &sure), text.p);
    arena_free(&arena);
}

static void a_cut_says_how_sure_it_is(void **state)
{
    static const struct {
        const char *text;
        enum fresh_cut sure;
    } cases[] = { { "Hello.\n", FRESH_WHOLE }, { "Hello.\n\nOn 5 Nov 2026 10:15, Desk wrote:\n> old\n", FRESH_SURE }, { "Hello.\n-- \nJo\n", FRESH_SURE },
        { "Hello.\n\nSent from my iPhone\n", FRESH_LIKELY }, { "Hello.\n\nSent from my iPhone\n\nOn 5 Nov 2026 10:15, Desk wrote:\n> old\n", FRESH_LIKELY },
        { "Hello.\n\nConfidentiality notice: do not read.\n", FRESH_LIKELY } };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum fresh_cut sure = FRESH_CUTS;
        quote_fresh(arena, str_of(cases[i].text), SIZE_MAX, &sure);
        assert_int_equal(sure, cases[i].sure);
    }
    arena_free(&arena);
}

#define OURS "Hello Jo,\n\nplease switch the gateway off and on again.\nThen tell us what the red lamp does.\n\nYour desk\n"

static void what_we_wrote_is_known_without_any_mark(void **state)
{
    static const struct sample samples[] = {
        { "It blinks.\n\n" OURS, "It blinks." },
        { "It blinks.\n\nDesk at ten o'clock:\n" OURS, "It blinks.\n\nDesk at ten o'clock:" },
        { "It blinks.\n\n    Hello Jo,\n    please switch the gateway off and on again.\n", "It blinks." },
        { OURS "\nIt blinks.\n", OURS "\nIt blinks." },
        { "please switch the gateway off and on again.\nDone.\nThen tell us what the red lamp does.\nIt blinks.\n",
            "please switch the gateway off and on again.\nDone.\nThen tell us what the red lamp does.\nIt blinks." },
        { "Hello Jo,\n\nI am Jo.\n\nYour desk\n", "Hello Jo,\n\nI am Jo.\n\nYour desk" },
        { OURS, OURS },
    };
    const struct str letters[] = { STR("Another letter of ours, newer than the other.\n"), STR(OURS) };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        enum fresh_cut sure = FRESH_WHOLE;
        struct str fresh = quote_without_own(arena, str_of(samples[i].text), letters, 2, &sure);
        assert_str(str_trim(fresh), arena_text(arena, str_trim(str_of(samples[i].fresh))));
        fresh = quote_without_own(arena, str_of(samples[i].text), NULL, 0, &sure);
        assert_str(fresh, samples[i].text);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributions_of_many_languages_end_the_new_words),
        cmocka_unit_test(header_blocks_end_the_new_words),
        cmocka_unit_test(our_marker_ends_the_new_words),
        cmocka_unit_test(signatures_and_notices_go),
        cmocka_unit_test(what_people_write_stays),
        cmocka_unit_test(an_answer_below_a_quote_stays),
        cmocka_unit_test(markup_tells_where_history_begins),
        cmocka_unit_test(a_cut_says_how_sure_it_is),
        cmocka_unit_test(what_we_wrote_is_known_without_any_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
