// The terminal stands by now: keys go there without a click.
addEventListener("load", () => document.querySelector(".xterm-helper-textarea")?.focus());
