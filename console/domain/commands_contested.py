"""What people do about decisions that were taken without knowing of each other."""

import msgspec


class AcknowledgeContested(msgspec.Struct, frozen=True):
    """Say that what stands is known, and what was agreed on; `contested` is its id."""

    contested: str
    remark: str
