"""What Asterisk's manager interface (AMI) tells becomes live state of queues and vendors.

Not here: the channels that ask (`bporoute.telephony.agi`), what a word of an engine means
(`bporoute.telephony.Endings`).
"""

from bporoute.telephony.ami._feed import PORT, Feed
from bporoute.telephony.ami._names import Names, read_names

__all__ = ["PORT", "Feed", "Names", "read_names"]
