"""Where a machine has to be, or would best be, by places named in eight languages."""

import pytest

from shared.catalog.places import places
from shared.catalog.regions import regions
from tests.asking import read

MUST = [
    *(("in Paris", "europe-west9"), ("in London please", "europe-west2"), ("hosted in Delhi", "asia-south2")),
    *(("region: us-west1", "us-west1"), ("us-east1-b", "us-east1"), ("London region", "europe-west2")),
    *(("8 vCPU, Paris, 3 days", "europe-west9"), ("a Paris-based server", "europe-west9"), ("Paris", "europe-west9")),
    *(
        ("must stay in the EU", "europe-west9"),
        ("data must not leave the UK", "europe-west2"),
        ("in the uk", "europe-west2"),
    ),
    *(
        ("keep it within France", "europe-west9"),
        ("deploy to Montreal", "northamerica-northeast1"),
        ("in India", "asia-south2"),
    ),
    *(("in London, no sorry, Paris", "europe-west9"), ("en París", "europe-west9"), ("en Londres", "europe-west2")),
    *(("un servidor en Francia", "europe-west9"), ("à Paris", "europe-west9"), ("à Londres", "europe-west2")),
    *(
        ("en Inde", "asia-south2"),
        ("in Frankreich", "europe-west9"),
        ("em Londres", "europe-west2"),
        ("em Paris", "europe-west9"),
    ),
    *(("na Índia", "asia-south2"), ("लंदन में सर्वर", "europe-west2"), ("दिल्ली में", "asia-south2")),
    *(
        ("在伦敦部署", "europe-west2"),
        ("在巴黎", "europe-west9"),
        ("ロンドンで", "europe-west2"),
        ("パリのリージョン", "europe-west9"),
    ),
    *(("サーバー、ロンドン、1ヶ月", "europe-west2"), ("in the US", "us-east1"), ("on the west coast", "us-west1")),
    *(("not in London but in Paris", "europe-west9"), ("in Querétaro", "northamerica-south1")),
]
PREFER = [
    *(("near London", "europe-west2"), ("close to Paris", "europe-west9"), ("preferably in London", "europe-west2")),
    *(("for users in Tokyo", None), ("our customers are in Germany", None), ("my players live in Brazil", None)),
    *(("low latency to New York", None), ("we're in London", "europe-west2"), ("serving Paris", "europe-west9")),
    *(("our office in London", "europe-west2"), ("traffic from Japan", None), ("around Manchester", "europe-west2")),
    *(
        ("cerca de Londres", "europe-west2"),
        ("usuarios en México", "northamerica-south1"),
        ("clientes en España", None),
    ),
    *(
        ("près de Paris", "europe-west9"),
        ("proche de Londres", "europe-west2"),
        ("utilisateurs en France", "europe-west9"),
    ),
    *(("in der Nähe von London", "europe-west2"), ("bei Paris", "europe-west9"), ("Kunden in Deutschland", None)),
    *(("perto de Londres", "europe-west2"), ("usuários em Paris", "europe-west9"), ("jogadores no Brasil", None)),
    *(
        ("लंदन के पास", "europe-west2"),
        ("伦敦附近", "europe-west2"),
        ("在伦敦附近", "europe-west2"),
        ("巴黎用户", "europe-west9"),
    ),
    *(("ロンドン近く", "europe-west2"), ("ロンドンの近く", "europe-west2"), ("パリ付近", "europe-west9")),
    # no region of the platform lies there: the nearest, and that is said
    *(("in Berlin", None), ("in Singapore", None), ("en Madrid", None), ("em São Paulo", None), ("在上海", None)),
    *(("東京で", None), ("à Genève", None), ("in Köln", None), ("data must stay in Germany", None)),
]
NO_PLACE = [
    *("a website for us", "not in Paris", "reading files in sale season", "a nice server", "in nice condition"),
    *("an essen app", "data in motion", "in most cases", "Paris Hilton fan page", "in the middle", "us"),
    *("the London Stock Exchange API", "em nome de", "en general", "in general", "8/32 2d"),
]


@pytest.mark.parametrize(("text", "region"), MUST)
def test_a_place_that_is_named_is_required(text, region):
    wish = read(text).region
    assert wish is not None
    assert wish.must == region


@pytest.mark.parametrize(("text", "region"), PREFER)
def test_what_is_near_or_has_no_region_is_wished_for(text, region):
    wish = read(text).region
    assert wish is not None
    assert wish.prefer in regions()
    assert region is None or wish.prefer == region


@pytest.mark.parametrize("text", NO_PLACE)
def test_words_that_only_look_like_places_are_none(text):
    assert read(text).region is None


def test_a_required_place_without_a_region_is_spoken_of_in_the_writers_language():
    assert "no region in Berlin" in read("a server in Berlin").notes[0]
    assert "no tiene ninguna región en Madrid" in read("un servidor en Madrid").notes[0]
    assert not read("a server near Berlin").notes


def test_a_later_place_takes_the_first_ones_remark_away():
    assert not read("a server in Berlin\n» in Paris").notes


def test_hundreds_of_places_lie_on_earth_and_know_their_nearest_region():
    known = places()
    assert len({id(place) for place in known.values()}) > 400
    for place in known.values():
        assert -90 <= place.latitude <= 90
        assert -180 <= place.longitude <= 180
        assert place.nearest in regions()


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        *(("manchester", "europe-west2"), ("lyon", "europe-west9"), ("mumbai", "asia-south2"), ("seattle", "us-west1")),
        *(("atlanta", "us-east1"), ("toronto", "northamerica-northeast1"), ("guadalajara", "northamerica-south1")),
    ],
)
def test_the_nearest_region_is_the_nearest(name, nearest):
    assert places()[name].nearest == nearest
