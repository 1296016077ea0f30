"""How long a machine is wanted for: lengths, deadlines, occasions; and what is none of these."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.suggestion.analyse import analyse
from tests.asking import NOW, read  # a Monday, noon

DAY = timedelta(days=1)


def hours(count):
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("for 2h", hours(2)),
        ("3 days", 3 * DAY),
        ("90 minutes", hours(1.5)),
        ("for a couple of hours", hours(2)),
        ("a few days", 3 * DAY),
        ("half an hour", hours(0.5)),
        ("an hour and a half", hours(1.5)),
        ("1h30", hours(1.5)),
        ("2h30m", hours(2.5)),
        ("1d12h", hours(36)),
        ("1 day 12 hours", hours(36)),
        ("for 1 week and 2 days", 9 * DAY),
        ("for half a day", hours(12)),
        ("for a month", 30 * DAY),
        ("a fortnight", 14 * DAY),
        ("debian, a week", 7 * DAY),
        ("for 24 hours, 1 hour from now", DAY),
        ("for twenty-four hours", DAY),
        ("2-3 days", 3 * DAY),
        ("for 2 days, actually 3 days", 3 * DAY),
        ("a 3-day workshop", 3 * DAY),
        ("keep the VM for 3 days", 3 * DAY),
        ("delete it in 3 days", 3 * DAY),
        ("run every 2 hours for a week", 7 * DAY),
        ("12 hours a day for 2 weeks", 14 * DAY),
        ("2 semanas", 14 * DAY),
        ("durante un mes", 30 * DAY),
        ("tres días", 3 * DAY),
        ("dos semanas y media", 17.5 * DAY),
        ("2 vCPU、4GB、1時間半", hours(1.5)),
        ("4 CPU aur 8 GB RAM, 2 din ke liye", 2 * DAY),
        ("MySQL ka server chahiye ek hafte ke liye", 7 * DAY),
        ("teen ghante", hours(3)),
        ("VPN für fünf Tage", 5 * DAY),
        ("nginx einen Tag", DAY),
        ("bloß ne Woche", 7 * DAY),
        ("anderthalb Tage", hours(36)),
        ("día y medio", hours(36)),
        ("une journée", DAY),
        ("uma quinzena", 15 * DAY),
        ("a demo, 3 dyas", 3 * DAY),
        ("for 2 weks", 14 * DAY),
        ("mysql 4 horus", hours(4)),
        ("for a period of thirty (30) days", 30 * DAY),
        ("Duration (days): 5", 5 * DAY),
        ("the job should take 6 hours", hours(6)),
        ("training takes 3 days on our old box, 2 weeks please", 14 * DAY),
        ("two weeks tops", 14 * DAY),
        ("on ubuntu 22.04 for 2 days... actually 24.04 and 3 days", 3 * DAY),
        ("he is on leave until February. two weeks", 14 * DAY),
        ("till this afternoon, let's say six hours", hours(6)),
        ("a company of 10 years needs a server for 2 days", 2 * DAY),
        ("for like 5ish hours", hours(5)),
        ("need it for the rest of the day", DAY),
        ("smth for the wknd", 6.5 * DAY),
        ("8 Stunden täglich, 5 Tage", 5 * DAY),
        ("5 Werktage", 5 * DAY),
        ("30分", hours(0.5)),
        ('{"cpu": 4, "memory": "16GB", "hours": 12}', hours(12)),
        ("from now until 6 this evening", hours(6)),
        ("hasta mañana por la mañana", hours(21)),
        ("hasta las 4 de la tarde", hours(4)),
        ("até as 5 da tarde", hours(5)),
        ("jusqu'à 5 heures de l'après-midi", hours(5)),
        ("pour 3 jours", 3 * DAY),
        ("quinze jours", 15 * DAY),
        ("pendant une semaine", 7 * DAY),
        ("für zwei Wochen", 14 * DAY),
        ("eine Woche lang", 7 * DAY),
        ("ein paar Tage", 3 * DAY),
        ("por um mês", 30 * DAY),
        ("por duas semanas", 14 * DAY),
        ("दो हफ्ते", 14 * DAY),
        ("तीन दिन के लिए", 3 * DAY),
        ("两周", 14 * DAY),
        ("3个小时", hours(3)),
        ("一个月", 30 * DAY),
        ("半天", hours(12)),
        ("3日間", 3 * DAY),
        ("2週間使いたい", 14 * DAY),
        ("3ヶ月", 90 * DAY),
    ],
)
def test_lengths_are_read_in_many_languages(text, length):
    assert read(text).duration == length


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("until Friday 5pm", (27, 17)),
        ("until 5pm on Friday", (27, 17)),
        ("until Friday at 17:30", (27, 17, 30)),
        ("until Friday", (28, 0)),
        ("by Friday EOD", (28, 0)),
        ("before Friday", (27, 0)),
        ("until Monday", (31 - 30, 0)),
        ("from now to Monday morning", (30, 9)),
        ("till tomorrow noon", (24, 12)),
        ("until noon tomorrow", (24, 12)),
        ("until 18:00", (23, 18)),
        ("until 9am", (24, 9)),
        ("until midnight", (24, 0)),
        ("until 2026-11-29", (30, 0)),
        ("until the 28th", (29, 0)),
        ("until November 29th", (30, 0)),
        ("until 29 November", (30, 0)),
        ("hasta el viernes a las 17:00", (27, 17)),
        ("hasta mañana", (25, 0)),
        ("hasta el 28 de noviembre", (29, 0)),
        ("jusqu'à vendredi 17h", (27, 17)),
        ("jusqu'à demain midi", (24, 12)),
        ("jusqu'au 28 novembre", (29, 0)),
        ("bis Freitag 17 Uhr", (27, 17)),
        ("bis morgen Abend", (24, 21)),
        ("bis zum 28. November", (29, 0)),
        ("até sexta às 17h", (27, 17)),
        ("até amanhã", (25, 0)),
        ("शुक्रवार शाम 5 बजे तक", (27, 17)),
        ("周五下午5点之前", (27, 17)),
        ("直到明天", (25, 0)),
        ("金曜日の17時まで", (27, 17)),
        ("11月28日まで", (29, 0)),
    ],
)
def test_a_deadline_is_counted_from_now(text, end):
    day, *time = end
    month = 12 if day < 23 else 11
    assert NOW + read(text).duration == datetime(2026, month, day, *time, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["by end of month", "until the end of November", "hasta fin de mes", "jusqu'à la fin du mois",
             "bis Ende des Monats", "até o fim do mês", "月末まで"],
)  # fmt: skip
def test_the_end_of_the_month_is_its_last_midnight(text):
    assert NOW + read(text).duration == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_weekday_whose_hour_has_passed_is_the_next_one():
    friday = datetime(2026, 11, 27, 18, tzinfo=UTC)
    assert friday + analyse("until Friday 5pm", friday).duration == datetime(2026, 12, 4, 17, tzinfo=UTC)
    assert friday + analyse("until Friday 8pm", friday).duration == datetime(2026, 11, 27, 20, tzinfo=UTC)


def test_a_deadline_is_in_the_writers_zone_and_knows_when_clocks_change():
    paris = ZoneInfo("Europe/Paris")
    evening = datetime(2026, 10, 24, 20, tzinfo=paris)  # clocks go back in the night
    assert analyse("until tomorrow 20:00", evening).duration == hours(25)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("for the weekend", 6.5 * DAY),
        ("over the long weekend", 7.5 * DAY),
        ("el fin de semana", 6.5 * DAY),
        ("am Wochenende", 6.5 * DAY),
        ("周末用", 6.5 * DAY),
        ("overnight", hours(12)),
        ("this afternoon", hours(6)),
        ("all week", 7 * DAY),
        ("esta semana", 7 * DAY),
        ("for the semester", 120 * DAY),
        ("for a two-week sprint", 14 * DAY),
    ],
)
def test_an_occasion_has_a_conventional_length_that_is_said(text, length):
    reading = read(text)
    assert reading.duration == length
    assert reading.notes or text == "for a two-week sprint"


@pytest.mark.parametrize("day", range(23, 30))
def test_a_weekend_lasts_to_its_end_in_the_writers_zone_and_that_is_said(day):
    now = datetime(2026, 11, day, 12, tzinfo=ZoneInfo("Asia/Tokyo"))
    reading = analyse("minecraft for the weekend", now)
    assert now + reading.duration == datetime(2026, 11, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert any("until the end of Sunday 29 November 2026" in note for note in reading.notes)


def test_a_weekend_that_has_begun_lasts_until_monday():
    friday = datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert friday + analyse("for the weekend", friday).duration == datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "keep 30 days of logs",
        "retain logs for 30 days",
        "30 days retention",
        "backups every 6 hours",
        "500 visits a day",
        "100M rows",
        "available 24/7",
        "a 3-year-old laptop",
        "within 5 minutes",
        "3D rendering",
        "up to 16 GB",
        "every weekend",
        "a demo on Friday",
        "last 2 weeks",
        "cada 6 horas",
        "toutes les 2 heures",
        "每3小时备份",
        "in 2026年",
    ],
)
def test_other_times_are_no_lease(text):
    assert read(text).duration is None
