"""Lengths of time as people round them, call them in their tongue, or say when it all ends; and what else has hours."""

from datetime import timedelta

import pytest

from tests.asking import read


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("debian zweieinhalb Stunden", 150),
        ("debian dreieinhalb Tage", 5040),
        ("debian anderthalb Stunden", 90),
        ("debian eineinhalb Stunden", 90),
        ("debian 两个半小时", 150),
        ("debian 三个半小时", 210),
        ("debian 一个半小时", 90),
        ("debian 两天半", 3600),
        ("debian 一天半", 2160),
        ("debian 2時間半", 150),
        ("debian 3日半", 5040),
        ("debian 半日", 720),
        ("debian 3 quarts d'heure", 45),
        ("debian trois quarts d'heure", 45),
        ("debian un quart d'heure", 15),
        ("debian une heure et demie", 90),
        ("debian deux heures et demie", 150),
        ("debian une heure et quart", 75),
        ("debian 1h y media", 90),
        ("debian dos horas y media", 150),
        ("debian hora y media", 90),
        ("debian una hora y cuarto", 75),
        ("debian tres cuartos de hora", 45),
        ("debian un cuarto de hora", 15),
        ("debian eine Viertelstunde", 15),
        ("debian eine Dreiviertelstunde", 45),
        ("debian eine halbe Stunde", 30),
        ("debian 2 Stunden und eine halbe", 150),
        ("debian duas horas e meia", 150),
        ("debian uma hora e meia", 90),
        ("debian meia hora", 30),
        ("debian três quartos de hora", 45),
        ("debian three quarters of an hour", 45),
        ("debian a quarter of an hour", 15),
        ("debian, an hour and a quarter", 75),
        ("debian 2 and a half hours", 150),
        ("debian two hours and a half", 150),
        ("debian 1 1/2 hours", 90),
        ("debian 2½ hours", 150),
        ("debian 1/2 hour", 30),
        ("debian ढाई घंटे", 150),
        ("debian डेढ़ घंटा", 90),
        ("debian dhai ghante", 150),
        ("debian dedh ghanta", 90),
        ("I need a debian. A week.", 10080),
        ("Need a small postgres for testing. A month", 43200),
        ("for two working days", 2880),
        ("debian 5 business days", 7200),
        ("debian 10 Werktage", 14400),
        ("debian 3 jours ouvrés", 4320),
        ("debian 3 días laborables", 4320),
        ("debian 3 dias úteis", 4320),
        ("debian 两个工作日", 2880),
        ("debian 3営業日", 4320),
        ("debian 90分だけ", 90),
        ("debian 2時間だけ", 120),
        ("debian 3日くらい", 4320),
        ("debian 2時間ほど", 120),
        ("debian 3時間限定", 180),
        ("debian 3 ghante ke liye", 180),
        ("debian 4 din ke liye", 5760),
        ("debian do hafte ke liye", 20160),
        ("debian ek mahina ke liye", 43200),
        ("debian 45 minute ke liye", 45),
        ("debian ek ghante ke liye", 60),
        ("debian chahiye 2 mahine tak", 86400),
        ("debian aadhe ghante ke liye", 30),
        ("debian 5 din chahiye", 7200),
        ("debian une quinzaine de jours", 21600),
        ("debian une quinzaine", 21600),
        ("debian pour la quinzaine", 21600),
        ("debian una quincena", 21600),
        ("debian 2 horinhas", 120),
        ("debian um diazinho", 1440),
        ("debian por uns diazinhos", 4320),
        ("debian una horita", 60),
        ("debian un par de horitas", 120),
        ("debian 3 diítas", 4320),
        ("debian ein Stündchen", 60),
        ("debian ein paar Tage", 4320),
        ("debian une petite heure", 60),
        ("debian 48h", 2880),
        ("debian for 48hrs", 2880),
        ("debian 1.5 h", 90),
        ("debian 1,5 Stunden", 90),
    ],
)
def test_a_length_is_read_as_people_say_it(text, minutes):
    assert read(text).duration == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("clickhouse, ends in 25 minutes", 25),
        ("traefik, shut it down after 50 minutes", 50),
        ("stop it after 3 hours, debian", 180),
        ("debian, turn off in 40 minutes", 40),
        ("debian, done within 90 minutes", 90),
        ("debian finished within 4 hours", 240),
        ("debian, 2 days from now it can go", 2880),
        ("debian, gone 3 days from now", 4320),
        ("debian, auto-delete after 45 min", 45),
        ("debian self-destruct after 2h", 120),
        ("debian, nach 3 Stunden löschen", 180),
        ("debian, in 30 Minuten wieder weg", 30),
        ("debian, borrar después de 2 horas", 120),
        ("debian, éteindre après 5 heures", 300),
        ("debian, supprimer dans 2 heures", 120),
        ("debian, desligar depois de 3 horas", 180),
        ("debian, 3小时后删除", 180),
        ("debian 2時間後に削除", 120),
        ("debian 5 घंटे बाद बंद कर देना", 300),
    ],
)
def test_it_may_be_said_when_it_ends(text, minutes):
    assert read(text).duration == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("debian, not half a day but 5 hours", 300),
        ("debian，不是半天而是5小时", 300),
        ("debian、半日ではなく5時間", 300),
        ("debian 不要3小时，要5小时", 300),
        ("debian pas une semaine mais 3 jours", 4320),
        ("debian nicht eine Stunde sondern 4 Stunden", 240),
        ("debian no 3 días sino 5 días", 7200),
        ("não 2 horas mas 6 horas, debian", 360),
        ("subtitle 70 hours of lectures with whisper large, 2 days", 2880),
        ("transcribe 40 hours of audio, keep it 6 hours", 360),
        ("30 minutes of drone footage to render with blender, for 3 hours", 180),
        ("10 Stunden Interviews transkribieren, 4 Stunden", 240),
        ("transcrire 12 heures de podcasts, 2 jours", 2880),
        ("transcribir 20 horas de entrevistas, 1 día", 1440),
        ("50小时的录音转写，用2天", 2880),
        ("100時間の講義動画を文字起こし、3日間", 4320),
        ("ready by end of day, debian for 3 days", 4320),
        ("need it by end of day for a 2 week trial", 20160),
        ("by tomorrow we need a jenkins for 5 days", 7200),
        ("a wordpress by friday for a 10 day trial", 14400),
        ("I need it by tomorrow morning; 3 days", 4320),
        ("debian, not 3 hours, 5 hours", 300),
        ("debian 3 hours, no 5 hours", 300),
        ("debian, 2 days - or rather 4 days", 5760),
    ],
)
def test_what_is_meant_for_the_machine_counts_before_material_deadlines_and_what_is_taken_back(text, minutes):
    assert read(text).duration == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text",
    [
        "debian, and nginx",
        "delete logs after 30 days, nginx",
        "session ends after 30 minutes",
        "debian, start 2 days from now",
        "transcribe 40 hours of interviews",
        "nginx, backups deleted after 7 days",
    ],
)
def test_other_lengths_are_no_lease(text):
    assert read(text).duration is None


@pytest.mark.parametrize(
    "text",
    [
        "debian 3 ghante",
        "debian 2時間",
        "debian 5 days",
        "debian 1,5 Stunden",
        "debian 1.5 h",
        "ubuntu 48h",
        "rocky 8 cores",
    ],
)
def test_a_number_with_a_unit_is_no_version(text):
    assert read(text).image is None
