"""People, requests and money, as they are written."""

from decimal import Decimal

import pytest

from tests.asking import read


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("10 friends", 10),
        ("with ten friends", 10),
        ("a couple of friends", 2),
        ("a dozen players", 12),
        ("200 concurrent users", 200),
        ("500 concurrent", 500),
        ("500 users online at the same time", 500),
        ("40 users", 40),
        ("2000 users", 200),
        ("10.000 Nutzer", 1000),
        ("60 users", 50),
        ("10-20 players", 20),
        ("a team of 12", 12),
        ("a 12-person team", 12),
        ("30 students in a class", 30),
        ("team of 5 developers", 5),
        ("5k MAU", 100),
        ("5k daily active users", 500),
        ("1,000 visits per day", 7),
        ("100k visitors per month", 23),
        ("100,000 monthly visitors", 23),
        ("500 visitas al día", 4),
        ("unas quinientas visitas al día", 4),
        ("500 usuarios concurrentes", 500),
        ("1000 visites par jour", 7),
        ("100 000 visiteurs par mois", 23),
        ("1000 Besucher pro Tag", 7),
        ("mil visitas por dia", 7),
        ("20 Spieler", 20),
        ("15 jogadores", 15),
        ("20个玩家", 20),
        ("每天一万访问", 67),
        ("日均1万次访问", 67),
        ("10人で遊ぶ", 10),
        ("1日1000アクセス", 7),
        ("दस दोस्तों के साथ", 10),
        ("रोज़ाना 500 विजिट", 4),
        ("a table of 100k users rows", None),
        ("each user gets a folder", None),
        ("at once", None),
    ],
)
def test_users_are_counted_as_those_there_at_once(text, users):
    assert read(text).users == users or (users is None and read(text).users is None)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("200 rps", 200),
        ("50 req/s", 50),
        ("10000 requests per second", 10000),
        ("300 requests per minute", 5),
        ("3600 requests an hour", 1),
        ("1M requests a day", Decimal("55.56")),
        ("30 million API calls per month", Decimal("55.56")),
        ("un millón de peticiones al día", Decimal("55.56")),
        ("2000 requêtes par seconde", 2000),
        ("100 Anfragen pro Sekunde", 100),
        ("500 requisições por segundo", 500),
        ("每秒1000次请求", 1000),
        ("2 million requests per day, peak 300 rps", 300),
        ("1000 visits a day", None),
    ],
)
def test_requests_are_counted_by_the_second_at_the_busiest_time(text, rate):
    assert read(text).requests_per_second == rate


def test_the_rule_that_was_used_is_said():
    assert any("a tenth of them" in note for note in read("2000 users").notes)
    assert any("a fifth of a day" in note for note in read("1M requests a day").notes)
    assert not read("200 concurrent users").notes


@pytest.mark.parametrize(
    ("text", "usd", "per"),
    [
        ("under $20", 20, "total"),
        ("max 50 dollars a month", 50, "month"),
        ("at most $0.10/hour", Decimal("0.1"), "hour"),
        ("50 cents an hour", Decimal("0.5"), "hour"),
        ("less than 5 bucks total", 5, "total"),
        ("$50/month", 50, "month"),
        ("$20-30 a month", 30, "month"),
        ("my budget is $1,000", 1000, "total"),
        ("$1.2k per year", 100, "month"),
        ("$70 a week", 10, "day"),
        ("twenty dollars max", 20, "total"),
        ("por menos de 10 dólares", 10, "total"),
        ("moins de 20 dollars par mois", 20, "month"),
        ("höchstens 20 Dollar", 20, "total"),
        ("no máximo 30 dólares por mês", 30, "month"),
        ("每月不超过50美元", 50, "month"),
        ("予算は50ドル以内", 50, "total"),
    ],
)
def test_budgets_are_read_with_what_they_are_for(text, usd, per):
    budget = read(text).budget
    assert (budget.usd, budget.per) == (usd, per)


@pytest.mark.parametrize(
    "text", ["budget 30€", "unter 30 Euro", "予算5000円以内", "预算100元", "£25 max", "बजट 500 रुपये"]
)
def test_other_currencies_are_converted_by_a_dated_rate_and_that_is_said(text):
    reading = read(text)
    assert reading.budget.usd > 0
    assert any("European Central Bank" in note and "2026" in note for note in reading.notes)


@pytest.mark.parametrize("text", ["a $5B company", "we have $10k in revenue", "I pay $50 a month now", "20 users"])
def test_money_of_something_else_is_no_budget(text):
    assert read(text).budget is None
