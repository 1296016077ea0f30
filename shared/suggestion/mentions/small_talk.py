"""What asks for no machine at all: greetings, questions of general knowledge, errands, writing to be done."""

from __future__ import annotations

import re
from typing import Literal

from shared.suggestion.text.expressions import Expression

Why = Literal["mining", "attack", "fraud", "apple", "hardware", "other_work", "greeting", "knowledge"]
_LEAD = (
    r"^\W*(?:(?:hi|hello|hey|hola|bonjour|hallo|olá|please|pls|por favor|bitte|can you|could you|would you|"
    r"will you|i want you to|i need you to|puedes|peux-tu|pouvez-vous|kannst du|você pode)[\s,!.]+)*"
)
_WORK = Expression(
    rf"{_LEAD}(?:(?:write|compose|tell|draft|sing|translate|summari[sz]e|proofread|explain|recommend|paint|draw|"
    rf"give me|make up|rewrite|paraphrase|solve|calculate|debug|fix)\s+(?:me\s+|us\s+)?(?:an?\s+|the\s+|my\s+|"
    rf"this\s+|some\s+|about\s+)*(?:\w+\s+){{0,2}}?"
    r"(?:poems?|haikus?|songs?|jokes?|stor(?:y|ies)|essays?|letters?|limericks?|novel|recipes?|lyrics|speech|"
    r"email|text|paragraph|sentence|book|movie|cover letter|equation|homework|code|bug|function|script|error|"
    r"stack ?trace|photosynthesis|relativity|article|picture|cat)\b|"
    r"(?:escribe|escríbeme|cuéntame|traduce|écris|écrivez|raconte|traduis|schreib(?:e)?|erzähl(?:e)?|"
    r"übersetz(?:e)?|escreva|conte|traduza)(?:[\s-](?:me|moi|mir|m))?\s+(?:un[ea]?\s+|eine?n?\s+|uma?\s+|"
    r"este\s+|diesen\s+|ce\s+)*(?:poemas?|poème|chiste|blague|histoire|historia|cuento|gedicht|witz|geschichte|"
    r"texto?e?|piada|história|lettre|carta|brief|haiku))|"
    r"写一?首|写诗|讲个?笑话|翻译|詩を書|冗談を|翻訳し|कविता|चुटकुला|अनुवाद"
)
_KNOWLEDGE = Expression(
    rf"{_LEAD}(?:what(?:['’]s| is) \d[\d\s.]*[-+*/x×÷^]|what(?:['’]s| is| was)? (?:the )?(?:weather|capital|"
    rf"population|meaning|time|date|square root|"
    rf"distance|score)\b|what time is it|who (?:is|was|won|wrote|are)\b|when (?:is|was|did)\b|"
    r"how (?:old|tall|far|deep) (?:is|are|was)\b|how (?:do|to|can) (?:i |you )?(?:cook|bake|lose weight|tie|"
    r"boil)|(?:will|is) it (?:rain|sunny|snow)\w*|weather (?:in|forecast|today|tomorrow)|"
    r"(?:cuál|cual) es la capital|qué tiempo hace|quién (?:es|fue)|quelle est la capitale|quel temps fait|qui "
    r"(?:est|était)|was ist die hauptstadt|wie (?:ist|wird) das wetter|wer (?:ist|war)|qual (?:é|e) a capital|"
    r"como está o tempo|quem (?:é|foi))|"
    r"天气(?!预报网站)|首都(?:是|在)|天気(?!予報(?:サイト|アプリ))|の?首都は|मौसम (?:कैसा|क्या)|राजधानी क्या"
)
_GREETING = Expression(
    r"^\W*(?:hi|hello|hey|hiya|yo|good (?:morning|evening|afternoon|day)|greetings|howdy|hola|buenos días|"
    r"buenas(?: tardes| noches)?|bonjour|bonsoir|salut|coucou|hallo|guten (?:tag|morgen|abend)|moin|servus|olá|"
    r"oi|bom dia|boa (?:tarde|noite)|"
    r"namaste|你好|您好|嗨|こんにちは|こんばんは|おはよう(?:ございます)?|नमस्ते|नमस्कार|thanks?(?: you)?|thx|"
    r"gracias|merci|danke|obrigad[oa]|谢谢|ありがとう(?:ございます)?|धन्यवाद|how are you(?: doing)?|how['’]?s it going|"
    r"what['’]?s up|"
    r"who are you|what are you|are you (?:an? )?(?:bot|human|real|there|ai|robot)|i love you|"
    r"(?:y )?qu[ée] tal|c[óo]mo est[áa]s|¿?quién eres|(?:comment )?ça va|comment vas-tu|qui es-tu|wie geht(?:['’]?s|"
    r" es)(?: dir)?|"
    r"wer bist du|tudo bem|como vai(?: você)?|quem é você|你是谁|你好吗|お元気ですか|あなたは誰ですか|आप कैसे हैं|"
    r"आप कौन हैं|(?:tum|aap) (?:kaun|kaise) h(?:o|ain)|kaise ho|kya haal hai)"
    r"(?:[\s,!.]+(?:there|all|everyone|how are you(?: today| doing)?|again|friend|team|mundo|world|welt|monde|"
    r"cómo estás|comment ça va|wie geht['’]?s))*[\W]*$"
)
_TRACE = Expression(r"Traceback \(most recent call last\)|\bSegmentation fault\b|\bException in thread\b")
_SOURCE = re.compile(
    r"Traceback \(most recent call last\)|^\s*(?:def |class |import |from \w+ import |#include|public (?:static|"
    r"class)|function \w+\(|const \w+ =|let \w+ =|SELECT .+ FROM )|[{};]\s*$",
    re.MULTILINE,
)
_MACHINE = Expression(
    r"\b(?:vms?|virtual (?:private )?(?:machines?|servers?)|servers?|machines?|instances?|box(?:es)?|computers?|"
    r"vps|hosts?(?:ing|ed)?|workstations?|desktop|cloud|deploy\w*|install\w*|gpus?|v?cpus?|cores?|ram|"
    r"servidor(?:es)?|máquinas?|serveurs?|hébergement|rechner|maschine|hospedagem|alojamiento|app|website|"
    r"database|environment|playground|cluster)\b|服务器|主机|云|虚拟机|サーバー?|マシン|सर्वर|मशीन"
)

# Words of whoever wants something computed, hosted or priced, even where none of them is a machine.
_TECHNICAL = Expression(
    r"\b(?:web|sites?|pages?|blogs?|shops?|stores?|online|host\w*|run(?:s|ning)?|process\w*|comput\w*|data\w*|"
    r"analy\w+|software|"
    r"program\w*|scripts?|cod(?:e|ing)|models?|train\w*|test\w*|dev\w*|bots?|apis?|files?|backups?|stream\w*|videos?|"
    r"render\w*|gam(?:e|es|ing)|simulat\w*|ai|ml|gpt|neural|networks?|vpn|linux|tools?|platforms?|services?|budget|"
    r"prices?|pric(?:e|ing)|costs?|cheap\w*|fast\w*|memory|storage|disks?|regions?|sizes?|options?|offers?|"
    r"projects?|start(?:up)?|"
    r"use|need|sitio|página|tienda|datos|ejecutar|juegos?|proyecto|precio|cuesta|barat\w+|ordenador|boutique|"
    r"données|programme|"
    r"exécuter|faire tourner|jeux?|projet|prix|coûte\w*|ordinateur|logiciel|(?:web)?seite|daten|ausführen|spiele?|"
    r"projekt|preis|"
    r"kostet|laufen|betreiben|loja|dados|executar|jogos?|projeto|preço|custa|computador|rodar)\b|"
    r"网站|数据|程序|运行|游戏|项目|部署|代码|电脑|价格|多少钱|模型|跑|サイト|データ|プログラム|動か|実行|ゲーム|プロジェクト|"
    r"料金|価格|いくら|パソコン|モデル|アプリ|वेबसाइट|डेटा|प्रोग्राम|चला|गेम|प्रोजेक्ट|कीमत|ऐप"
)
# Errands and matters of everyday life.
_EVERYDAY = Expression(
    r"\b(?:pizzas?|burgers?|sushi|sandwich\w*|coffee|cakes?|cookies|bread|pasta|soup|recipes?|cook(?:ing)?|bak(?:e|"
    r"ing)|dinner|lunch|"
    r"breakfast|restaurants?|flights?|hotels?|taxi|uber|train tickets?|cinema|movies?|concert|horoscope|zodiac|"
    r"(?:girl|boy)friend|lonely|in love|love you|marry|birthday|gifts?|flowers|puppy|homework|essay|soccer|football|"
    r"headache|doctor|diet|lose weight|shares of|lottery|haircut|massage|vacation|holiday|"
    r"recetas?|cocinar|cena|almuerzo|restaurante|vuelos?|billetes?|regalos?|deberes|amor|tarta|paella|café|película|"
    r"recettes?|cuisiner|gâteau|dîner|déjeuner|vols?|cadeaux?|devoirs|film|crêpes|"
    r"rezepte?|kochen|backen|backe|kuchen|abendessen|mittagessen|flug|flüge|geschenke?|hausaufgaben?|liebe|"
    r"fahrkarten?|"
    r"receitas?|cozinhar|bolos?|jantar|almoço|voos?|passage(?:m|ns)|presentes?|lição de casa|filmes?)\b|"
    r"披萨|比萨|食谱|菜谱|做饭|怎么做|红烧|机票|酒店|电影|作业|生日|女朋友|男朋友|星座|减肥|ピザ|レシピ|作り方|料理|"
    r"航空券|ホテル|映画|宿題|誕生日|彼女|彼氏|占い|ダイエット|俳句|歌詞|पिज़्ज़ा|पिज्जा|रेसिपी|खाना|चाय|टिकट|होटल|फिल्म|फ़िल्म|होमवर्क|"
    r"जन्मदिन|राशिफल"
)
_QUESTION = Expression(
    rf"{_LEAD}¿?\s*(?:who|whom|whose|what(?:['’]s)?|when|where|why|how|which|is (?:it|there)|are there|does|"
    rf"do you know|"
    r"will it|"
    r"qui[ée]n|qu[ée]|cu[áa]ndo|d[óo]nde|por qu[ée]|c[óo]mo|cu[áa]l(?:es)?|cu[áa]nt[oa]s?|sabes|"
    r"qui|que|qu['’]\w+|quand|où|pourquoi|comment|quel(?:le)?s?|combien|est-ce|sais-tu|"
    r"wer|was|wann|wo|warum|wieso|weshalb|wie|welche[rsn]?|wieviel|wird es|ist es|gibt es|weißt du|"
    r"o que|quem|quando|onde|por ?qu[eê]|como|qual|quais|quant[oa]s?|você sabe)\b[^\n]{2,}|"
    r"[^\n]{0,40}(?:谁|什么|为什么|怎么|怎样|哪里|哪个|几点|会不会|吗[？?]?\s*$|誰|何(?:です|時|の|が|を)|なぜ|どうして|どうやって|いつ|"
    r"どこ|ですか|ますか|教えて|कौन|क्या|कब|कहाँ|क्यों|कैसे|कितन|kaun|kyun|kaise)"
)
_ORDER = Expression(
    rf"{_LEAD}(?:(?:i|we) (?:want|would like|wanna|['’]d like) (?:you )?to )?(?:write|compose|draft|sing|translate|"
    rf"summari[sz]e|proofread|"
    r"explain|recommend|paint|draw|rewrite|paraphrase|solve|calculate|convert|play (?:some|me|a|my|the)|remind|"
    r"book (?:me|us|a|an|my|the)|order (?:me|us|a|an|some|my|the|pizza)|buy|call (?:me|my|him|her|an?)|cook|"
    r"teach me|imagine|tell me|set an? (?:alarm|timer|reminder)|turn (?:on|off)|do my|help me (?:with my|write|"
    r"study)|"
    r"escribe|cuéntame|traduce|explica|recomienda|resuelve|reserva|recuérdame|canta|dibuja|pon (?:música|una alarma)|"
    r"écris|raconte|traduis|explique|recommande|résous|réserve|rappelle|chante|dessine|"
    r"schreib\w*|erzähl\w*|übersetz\w*|erklär\w*|empfiehl|löse|buche|bestell\w*|erinnere|sing|zeichne|"
    r"escreva|conte|traduza|explique|recomende|resolva|reserve|lembre|cante|desenhe)\b"
)
# A question about software, or writing about it, is no wish to run it.
_ABOUT = Expression(
    rf"{_LEAD}(?:what(?:['’]s|s| is| are| does)|who (?:made|created|wrote|invented|owns|is behind)|when was|"
    rf"tell me about|"
    r"explain (?:to me |me )?(?:how|what|why|the)|(?:what(?:['’]s| is) the )?difference between|"
    r"(?:write|compose|tell|sing)(?: me| us)? (?:an? |some )?(?:poem|haiku|joke|song|essay|story|tweet|limerick)s?\b|"
    r"qu[ée] es|qu['’]est-ce qu(?:e|['’])|was ist|o que [ée])\b[^\d\n]{2,80}$|[^\d\n]{1,30}(?:是什么|とは何ですか|"
    r"क्या है)[？?]?\s*$"
)
_PRICED = Expression(r"\b(?:cost\w*|prices?|cheap\w*|best|fastest|smallest|biggest|need\w*|should|recommended)\b")


def something_else(text: str, sees_a_machine: bool) -> Why | None:
    """What the text is instead of a request for a machine; None where it is one, or terse or odd. Where something that
    only a machine has was read in it, only a question about that is something else."""
    if sees_a_machine:
        about = _ABOUT.match(text) and not _PRICED.search(text) and not speaks_of_a_machine(text)
        return "knowledge" if about else None
    if not text.strip():
        return "other_work"  # what was read over as an order to the reader was all there was
    if _GREETING.match(text):
        return "greeting"
    if _KNOWLEDGE.search(text):
        return "knowledge"
    source = _TRACE.search(text) or len(_SOURCE.findall(text)) > 1
    if _WORK.search(text) or (source and not speaks_of_a_machine(text)):
        return "other_work"
    if speaks_of_a_machine(text) or _TECHNICAL.search(text):
        return None
    if _EVERYDAY.search(text) or _ORDER.match(text):
        return "other_work"
    return "knowledge" if _QUESTION.match(text) else None


def speaks_of_a_machine(text: str) -> bool:
    """Whether a word for a machine, or for what one runs, is in the text."""
    return bool(_MACHINE.search(text))
