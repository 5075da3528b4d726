"""Still images of the main figures, shown where JavaScript is off."""

from __future__ import annotations

import base64
import io
import warnings
from typing import TYPE_CHECKING

from abscopal.plots import draw

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from abscopal.results import Result


def stills(result: Result) -> dict[str, str]:
    """PNG images as data addresses: growth always, survival and response where the study declares them."""
    kinds = ["growth"]
    kinds += ["survival"] if any(arm.survival for arm in result.arms) else []
    kinds += ["response"] if result.metadata.response is not None else []
    return {kind: png(draw(result, kind)) for kind in kinds}


def png(figure: Figure, dpi: int = 80) -> str:
    """A figure as the address of a PNG image that is all there."""
    image = io.BytesIO()
    with warnings.catch_warnings():
        # Names in a script that the font lacks are drawn as boxes here; the text of the page has them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(image, format="png", dpi=dpi)
    return "data:image/png;base64," + base64.b64encode(image.getvalue()).decode("ascii")
