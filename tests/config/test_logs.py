"""The log: one JSON object a line, without what was entered."""

import json
import logging

import pytest

from config.logs import JsonFormatter


@pytest.fixture
def formatted():
    def write(message, *values, error=None, **facts):
        record = logging.LogRecord("blueprints.errors", logging.ERROR, __file__, 1, message, values, None)
        record.__dict__.update(facts)
        if error is not None:
            record.exc_info = (type(error), error, error.__traceback__)
        return JsonFormatter().format(record)

    return write


def test_a_line_stays_one_line_whatever_is_in_it(formatted):
    text = formatted("said %s", 'a\nb\r\x1b[31m\u2028"}{')
    assert "\n" not in text
    assert "\x1b" not in text
    assert json.loads(text)["says"] == 'said a\nb\r\x1b[31m\u2028"}{'


def test_an_error_is_told_by_type_and_place_not_by_its_words(formatted):
    def fail():
        raise ValueError("Paula's lot HA-1")

    def fail_further():
        try:
            fail()
        except ValueError as cause:
            raise RuntimeError("patient 17") from cause

    with pytest.raises(RuntimeError) as caught:
        fail_further()
    text = formatted("incident", error=caught.value, incident="0badcafe")
    content = json.loads(text)
    assert content["incident"] == "0badcafe"
    assert [told["type"] for told in content["errors"]] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert "test_logs.py" in content["errors"][0]["at"][-1]
    assert "Paula" not in text
    assert "patient 17" not in text
