"""The toolbox as data: documents that are filled in and printed, and what is offered.

A filled document becomes events; what is printed is drawn from them.
"""

from ledger.toolbox.document import Document, documents
from ledger.toolbox.offer import Offers, offers_of

__all__ = ["Document", "Offers", "documents", "offers_of"]
