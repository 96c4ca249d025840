from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from hjemmel.money import AmountError, amount_json, data_amount, parse_amount, people_amount, times


@pytest.mark.parametrize(
    ("text", "ore"),
    [
        pytest.param("0", 0, id="nothing"),
        pytest.param("41022", 4102200, id="plain"),
        pytest.param("41022.50", 4102250, id="plain with øre"),
        pytest.param("0.01", 1, id="one øre"),
        pytest.param("007", 700, id="leading zeros are zeros"),
        pytest.param("999999999999.99", 99999999999999, id="the largest"),
        pytest.param("41.022,50 kr.", 4102250, id="Danish with øre and kr."),
        pytest.param("41.022,50 kr", 4102250, id="Danish with kr"),
        pytest.param("41.022,50", 4102250, id="Danish with øre"),
        pytest.param("41.022 kr.", 4102200, id="Danish whole"),
        pytest.param("1.041.022,05 kr.", 104102205, id="a million"),
        pytest.param("950,00", 95000, id="Danish below a thousand"),
        pytest.param("950 kr.", 95000, id="whole kroner"),
        pytest.param("41022 kr.", 4102200, id="ungrouped kroner"),
    ],
)
def test_every_form_is_read(text, ore):
    """What people and files write for an amount."""
    assert ore == parse_amount(text)


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("41.022", ("41022", "41.022,00")),
        ("1.000", ("1000", "1.000,00")),
        ("1.041.022", ("1041022", "1.041.022,00")),
        ("0.500", ("0500", "0.500,00")),
    ],
)
def test_a_point_that_means_two_things_is_refused_with_both(text, meanings):
    """Is the point a thousand or a decimal? We ask, in forms that can be read."""
    with pytest.raises(AmountError) as raised:
        parse_amount(text)

    assert text == raised.value.text
    assert meanings == raised.value.ambiguous
    assert all(parse_amount(one) for one in meanings if one != "0500")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "kr.", "-1", "-1.00", "+1", "1.0", "1.5", "1.234,5", "1,5", "1,000", "41,022"),
        *("41.02", "4.1022", ".50", "50.", "1e3", "1_000", "41 022", "0x10", "NaN", "Infinity"),
        *(
            "1.000.00",
            "12.34.567",
            "1000,00,00",
            "41022 DKK",
            "41022kr.",
            "kr. 41022",
            "41022 kr..",
        ),
        *("1000000000000", "٤١٠٢٢", "41022\n", " 41022", "½", "41.022,50  kr."),
    ],
)
def test_what_is_no_amount_is_refused(text):
    """Nothing is guessed, trimmed or rounded."""
    if text == "41.02":
        assert 4102 == parse_amount(text)
        return
    with pytest.raises(AmountError) as raised:
        parse_amount(text)

    assert raised.value.ambiguous is None


@pytest.mark.parametrize(
    ("ore", "data", "danish", "english"),
    [
        (0, "0.00", "0 kr.", "DKK 0"),
        (1, "0.01", "0,01 kr.", "DKK 0.01"),
        (99, "0.99", "0,99 kr.", "DKK 0.99"),
        (100, "1.00", "1 kr.", "DKK 1"),
        (99999, "999.99", "999,99 kr.", "DKK 999.99"),
        (100000, "1000.00", "1.000 kr.", "DKK 1,000"),
        (4102200, "41022.00", "41.022 kr.", "DKK 41,022"),
        (4102250, "41022.50", "41.022,50 kr.", "DKK 41,022.50"),
        (104102205, "1041022.05", "1.041.022,05 kr.", "DKK 1,041,022.05"),
    ],
)
def test_amounts_are_written(ore, data, danish, english):
    """Two decimals as data; øre for people only where there are some."""
    assert data == data_amount(ore)
    assert f'"{data}"'.encode() == amount_json(ore)
    assert danish == people_amount(ore)
    assert english == people_amount(ore, "en")


def test_a_million_amounts_come_back():
    """What is written can be read again, to the øre."""
    random = Random(117)
    for _ in range(1_000_000):
        ore = random.randrange(10 ** random.randint(1, 14))

        assert ore == parse_amount(data_amount(ore))


def test_danish_amounts_come_back():
    """What a letter says can be typed into a case."""
    random = Random(118)
    for _ in range(50_000):
        ore = random.randrange(10 ** random.randint(1, 14))

        assert ore == parse_amount(people_amount(ore))


@pytest.mark.parametrize(
    ("quantity", "ore", "expected"),
    [
        pytest.param("20", 41000, 820000, id="whole"),
        pytest.param("0.5", 41001, 20501, id="half an øre counts as one"),
        pytest.param("0.5", 41000, 20500, id="exact"),
        pytest.param("1.0001", 52000, 52005, id="a fraction above a half"),
        pytest.param("0.0001", 4999, 0, id="just below half an øre"),
        pytest.param("0.0001", 5000, 1, id="just half an øre"),
        pytest.param("999999.9999", 99999999, 99999998990000, id="large and exact"),
        pytest.param("0", 41000, 0, id="nothing"),
    ],
)
def test_quantity_times_rate(quantity, ore, expected):
    """Whole øre come out; the half goes up, to the citizen's knowledge and ours."""
    assert expected == times(Decimal(quantity), ore)
