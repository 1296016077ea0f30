"""Reads of a sequencer, as people count them."""

from decimal import Decimal

import pytest

from tests.asking import ask, read


@pytest.mark.parametrize(
    ("text", "millions"),
    [
        ("Trinity, 200 million read pairs", 200),
        ("transcriptome assembly of 30M paired-end reads", 30),
        ("30M reads with trinity", 30),
        ("Trinity with two hundred million reads", 200),
        ("Trinity: 150 M PE reads for 2 days", 150),
        ("trinity für 50 Mio. Reads", 50),
        ("1,5 Mio Reads mit Trinity", Decimal("1.5")),
        ("ensamblaje con Trinity, 200 millones de lecturas", 200),
        ("assemblage Trinity de 150 millions de lectures", 150),
        ("montagem com Trinity de 80 milhões de leituras", 80),
        ("Trinityで2億リード", 200),
        ("Trinity 组装 1亿条 reads", 100),
        ("0.5 billion Illumina reads", 500),
        ("25000000 RNA-seq reads", 25),
        ("200 million reads per second", None),
        ("2 read replicas for 3 million users", None),
        ("5 million reads a day", None),
        ("500 reads", None),
        ("it reads 10 GB", None),
    ],
)
def test_reads_are_counted_in_millions(text, millions):
    assert read(text).million_reads == millions


def test_trinity_gets_a_gib_for_each_million():
    many, few = ask("Trinity with 200 million read pairs"), ask("Trinity with 25 million read pairs")
    memory = [next(reason for reason in asked.reasons if reason.field == "machine_type") for asked in (many, few)]
    assert "and 200.6 GiB" in memory[0].because
    assert "on 25 million reads 8 vCPUs and 25 GiB" in memory[1].evidence
