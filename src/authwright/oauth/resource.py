"""Resource indicators: which API an access token is for. :rfc:`8707#section-2`."""

from .errors import InvalidTarget
from .invalid_value import InvalidValue
from .uri import parse_uri


def check_resource(resource: str) -> None:
    """
    Check that *resource* can name a resource: an absolute URI without a fragment.

    Whether such an API exists is another question. Raises `InvalidTarget`.
    """
    try:
        uri = parse_uri(resource)
    except InvalidValue:
        raise InvalidTarget("the resource parameter is not an absolute URI") from None
    if uri.fragment is not None:
        raise InvalidTarget("the resource parameter has a fragment")
