"""A receiver listens on loopback, or not at all."""

import pytest

from config.listen import listen_at
from config.load import ConfigError, parse
from tests.config.sample import longer


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:4318", ("127.0.0.1", 4318)),
        ("127.8.0.9:0", ("127.8.0.9", 0)),
        ("localhost:65535", ("127.0.0.1", 65535)),
        ("[::1]:4318", ("::1", 4318)),
    ],
)
def test_where_it_may_listen(text: str, place: tuple[str, int]) -> None:
    assert listen_at(text) == place
    config = longer(f'[feeds.agent]\nkind = "otlp"\nlisten = "{text}"\n')
    feed = parse(config.encode()).feeds["agent"]
    assert (feed.listen, feed.preset) == (text, "otel-genai")


@pytest.mark.parametrize(
    "text", ["0.0.0.0:4318", "[::]:4318", "10.0.0.5:4318", "agent.example:4318", ":4318", "[::1:1"]
)
def test_any_other_address_is_refused(text: str) -> None:
    config = longer(f'[feeds.agent]\nkind = "otlp"\nlisten = "{text}"\n')
    with pytest.raises(ConfigError) as caught:
        parse(config.encode())
    assert "feeds.agent.listen: must be on loopback, such as 127.0.0.1:4318" in str(caught.value)


@pytest.mark.parametrize("text", ["127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x"])
def test_a_port_is_needed(text: str) -> None:
    config = longer(f'[feeds.agent]\nkind = "otlp"\nlisten = "{text}"\n')
    with pytest.raises(ConfigError, match="must be an address and a port"):
        parse(config.encode())
