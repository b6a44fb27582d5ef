/* language: two sentences to a desk, three times in every language we know apart, each told and told surely; and what says nothing. */
#include "mail_fixture.h"

#include "mail/language.h"
#include "mail/language_words.h"

static const struct {
    const char *code, *text;
} mails[] = {
    { "en", "Since this morning the printer on the second floor does not answer any more. Could somebody have a look at it before noon?" },
    { "en", "I cannot log in to the customer portal, it says my password has expired. Please send me a new one." },
    { "en", "The invoice you sent us yesterday shows the wrong delivery address. Can you correct it?" },
    { "de", "Seit heute Morgen antwortet der Drucker im zweiten Stock nicht mehr. Könnte bitte jemand vor dem Mittag nachsehen?" },
    { "de", "Ich kann mich im Kundenportal nicht anmelden, das Passwort sei abgelaufen. Schicken Sie mir bitte ein neues." },
    { "de", "Auf der Rechnung von gestern steht die falsche Lieferanschrift. Können Sie das korrigieren?" },
    { "fr", "Depuis ce matin, l'imprimante du deuxième étage ne répond plus. Quelqu'un pourrait-il passer avant midi ?" },
    { "fr", "Je n'arrive pas à me connecter au portail client, mon mot de passe aurait expiré. Merci de m'en envoyer un nouveau." },
    { "fr", "La facture que vous nous avez envoyée hier porte une mauvaise adresse de livraison. Pouvez-vous la corriger ?" },
    { "es", "Desde esta mañana la impresora del segundo piso no responde. ¿Podría alguien revisarla antes del mediodía?" },
    { "es", "No puedo entrar en el portal de clientes, dice que mi contraseña ha caducado. Por favor, envíenme una nueva." },
    { "es", "La factura que nos mandaron ayer lleva una dirección de entrega equivocada. ¿Pueden corregirla?" },
    { "it", "Da stamattina la stampante al secondo piano non risponde più. Qualcuno potrebbe controllarla prima di mezzogiorno?" },
    { "it", "Non riesco ad accedere al portale clienti, dice che la mia password è scaduta. Per favore mandatemene una nuova." },
    { "it", "Sulla fattura che ci avete inviato ieri c'è un indirizzo di consegna sbagliato. Potete correggerlo?" },
    { "pt", "Desde hoje de manhã a impressora do segundo andar não responde. Alguém poderia verificar antes do meio-dia?" },
    { "pt", "Não consigo entrar no portal de clientes, diz que a minha senha expirou. Por favor, enviem-me uma nova." },
    { "pt", "A fatura que nos mandaram ontem tem a morada de entrega errada. Podem corrigi-la?" },
    { "nl", "Sinds vanmorgen reageert de printer op de tweede verdieping niet meer. Kan iemand er voor de middag naar kijken?" },
    { "nl", "Ik kan niet inloggen op het klantenportaal, mijn wachtwoord zou verlopen zijn. Stuurt u mij alstublieft een nieuw." },
    { "nl", "Op de factuur van gisteren staat een verkeerd afleveradres. Kunnen jullie dat aanpassen?" },
    { "pl", "Od dzisiejszego rana drukarka na drugim piętrze nie odpowiada. Czy ktoś mógłby ją sprawdzić przed południem?" },
    { "pl", "Nie mogę zalogować się do portalu klienta, podobno moje hasło wygasło. Proszę o przesłanie nowego." },
    { "pl", "Na fakturze, którą wczoraj dostaliśmy, jest zły adres dostawy. Czy możecie to poprawić?" },
    { "cs", "Od dnešního rána tiskárna ve druhém patře neodpovídá. Mohl by se na ni někdo před polednem podívat?" },
    { "cs", "Nemohu se přihlásit do zákaznického portálu, prý vypršela platnost hesla. Pošlete mi prosím nové." },
    { "cs", "Na faktuře, kterou jste nám včera poslali, je špatná dodací adresa. Můžete ji opravit?" },
    { "sk", "Od dnešného rána tlačiareň na druhom poschodí neodpovedá. Mohol by sa na ňu niekto pred obedom pozrieť?" },
    { "sk", "Neviem sa prihlásiť do zákazníckeho portálu, vraj mi vypršala platnosť hesla. Pošlite mi, prosím, nové." },
    { "sk", "Na faktúre, ktorú ste nám včera poslali, je nesprávna dodacia adresa. Môžete ju opraviť?" },
    { "sl", "Od danes zjutraj se tiskalnik v drugem nadstropju ne odziva več. Ali bi ga lahko kdo pregledal pred poldnevom?" },
    { "sl", "V portal za stranke se ne morem prijaviti, ker je moje geslo menda poteklo. Prosim, pošljite mi novo." },
    { "sl", "Na računu, ki ste nam ga poslali včeraj, je napačen naslov za dostavo. Ga lahko popravite?" },
    { "hr", "Od jutros pisač na drugom katu više ne odgovara. Može li ga netko pogledati prije podneva?" },
    { "hr", "Ne mogu se prijaviti na korisnički portal, navodno mi je lozinka istekla. Molim vas pošaljite mi novu." },
    { "hr", "Na računu koji ste nam jučer poslali kriva je adresa za dostavu. Možete li to ispraviti?" },
    { "hu", "Ma reggel óta a második emeleti nyomtató nem válaszol. Meg tudná nézni valaki délig?" },
    { "hu", "Nem tudok belépni az ügyfélportálra, állítólag lejárt a jelszavam. Kérem, küldjenek egy újat." },
    { "hu", "A tegnap küldött számlán rossz szállítási cím szerepel. Ki tudják javítani?" },
    { "ro", "De azi dimineață imprimanta de la etajul doi nu mai răspunde. Ar putea cineva să o verifice înainte de prânz?" },
    { "ro", "Nu reușesc să intru în portalul pentru clienți, se pare că parola mea a expirat. Vă rog să-mi trimiteți una nouă." },
    { "ro", "Pe factura pe care ne-ați trimis-o ieri adresa de livrare este greșită. O puteți corecta?" },
    { "sv", "Sedan i morse svarar skrivaren på andra våningen inte längre. Kan någon titta på den före lunch?" },
    { "sv", "Jag kan inte logga in på kundportalen, lösenordet har tydligen gått ut. Skicka mig gärna ett nytt." },
    { "sv", "På fakturan ni skickade i går står fel leveransadress. Kan ni rätta till det?" },
    { "da", "Siden i morges svarer printeren på anden sal ikke længere. Kunne nogen kigge på den inden middag?" },
    { "da", "Jeg kan ikke logge ind på kundeportalen, min adgangskode er åbenbart udløbet. Vær venlig at sende mig en ny." },
    { "da", "På den faktura, I sendte os i går, står der en forkert leveringsadresse. Kan I rette det?" },
    { "no", "Siden i morges har ikke skriveren i andre etasje svart. Kan noen se på den før lunsj?" },
    { "no", "Jeg får ikke logget inn på kundeportalen, passordet mitt skal visst være utløpt. Vennligst send meg et nytt." },
    { "no", "Fakturaen dere sendte oss i går har feil leveringsadresse. Kan dere rette det opp?" },
    { "fi", "Toisen kerroksen tulostin ei ole vastannut aamusta lähtien. Voisiko joku katsoa sitä ennen puoltapäivää?" },
    { "fi", "En pääse kirjautumaan asiakasportaaliin, salasanani on kuulemma vanhentunut. Lähettäkää minulle uusi." },
    { "fi", "Eilen lähettämässänne laskussa on väärä toimitusosoite. Voitteko korjata sen?" },
    { "et", "Tänasest hommikust saadik teise korruse printer enam ei vasta. Kas keegi saaks selle enne lõunat üle vaadata?" },
    { "et", "Ma ei saa kliendiportaali sisse logida, mu parool olevat aegunud. Palun saatke mulle uus." },
    { "et", "Eile saadetud arvel on vale tarneaadress. Kas te saate selle parandada?" },
    { "lv", "Kopš šī rīta printeris otrajā stāvā vairs neatbild. Vai kāds varētu to apskatīt līdz pusdienlaikam?" },
    { "lv", "Es nevaru pieslēgties klientu portālam, mana parole esot beigusies. Lūdzu, atsūtiet man jaunu." },
    { "lv", "Rēķinā, ko mums vakar nosūtījāt, ir nepareiza piegādes adrese. Vai varat to izlabot?" },
    { "lt", "Nuo šio ryto spausdintuvas antrame aukšte nebeatsako. Ar galėtų kas nors jį patikrinti iki pietų?" },
    { "lt", "Negaliu prisijungti prie klientų portalo, mano slaptažodžio galiojimas baigėsi. Prašau atsiųsti man naują." },
    { "lt", "Sąskaitoje, kurią vakar mums atsiuntėte, nurodytas neteisingas pristatymo adresas. Ar galite jį pataisyti?" },
    { "tr", "Bu sabahtan beri ikinci kattaki yazıcı cevap vermiyor. Öğleden önce birisi bakabilir mi?" },
    { "tr", "Müşteri portalına giriş yapamıyorum, şifremin süresi dolmuş. Lütfen bana yenisini gönderin." },
    { "tr", "Dün gönderdiğiniz faturada teslimat adresi yanlış. Bunu düzeltebilir misiniz?" },
    { "ca", "Des d'aquest matí la impressora del segon pis no respon. Algú la podria revisar abans de migdia?" },
    { "ca", "No puc entrar al portal de clients, diu que la meva contrasenya ha caducat. Si us plau, envieu-me'n una de nova." },
    { "ca", "La factura que ens vau enviar ahir porta una adreça de lliurament equivocada. La podeu corregir?" },
    { "ru", "С сегодняшнего утра принтер на втором этаже не отвечает. Может ли кто-нибудь посмотреть его до обеда?" },
    { "ru", "Не могу войти в личный кабинет, пишет, что срок действия пароля истёк. Пришлите, пожалуйста, новый." },
    { "ru", "В счёте, который вы прислали вчера, указан неверный адрес доставки. Можете исправить?" },
    { "uk", "Від сьогоднішнього ранку принтер на другому поверсі не відповідає. Чи міг би хтось подивитися його до обіду?" },
    { "uk", "Не можу увійти до особистого кабінету, пише, що термін дії пароля минув. Надішліть, будь ласка, новий." },
    { "uk", "У рахунку, який ви надіслали вчора, вказано неправильну адресу доставки. Можете виправити?" },
    { "bg", "От тази сутрин принтерът на втория етаж не отговаря. Може ли някой да го погледне преди обяд?" },
    { "bg", "Не мога да вляза в портала за клиенти, паролата ми била изтекла. Моля, изпратете ми нова." },
    { "bg", "Във фактурата, която ни изпратихте вчера, адресът за доставка е грешен. Можете ли да го поправите?" },
    { "sr", "Од јутрос штампач на другом спрату више не одговара. Може ли неко да га погледа пре поднева?" },
    { "sr", "Не могу да се пријавим на кориснички портал, наводно ми је лозинка истекла. Молим вас, пошаљите ми нову." },
    { "sr", "На рачуну који сте нам јуче послали погрешна је адреса за испоруку. Можете ли то да исправите?" },
    { "mk", "Од утрово печатачот на вториот кат веќе не одговара. Може ли некој да го погледне пред пладне?" },
    { "mk", "Не можам да се најавам на порталот за клиенти, наводно лозинката ми истекла. Ве молам, пратете ми нова." },
    { "mk", "Во фактурата што ни ја пративте вчера адресата за достава е погрешна. Можете ли да ја исправите?" },
    { "el", "Από σήμερα το πρωί ο εκτυπωτής στον δεύτερο όροφο δεν απαντά. Μπορεί κάποιος να τον δει πριν το μεσημέρι;" },
    { "el", "Δεν μπορώ να συνδεθώ στην πύλη πελατών, λέει ότι ο κωδικός μου έληξε. Παρακαλώ στείλτε μου νέο." },
    { "el", "Το τιμολόγιο που μας στείλατε χθες έχει λάθος διεύθυνση παράδοσης. Μπορείτε να το διορθώσετε;" },
    { "he", "מהבוקר המדפסת בקומה השנייה לא מגיבה. מישהו יכול לבדוק אותה לפני הצהריים?" },
    { "he", "אני לא מצליח להתחבר לפורטל הלקוחות, כתוב שהסיסמה שלי פגה. נא לשלוח לי סיסמה חדשה." },
    { "he", "בחשבונית ששלחתם לנו אתמול מופיעה כתובת משלוח שגויה. תוכלו לתקן אותה?" },
    { "ar", "منذ صباح اليوم لا تستجيب الطابعة في الطابق الثاني. هل يمكن لأحد أن يفحصها قبل الظهر؟" },
    { "ar", "لا أستطيع الدخول إلى بوابة العملاء، يقول إن كلمة المرور انتهت صلاحيتها. أرجو إرسال كلمة جديدة." },
    { "ar", "الفاتورة التي أرسلتموها أمس تحمل عنوان تسليم خاطئا. هل يمكنكم تصحيحه؟" },
    { "fa", "از امروز صبح چاپگر طبقهٔ دوم جواب نمی‌دهد. می‌شود کسی پیش از ظهر نگاهی به آن بیندازد؟" },
    { "fa", "نمی‌توانم وارد درگاه مشتریان شوم، نوشته که گذرواژه‌ام منقضی شده است. لطفاً یک گذرواژهٔ تازه بفرستید." },
    { "fa", "در فاکتوری که دیروز فرستادید نشانی تحویل اشتباه است. می‌توانید آن را درست کنید؟" },
    { "ja", "今朝から二階のプリンターが応答しません。昼までにどなたか見ていただけますか。" },
    { "ja", "お客様ポータルにログインできません。パスワードの期限が切れたと表示されます。新しいものを送ってください。" },
    { "ja", "昨日いただいた請求書の配送先住所が間違っています。修正していただけますか。" },
    { "zh", "从今天早上开始，二楼的打印机没有反应。中午之前能有人来看一下吗？" },
    { "zh", "我无法登录客户门户，提示密码已过期。请给我发一个新的。" },
    { "zh", "昨天收到的發票上送貨地址有誤，可以更正嗎？謝謝。" },
    { "ko", "오늘 아침부터 이층 프린터가 응답하지 않습니다. 점심 전에 누가 봐 주실 수 있나요?" },
    { "ko", "고객 포털에 로그인할 수 없습니다. 비밀번호가 만료되었다고 나옵니다. 새 비밀번호를 보내 주세요." },
    { "ko", "어제 보내 주신 청구서의 배송 주소가 잘못되었습니다. 고쳐 주실 수 있습니까?" },
    { "th", "ตั้งแต่เช้านี้เครื่องพิมพ์ชั้นสองไม่ตอบสนอง มีใครช่วยดูให้ก่อนเที่ยงได้ไหมครับ" },
    { "th", "เข้าสู่ระบบลูกค้าไม่ได้ ขึ้นว่ารหัสผ่านหมดอายุแล้ว กรุณาส่งรหัสใหม่ให้ด้วยค่ะ" },
    { "th", "ใบแจ้งหนี้ที่ส่งมาเมื่อวานมีที่อยู่จัดส่งผิด ช่วยแก้ไขได้ไหมครับ" },
    { "vi", "Từ sáng nay máy in ở tầng hai không phản hồi nữa. Có ai xem giúp trước buổi trưa được không?" },
    { "vi", "Tôi không đăng nhập được vào cổng khách hàng, hệ thống báo mật khẩu đã hết hạn. Xin gửi cho tôi mật khẩu mới." },
    { "vi", "Hóa đơn các anh gửi hôm qua ghi sai địa chỉ giao hàng. Các anh sửa lại được không?" },
    { "id", "Sejak tadi pagi printer di lantai dua tidak merespons. Bisakah seseorang memeriksanya sebelum siang?" },
    { "id", "Saya tidak bisa masuk ke portal pelanggan, katanya kata sandi saya sudah kedaluwarsa. Mohon kirimkan yang baru." },
    { "id", "Faktur yang Anda kirim kemarin memuat alamat pengiriman yang salah. Apakah bisa diperbaiki?" },
    { "hi", "आज सुबह से दूसरी मंज़िल का प्रिंटर जवाब नहीं दे रहा है। क्या दोपहर से पहले कोई इसे देख सकता है?" },
    { "hi", "मैं ग्राहक पोर्टल में लॉग इन नहीं कर पा रहा हूँ, लिखा है कि पासवर्ड की अवधि समाप्त हो गई है। कृपया नया भेजें।" },
    { "hi", "कल भेजे गए बिल पर डिलीवरी का पता गलत है। क्या आप उसे ठीक कर सकते हैं?" },
};

static void every_language_is_told(void **state)
{
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
        struct language found = language_of(arena, str_of(mails[i].text));
        if (!str_eq(found.code, str_of(mails[i].code)) || found.confidence < LANGUAGE_CONFIDENT)
            fail_msg("\"%s\" is taken for %.*s (%u), expected %s", mails[i].text, STR_ARG(found.code), found.confidence, mails[i].code);
    }
    arena_free(&arena);
}

static void what_says_nothing(void **state)
{
    static const char *const texts[] = { "", "\n\n", "OK", "Test", "12345", "RTX-4000 GW07", "a@b.example", "https://contoso.example/the/and/of/is/this/that", "Jo Meier",
        "0x00007ff6 C:\\the\\and\\of\\is\\this", "> the printer is on fire, please help us\n> and it is the only one that we have", "😀 😀" };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct language found = language_of(arena, str_of(texts[i]));
        if (found.confidence >= LANGUAGE_CONFIDENT)
            fail_msg("\"%s\" is taken for %.*s (%u)", texts[i], STR_ARG(found.code), found.confidence);
    }
    arena_free(&arena);
}

static void foreign_words_do_not_mislead(void **state)
{
    static const struct {
        const char *code, *text;
    } cases[] = {
        { "de", "Unser Server startet seit gestern nicht mehr, und im Protokoll steht nur:\nerror: connection to the database refused by host db7" },
        { "ru", "Не работает VPN gateway de-7, помогите" },
        { "ja", "VPN gateway に接続できません" },
        { "en", "The mailbox of Jørgen Åsøy and François Núñez is full, please help them" },
        { "fr", "L’écran ne s’allume plus et je n’ai pas d’autre poste" },
        { "es", "Hello,\nno puedo abrir el fichero que me han enviado" },
        { "tr", "İNTERNETE BAĞLANAMIYORUM, LÜTFEN YARDIM EDİN. BUGÜN ÇOK ÖNEMLİ" },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct language found = language_of(arena, str_of(cases[i].text));
        if (!str_eq(found.code, str_of(cases[i].code)) || found.confidence < LANGUAGE_CONFIDENT)
            fail_msg("\"%s\" is taken for %.*s (%u), expected %s", cases[i].text, STR_ARG(found.code), found.confidence, cases[i].code);
    }
    arena_free(&arena);
}

/* A megabyte of anything costs what its first lines cost. */
static void long_text_is_cut(void **state)
{
    struct arena *arena = arena_new();
    char *text = arena_alloc(arena, 1 << 20);
    (void)state;
    for (size_t i = 0; i < 1 << 20; i++)
        text[i] = (char)(i % 7 == 6 ? ' ' : 'a' + i * i % 26);
    size_t before = arena_used(arena);
    language_of(arena, (struct str){ text, 1 << 20 });
    assert_true(arena_used(arena) - before < 128 * 1024);
    arena_free(&arena);
}

static void a_word_stands_once(void **state)
{
    (void)state;
    for (const struct language_words *l = language_words(); l->code; l++) {
        struct str rest = str_of(l->words), word;
        assert_int_equal(strlen(l->code), 2);
        while (str_cut(&rest, ' ', &word)) {
            assert_true(word.n > 0);
            struct str later = rest, other;
            while (str_cut(&later, ' ', &other))
                if (str_eq(word, other))
                    fail_msg("%s: \"%.*s\" stands twice", l->code, STR_ARG(word));
        }
    }
}

static void tags(void **state)
{
    static const char *const cases[][2] = { { "de", "de" }, { "en-GB", "en" }, { "en_US", "en" }, { "PT-br", "pt" }, { "fr-CH, fr;q=0.9, en;q=0.8", "fr" }, { " es ", "es" },
        { "nb-NO", "no" }, { "nn", "no" }, { "it;q=1", "it" }, { "", "" }, { "x", "" }, { "german", "" }, { "tlh", "" }, { "*", "" }, { "1a", "" } };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_str(language_tag(arena, str_of(cases[i][0])), cases[i][1]);
    arena_free(&arena);
}

/* The text, else text with subject, else the header; history does not count. */
static void of_a_mail(void **state)
{
    static const struct {
        const char *raw, *code;
        bool told;
    } cases[] = {
        { "Content-Language: en-US\nSubject: Drucker\n\nDer Drucker im zweiten Stock geht nicht mehr.\n", "de", true },
        { "Content-Language: de-DE\nSubject: VPN\n\nGW07 DOWN\n", "de", false },
        { "Accept-Language: fr-CH, fr\nSubject: VPN\n\nGW07 DOWN\n", "fr", false },
        { "Accept-Language: fr\nContent-Language: it\nSubject: VPN\n\nGW07 DOWN\n", "it", false },
        { "Subject: La stampante non risponde da questa mattina\n\nvedi oggetto\n", "it", true },
        { "Subject: VPN\n\nGW07 DOWN\n", "", false },
        { "Subject: VPN\nContent-Type: text/plain; charset=utf-8\n\nNie mogę się zalogować, proszę o pomoc.\n\nOn Thu, 5 Nov 2026 at 10:00, Desk <support@contoso.example> wrote:\n"
          "> We have received your mail and will answer you as soon as we can.\n> This is the number of your ticket, please keep it in the subject.\n", "pl", true },
    };
    struct arena *arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message m = fixture_read(arena, str_of(cases[i].raw));
        assert_str(m.language, cases[i].code);
        assert_int_equal(m.language_confidence >= LANGUAGE_CONFIDENT, cases[i].told);
        assert_true(cases[i].told || m.language_confidence == 0);
    }
    arena_free(&arena);
}

int main(void)
{
    message_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_language_is_told), cmocka_unit_test(what_says_nothing), cmocka_unit_test(foreign_words_do_not_mislead),
        cmocka_unit_test(long_text_is_cut), cmocka_unit_test(a_word_stands_once), cmocka_unit_test(tags), cmocka_unit_test(of_a_mail) };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
