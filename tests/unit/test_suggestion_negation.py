"""What a request refuses, replaces, compares with or takes back is not wanted; in eight languages."""

import pytest

from tests.asking import read

NOT_WANTED = [
    # refused outright
    ("nginx, no docker", ("nginx",), {"docker"}),
    ("nginx but not docker please", ("nginx",), {"docker"}),
    ("Django without a database, sorry: without Redis", ("django",), {"redis"}),
    ("we do not want any MySQL, PostgreSQL only", ("postgresql",), {"mysql"}),
    ("we don’t need redis. just nginx", ("nginx",), {"redis"}),
    ("no need for docker, nginx is all", ("nginx",), {"docker"}),
    ("nginx; avoid Docker", ("nginx",), {"docker"}),
    ("nginx, never MySQL", ("nginx",), {"mysql"}),
    ("nginx w/o docker", ("nginx",), {"docker"}),
    ("everything except Redis: nginx, PostgreSQL", ("nginx", "postgresql"), {"redis"}),
    ("a Django server, Docker is not needed", ("django",), {"docker"}),
    ("a Django server, docker not required", ("django",), {"docker"}),
    ("we can't use MongoDB here, so PostgreSQL", ("postgresql",), {"mongodb"}),
    ("nginx that must not run on Apache", ("nginx",), {"apache"}),
    ("Flask, and get rid of Redis", ("flask",), {"redis"}),
    # in one breath
    ("nginx, no Docker or Redis", ("nginx",), {"docker", "redis"}),
    ("nginx without Docker and Redis", ("nginx",), {"docker", "redis"}),
    ("nginx, neither Docker nor Redis", ("nginx",), {"docker", "redis"}),
    ("nginx, no Docker/Redis", ("nginx",), {"docker", "redis"}),
    ("no Docker, and nginx", ("nginx",), {"docker"}),
    # replaced
    ("PostgreSQL instead of MySQL", ("postgresql",), {"mysql"}),
    ("instead of MySQL use PostgreSQL", ("postgresql",), {"mysql"}),
    ("MariaDB rather than MySQL", ("mariadb",), {"mysql"}),
    ("replace Apache with nginx", ("nginx",), {"apache"}),
    ("we are replacing MySQL by PostgreSQL", ("postgresql",), {"mysql"}),
    ("migrating from MongoDB to PostgreSQL", ("postgresql",), {"mongodb"}),
    ("moving away from MySQL, to PostgreSQL", ("postgresql",), {"mysql"}),
    ("we switch our shop from MySQL to MariaDB", ("mariadb",), {"mysql"}),
    ("an alternative to MongoDB, like PostgreSQL", ("postgresql",), {"mongodb"}),
    ("swap out Apache for nginx", ("nginx",), {"apache"}),
    ("our MySQL must move to PostgreSQL", ("postgresql",), {"mysql"}),
    ("migrate the MySQL database to MariaDB", ("mariadb",), {"mysql"}),
    ("migrar MySQL a PostgreSQL", ("postgresql",), {"mysql"}),
    # compared with
    ("nginx, faster than my Apache", ("nginx",), {"apache"}),
    ("nginx, similar to our staging box which runs Tomcat and MySQL", ("nginx",), {"tomcat", "mysql"}),
    ("Redis, compared to Memcached", ("redis",), {"memcached"}),
    ("PostgreSQL, unlike MySQL", ("postgresql",), {"mysql"}),
    # taken back
    ("MySQL, no sorry, PostgreSQL", ("postgresql",), {"mysql"}),
    ("MySQL — actually make it PostgreSQL", ("postgresql",), {"mysql"}),
    ("MySQL, I mean MariaDB", ("mariadb",), {"mysql"}),
    ("Redis... scratch that, Memcached", ("memcached",), {"redis"}),
    ("MySQL. Wait, no MySQL please, and nginx", ("nginx",), {"mysql"}),
    # elsewhere
    ("Django; I already have a database elsewhere", ("django",), {"postgresql"}),
    ("Django that connects to an external PostgreSQL database", ("django",), {"postgresql"}),
    ("Flask app, its MySQL runs on RDS", ("flask",), {"mysql"}),
    ("Flask with our MySQL on another server", ("flask",), {"mysql"}),
    ("Node.js with MongoDB Atlas", ("nodejs",), {"mongodb"}),
    ("Django with Cloud SQL for PostgreSQL", ("django",), {"postgresql"}),
    # Spanish, French, German, Portuguese
    ("nginx sin docker", ("nginx",), {"docker"}),
    ("no quiero MySQL, quiero PostgreSQL", ("postgresql",), {"mysql"}),
    ("PostgreSQL en lugar de MySQL", ("postgresql",), {"mysql"}),
    ("nginx, no necesito redis", ("nginx",), {"redis"}),
    ("nginx sans docker ni redis", ("nginx",), {"docker", "redis"}),
    ("pas de docker, seulement nginx", ("nginx",), {"docker"}),
    ("pas besoin de Redis, juste Django", ("django",), {"redis"}),
    ("PostgreSQL au lieu de MySQL", ("postgresql",), {"mysql"}),
    ("nginx ohne Docker", ("nginx",), {"docker"}),
    ("PostgreSQL statt MySQL", ("postgresql",), {"mysql"}),
    ("nginx, kein Redis", ("nginx",), {"redis"}),
    ("nginx, Redis brauche ich nicht", ("nginx",), {"redis"}),
    ("nginx sem docker", ("nginx",), {"docker"}),
    ("não preciso de Redis, só Django", ("django",), {"redis"}),
    ("PostgreSQL em vez de MySQL", ("postgresql",), {"mysql"}),
    # Hindi, Chinese, Japanese
    ("nginx चाहिए, बिना Docker", ("nginx",), {"docker"}),
    ("nginx चाहिए, Docker नहीं", ("nginx",), {"docker"}),
    ("需要nginx，不要Docker", ("nginx",), {"docker"}),
    ("nginx，不需要Redis或MySQL", ("nginx",), {"redis", "mysql"}),
    ("nginxが欲しい、Dockerなし", ("nginx",), {"docker"}),
    ("MySQLではなくPostgreSQL", ("postgresql",), {"mysql"}),
]

WANTED = [
    ("not only Redis but also PostgreSQL", ("redis", "postgresql")),
    ("not just nginx", ("nginx",)),
    ("no problem with Docker", ("docker",)),
    ("why not Docker?", ("docker",)),
    ("not without Redis", ("redis",)),
    ("no less than Redis and nginx", ("redis", "nginx")),
    ("I'd like PostgreSQL", ("postgresql",)),
    ("databases like PostgreSQL", ("postgresql",)),
    ("move MySQL to a bigger machine", ("mysql",)),
    ("no solo Redis sino también PostgreSQL", ("redis", "postgresql")),
    ("pas seulement Redis, PostgreSQL aussi", ("redis", "postgresql")),
    ("nicht nur Redis, auch PostgreSQL", ("redis", "postgresql")),
    ("não só Redis mas também PostgreSQL", ("redis", "postgresql")),
    ("不仅Redis，还要PostgreSQL", ("redis", "postgresql")),
    ("MySQL and actually also Redis", ("mysql", "redis")),
    ("um servidor no Windows com Redis", ("redis",)),
    ("I do not know Docker well, but Docker it is", ("docker",)),
    ("no Docker at first... now with Docker", ("docker",)),
]


@pytest.mark.parametrize(("text", "wanted", "unwanted"), NOT_WANTED)
def test_what_is_not_meant_is_not_wanted(text, wanted, unwanted):
    reading = read(text)
    assert reading.workloads == wanted
    assert reading.unwanted >= unwanted


@pytest.mark.parametrize(("text", "wanted"), WANTED)
def test_what_only_sounds_refused_is_wanted(text, wanted):
    assert read(text).workloads == wanted


@pytest.mark.parametrize(
    "text",
    [
        *("no GPU", "without any GPU", "don't need a GPU", "GPU not needed", "GPU-less", "no dedicated GPU"),
        *("sin GPU", "no necesito GPU", "sans GPU", "pas de GPU", "ohne GPU", "keine GPU", "sem GPU"),
        *("不要GPU", "不需要GPU", "无GPU", "GPUなし", "GPUは不要", "बिना GPU", "GPU नहीं"),
    ],
)
def test_a_gpu_is_refused_in_eight_languages(text):
    assert read(text).gpu is False


@pytest.mark.parametrize(
    ("text", "os", "unwanted"),
    [
        ("not Windows", None, "Windows Server"),
        ("anything but Ubuntu", None, "Ubuntu"),
        ("Debian, not Ubuntu", "Debian", "Ubuntu"),
        ("Ubuntu, no sorry, Debian", "Debian", "Ubuntu"),
        ("Ubuntu — actually Rocky 9", "Rocky Linux", "Ubuntu"),
        ("no Windows or Ubuntu, use Debian", "Debian", "Ubuntu"),
        ("moving from CentOS 7 to Debian", "Debian", "CentOS Stream"),
        ("kein Windows", None, "Windows Server"),
        ("sin Windows", None, "Windows Server"),
        ("pas de Windows", None, "Windows Server"),
        ("não quero Windows", None, "Windows Server"),
        ("不要Windows", None, "Windows Server"),
        ("Windowsではなく Debian", "Debian", "Windows Server"),
        ("Windows नहीं", None, "Windows Server"),
        ("a Linux box", None, "Windows Server"),
    ],
)
def test_systems_are_refused_and_taken_back(text, os, unwanted):
    reading = read(text)
    assert reading.os == os
    assert unwanted in reading.unwanted_os
