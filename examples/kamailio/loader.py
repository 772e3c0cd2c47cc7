# What Kamailio loads: leave it as it is. At a reload a script that cannot be run changes nothing.
import KSR

from bporoute.telephony.kamailio import script

mod_init = script(KSR, "/etc/bporoute/kamailio.py")
