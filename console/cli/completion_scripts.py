"""What the three shells are told: the same tree of commands, each in the shell's own words."""

from collections.abc import Iterator, Sequence
from shlex import quote

from console.cli.completion import Command, Option

_BASH = """\
# Completions of warroom for bash. Try them: source <(warroom completion bash)
# Keep them: warroom completion bash > ~/.local/share/bash-completion/completions/warroom
_warroom() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local place= words= options= paths= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place/${COMP_WORDS[i]}" in
      PLACES) place=$place/${COMP_WORDS[i]} ;;
    esac
  done
  case "$place" in
COMMANDS
  esac
  case "$place $prev" in
VALUES
    *) [[ $cur == -* ]] && words=$options paths= ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ -n $paths ]]; then
    local IFS=$'\\n'
    COMPREPLY+=($(compgen "$paths" -- "$cur"))
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _warroom warroom
"""

_ZSH = """\
#compdef warroom
# Completions of warroom for zsh. Try them: source <(warroom completion zsh), after compinit.
# Keep them: warroom completion zsh > DIRECTORY/_warroom, where DIRECTORY is one of your fpath.
_warroom() {
  local place= prev=${words[CURRENT-1]}
  local -a below options
  local paths= i
  for ((i = 2; i < CURRENT; i++)); do
    case "$place/${words[i]}" in
      PLACES) place=$place/${words[i]} ;;
    esac
  done
  case "$place" in
COMMANDS
  esac
  case "$place $prev" in
VALUES
  esac
  if [[ $PREFIX == -* ]]; then
    _describe -o option options
  else
    (( $#below )) && _describe command below
    case $paths in
      -d) _files -/ ;;
      -f) _files ;;
    esac
  fi
}
if [[ $funcstack[1] == _warroom ]]; then
  _warroom "$@"
else
  compdef _warroom warroom
fi
"""

_FISH = """\
# Completions of warroom for fish. Try them: warroom completion fish | source
# Keep them: warroom completion fish > ~/.config/fish/completions/warroom.fish
function __warroom_at
  set -l place ''
  for word in (commandline -opc)[2..-1]
    switch "$place/$word"
      case PLACES
        set place "$place/$word"
    end
  end
  test "$place" = "$argv[1]"
end
complete -c warroom -f
LINES
"""

_PATHS = {"directory": "-d", "file": "-f"}


def bash(tree: Sequence[Command]) -> str:
    """For bash 4 and later."""
    rows = [
        f"    {quote(one.place)}) words={quote(' '.join([*one.below, *one.words]))}"
        f" options={quote(' '.join(_names(one)))} paths={_PATHS.get(one.value, '')} ;;"
        for one in tree
    ]
    values = [
        f"    {_cases(one, option)}) words={quote(' '.join(option.words))}"
        f" paths={_PATHS.get(option.value, '')} ;;"
        for one, option in _valued(tree)
    ]
    return _filled(_BASH, tree, rows, values)


def zsh(tree: Sequence[Command]) -> str:
    """For zsh with its completion system on."""
    rows = []
    for one in tree:
        below = [*one.below.items(), *((word, "") for word in one.words)]
        options = [(name, option.text) for option in one.options for name in option.names]
        rows.append(
            f"    {quote(one.place)}) below=({_described(below)})"
            f" options=({_described(options)}) paths={_PATHS.get(one.value, '')} ;;"
        )
    values = []
    for one, option in _valued(tree):
        deed = {"directory": "_files -/", "file": "_files", "any": "_message value"}.get(
            option.value, f"compadd -- {' '.join(map(quote, option.words))}"
        )
        values.append(f"    {_cases(one, option)}) {deed}; return ;;")
    return _filled(_ZSH, tree, rows, values)


def fish(tree: Sequence[Command]) -> str:
    """For fish 3 and later."""
    lines = [line for one in tree for line in _fish_lines(one)]
    places = " ".join(quote(one.place) for one in tree if one.place)
    return _FISH.replace("PLACES", places).replace("LINES", "\n".join(lines))


def _fish_lines(one: Command) -> Iterator[str]:
    at = f"complete -c warroom -n {_fish(f'__warroom_at {_fish(one.place)}')}"
    for name, text in [*one.below.items(), *((word, "") for word in one.words)]:
        yield f"{at} -a {_fish(name)} -d {_fish(text)}"
    if one.value != "none":
        yield f"{at} {_fish_value(one.value, ())}"
    for option in one.options:
        names = " ".join(
            f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names
        )
        takes = {"none": "", "file": " -r"}.get(option.value, " -x")
        values = _fish_value(option.value, option.words)
        yield f"{at} {names} -d {_fish(option.text)}{takes} {values}".rstrip()


def _fish_value(value: str, words: Sequence[str]) -> str:
    match value:
        case "directory":
            return "-a '(__fish_complete_directories)'"
        case "file":
            return "-F"
        case _:
            return f"-a {_fish(' '.join(words))}" if words else ""


def _fish(text: str) -> str:
    """A word as fish quotes it, which is not as other shells do."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _filled(script: str, tree: Sequence[Command], rows: list[str], values: list[str]) -> str:
    places = " | ".join(quote(one.place) for one in tree if one.place)
    told = script.replace("PLACES", places).replace("COMMANDS", "\n".join(rows))
    return told.replace("VALUES", "\n".join(values))


def _valued(tree: Sequence[Command]) -> Iterator[tuple[Command, Option]]:
    """The options that a value follows."""
    return ((one, option) for one in tree for option in one.options if option.value != "none")


def _names(one: Command) -> list[str]:
    return [name for option in one.options for name in option.names]


def _cases(one: Command, option: Option) -> str:
    return " | ".join(quote(f"{one.place} {name}") for name in option.names)


def _described(pairs: Sequence[tuple[str, str]]) -> str:
    """Words for `_describe`, which parts a word from what it means by a colon."""
    return " ".join(quote(f"{word.replace(':', chr(92) + ':')}:{text}") for word, text in pairs)
