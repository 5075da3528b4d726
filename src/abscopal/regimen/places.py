"""Where a site lies in the model: a place of its own, whatever the user calls the site.

Sites are the only places of a model that users name. A name that could be read as something else, such as the route
`ip`, the organ `blood` or `A+node`, is written in escapes, so that no two places ever share their text.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from abscopal import parameters
from abscopal.vocabulary import ALL_SITES, ANY_SITE, ROUTES, WHOLE_BODY

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)
_OTHER_PLACES = frozenset({"blood", "node", "site", WHOLE_BODY, ANY_SITE, ALL_SITES, *ROUTES})
_MARK = "site:"
_ESCAPED = re.compile(rf"{_MARK}([\w.~%-]+)", re.ASCII)


def site_place(name: str) -> str:
    """Place of a site in the model: its name where that can mean nothing else, else `site:` and the name in escapes.

    Examples
    --------
    >>> site_place("primary"), site_place("left flank"), site_place("ip")
    ('primary', 'site:left%20flank', 'site:ip')
    """
    named = (*parameters.agents(), *parameters.products(), *parameters.antigens(), *parameters.body_sites())
    if _PLAIN.fullmatch(name) and name not in _OTHER_PLACES and name not in named:
        return name
    return _MARK + quote(name, safe="")


def in_words(text: str) -> str:
    """A text of the model with the sites as the user calls them.

    Examples
    --------
    >>> in_words("inoculum_take@site:left%20flank")
    'inoculum_take@left flank'
    """
    return _ESCAPED.sub(lambda found: unquote(found.group(1)), text)
