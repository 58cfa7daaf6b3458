"""What GO locks beside the config tag: the tables of `warroom.toml` that gates are decided by."""

import hashlib
import json

from config.model import Deployment

# How traffic is switched and looked for may be mended: what a gate asks does not change by it.
OPEN = ("switch", "arrive_within_s")
TABLES = ("context", "forecast", "gates", "metrics", "nfr", "phases", "traffic")


def locked_rules(deployment: Deployment) -> dict[str, str]:
    """Each table's name and a hash of what it says, 16 hex digits."""
    said = deployment.model_dump(mode="json", include=set(TABLES))
    for key in OPEN:
        said["traffic"].pop(key)
    return {
        name: hashlib.sha256(json.dumps(said[name], sort_keys=True).encode()).hexdigest()[:16]
        for name in TABLES
    }
