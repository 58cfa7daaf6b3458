"""Somebody of the deployment's people: roles, how they are reached, and when not."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Strict, model_validator

from config.base import Line, LineOrEmpty, Model, filled, refusal, repeated
from config.guide import Role
from config.quiet import no_other_keys, valid_hours, valid_zone
from config.secret import Secret


class Person(Model):
    """Somebody with roles; `notify` holds Apprise URLs, `available` says when they answer.

    What can wait waits while it is `quiet` for them, on the clock of their `zone`. `signer`
    is how the file of allowed signers calls them; empty: by their name.
    """

    name: Line
    roles: Annotated[tuple[Role, ...], Strict(False), AfterValidator(filled)]
    phone: LineOrEmpty = ""
    available: LineOrEmpty = ""
    notify: Annotated[tuple[Secret, ...], Strict(False)] = ()
    quiet: Annotated[str, AfterValidator(valid_hours)] = ""
    zone: Annotated[str, AfterValidator(valid_zone)] = ""
    signer: LineOrEmpty = ""

    @model_validator(mode="before")
    @classmethod
    def _quiet_is_not_deaf(cls, value: object) -> object:
        return no_other_keys(value)

    @model_validator(mode="after")
    def _quiet_somewhere(self) -> Self:
        if self.quiet and not self.zone:
            raise refusal(('needs `zone` beside it, such as "Europe/London"', "quiet"))
        return self

    @property
    def principal(self) -> str:
        """Who this person is in the file of allowed signers."""
        return self.signer or self.name


def signed_alike(people: Sequence[Person]) -> list[tuple[str | int, ...]]:
    """Who would sign as somebody else: the sentence, the person's place, the key."""
    principals = [person.principal for person in people]
    found: list[tuple[str | int, ...]] = []
    for place in repeated(principals):
        other = people[principals.index(principals[place])]
        why = f'"{principals[place]}" signs for "{other.name}" already; each person has a key'
        found.append((why, place, "signer"))
    return found
