"""What a rollback drill was made on, so that a later change of it is noticed (Guide 3.5)."""

import hashlib
import json

from config.model import Deployment

WAY_BACK = "way back"
DRILL = "rollback-drill"


def way_back_hash(deployment: Deployment) -> str:
    """A hash of every way back, what sets the traffic, and the version restored; 16 hex digits.

    Neither the owner nor the drill's own target are part of it, nor any secret.
    """
    back, traffic = deployment.rollback, deployment.traffic
    said = [
        deployment.agent.stable_version,
        back.model_dump(mode="json", include={"steps", "procedures"}),
        traffic.model_dump(mode="json", include={"switch"}),
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
