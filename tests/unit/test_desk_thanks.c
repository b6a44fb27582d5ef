/* test_desk_thanks: texts that say thanks and nothing else, and those that say more. */
#include "desk_fixture.h"

#include "desk/thanks.h"

static bool is_thanks(struct arena *arena, const char *text)
{
    struct str list[] = {STR("Jo Meier"), STR("Alice Ng"), STR("")};
    const struct str_list names = {list, 3};
    return thanks_only(arena, str_of(text), &names);
}

static void thanks_in_many_languages(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static const char *const texts[] = {
        "Thanks", "THANKS!!!", "Thank you very much for your quick help.\n\nBest regards\nJo Meier", "thx :-)", "Hi Alice,\nmany thanks, it works now.\nJo", "Perfect, thank you!", "👍", "Thanks 🙏🏽🎉", "Cheers, Jo",
        "Vielen Dank für die schnelle Hilfe!\nViele Grüße\nJo", "Danke schön", "Merci beaucoup pour votre aide", "Muchas gracias, saludos", "Grazie mille!", "Muito obrigado pela ajuda", "Hartelijk bedankt voor de snelle hulp",
        "Tack så mycket!", "Mange tak", "Tusen takk for hjelpen", "Kiitos paljon", "Bardzo dziękuję za pomoc", "Děkuji", "Köszönöm szépen", "Çok teşekkür ederim", "Большое спасибо за помощь!", "Щиро дякую", "Ευχαριστώ πολύ!",
        "شكرا جزيلا", "תודה רבה!", "धन्यवाद", "Terima kasih banyak", "Cảm ơn bạn", "ขอบคุณมากครับ", "谢谢您的帮助！", "非常感謝", "ありがとうございました。", "빠른 답변 감사합니다", "ok, danke",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!is_thanks(arena, texts[i]))
            print_error("not taken for thanks: %s\n", texts[i]);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_true(is_thanks(arena, texts[i]));
    arena_free(&arena);
}

static void what_says_more(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static const char *const texts[] = {
        "", "   \n", "Hello", "ok", "Jo", "Thanks, but it still jams", "Thanks. When will it be fixed?", "Thanks?", "Thanks for nothing", "Thanks, not working", "Thanks 👎", "Thanks 😡", "Thanks :(", "Danke, geht aber nicht",
        "Vielen Dank, leider ist der Fehler wieder da", "Thanks, see ticket 1042", "谢谢，但是还是不行", "ありがとうございます。まだ動きません", "Спасибо, не работает", "Thanksgiving", "Dankeschönkarte", "Merci, cela ne marche pas", "thank",
        "Thanks Bob", "Thanks http://evil.example/", "\xff\xfe", "Thanks\xff",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (is_thanks(arena, texts[i]))
            print_error("taken for thanks: %s\n", texts[i]);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(is_thanks(arena, texts[i]));
    struct buf much = {0};
    for (size_t i = 0; i < 60; i++)
        buf_text(&much, "thanks ");
    assert_false(is_thanks(arena, much.p));
    buf_free(&much);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(thanks_in_many_languages), cmocka_unit_test(what_says_more)};
    return cmocka_run_group_tests_name("desk/thanks", tests, NULL, NULL);
}
