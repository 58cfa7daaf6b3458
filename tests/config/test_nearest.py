from config.nearest import nearest, suggestion


def test_the_nearest_name_is_found_whatever_its_case() -> None:
    assert nearest("Agent-Laed", ["tech-lead", "agent-lead"]) == "agent-lead"
    assert nearest("agent-lead", ["Agent-Lead"]) == "Agent-Lead"
    assert nearest("zzz", ["tech-lead", "agent-lead"]) is None


def test_a_suggestion_always_lists_what_there_is() -> None:
    assert suggestion("lat", ["late", "soon"]) == '; did you mean "late"? (one of: late, soon)'
    assert suggestion("zzz", ["late", "soon"]) == " (one of: late, soon)"
