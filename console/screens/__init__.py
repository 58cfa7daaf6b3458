"""The screens: state becomes what widgets show, keys become commands."""
