"""What GO locks beside the config tag: the tables of `warroom.toml` that gates are decided by."""

import hashlib
import json

from config.model import Deployment

TABLES = ("context", "forecast", "gates", "metrics", "nfr", "phases", "traffic")


def locked_rules(deployment: Deployment) -> dict[str, str]:
    """Each table's name and a hash of what it says, 16 hex digits."""
    # How the switch is reached may be mended while the rollout runs, the increments may not.
    said = deployment.model_dump(
        mode="json", include=dict.fromkeys(TABLES, True) | {"traffic": {"shares"}}
    )
    return {
        name: hashlib.sha256(json.dumps(said[name], sort_keys=True).encode()).hexdigest()[:16]
        for name in TABLES
    }
