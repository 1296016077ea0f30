"""What is no request for a machine of this platform: something else, something impossible, something abusive."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.suggestion.mentions.small_talk import Why, something_else, speaks_of_a_machine
from shared.suggestion.text.expressions import Expression
from shared.suggestion.text.languages import language
from shared.suggestion.text.sentences import say
from shared.suggestion.text.words import negated

_COIN = (
    r"(?:cr[yi]pto(?:currenc(?:y|ies)|monedas?|-?monnaies?|währung(?:en)?|moedas?)?s?|bitcoins?|btc|monero|xmr|"
    r"ethereum|eth|altcoins?|dogecoins?|ravencoin|litecoins?|zcash|coins?|kryptowährung(?:en)?)"
)
_OTHERS = (
    r"(?:(?:some|any|every)(?:one|body)(?:['’]s| else)?|a (?:website|site|company|person|server)|(?:my|"
    r"our) (?:ex|school|competitor|rival|neighbou?r|boss|enem|teacher|girlfriend|boyfriend|wife|husband)\w*|"
    r"other(?: people|s)?\w*|their|his|her|victims?|targets?|random|the competition)"
)
_MINING = Expression(
    rf"\b{_COIN}[\s-]*(?:mining|miners?|farm(?:ing)?)\b|\b(?:mining|mine|miner|farm)\s+(?:(?:some|for|of|a bit "
    rf"of|my|more)\s+)*{_COIN}\b|"
    rf"\b(?:xmrig|nicehash|phoenixminer|t-?rex miner|lolminer|ethminer|cgminer|minerd|hashrate|mining (?:rig|pool))\b|"
    rf"\b(?:minar|miner[íi]a de|minage de|miner (?:du|des|de l['’])|minerar|mineração de|schürfen von)\s*{_COIN}|"
    rf"{_COIN}\s+(?:schürfen|minen|minar|minerar)\b|"
    rf"挖矿|挖(?:比特币|门罗币|以太坊|虚拟币)|マイニング|採掘|(?:बिटकॉइन|क्रिप्टो|मोनेरो)[\s\w]{{0,8}}माइन|माइनिंग"
)
_MINING_FINE = Expression(
    r"\b(?:data|text|process|opinion|web|sequence|pattern|graph) mining\b|mining (?:company|industry|equipment|"
    r"operations|business)|データマイニング|テキストマイニング|数据挖掘|डेटा माइनिंग"
)
_ATTACK = Expression(
    r"\b(?:launch|run|perform|do|carry(?:ing)? out|host|build|start|set ?up|deploy|make|create|send|execute|"
    r"conduct|stage|for)(?:ing)?\s+(?:an?\s+|my\s+|some\s+|massive\s+|large\s+|big\s+)*"
    r"(?:l?ddos(?:[\s-](?:attacks?|tool|bot\w*|stress\w*))?(?!\s*(?:protect|mitigat|prevent|defen[cs]e|scrub))|"
    r"dos[\s-]attacks?|botnets?|ransomware|keyloggers?|booter|stresser|brute[\s-]?force (?:attack|bot|tool)|"
    r"credential[\s-]stuffing|malware (?:c2|campaign|distribution|drop)|c2 server for (?:malware|a botnet))\b|"
    rf"\b(?:ddos(?:ing)?|attack(?:ing)?|hack(?:ing)?(?: into)?|brute[\s-]?forc(?:e|ing)|crack(?:ing)?|take down|"
    rf"knock offline|flood(?:ing)?|dox(?:ing|xing)?)\s+(?:into\s+)?{_OTHERS}|"
    r"\b(?:brute[\s-]?forc(?:e|ing)|crack(?:ing)?)\s+(?:\w+\s+){0,4}?(?:other people|someone|accounts|"
    r"logins?(?! page)|their)|"
    r"\b(?:spread|distribut\w+|deliver|serve|host)(?:ing)?\s+(?:malware|ransomware|trojans?|viruses|a trojan)\b|"
    r"\bcredential[\s-]stuffing\b(?!\s*(?:protect|defen|detect|prevent|mitigat))|"
    r"\b(?:botnet|c&c|command and control)\s+(?:server|controller|panel|node|master)\b|"
    r"\bddos[\s-](?:for[\s-]hire|botnet|attack (?:on|against))|"
    r"\b(?:lanzar|hacer|ejecutar|lancer|faire|mener|starten|durchführen|lançar|fazer|executar)\s+(?:un[ea]?\s+|"
    r"eine?n?\s+|um\s+|ataques?\s+(?:de\s+)?|attaques?\s+|ddos[\s-]?)*(?:ddos|botnet\w*|rançongiciel|ransomware|"
    r"ataques? ddos|attaques? ddos)\b|"
    r"\bddos[\s-]?(?:angriffe?|attacke)n?\b(?!\s*(?:abwehr|schutz))|\b(?:atacar|attaquer|angreifen|piratear|"
    r"pirater|hackear)\b[\w\s]{0,24}\b(?:otros?|autres|andere|outros?|web(?:site)?s?|sitio|site|competidor|"
    r"concurrent|konkurrenz|concorrente|servidores)\b|"
    r"\b(?:ataques?|attaques?|angriffe?)\s+(?:de\s+|d[’'])?(?:ddos|dos)\b(?=[^.;\n]{0,20}\b(?:contra|contre|gegen|auf|"
    r"a un[ao]?|sur)\b)|\bddos(?:en|er|ear|ar)?\s+(?:contra|contre|gegen|auf|sur)\b|"
    r"\b(?:hack(?:ear|eo|er|en|e|ing)?|piratear|pirater|pirate|invadir|crack(?:ear|er|en|ing)?|entrar en|knacken|"
    r"roubar|robar|voler|stehlen)\b[^.;\n]{0,30}\b(?:cuentas?|conta|contas|comptes?|konto|konten|accounts?|contraseñas?|"
    r"senhas?|mots? de passe|passw[oö]rte?r?|passwords?|wifi|wi-fi|wlan)\b[^.;\n]{0,30}\b(?:de mi|del? vecino|de otr|"
    r"do meu|da minha|de mon|de ma|du voisin|meine[rs]|vo[nm]|nachbar\w*|ex|neighbou?r\w*|my (?:ex|boss|neighbou?r))|"
    r"\b(?:hack|crack)\w*\s+(?:the\s+)?(?:\w+\s+){0,2}(?:passwords?|wifi|wi-fi|accounts?|logins?)\s+of\s+(?:my|our|"
    r"the|other|someone|some)\b|"
    r"\b(?:instagram|facebook|whatsapp|gmail|account|wifi)\s+(?:ko\s+)?hack\s+kar\w*|"
    r"(?:盗|黑|破解)[^，。\n]{0,8}(?:账号|帐号|密码|账户|wifi|WiFi)|(?:アカウント|パスワード)[^。\n]{0,6}(?:乗っ取|盗|ハック|クラック)|"
    r"(?:अकाउंट|पासवर्ड|इंस्टाग्राम|फेसबुक)[^।\n]{0,10}हैक|(?:DDoS|ddos)\s*攻撃(?=\s*(?:$|[。!！]))|"
    r"(?:发动|发起|进行|用来)?(?:DDoS|ddos)\s*攻击(?!防|保护)|攻击(?:别人|他人|竞争对手)|僵尸网络|勒索软件|"
    r"(?:DDoS|ddos)\s*攻撃(?:を(?:する|行|し|仕掛)|用)|ボットネット|他人のサイトを攻撃|(?:DDoS|ddos|"
    r"डीडीओएस)\s*(?:हमला|अटैक)|बॉटनेट|किसी (?:की|के|और)[\s\w]{0,12}हैक"
)
_FRAUD = Expression(
    r"\b(?:phishing|scam|carding|fake (?:bank|login|paypal|id))\s*(?:kits?|pages?|sites?|campaigns?|emails?|"
    r"websites?|server|store)\b(?!\s*(?:detect|training|awareness|simulat|filter))|"
    r"\b(?:run|host|launch|set ?up|build|make|send|do|create|deploy)(?:ing)?\s+(?:an?\s+|some\s+|"
    r"my\s+)*(?:phishing|scams?|spam)\b(?!\s*(?:filter|detect|protect|awareness|training|simulat|classif|"
    r"assassin|trap))|"
    r"\bspam(?:ming)?\s+(?:blast|bot|campaign|million|thousand|people|emails?|server)\w*|\b(?:blast|send|"
    r"mail)(?:ing)?\s+(?:\w+\s+){0,3}(?:unsolicited|spam)\b|"
    r"\b(?:steal|harvest|phish)(?:ing)?\s+(?:\w+\s+){0,2}(?:passwords?|credentials|logins?|credit cards?|"
    r"identit\w+|accounts)\b|"
    r"\b(?:enviar|mandar|envoyer(?: d(?:u|es))?|versenden|verschicken)\s+spam\b|"
    r"\bspam\s+(?:versenden|verschicken)\b|"
    r"\b(?:página|site|sitio|seite|kit)s? (?:de |d['’])?(?:phishing|hameçonnage)\b|\bphishing[\s-]?(?:seiten?|kits?)\b|"
    r"钓鱼(?:网站|邮件|页面)|垃圾邮件群发|群发垃圾|フィッシング(?:サイト|詐欺|メール)(?!対策)|"
    r"スパム(?:メール)?(?:を)?(?:送信|配信)|फ़?िशिंग|स्पैम (?:भेज|मेल)"
)
# What is studied, one's own or agreed, wherever the text says so; what is defended against stands beside the word.
_HARMLESS = Expression(
    r"\b(?:pen(?:etration)?[\s-]?test\w*|red[\s-]team\w*|ctf|capture the flag|security (?:course|class|lab|"
    r"training|research\w*|audit)|"
    r"authori[sz]ed|with (?:their |written )?permission|(?:my|our) own (?:\w+ )?(?:servers?|systems?|network|"
    r"sites?|website|infrastructure|accounts?|wallet|passwords?|staff|apps?)|"
    r"malware[\s-](?:analysis|research|sandbox|lab)|honeypots?|awareness (?:training|campaign)|phishing "
    r"simulation|kali|siem|incident response|thesis)\b"
)
_DEFENDED = Expression(
    r"\b(?:(?<!avoid )(?<!evade )detect|prevent|block|filter|stop|mitigat|protect|defen[cds]|classif|analy[sz]|"
    r"identif|research|against|fight|resist|surviv|withstand|report|simulat|contra|contre|gegen|schütz|"
    r"proteg)\w*\b[^.;\n]{0,40}$|防(?:御|护|止)?[^。]{0,8}$"
)
_DEFENDED_BEHIND = Expression(
    r"[\w\s-]{0,16}\b(?:protect|mitigat|prevent|defen[cs]|detect|filter|aware|simulat|analy|research|resist|"
    r"shield|scrub|schutz|abwehr|erkennung|protec|détection|detecc|detecç)|\s*(?:防护|防御|检测|対策|検知|"
    r"सुरक्षा|से बचाव)"
)
_AT_OTHERS = Expression(rf"\b(?:against|on|at|into|hack|attack|ddos|from|of)\s+{_OTHERS}\b")
_APPLE = Expression(
    r"\b(?:xcode|mac\s?os(?:\s?x)?(?:\s+\w+)?\s+(?:vm|server|machine|box|instance|runner|desktop|virtual "
    r"machine|build\w*)|mac mini|macbook|hackintosh|(?:vm|server|machine|instance|box|runner) (?:with|running|"
    r"on) (?:mac\s?os|os x)|"
    r"(?:build|compil|sign|archiv)\w*\s+(?:\w+\s+){0,4}(?:ios|ipados|macos)(?:\s+apps?)?\b|ios (?:app "
    r")?(?:builds?|simulator)|i need (?:a )?(?:mac\s?os|mac)\b|^\s*mac\s?os\s*$)"
)
# What people have on their desks and speak of: "my MacBook sounds like a jet engine".
_DEVICE = Expression(r"macbook|mac mini|hackintosh")
_OWNED = Expression(
    r"\b(?:my|our|his|her|their|your|own|the|old|from an?|on an?|meine?m?|mein|mi|mon|meu)\s+(?:\w+\s+){0,2}$"
)
_HARDWARE = Expression(
    r"\b(?:(?:buy|order|ship|deliver|send)(?:ing)?(?: me| us)?|physical(?:ly)?|need|want|fix|"
    r"repair)\s+(?:an?\s+|my\s+|the\s+|new\s+|physical\s+)*(?:printer|laptop|keyboard|monitor|phone|iphone|"
    r"scanner|webcam|router|mouse|tablet|raspberry pi)s?\b"
    r"(?!\s*(?:server|driver|monitoring|management|support|app|test|queue|farm))|\bquantum (?:computer|processor)\b"
)
_ABUSE: Mapping[Why, Expression] = {"attack": _ATTACK, "fraud": _FRAUD}


def refusal(text: str, sees_a_machine: bool) -> str | None:
    """Why the text is refused, in its own language; None where it is not. `sees_a_machine` says whether anything else
    was read in it (a workload, a system, a size): then only what is abusive or impossible is refused, and what is terse
    or odd never is."""
    why = _abusive(text) or _impossible(text, sees_a_machine) or something_else(text, sees_a_machine)
    return say(why, language(text)) if why else None


def _abusive(text: str) -> Why | None:
    """Abuse of the budget or of others; not what defends against it or studies it."""
    for hit in _MINING.finditer(text):
        around = text[max(0, hit.start() - 10) : hit.end() + 12]
        if not _MINING_FINE.search(around) and not negated(text, hit.start(), hit.end()):
            return "mining"
    studied = bool(_HARMLESS.search(text)) and not _AT_OTHERS.search(text)
    for why, pattern in _ABUSE.items():
        if any(not studied and not _defended(text, hit) for hit in pattern.finditer(text)):
            return why
    return None


def _defended(text: str, hit: re.Match[str]) -> bool:
    """Whether the words are spoken of as what is to be kept off, or are not meant at all."""
    before = text[max(0, hit.start() - 60) : hit.start()]
    kept_off = _DEFENDED.search(before) or _DEFENDED_BEHIND.match(text, hit.end())
    return bool(kept_off) or negated(text, hit.start(), hit.end())


def _impossible(text: str, sees_a_machine: bool) -> Why | None:
    for hit in _APPLE.finditer(text):
        owned = _DEVICE.fullmatch(hit[0]) and _OWNED.search(text[max(0, hit.start() - 30) : hit.start()])
        if not owned and not negated(text, hit.start(), hit.end()):
            return "apple"
    told = sees_a_machine or speaks_of_a_machine(text)
    return "hardware" if not told and _HARDWARE.search(text) else None
