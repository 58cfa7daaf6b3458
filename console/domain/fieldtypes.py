"""What the fields of entries may hold."""

from datetime import datetime
from typing import Annotated

import msgspec

# A time without a zone would mean another moment on another machine.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Percent = Annotated[int, msgspec.Meta(ge=1, le=100)]
# Of the users' traffic, in percent; 0 where the candidate serves nobody.
Share = Annotated[int, msgspec.Meta(ge=0, le=100)]
