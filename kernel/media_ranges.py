"""What an `Accept` header says of one media type by name (RFC 9110 §12.5.1)."""


def refuses(parameter: str) -> bool:
    """Whether a parameter of a media range says that it is not wanted: a weight of nothing."""
    name, _, weight = parameter.partition("=")
    return name.strip() == "q" and not weight.strip(" 0.")
