"""What an account may use of the model in a day, and answers that are kept: in PostgreSQL, shared by all copies."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select, text

from shared.catalog import files
from shared.db.model_models import ModelAnswer, ModelUse
from shared.db.model_use import MOST_ANSWERS, PostgresAllowances, PostgresAnswers
from shared.db.models import table
from shared.db.upkeep import PostgresUpkeep
from shared.domain.model_use import Use
from shared.services.consulting import Consulting
from shared.services.model_rates import Rates
from shared.suggestion.model import context
from shared.suggestion.model.openai_chat import ANSWER_TOKENS
from tests.asking import PLENTY, suggesting
from tests.integration.people import move, person
from tests.integration.scripted_model import EXAMPLE, scripted_model, why

CALL = Use(1000, Decimal("0.01"), Decimal(5))
RATES = Rates(Decimal(1), Decimal(4))


@pytest.fixture
def scripted():
    with scripted_model() as server:
        yield server


@pytest.fixture
def ada(engine):
    return person(engine, "ada@example.com").id


@pytest.fixture
def bob(engine):
    return person(engine, "bob@example.com").id


def used(engine, user_id) -> Use:
    rows = table(ModelUse)
    with engine.begin() as connection:
        row = connection.execute(select(rows).where(rows.c.user_id == user_id)).one()
    return Use(row.tokens, row.usd, row.seconds)


def engine_with(engine, scripted, most: Use = PLENTY, model: str = "scripted-1"):
    """The suggestion engine whose model is counted and kept in the database."""
    consulting = Consulting(
        scripted.model(model), PostgresAllowances(engine), PostgresAnswers(engine), lambda name: RATES, most
    )
    return suggesting(consulted=consulting)


def test_what_is_reserved_is_replaced_by_what_was_used(engine, ada):
    allowances = PostgresAllowances(engine)
    day = allowances.reserve(ada, CALL, PLENTY)
    assert used(engine, ada) == CALL
    spent = Use(300, Decimal("0.00012345"), Decimal("1.25"))
    allowances.settle(ada, day, CALL, spent)
    assert used(engine, ada) == spent


@pytest.mark.parametrize("cap", ["tokens", "usd", "seconds"])
def test_no_day_holds_more_than_the_cap_of_anything(engine, ada, cap):
    allowances = PostgresAllowances(engine)
    most = replace(PLENTY, **{cap: getattr(CALL, cap) * 2})
    answers = [allowances.reserve(ada, CALL, most) for _ in range(3)]
    assert [answer is None for answer in answers] == [False, False, True]
    assert getattr(used(engine, ada), cap) == getattr(most, cap)


def test_a_first_call_beyond_the_cap_is_not_counted(engine, ada):
    allowances = PostgresAllowances(engine)
    assert allowances.reserve(ada, CALL, replace(PLENTY, tokens=999)) is None
    with engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(table(ModelUse))).scalar_one() == 0


def test_many_at_once_do_not_share_the_last_of_it(engine, ada):
    allowances = PostgresAllowances(engine)
    most = replace(PLENTY, tokens=5 * CALL.tokens)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: allowances.reserve(ada, CALL, most), range(20)))
    assert sum(answer is not None for answer in answers) == 5
    assert used(engine, ada).tokens == most.tokens


def test_each_day_and_each_account_has_its_own(engine, ada, bob):
    allowances = PostgresAllowances(engine)
    most = replace(PLENTY, tokens=CALL.tokens)
    first = allowances.reserve(ada, CALL, most)
    assert allowances.reserve(ada, CALL, most) is None
    assert allowances.reserve(bob, CALL, most) == first
    move(engine, timedelta(days=1))
    assert allowances.reserve(ada, CALL, most) == first + timedelta(days=1)


def test_a_call_that_ends_after_midnight_is_settled_on_its_own_day(engine, ada):
    allowances = PostgresAllowances(engine)
    day = allowances.reserve(ada, CALL, PLENTY)
    move(engine, timedelta(days=1))
    allowances.settle(ada, day, CALL, Use(1, Decimal(0), Decimal(0)))
    assert used(engine, ada).tokens == 1


def test_the_tokens_that_the_server_counted_are_those_that_count(engine, scripted, ada):
    engine_with(engine, scripted).suggest(ada, EXAMPLE)
    spent = used(engine, ada)
    assert 0 < spent.tokens < ANSWER_TOKENS + 3000
    assert spent.tokens / Decimal(10**6) < spent.usd < 4 * spent.tokens / Decimal(10**6)


def test_where_the_server_counts_nothing_the_estimate_stays(engine, scripted, ada, bob):
    engine_with(engine, scripted).suggest(ada, "redis")
    scripted.fault(detail={"usage": False})
    engine_with(engine, scripted).suggest(bob, "nginx")
    assert used(engine, bob).tokens > used(engine, ada).tokens
    assert used(engine, bob).tokens > ANSWER_TOKENS


def test_a_server_that_refuses_costs_nothing_but_time(engine, scripted, ada):
    scripted.fault(status=500, times=None)
    engine_with(engine, scripted).suggest(ada, EXAMPLE)
    spent = used(engine, ada)
    assert (spent.tokens, spent.usd) == (0, 0)


@pytest.mark.parametrize("cap", ["tokens", "usd", "seconds"])
def test_over_the_cap_the_rules_answer_and_say_so(engine, scripted, ada, cap):
    answer = engine_with(engine, scripted, replace(PLENTY, **{cap: 0})).suggest(ada, EXAMPLE)
    assert answer.engine == "rules"
    assert "allowance" in why(answer)
    assert answer.spec.machine_type == "e2-standard-2"
    assert scripted.received == []


def test_a_repair_is_counted_too_and_not_made_beyond_the_cap(engine, scripted, ada, bob):
    scripted.fault(times=None, detail={"content": "not JSON", "usage": False})
    engine_with(engine, scripted).suggest(ada, EXAMPLE)
    assert len(scripted.received) == 2
    most = replace(PLENTY, tokens=used(engine, ada).tokens - 1)
    answer = engine_with(engine, scripted, most).suggest(bob, EXAMPLE)
    assert "allowance" in why(answer)
    assert len(scripted.received) == 3


def test_two_people_with_the_same_words_cost_one_call(engine, scripted, ada, bob):
    first = engine_with(engine, scripted).suggest(ada, EXAMPLE)
    second = engine_with(engine, scripted).suggest(bob, f"  {EXAMPLE.replace(' ', '  ').replace('need', 'NEED')}\n")
    assert len(scripted.received) == 1
    assert (first.engine, second.engine) == ("model", "model")
    assert second.spec == first.spec
    assert second.explanation == first.explanation
    assert "asked the same before" in why(second)


def test_a_kept_answers_explanation_is_streamed_too(engine, scripted, ada):
    engine_with(engine, scripted).suggest(ada, EXAMPLE)
    steps = list(engine_with(engine, scripted).steps(ada, EXAMPLE, stream=True))
    assert steps[1].delta == steps[-1].explanation
    assert len(scripted.received) == 1


@pytest.mark.parametrize("other", ["model", "catalogue", "prompt", "words", "case of a short word"])
def test_what_an_answer_depends_on_makes_it_another(engine, scripted, ada, monkeypatch, other):
    request = f"{EXAMPLE} and R"
    engine_with(engine, scripted).suggest(ada, request)
    if other == "catalogue":
        monkeypatch.setattr(context, "digest", lambda: "another")
    if other == "prompt":
        monkeypatch.setattr(context, "PROMPT_VERSION", "another")
    if other == "words":
        request += " please"
    if other == "case of a short word":
        request = f"{EXAMPLE} and r"
    engine_with(engine, scripted, model="another" if other == "model" else "scripted-1").suggest(ada, request)
    assert len(scripted.received) == 2


def test_the_catalogues_digest_changes_with_its_data(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_FOLDER", tmp_path)
    found = set()
    for content in ("{}", '{"a": 1}'):
        (tmp_path / "workloads.json").write_text(content)
        found.add(files.digest.__wrapped__())
    assert len(found) == 2


def test_a_failure_is_not_kept(engine, scripted, ada):
    scripted.fault(status=500, times=2)
    assert engine_with(engine, scripted).suggest(ada, EXAMPLE).engine == "rules"
    assert engine_with(engine, scripted).suggest(ada, EXAMPLE).engine == "model"


def test_a_kept_answer_that_no_longer_passes_is_asked_anew(engine, scripted, ada):
    engine_with(engine, scripted).suggest(ada, EXAMPLE)
    with engine.begin() as connection:
        connection.execute(text('UPDATE model_answers SET document = document || \'{"workloads": ["gone"]}\''))
    answer = engine_with(engine, scripted).suggest(ada, EXAMPLE)
    assert answer.engine == "model"
    assert len(scripted.received) == 2


def test_neither_the_person_nor_their_words_are_kept_with_an_answer(engine, scripted, ada):
    engine_with(engine, scripted).suggest(ada, "redis for the Rosebud project")
    with engine.begin() as connection:
        kept = str(connection.execute(select(table(ModelAnswer))).one())
    assert "Rosebud" not in kept
    assert ada not in kept


def test_answers_are_kept_for_a_month(engine, scripted, ada):
    engine_with(engine, scripted).suggest(ada, EXAMPLE)
    move(engine, timedelta(days=31))
    engine_with(engine, scripted).suggest(ada, EXAMPLE)
    assert len(scripted.received) == 2


def test_upkeep_forgets_old_use_old_answers_and_the_oldest_of_too_many(engine, scripted, ada):
    PostgresAllowances(engine).reserve(ada, CALL, PLENTY)
    rows = [{"key": f"k{number}", "model": "m", "document": {}} for number in range(MOST_ANSWERS + 5)]
    with engine.begin() as connection:
        connection.execute(insert(table(ModelAnswer)), rows)
    PostgresUpkeep(engine).forget()
    assert counts(engine) == (1, MOST_ANSWERS)
    move(engine, timedelta(days=31))
    PostgresUpkeep(engine).forget()
    assert counts(engine) == (1, 0)
    move(engine, timedelta(days=91))
    PostgresUpkeep(engine).forget()
    assert counts(engine) == (0, 0)


def counts(engine) -> tuple[int, ...]:
    with engine.begin() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table(each))).scalar_one()
            for each in (ModelUse, ModelAnswer)
        )


def test_no_connection_is_held_while_the_model_answers(engine, scripted, ada):
    steps = engine_with(engine, scripted).steps(ada, EXAMPLE, stream=True)
    next(steps)
    next(steps)
    assert engine.pool.checkedout() == 0
    steps.close()


def test_a_line_of_the_log_tells_of_each_consultation_without_anybodys_words(engine, scripted, ada, caplog):
    caplog.set_level("INFO", "shared.services.consulting")
    engine_with(engine, scripted).suggest(ada, EXAMPLE)
    scripted.fault(status=500, times=None)
    engine_with(engine, scripted).suggest(ada, "nginx for the Rosebud project")
    good, bad = caplog.records
    assert (good.engine, good.model, good.calls) == ("model", "scripted-1", 1)
    assert good.tokens == used(engine, ada).tokens
    assert (bad.engine, bad.tokens) == ("rules", 0)
    assert "500" in bad.because
    assert "Rosebud" not in str(vars(bad))
