"""Where a machine has to be, or would best be, by places named in eight languages."""

import pytest

from shared.catalog.places import places
from shared.catalog.regions import regions
from tests.asking import ask, read, suggesting

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


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        *((text, {"us-west1", "us-east1"}) for text in (
            "nginx anywhere but the US", "nginx, not in the United States", "nginx, no US regions",
            "nginx outside of the USA", "nginx, avoid the US", "nginx; US is not an option",
            "nginx en cualquier lugar menos EE. UU.", "nginx partout sauf aux États-Unis", "nginx fora dos EUA",
            "nginx außerhalb der USA", "nginx 不要放在美国", "美国以外的 nginx 服务器", "nginx アメリカ以外で",
            "nginx अमेरिका के बाहर",
        )),
        *((text, {"europe-west2", "europe-west9"}) for text in (
            "nginx not in Europe", "nginx anywhere except Europe", "nginx hors d'Europe", "nginx fuera de Europa",
        )),
        *((text, {"europe-west9"}) for text in (
            "nginx outside the EU", "nginx außerhalb der EU", "nginx fuera de la UE",
        )),
        ("nginx, avoid us-west1", {"us-west1"}),
        ("nginx not in the US or Europe", {"us-west1", "us-east1", "europe-west2", "europe-west9"}),
        ("nginx in Europe but not in Paris", {"europe-west9"}),
    ],
)  # fmt: skip
def test_a_refused_area_is_kept_away_from_and_that_is_said(text: str, refused: set[str]):
    answer = ask(text)
    assert read(text).unwanted_regions == refused
    assert answer.spec.packages == ("nginx",)
    assert answer.quote.region not in refused
    assert any(answer.quote.region in each for each in answer.assumptions)


def test_what_is_chosen_of_an_area_leaves_out_what_is_refused_of_it():
    assert ask("nginx in Europe but not in Paris").quote.region == "europe-west2"


@pytest.mark.parametrize("text", ["data must not leave the EU, postgres", "postgres, it must stay in France"])
def test_an_area_that_must_not_be_left_is_required(text: str):
    assert ask(text).spec.region.must == "europe-west9"


@pytest.mark.parametrize(
    "text",
    ["伦敦的服务器，nginx", "ロンドンのサーバー、nginx", "लंदन का सर्वर nginx", "a London server with nginx",
     "London's server", "a London box", "London-based postgres", "nginx on a London VM", "ロンドンで nginx",
     "लंदन में nginx"],
)  # fmt: skip
def test_a_place_that_owns_the_machine_is_required(text: str):
    assert read(text).region.must == "europe-west2"


@pytest.mark.parametrize(
    ("then", "region"),
    [
        ("not in London after all", None),
        ("anywhere is fine", None),
        ("it doesn't have to be in London", None),
        ("egal wo", None),
        ("in Paris instead", "europe-west9"),
    ],
)
def test_a_place_is_taken_back(then: str, region: str | None):
    use_case = suggesting()
    answer = use_case.suggest("ana", then, refines=use_case.suggest("ana", "nginx in London").id)
    assert (answer.spec.region and answer.spec.region.must) == region
    assert answer.quote.region != "europe-west2"
