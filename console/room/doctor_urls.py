"""Keys that stand in a URL of `warroom.toml`, where every reader sees them; see `doctor`."""

from collections.abc import Iterator

from config.leaks import keys_in_url
from config.load import FILE_NAME
from config.model import Deployment, Secret
from config.walk import leaves
from console.room.finding import Finding


def look_at_urls(deployment: Deployment) -> Iterator[Finding]:
    """Each URL that holds a key, by its place in the file; what the key is stays unsaid."""
    for place, url in _texts(deployment):
        if "://" not in url or not (held := keys_in_url(url)):
            continue
        why = f"{FILE_NAME} holds {' and '.join(held)} in this URL, which all who read it see"
        if place.rpartition(".")[2].startswith("notify"):
            do = 'write { env = "VARIABLE" } or { file = "PATH" } for the whole address'
        else:
            do = 'where the server takes it as a header, write HEADER = { env = "VARIABLE" } there'
        yield Finding("secret", place, "warn", f"{why}: {do}")


def _texts(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Every text of the config, with its place."""
    for place, one in leaves(deployment):
        if isinstance(one, str):
            yield place, one
        elif isinstance(one, Secret) and one.text is not None:
            yield place, one.text.get_secret_value()
