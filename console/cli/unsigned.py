"""What a command wrote and could not sign, said on stderr."""

from console.cli.say import warn
from console.room import WarRoom


async def leave(room: WarRoom) -> None:
    """Close `room`, and say why what was written is not signed, where it must be."""
    await room.close()
    if why := room.members.unsigned:
        warn(why)
