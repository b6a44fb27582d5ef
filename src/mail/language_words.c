/* language_words: articles, pronouns, prepositions, auxiliaries, and the courtesies of a letter to a desk. A word that several languages have stands with each
 * of them. Written without its accents as well where people commonly leave them out. */
#include "mail/language_words.h"

#include "mail/language.h"

#include <stddef.h>
#include <stdlib.h>

/* One row a language: long lines are the table. */
static const struct language_words table[] = {
    {"en", SCRIPT_LATIN, "",
     "the and of to is are was were be been this that these those it its he she they we you your our my me i not no on in at for with from by but or if when "
     "have has had do does did don t can cannot could would should will please thanks thank hello hi dear regards help since after before again any "
     "anymore there here what which who how why where an as so get got new still just let know need about into out up all one some their them his her him us see below above more than only also work works hope am m ve s re -ing -ion -ous -ble"},
    {"de", SCRIPT_LATIN, "äöüß",
     "der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine ich wir sie er es ihr ihre ihren mein meine mir mich uns unser unsere ist sind war "
     "waren wird werden wurde hat habe haben kann können könnte könnten bitte danke vielen mit von vom zu zum zur bei beim im in am an auf aus für fuer nach "
     "seit vor über ueber durch dass daß wenn wie was warum noch mehr nur auch schon sich hallo guten tag sehr geehrte grüße gruß grüßen gruessen dank geht funktioniert hilfe -ung -ich -lich -cht -eit"},
    {"fr", SCRIPT_LATIN, "àâæçéèêëîïôœùûüÿ",
     "le la les l un une des du de d et ou mais ne pas plus je j nous vous il elle on ils elles mon ma mes m notre nos votre vos n qu que qui quoi dont est sont était étaient "
     "être a ai as avez avons ont avoir c ce cette ces cet sur dans par pour avec sans depuis avant après au aux en y se s merci bonjour bonsoir "
     "cordialement svp pouvez pourriez peut pourrait puis suis fait faire très bien si comme aussi où chez -ons -ent -eux -ait -ois"},
    {"es", SCRIPT_LATIN, "áéíóúñü",
     "el la los las un una unos unas de del al y e o u pero no que qué quien como cómo cuando cuándo donde es son está están estoy era fue ser hay ha he han tengo tiene yo nosotros "
     "usted ustedes ellos mi mis me nos su sus se lo le les este esta esto esa ese con sin por para en desde hasta sobre antes después muy más mas ya también "
     "gracias hola buenos días favor saludos puedo puede pueden podría podrían hacer si sí -ión -cia -dad -mos -nte -ado"},
    {"it", SCRIPT_LATIN, "àèéìòù",
     "il lo la i gli le l un uno una di del dello della dei degli delle dell d da dal dalla al allo alla ai alle all in nel nella nei nelle nell su sul sulla con per tra fra e ed o ma non "
     "che chi cosa come quando dove è sono era erano essere ho hai ha abbiamo avete hanno io noi voi lei mi ci vi si mio mia miei nostro nostra vostro vostra suo sua questo questa questi quello "
     "più anche già prima dopo grazie buongiorno salve gentile cordiali saluti favore posso può potete potrebbe riesco fare sto se -ione -zione -one -are -ato -nte -mo"},
    {"pt", SCRIPT_LATIN, "áâãàçéêíóôõú",
     "o a os as um uma uns umas de do da dos das no na nos nas ao à aos às e ou mas não nao que quem como quando onde é são era foi ser está estão estou há tem tenho temos têm eu nós você vocês ele "
     "ela eles me meu minha meus minhas nosso nossa seu sua se lhe este esta isto esse essa isso em com sem por para pelo pela desde até sobre antes depois muito mais já também "
     "obrigado obrigada olá bom dia boa favor cumprimentos atenciosamente posso pode podem poderia fazer consigo ontem hoje -ção -ão -ões -ade -mos -nte -ado"},
    {"nl", SCRIPT_LATIN, "ëïé",
     "de het een en of maar niet geen ik wij we jij je u uw jullie hij zij ze mijn mij me ons onze hun dit dat deze die is zijn was waren wordt worden werd heb hebt heeft hebben had "
     "kan kunt kunnen kon zou zouden wil willen moet van voor met op in aan bij uit naar om te tot door over sinds na er wel nog meer ook al als wat wie hoe waar waarom "
     "bedankt dank hallo beste geachte groet groeten vriendelijke alstublieft graag alvast -ing -ijk -lijk -eer -ren -gen"},
    {"pl", SCRIPT_LATIN, "ąćęłńóśźż",
     "i oraz lub ale nie tak jest są był była było być mam ma mamy mają ja my ty on ona wy państwo pan pani mój moje moja moją nasz nasze nam nas mi mnie ten ta to te tego tej tym w we z ze na do od po "
     "przed przez dla za o u pod nad się że jak co kto gdzie kiedy czy gdy już jeszcze tylko bardzo też proszę prosze dziękuję dziekuje dzień dobry witam pozdrawiam pozdrowienia mogę może możecie można "
     "mógłby której który która które -ego -ych -ość -nie -nia -owy -ją"},
    {"cs", SCRIPT_LATIN, "áčďéěíňóřšťúůýž",
     "a i nebo ale ne ano je jsou byl byla bylo být mám má máme mají já my vy on ona to ten ta tento tato toto můj moje moji náš naše nám nás mi mě mne vám vás v ve z ze s se na do od po před pro za o u při "
     "si že jak co kdo kde když jestli už ještě jen také velmi prosím prosim děkuji dekuji děkujeme dobrý den zdravím pozdravem pozdrav můžete muzete mohu nemohu mohl mohla může mohli který která které kterou "
     "nelze lze jste jsem jsme není bych by -ého -ých -ost -ení -ání -uje"},
    {"sk", SCRIPT_LATIN, "áäčďéíĺľňóôŕšťúýž",
     "a i alebo ale nie áno je sú bol bola bolo byť mám má máme majú ja my vy on ona to ten tá tento táto toto môj moje moju náš naše nám nás mi mňa vám vás v vo z zo s so sa na do od po pred pre za o u pri "
     "si že ako čo kto kde keď či už ešte len tiež veľmi prosím prosim ďakujem dakujem dobrý deň zdravím pozdravom môžete mozete môžem nemôžem neviem mohol mohla môže mohli ktorý ktorá ktoré ktorú "
     "ste som sme by -ého -ých -osť -nie -uje -enia"},
    {"sl", SCRIPT_LATIN, "čšž",
     "in ali ampak ne da je so sem smo ste si bil bila bilo biti imam ima imamo jaz mi vi on ona to ta te ti moj moje moja mojega naš naše nam nas me mene vam vas v z s iz na do od po pred za o ob pri se ki "
     "kot kako kaj kdo kje ko če že še samo tudi zelo prosim hvala pozdravljeni pozdrav pozdravi dober dan lepo lepe lahko morem moremo ga jo jih bi več danes včeraj kateri katera nekdo -ega -ost -nje -ski -imo"},
    {"hr", SCRIPT_LATIN, "čćđšž",
     "i ili ali ne da je su sam smo ste si bio bila bilo biti imam ima imamo ja mi vi on ona to taj ta ovaj ova ovo moj moje moja mojeg naš naše nam nas me mene vam vas u s sa iz na do od po prije za o kod pri se "
     "koji koja koje što kako tko netko gdje kada ako već još samo također vrlo molim hvala poštovani pozdrav pozdravi lijep dobar dan može možete mogu možemo mogli li ga ju ih bi više danas jučer nije nisu ću će -eg -ost -nje -ski -ije"},
    {"hu", SCRIPT_LATIN, "áéíóöőúüű",
     "a az egy és vagy de nem is van vannak volt lesz ez azt ezt amit ami aki hogy ha mert mint már még csak meg ki be el le fel én te ő mi ti ők nekem nekünk önök ön kérem kérjük köszönöm köszönjük köszönettel üdvözlettel tisztelt "
     "szia sziasztok jó napot üdv tudom tudok tudja tudná lehet kell szeretném óta után előtt alatt miatt sem nincs -ban -ben -nak -nek -hoz -hez -val -vel -tam -tem -juk -ság -ség -tek -nem"},
    {"ro", SCRIPT_LATIN, "ăâîșțşţ",
     "și si sau dar nu da este e sunt era fost fi am ai are avem aveți au eu noi voi el ea ei meu mea mei noastră nostru dumneavoastră vă va ne îmi imi mă ma o un una unei unui cel cea de la din în in pe cu pentru prin "
     "după înainte până fără că ca să sa ce cine cum când unde dacă care mai foarte tot rog mulțumesc multumesc mulțumim bună buna ziua stimate salut putea puteți puteti pot poate azi ieri acest această -ea -ul -lui -ţie -ție -are -ilor -rea"},
    {"sv", SCRIPT_LATIN, "åäöé",
     "och eller men inte jag vi ni du han hon den det de en ett är var vara har hade kan kunde ska skulle vill måste min mitt mina vår vårt våra er ert era mig oss dig sig som att om när vad vem hur varför på i av för med till från hos vid efter före "
     "sedan under över utan redan bara också mycket mer längre här där någon något tack hej hejsan vänliga hälsningar vänligen gärna snälla igår idag går fel får -ning -ing -lig -het -are -ade -rna -ion -tion"},
    {"da", SCRIPT_LATIN, "æøå",
     "og eller men ikke jeg vi i du han hun den det de en et er var være har havde kan kunne skal skulle vil må min mit mine vores jeres mig os dig sig som at om når hvad hvem hvordan hvorfor på af for med til fra hos ved efter før inden "
     "siden under over uden allerede kun også meget mere længere her der nogen noget tak hej hilsen venlig venlige hilsner gerne gør får ind ud op lige igen bliver blev hvis nej vær sendte blevet nogle forkert -ning -ing -lig -hed -ere -ede -rne -else -ion -tion"},
    {"no", SCRIPT_LATIN, "æøåé",
     "og eller men ikke jeg vi dere du han hun den det de en ei et er var være har hadde kan kunne skal skulle vil må min mitt mine vår vårt våre deres meg oss deg seg som at å om når hva hvem hvordan hvorfor på i av for med til fra hos ved etter før "
     "siden under over uten allerede bare også mye mer lenger her der noen noe takk hei hilsen vennlig vennligst gjerne får inn ut opp igjen blir ble blitt hvis nei sendt sendte feil -ning -ing -lig -het -ere -ene -ede -else -jon -sjon"},
    {"fi", SCRIPT_LATIN, "äöå",
     "ja tai mutta ei en et emme että jos kun koska niin myös vain jo vielä on ovat oli olivat olla ole olen olemme se ne tämä tuo nämä minä me te hän he minun minulle meidän meille teidän mitä mikä joka jonka missä miten miksi "
     "kuin sen sitä tämän siitä ennen jälkeen kanssa ilman kiitos kiitoksia hei terve moi ystävällisin terveisin pyydän voisiko voisitteko voitteko voiko voi saa saan nyt eilen tänään enää joku uusi toimi -ssa -ssä -sta -stä -lla -llä -lta -ltä -lle -nen -een -aan -ään -mme -sti -tta -iin"},
    {"et", SCRIPT_LATIN, "äöõüšž",
     "ja või aga ei et kui kas sest siis ka ainult juba veel on oli olid olla ole olen oleme see need seda selle minu meie teie tema nad ma me te ta mul meil teil mulle meile mis kes kus kuidas miks "
     "enne pärast ilma koos aitäh tänan täname tere lugupidamisega palun saaks saate saa saan võib võiks nüüd eile täna enam keegi midagi uus üle välja sisse -sse -ist -est -iks -ile -dud -tud -ust -ega -ate -ada -mine"},
    {"lv", SCRIPT_LATIN, "āčēģīķļņšūž",
     "un vai bet ne nav ir bija būt būs es mēs jūs viņš viņa tas tā tie šis šī šo man mums jums mani mūsu jūsu mans mana ar no uz pie par pēc pirms bez līdz kopš ka ja kad kā ko kas kur kāpēc jau vēl tikai arī ļoti "
     "lūdzu paldies labdien sveiki cieņu varat var varētu nevaru esmu esam tiek vairs kāds tagad šodien vakar -iem -ais -ība -šana -ams -āts -iet -ījis -ijā -ām"},
    {"lt", SCRIPT_LATIN, "ąčęėįšųūž",
     "ir ar bet ne nėra yra buvo būti bus aš mes jūs jis ji tai tas ta šis ši šio man mums jums mane mūsų jūsų mano su iš į ant prie apie po prieš be iki nuo kad jei kai kaip ką kas kur kodėl jau dar tik taip pat labai "
     "prašau prasau prašome ačiū aciu dėkoju laba diena sveiki pagarba gerbiami galite gali galėtų negaliu esu esame nebe dabar šiandien vakar kurią kuris kuri jį -imas -ymas -iai -ių -ams -oje -ėte -ama -tas -yti -uoti -iui"},
    {"tr", SCRIPT_LATIN, "çğıöşü",
     "ve veya ama bir bu şu o değil var yok ben biz siz sen onlar benim bizim sizin bana bize size beni mi mı mu mü ne kim nasıl neden nerede için ile gibi kadar sonra önce beri de da ki daha çok en hiç her lütfen lutfen "
     "teşekkürler teşekkür tesekkurler ederim ederiz merhaba selam iyi günler saygılarımla sayın olarak oldu olan olmuş ediyor ediyorum bugün dün şimdi artık -yor -dum -dim -lar -ler -dan -den -nda -nde -iniz -miz -mış -miş -mak -mek -ıyor -iyor -rum"},
    {"ca", SCRIPT_LATIN, "àçèéíïóòúü·",
     "el la els les l un una uns unes de del dels d al als a i o però no que què qui com quan on és són era està estan hi ha he han tinc té jo nosaltres vosaltres vostè vostès mi em ens us es ho li meu meva nostra seu seva "
     "aquest aquesta això aquell amb sense per des fins sobre abans després molt més ja també gràcies hola bon dia si plau salutacions puc pot podeu podria poden fer ahir avui vau vaig va m n t s -ció -tat -ment -eix -eu -ats"},
    {"sq", SCRIPT_LATIN, "ëç",
     "dhe ose por nuk s është janë ishte kam ka kemi unë ne ju ai ajo kjo ky këtë i e të së në me nga për pa pas para deri mbi që se si kur ku pse çfarë kush më tim time tonë tuaj juve lutem lutemi faleminderit përshëndetje "
     "mund duhet do jo po edhe vetëm tani sot dje një -ve -imi -ura -uar -sht -et"},
    {"is", SCRIPT_LATIN, "áðéíóúýþæö",
     "og eða en ekki ég við þið þú hann hún það þetta þessi sem að er eru var voru vera hef hefur höfum get getur geta má um á í af frá til með eftir áður fyrir hjá mér mig okkur ykkur minn mín mitt okkar þegar hvað hver hvernig hvar "
     "takk kveðja kveðju góðan dag daginn sæl sæll halló vinsamlegast þakka bara líka mjög núna -inn -num -ður -andi -ing -una -ið"},
    {"id", SCRIPT_LATIN, "",
     "yang dan atau tetapi tapi tidak bukan ini itu di ke dari untuk dengan pada oleh dalam sejak sebelum sesudah setelah saya kami kita anda dia mereka adalah ada akan sudah telah belum bisa dapat harus apakah bisakah apa siapa bagaimana kapan mengapa "
     "karena jika juga lagi hanya sangat mohon tolong terima kasih selamat pagi siang halo salam hormat sebuah masih sedang tadi kemarin -kan -nya -lah -ngan -aan"},
    {"vi", SCRIPT_LATIN, "àáâãạảăằắẳẵặầấẩẫậđèéẹẻẽêềếểễệìíịỉĩòóọỏõôồốổỗộơờớởỡợùúụủũưừứửữựỳýỵỷỹ",
     "và hoặc nhưng không của là các những một này đó cho với từ trong trên được bị đã đang sẽ có tôi chúng anh chị em bạn quý xin vui lòng cảm ơn chào khi nào gì ai sao tại vì nếu thì mà ở ra vào lại rất cũng chỉ còn nữa đến về"},

    {"ru", SCRIPT_CYRILLIC, "ёыэъщйюяиь",
     "и или но не нет да в во на с со к ко у о об от до из за по для при без под над после перед я мы вы он она оно они мне меня нам нас вам вас мой моя моё мои наш наша ваш ваша это этот эта эти тот что чтобы кто как когда где почему если то же бы ли уже "
     "ещё еще только также очень был была было были быть есть может можете могу можно нужно пожалуйста спасибо здравствуйте добрый день уважением прошу который которая которые нибудь сегодня вчера работает -ого -ется -ает -ать -ить -ться -ния -ние -ный -ите"},
    {"uk", SCRIPT_CYRILLIC, "іїєґщйюяиь",
     "і й та або але не ні так в у на з із зі до від для при без під над після перед я ми ви він вона воно вони мені мене нам нас вам вас мій моя моє мої наш наша ваш ваша це цей ця ці той що щоб хто як коли де чому якщо то же б би чи вже "
     "ще тільки також дуже був була було були бути є може можете можу можна потрібно будь ласка дякую дякуємо добрий день вітаю повагою прошу який яка які хтось сьогодні вчора працює -ого -ться -ити -ати -ння -ний -ська -ому"},
    {"be", SCRIPT_CYRILLIC, "ёыэіўйюяь",
     "і або але не так у на з да ад для пры без пад пасля перад я мы вы ён яна яно яны мне мяне нам нас вам вас мой мая маё мае наш ваша гэта гэты гэтая што каб хто як калі дзе чаму ці ўжо яшчэ толькі таксама вельмі быў была было былі ёсць можа можаце магу можна трэба "
     "ласка дзякуй добры дзень вітаю павагай які якая якія сёння учора -ага -цца -аць -іць -нне -ння -скі"},
    {"bg", SCRIPT_CYRILLIC, "ъщйюяиь",
     "и или но не да в във на с със към от до за по при без под над след преди аз ние вие той тя то те ми ме ни ви мой моя моето нашият нашата този тази това тези онзи че кой какво как кога къде защо ако ли вече още само също много е са съм сме сте бях беше бил била било били "
     "може можете мога моля благодаря здравейте добър ден поздрави поздрав уважение който която които някой днес вчера ще би го я ги се си -ият -ата -ето -ите -ане -ение -аме -ът"},
    {"sr", SCRIPT_CYRILLIC, "ђјљњћџи",
     "и или али не да у на с са к од до за по при без под над после пре ја ми ви он она оно они ме мене нам нас вам вас мој моја моје наш наша ваш ваша ово овај ова тај то што ко како када где зашто ако ли већ још само такође врло је су сам смо сте био била било били бити "
     "може можете могу молим хвала поштовани добар дан поздрав поштовањем који која које неко данас јуче ће би га их се више није нису јој -ог -ост -ње -ски -ије"},
    {"mk", SCRIPT_CYRILLIC, "ѓѕјљњќџѐѝи",
     "и или но не да во на со кон од до за по при без под над после пред јас ние вие тој таа тоа тие ми ме ни нѐ ве вам мој моја мое нашиот нашата овој оваа ова дека што кој како кога каде зошто ако ли веќе уште само исто многу е се сум сме сте бев беше бил била било биле "
     "може можете можам молам благодарам здраво добар ден поздрав почит која кои некој денес вчера ќе би го ја ги -иот -ата -ото -ите -ње -ење -авме"},

    {"el", SCRIPT_GREEK, "", ""},
    {"he", SCRIPT_HEBREW, "", ""},
    {"ar", SCRIPT_ARABIC, "ةىيكإأ", "في من على إلى عن أن إن لا ما هل هذا هذه التي الذي كان كل مع لم قد بعد قبل شكرا السلام عليكم تحية يرجى الرجاء أرجو يمكن يمكنكم أو لقد لدي نحن أنا"},
    {"fa", SCRIPT_ARABIC, "پچژگکی", "در از به که را این آن است با برای تا هم یا می شد شده شود شده‌است نیست هست من ما شما آنها لطفا لطفاً سلام ممنون متشکرم تشکر احترام باید اما اگر چرا چه کنید کنم کرد دارد"},
    {"ur", SCRIPT_ARABIC, "ٹڈڑےںھہگچپکی", "کے کی کا میں ہے ہیں سے کو اور پر نے یہ وہ نہیں کیا تھا ہم آپ براہ کرم شکریہ السلام ایک کہ لیے ہو گیا رہا"},
    {"hi", SCRIPT_DEVANAGARI, "", ""},
    {"bn", SCRIPT_BENGALI, "", ""},
    {"ta", SCRIPT_TAMIL, "", ""},
    {"th", SCRIPT_THAI, "", ""},
    {"ka", SCRIPT_GEORGIAN, "", ""},
    {"hy", SCRIPT_ARMENIAN, "", ""},
    {"ko", SCRIPT_HANGUL, "", ""},
    {"ja", SCRIPT_KANA, "", ""},
    {"zh", SCRIPT_HAN, "", ""},
    {NULL, SCRIPT_NONE, NULL, NULL},
};

const struct language_words *language_words(void)
{
    return table;
}

/* ---- by word ---------------------------------------------------------------------------------------------------------------- */

#define WORDS_MAX 8192u /* of all languages together */
#define SLOTS 16384u    /* a power of two */

static struct {
    struct language_word words[WORDS_MAX]; /* by hash, text and language */
    uint16_t slots[SLOTS];                 /* 1 + the first of a word; 0: none */
    size_t count;
} by_word;

static int compare(const void *left, const void *right)
{
    const struct language_word *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    int order = str_cmp(a->text, b->text);
    return order != 0 ? order : (int)a->language - (int)b->language;
}

static void add_words(uint16_t language)
{
    for (const char *p = table[language].words; *p != '\0' && by_word.count < WORDS_MAX;) {
        uint32_t hash = LANGUAGE_HASH_START;
        size_t n = 0;
        for (; p[n] != ' ' && p[n] != '\0'; n++)
            hash = language_hash(hash, p[n]);
        uint16_t weight = p[0] == '-' || n == 1 ? 1 : n == 2 ? 2 : 3;
        by_word.words[by_word.count++] = (struct language_word){{p, n}, hash, language, weight};
        p += n + (p[n] == ' ');
    }
}

static size_t slot_of(uint32_t hash)
{
    return (hash ^ hash >> 15) % SLOTS;
}

void language_prepare(void)
{
    if (by_word.count > 0)
        return;
    for (uint16_t i = 0; table[i].code != NULL; i++)
        add_words(i);
    qsort(by_word.words, by_word.count, sizeof *by_word.words, compare);
    for (size_t i = 0; i < by_word.count; i++) {
        const struct language_word *word = &by_word.words[i];
        if (i > 0 && word->hash == word[-1].hash && str_eq(word->text, word[-1].text))
            continue;
        size_t at = slot_of(word->hash);
        while (by_word.slots[at] != 0)
            at = (at + 1) % SLOTS;
        by_word.slots[at] = (uint16_t)(i + 1);
    }
}

size_t language_word_find(struct str text, uint32_t hash, const struct language_word **found)
{
    size_t at = slot_of(hash), n = 0;
    for (; by_word.slots[at] != 0; at = (at + 1) % SLOTS) {
        const struct language_word *first = &by_word.words[by_word.slots[at] - 1];
        if (first->hash != hash || !str_eq(first->text, text))
            continue;
        const struct language_word *end = by_word.words + by_word.count;
        while (first + n < end && first[n].hash == hash && str_eq(first[n].text, text))
            n++;
        *found = first;
        return n;
    }
    return 0;
}
