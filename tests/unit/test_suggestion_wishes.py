"""Systems, environment, ports, interruption, economy, series and language, as requests say them."""

import pytest

from shared.suggestion.text.languages import language
from tests.asking import read


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        *(("production database", "production"), ("for prod", "production"), ("we go live on Monday", "production")),
        *(
            ("our customers use it", "production"),
            ("the company's online shop", "production"),
            ("24/7 service", "production"),
        ),
        *(
            ("mission-critical", "production"),
            ("pre-production", "staging"),
            ("a staging copy", "staging"),
            ("UAT", "staging"),
        ),
        *(
            ("homework", "development"),
            ("a hackathon", "development"),
            ("side project", "development"),
            ("PoC", "development"),
        ),
        *(("to learn Linux", "development"), ("playing around with Docker", "development"), ("dev box", "development")),
        *(("CI runner", "test"), ("load testing", "test"), ("demo for a client tomorrow", "test"), ("QA", "test")),
        *(("en producción", "production"), ("para pruebas", "test"), ("entorno de desarrollo", "development")),
        *(("nuestros clientes", "production"), ("en production", "production"), ("pour des essais", "test")),
        *(("développement", "development"), ("für die Produktion", "production"), ("zum Testen", "test")),
        *(("Entwicklung", "development"), ("unsere Kunden", "production"), ("em produção", "production")),
        *(("para testes", "test"), ("desenvolvimento", "development"), ("生产环境", "production"), ("测试用", "test")),
        *(
            ("开发服务器", "development"),
            ("本番環境", "production"),
            ("テスト用", "test"),
            ("開発サーバー", "development"),
        ),
        *(("प्रोडक्शन के लिए", "production"), ("टेस्ट सर्वर", "test"), ("विकास के लिए", "development")),
        *(("not for production", None), ("machine learning", None), ("deep learning rig", None), ("a server", None)),
        *(("video production company site", None), ("staging, no sorry, production", "production")),
    ],
)
def test_what_it_is_for(text, environment):
    assert read(text).environment == environment


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        *(("open 8080 and 443", (8080, 443)), ("expose port 25565", (25565,)), ("port 5432 open to me", (5432,))),
        *(
            ("open ports 80, 443, 8443", (80, 443, 8443)),
            ("listening on port 3000", (3000,)),
            ("tcp port 22222", (22222,)),
        ),
        *(
            ("open http and https", (80, 443)),
            ("open https", (443,)),
            ("ports: 9000", (9000,)),
            ("abre el puerto 8080", (8080,)),
        ),
        *(("ouvre le port 8080", (8080,)), ("Port 8080 öffnen", (8080,)), ("abrir a porta 8080", (8080,))),
        *(
            ("开放端口8080", (8080,)),
            ("ポート8080を開けて", (8080,)),
            ("8080番ポート", (8080,)),
            ("पोर्ट 8080", (8080,)),
        ),
        *(
            ("no port 8080", ()),
            ("open 500 tickets", ()),
            ("port 99999", ()),
            ("open source", ()),
            ("open 20 GB files", ()),
        ),
    ],
)
def test_ports_that_are_asked_for(text, ports):
    assert read(text).ports == ports


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        *(
            ("spot is fine", True),
            ("a spot instance", True),
            ("preemptible ok", True),
            ("interruptions are fine", True),
        ),
        *(("it can be killed any time", True), ("if it dies we just restart it", True), ("may be interrupted", True)),
        *(
            ("interrumpible", True),
            ("unterbrechbar", True),
            ("可以中断", True),
            ("スポットで", True),
            ("use spot", True),
        ),
        *(
            ("no spot", False),
            ("must not be interrupted", False),
            ("cannot go down", False),
            ("no interruptions", False),
        ),
        *(("on-demand only", False), ("sin interrupciones", False), ("sans interruption", False), ("not spot", False)),
        *(("a server", None), ("sans GPU", None)),
    ],
)
def test_interruption_accepted_or_refused(text, spot):
    assert read(text).spot is spot


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        *(
            ("as cheap as possible", "cheap"),
            ("on a budget", "cheap"),
            ("low-cost", "cheap"),
            ("can't afford much", "cheap"),
        ),
        *(("barato", "cheap"), ("pas cher", "cheap"), ("möglichst günstig", "cheap"), ("mais barato", "cheap")),
        *(("便宜的服务器", "cheap"), ("安いサーバー", "cheap"), ("सस्ता सर्वर", "cheap"), ("sasta server", "cheap")),
        *(("fast", "fast"), ("a beefy machine", "fast"), ("high performance", "fast"), ("schneller Rechner", "fast")),
        *(
            ("rápido", "fast"),
            ("puissante", "fast"),
            ("高性能", "fast"),
            ("the greenest region", "green"),
            ("low carbon", "green"),
        ),
        *(("klimafreundlich", "green"), ("eco-friendly", "green"), ("环保", "green")),
        *(("FastAPI app", None), ("fast SSD", None), ("Greenplum", None), ("not cheap", None), ("a server", None)),
    ],
)
def test_economy(text, wish):
    assert read(text).wish == wish


@pytest.mark.parametrize(
    ("text", "series", "unwanted"),
    [
        *(
            ("an n2 please", "n2", set()),
            ("use C3", "c3", set()),
            ("n2d machine", "n2d", set()),
            ("e2 series", "e2", set()),
        ),
        *(("not e2", None, {"e2"}), ("no E2 or N1", None, {"e2", "n1"}), ("anything but e2", None, {"e2"})),
        *(("an n2 instead of an e2", "n2", {"e2"}), ("ohne e2", None, {"e2"}), ("pas d'e2", None, {"e2"})),
        *(("E2E tests", None, set()), ("R2 and C4 models", None, set()), ("H2 database", None, set())),
    ],
)
def test_machine_series_wished_for_or_refused(text, series, unwanted):
    reading = read(text)
    assert reading.stated.series == series
    assert reading.unwanted_series == unwanted


@pytest.mark.parametrize(
    ("text", "os", "family"),
    [
        *(
            ("Ubuntu 22.04", "Ubuntu", "ubuntu-2204-lts"),
            ("ubuntu22", "Ubuntu", "ubuntu-2204-lts"),
            ("jammy", "Ubuntu", "ubuntu-2204-lts"),
        ),
        *(
            ("Ubuntu 24", "Ubuntu", "ubuntu-2404-lts-amd64"),
            ("Ubuntu LTS", "Ubuntu", None),
            ("noble numbat, ubuntu noble", "Ubuntu", "ubuntu-2404-lts-amd64"),
        ),
        *(
            ("ubuntu 18.04", "Ubuntu", "ubuntu-2204-lts"),
            ("Debian 10", "Debian", "debian-12"),
            ("bookworm", "Debian", "debian-12"),
        ),
        *(
            ("Debian GNU/Linux 13", "Debian", "debian-13"),
            ("CentOS 7", "CentOS Stream", "centos-stream-9"),
            ("RHEL 9.4", "RHEL", "rhel-9"),
        ),
        *(
            ("Red Hat Enterprise Linux 8", "RHEL", "rhel-8"),
            ("Rocky 9", "Rocky Linux", "rocky-linux-9"),
            ("SLES 15", "SLES", "sles-15"),
        ),
        *(("openSUSE Leap", "openSUSE Leap", None), ("Container-Optimized OS", "Container-Optimized OS", None)),
        *(
            ("Win 2022", "Windows Server", "windows-2022"),
            ("WS2019", "Windows Server", "windows-2019"),
            ("win srv 2025", "Windows Server", "windows-2025"),
        ),
        *(
            ("Windows Server 2022 Core", "Windows Server Core", "windows-2022-core"),
            ("Windows 11", "Windows Server", None),
        ),
        *(
            ("SQL Server 2019", None, None),
            ("Fedora 40", "CentOS Stream", None),
            ("Kali", "Debian", None),
            ("Alma 9", "Rocky Linux", "rocky-linux-9"),
        ),
        *(("在Windows上", "Windows Server", None), ("Ubuntuで", "Ubuntu", None), ("उबंटू", "Ubuntu", None)),
    ],
)
def test_systems_by_name_version_and_codename(text, os, family):
    reading = read(text)
    assert (reading.os, reading.image) == (os, family)


@pytest.mark.parametrize(
    ("text", "arm"),
    [
        *(("arm64", True), ("an ARM server", True), ("Ampere", True), ("aarch64 build box", True), ("ARMで", True)),
        *(("not arm", False), ("no ARM please", False), ("x86 only", False), ("amd64", False), ("Intel", False)),
        *(("an ARM template", None), ("army", None), ("a server", None)),
    ],
)
def test_architecture_wanted_refused_or_open(text, arm):
    assert read(text).arm is arm


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("a server for WordPress", "en"), ("8 vCPU 32 GB", "en"), ("cheaper", "en"), ("Ubuntu", "en"), ("", "en")),
        *(("Necesito un servidor para WordPress", "es"), ("sin base de datos", "es"), ("más barato", "es")),
        *(("Je voudrais un serveur avec MySQL", "fr"), ("moins cher", "fr"), ("sans GPU", "fr"), ("à Paris", "fr")),
        *(("Ich brauche einen Server", "de"), ("günstiger", "de"), ("kein Windows", "de"), ("für zwei Wochen", "de")),
        *(("Preciso de um servidor com Redis", "pt"), ("mais barato", "pt"), ("sem docker", "pt"), ("não", "pt")),
        *(("मुझे सर्वर चाहिए", "hi"), ("mujhe ek server chahiye", "hi"), ("बिना GPU", "hi")),
        *(("我需要一台服务器", "zh"), ("便宜的", "zh"), ("不要Windows", "zh")),
        *(("サーバーが欲しい", "ja"), ("GPUなし", "ja"), ("安い", "ja")),
    ],
)
def test_the_language_is_known_by_script_and_small_words(text, code):
    assert language(text) == code
