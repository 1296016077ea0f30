"""Words that are numbers, or that multiply the number before them, in plain form (see folding)."""

from __future__ import annotations

# Words of which numbers are made, plain, by language: what text2num is asked about. German writes them as one word.
PARTS = {
    "en": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
        "dieciocho "
    "diecinueve veinte veintiun veintiuno veintiuna veintidos veintitres veinticuatro veinticinco veintiseis "
    "veintisiete veintiocho veintinueve treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento "
    "doscientos "
    "doscientas trescientos trescientas cuatrocientos cuatrocientas quinientos quinientas seiscientos seiscientas "
    "setecientos ochocientos novecientos mil millon millones",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt vingts trente "
    "quarante cinquante soixante septante huitante nonante cent cents mille million millions",
    "pt": "dois duas tres quatro cinco seis sete oito nove dez onze doze treze quatorze catorze quinze dezesseis "
    "dezasseis dezessete dezassete dezoito dezenove dezanove vinte trinta quarenta cinquenta sessenta setenta oitenta "
    "noventa cem cento duzentos duzentas trezentos trezentas quatrocentos quatrocentas quinhentos quinhentas "
    "seiscentos "
    "setecentos oitocentos novecentos mil milhao milhoes",
}  # fmt: skip
SCALES = {  # powers of ten; every other scale is the million
    "सौ": 2, "thousand": 3, "tsd": 3, "tausend": 3, "mil": 3, "mille": 3, "千": 3, "हजार": 3, "万": 4, "萬": 4,
    "लाख": 5, "lakh": 5, "करोड": 7, "crore": 7, "千万": 7, "亿": 8, "億": 8,
}  # fmt: skip
HAN_DIGITS = {digit: at for at, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
HAN_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "萬": 10_000, "亿": 10**8, "億": 10**8}
HINDI = {
    "एक": 1, "दो": 2, "तीन": 3, "चार": 4, "पांच": 5, "पाँच": 5, "छह": 6, "छः": 6, "छे": 6, "सात": 7, "आठ": 8, "नौ": 9,
    "दस": 10, "ग्यारह": 11, "बारह": 12, "तेरह": 13, "चौदह": 14, "पंद्रह": 15, "पन्द्रह": 15, "सोलह": 16, "सत्रह": 17,
    "अठारह": 18, "उन्नीस": 19, "बीस": 20, "चौबीस": 24, "पच्चीस": 25, "तीस": 30, "बत्तीस": 32, "चालीस": 40,
    "अडतालीस": 48, "पचास": 50,
    "साठ": 60, "चौंसठ": 64, "चौसठ": 64, "सत्तर": 70, "अस्सी": 80, "नब्बे": 90, "आधा": 0.5, "आधे": 0.5, "डेढ": 1.5, "ढाई": 2.5,
}  # fmt: skip
# Hindi in Latin letters.
HINGLISH = {
    "ek": 1, "do": 2, "teen": 3, "tin": 3, "char": 4, "chaar": 4, "paanch": 5, "panch": 5, "chhe": 6, "cheh": 6,
    "saat": 7, "sat": 7, "aath": 8, "ath": 8, "nau": 9, "das": 10, "pandrah": 15, "bees": 20, "tees": 30,
    "aadha": 0.5, "adha": 0.5, "aadhe": 0.5, "dedh": 1.5, "dhai": 2.5, "dhaai": 2.5,
}  # fmt: skip
