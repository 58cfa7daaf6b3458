"""Whose signatures stand under the journal's heads: an SSH key, and the keys that are believed."""

from typing import Self

from pydantic import model_validator

from config.base import Model, Text, refusal


class Signing(Model):
    """Paths start at the deployment's directory; `~` is the home of who runs the command.

    `key` is the file of an Ed25519 private key, or a `.pub` whose private half is in the agent.
    `allowed_signers` is the file that `ssh-keygen -Y verify` takes. With `members`, what others
    write counts only once a person whose key stands in that file has signed it.
    """

    key: Text | None = None
    allowed_signers: Text | None = None
    members: bool = False

    @model_validator(mode="after")
    def _members_have_keys(self) -> Self:
        missing = [name for name in ("key", "allowed_signers") if getattr(self, name) is None]
        if self.members and missing:
            needed = " and ".join(f"`{name}`" for name in missing)
            raise refusal((f"needs {needed} beside it: members are known by their keys", "members"))
        return self
