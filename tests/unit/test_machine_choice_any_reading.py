"""Whatever is read: stated numbers are met and never undercut, and every answer is a valid one."""

from decimal import Decimal
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.catalog.check import validate
from shared.catalog.machines import accelerators, disk_types, known_machine_type, machine_types, takes_gpu
from shared.domain.spec import RegionWish
from shared.services.quoting import Market, hourly
from shared.suggestion.decide import Decision, Impossible, decide
from shared.suggestion.fitting.alternatives import others
from shared.suggestion.reading import Budget, Reading, Stated
from tests.asking import NOW
from tests.asking import settings as regions

PRICE = partial(hourly, market=Market(regions()))
often = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


def decided(**said):
    return decide(Reading(**said), PRICE, NOW.date())


amounts = st.builds(
    Stated,
    vcpus=st.none() | st.integers(1, 100),
    vcpus_bound=st.sampled_from(["exactly", "at least", "at most"]),
    memory_gib=st.none() | st.integers(1, 3200).map(lambda quarters: Decimal(quarters) / 4),
    memory_bound=st.sampled_from(["exactly", "at least", "at most"]),
    disk_gib=st.none() | st.integers(1, 65536),
)
readings = st.builds(
    Reading,
    stated=amounts,
    workloads=st.lists(
        st.sampled_from(["nginx", "postgresql", "gitlab", "minecraft", "ffmpeg", "pytorch"]), unique=True
    ).map(tuple),
    environment=st.sampled_from([None, "development", "production"]),
    wish=st.sampled_from([None, "cheap", "fast", "green"]),
    arm=st.booleans(),
    unwanted_series=st.sampled_from([frozenset(), frozenset({"e2", "n2"})]),
    users=st.none() | st.integers(1, 5000),
    gpu=st.sampled_from([None, True, False]),
    billions=st.none() | st.integers(1, 200).map(Decimal),
    bits=st.sampled_from([None, 4, 8, 16]),
    training=st.sampled_from([None, "full", "adapters"]),
    data_gib=st.none() | st.integers(1, 70_000).map(Decimal),
    requests_per_second=st.none() | st.integers(1, 3000).map(Decimal),
    unwanted_os=st.sampled_from([frozenset(), frozenset({"Ubuntu"}), frozenset({"Windows"})]),
    os=st.sampled_from([None, "Debian", "Windows Server", "Red Hat Enterprise Linux"]),
    region=st.none() | st.sampled_from(["europe-west9", "northamerica-south1"]).map(lambda id: RegionWish(must=id)),
    spot=st.sampled_from([None, True, False]),
    budget=st.none()
    | st.builds(Budget, st.decimals("0.01", 1000, places=2), st.sampled_from(["total", "hour", "month"])),
)


@often
@given(readings)
def test_stated_numbers_are_never_undercut_and_met_exactly_where_any_machine_has_them(reading):
    found = decide(reading, PRICE, NOW.date())
    if isinstance(found, Impossible):
        return
    validate(found.choice.spec, NOW.date())
    stated, chosen = reading.stated, found.choice.machine
    _bounds_hold(chosen, stated)
    alike = [one for one in machine_types().values() if one.architecture == chosen.architecture and one.gpu is None]
    have = [
        one for one in alike if one.series not in {"f1", "g1", "n1", *reading.unwanted_series} and not one.shared_core
    ]
    exact = [one for one in have if (one.vcpus, one.memory_gib) == (stated.vcpus, stated.memory_gib)]
    if any(PRICE(found.choice.spec.model_copy(update=_moved(one))) for one in exact):
        assert (chosen.vcpus, chosen.memory_gib) == (stated.vcpus, stated.memory_gib)


@often
@given(readings)
def test_alternatives_are_valid_different_and_as_they_are_called(reading):
    found = decide(reading, PRICE, NOW.date())
    if isinstance(found, Impossible):
        return
    offered = others(found, PRICE)
    specs = [found.choice.spec, *(other.spec for other in offered)]
    assert len(set(specs)) == len(specs)
    for other in offered:
        validate(other.spec, NOW.date())
        assert other.trade_off
        dearer = PRICE(other.spec).hourly - found.choice.priced.hourly
        if other.label in ("smaller", "cheaper", "cheaper on arm64"):
            assert dearer < 0
        if other.label != "shorter":
            _bounds_hold(known_machine_type(other.spec.machine_type), reading.stated)


@often
@given(st.integers(1, 160), st.integers(1, 2000))
def test_a_need_that_some_machine_fits_gets_one(vcpus, gib):
    stated = Stated(vcpus=vcpus, vcpus_bound="at least", memory_gib=Decimal(gib), memory_bound="at least")
    usual = [one for one in machine_types().values() if one.architecture == "X86_64" and one.gpu is None]
    fitting = [one for one in usual if one.vcpus >= vcpus and one.memory_gib >= max(gib, vcpus) and _priced(one)]
    found = decided(stated=stated)
    assert isinstance(found, Decision) or not fitting
    if isinstance(found, Decision):
        assert found.choice.machine.vcpus >= vcpus
        assert found.choice.machine.memory_gib >= gib


@often
@given(st.sampled_from(sorted(accelerators())), st.integers(1, 8))
def test_a_named_gpu_comes_in_the_stated_number_or_more(gpu, count):
    found = decided(gpu=True, stated=Stated(gpu=gpu, gpu_count=count))
    if isinstance(found, Impossible):
        return
    spec = found.choice.spec
    assert spec.gpu.type == gpu
    assert spec.gpu.count >= count
    assert found.choice.machine.gpu or takes_gpu(found.choice.machine, gpu, spec.gpu.count)


def _priced(one):
    spec = decided().choice.spec
    return one.series not in {"f1", "g1", "n1"} and PRICE(spec.model_copy(update=_moved(one))) is not None


def _moved(one):
    return {"machine_type": one.name, "disk_type": disk_types(one.series)[0]}


def _bounds_hold(chosen, stated):
    for has, asked, bound in (
        (chosen.vcpus, stated.vcpus, stated.vcpus_bound),
        (chosen.memory_gib, stated.memory_gib, stated.memory_bound),
    ):
        if asked is not None:
            assert has <= asked if bound == "at most" else has >= asked
