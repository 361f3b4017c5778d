"""The picture of a case: levels and baton holders over time, drawn on the server.

`picture_of` says what stands in it, `draw_wide`, `draw_narrow` and `draw_print` draw
it, `table_of` tells the same in rows. Nothing here reads a store or a clock.
"""

from api.pages.picture.contents import Picture
from api.pages.picture.legend import draw_legend
from api.pages.picture.listing import Row, Table, left_out, table_of
from api.pages.picture.marks import shape_of
from api.pages.picture.narrow import draw_narrow
from api.pages.picture.reading import picture_of
from api.pages.picture.wide import draw_print, draw_wide
from api.pages.picture.words import LANGUAGES, Language, Words, words_in

__all__ = [
    "LANGUAGES",
    "Language",
    "Picture",
    "Row",
    "Table",
    "Words",
    "draw_legend",
    "draw_narrow",
    "draw_print",
    "draw_wide",
    "left_out",
    "picture_of",
    "shape_of",
    "table_of",
    "words_in",
]
