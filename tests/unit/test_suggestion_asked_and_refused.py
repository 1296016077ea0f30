"""What a text wants, refuses, has already, or had by mistake, in whatever form and language it is said."""

import pytest

from shared.catalog.machines import known_machine_type
from shared.suggestion.mentions.openings import openings
from shared.suggestion.mentions.refusing import refusal
from shared.suggestion.mentions.systems import system
from shared.suggestion.mentions.where import where
from shared.suggestion.mentions.wishes import spot
from tests.asking import NOW, read, suggesting


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("kibana+logstash", ("kibana", "logstash")),
        ("nginx+php+mariadb on debian, 4GB", ("nginx", "php", "mariadb")),
        ("redis+celery+django", ("redis", "celery", "django")),
        ("Grafana +Prometheus", ("grafana", "prometheus")),
        ("caddy server with let's encrypt", ("caddy", "certbot")),
        ("apache, certificado de letsencrypt", ("apache", "certbot")),
        ("a machine for go builds", ("go",)),
        ("runs our go unit tests", ("go",)),
        ("go compiler on debian", ("go",)),
        ("django, we have our own postgres already", ("django",)),
        ("we already have a postgres, only need a worker with celery", ("celery",)),
        ("ya tenemos nuestro propio mysql, solo django", ("django",)),
        ("wir haben schon ein eigenes postgres, nur django", ("django",)),
        ("已经有mysql，只要django", ("django",)),
        ("redisはすでにあるので、django", ("django",)),
        ("no need for redis, just celery", ("celery",)),
        ("grafana, leave prometheus out", ("grafana",)),
        ("nginx und php, lass mysql weg", ("nginx", "php")),
        ("nginx y php, deja mysql fuera", ("nginx", "php")),
        ("nginx et php, laisse mysql de côté", ("nginx", "php")),
        ("Apache Kafka, not apache httpd", ("kafka",)),
        # words that are no software here
        ("fix the db later; nginx only", ("nginx",)),
        ("show it in the browser: jupyter", ("jupyter",)),
        ("render node blender", ("blender",)),
        ("from my desktop I ssh into an nginx box", ("nginx",)),
        ("plan a load test for Tuesday; nginx", ("nginx",)),
        ("Oracle Linux with nginx", ("nginx",)),
        ("reptiles and pythons shop, wordpress", ("wordpress",)),
    ],
)
def test_only_what_is_asked_for_is_installed(text, wanted):
    assert read(text).workloads == wanted


@pytest.mark.parametrize(
    ("text", "os"),
    [
        ("last time I got rocky by mistake, I want debian", "Debian"),
        ("fedora was wrong, now give me ubuntu 22.04", "Ubuntu"),
        ("I picked centos by accident; debian", "Debian"),
        ("la otra vez pedí rocky por error, quiero debian", "Debian"),
        ("j'ai pris rocky par erreur, je veux debian", "Debian"),
        ("versehentlich rocky bestellt, jetzt debian", "Debian"),
        ("rocky war falsch, bitte debian", "Debian"),
        ("da outra vez peguei rocky por engano, quero debian", "Debian"),
        ("上次装错了rocky，要debian", "Debian"),
        ("前回は間違えてrockyにしました。debianでお願いします", "Debian"),
    ],
)
def test_what_was_had_by_mistake_is_not_meant(text, os):
    assert system(text, NOW.date()).os == os


@pytest.mark.parametrize(
    "text",
    [
        *("debian, darf unterbrochen werden", "darf jederzeit abgebrochen werden", "kann ruhig gestoppt werden"),
        *("Unterbrechungen sind ok", "interruption acceptée", "interruptions possibles", "peut être coupée"),
        *("se puede interrumpir", "interrupciones aceptadas", "pode ser parada", "interrupções aceitas"),
        *("debian，可以被中断", "可随时回收", "可以随时被终止", "中断されても大丈夫", "止まってもいい"),
    ],
)
def test_who_accepts_interruptions_gets_spot(text):
    found = spot(text)
    assert found is not None
    assert found[0]


@pytest.mark.parametrize(
    "text",
    [
        *("debian, nothing spot", "don't give me spot", "please don't pick spot", "nothing preemptible", "no spot"),
        *("darf nicht unterbrochen werden", "kann nicht abgebrochen werden", "ne doit pas être interrompue"),
        *("no debe interrumpirse", "não pode parar", "不可以被中断", "不能随时回收", "中断不可"),
    ],
)
def test_who_refuses_interruptions_does_not_get_spot(text):
    found = spot(text)
    assert found is not None
    assert not found[0]


@pytest.mark.parametrize(
    "text",
    ["no docker, don't give me ARM", "nothing arm", "don't put arm64", "without arm", "kein arm", "sin arm64"],
)
def test_refused_arm_is_not_taken(text):
    assert system(text, NOW.date()).arm is False


@pytest.mark.parametrize(
    "text",
    [
        *(
            "anywhere but America, debian",
            "debian, keep it out of the United States",
            "not in the US",
            "nowhere in the US",
        ),
        *("stay out of the USA", "outside the United States", "avoid the US", "fuera de Estados Unidos"),
        *("hors des États-Unis", "außerhalb der USA", "nicht in den USA", "fora dos Estados Unidos", "美国以外"),
        *("不要放在美国", "アメリカ以外", "not America please", "keep our data out of America"),
    ],
)
def test_an_excluded_country_has_no_region_left(text):
    assert "us-west1" in where(text).unwanted


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("hay que abrir el 8080", (8080,)),
        ("abre el 9000 y el 9001", (9000, 9001)),
        ("hay que abrir los 8080 y 8443", (8080, 8443)),
        ("abran el 3000", (3000,)),
        ("il faut ouvrir le 8080", (8080,)),
        ("ouvrez les 8080 et 8081", (8080, 8081)),
        ("abrir a 5000", (5000,)),
        ("bitte den 8080 öffnen, öffne die 9090", (9090,)),
    ],
)
def test_ports_are_opened_without_being_called_so(text, ports):
    assert openings(text).opened == ports


@pytest.mark.parametrize(
    "text",
    [
        *("attaque ddos contre un concurrent", "ataque ddos contra un competidor", "ddos gegen die Konkurrenz"),
        *(
            "hackear la cuenta de facebook de mi ex",
            "pirater le compte de mon ex",
            "hacken wir das Konto meiner Ex",
        ),
        *("invadir a conta do meu chefe", "crack passwords of my neighbours wifi", "hack the accounts of other people"),
        *("盗别人的账号", "競合サイトにDDoS攻撃", "彼女のアカウントを乗っ取りたい", "ex ka instagram hack karna hai"),
        "फेसबुक अकाउंट हैक करना है",
    ],
)
def test_attacks_are_refused_in_every_language(text):
    assert refusal(text, sees_a_machine=True) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("protección contra ataques ddos con nginx", "DDoS攻撃対策サーバー", "nginx with ddos protection"),
        *("reset the passwords of my users", "gitlab with accounts of my team", "防御DDoS攻击"),
    ],
)
def test_defence_and_everyday_administration_are_not_refused(text):
    assert refusal(text, sees_a_machine=True) is None


@pytest.mark.parametrize(
    "text",
    [
        *("a place for our AI experiments, powerful", "something for AI", "an ai playground", "a box to play with AI"),
        *("algo para inteligencia artificial", "experimentos de IA", "un serveur pour des projets d'IA"),
        *("KI-Experimente", "projetos de IA", "AI实验", "AIの実験"),
    ],
)
def test_artificial_intelligence_of_no_kind_is_guessed_with_a_gpu_and_asked_about(text):
    reading = read(text)
    assert reading.gpu
    assert "7B" in reading.unclear[0][1][0]


@pytest.mark.parametrize(
    ("text", "vcpus"),
    [("96 vCPUs debian", 96), ("debian 128 cores 256GB", 128), ("debian mit 100 Kernen", 100), ("debian 80核", 80)],
)
def test_above_every_predefined_type_a_custom_one_has_the_stated_vcpus(text, vcpus):
    spec = suggesting().suggest("ana", text).spec
    assert spec is not None
    assert known_machine_type(spec.machine_type).vcpus == vcpus


@pytest.mark.parametrize(
    ("text", "part"), [("300 vCPUs", "Ask for several"), ("ein Server mit 300 Kernen", "Maschine")]
)
def test_above_every_machine_the_refusal_names_the_largest(text, part):
    suggestion = suggesting().suggest("ana", text)
    assert suggestion.outcome == "refused"
    assert part in suggestion.reasons[0].because
    assert "128 vCPUs" in suggestion.reasons[0].because


def test_the_maker_binds_the_release():
    assert suggesting().suggest("ana", "bigbluebutton server").spec.os_image == "ubuntu-2204-lts"


def test_a_faster_machine_is_not_offered_above_the_budget():
    offered = suggesting().suggest("ana", "wordpress for 2 hours, at most $0.10 in all").alternatives
    assert not [each for each in offered if each.label == "faster"]
