import KSR

from bporoute.telephony.kamailio import load, read_contact

contact = read_contact({"language": "$hdr(Accept-Language)"}, numbers={"100": "service", "200": "billing"})
route = load(KSR, "/etc/bporoute", ledger="/var/lib/bporoute", contact=contact)


class Script:
    def child_init(self, rank):
        return route.child_init(rank)

    def ksr_request_route(self, msg):
        if KSR.is_CANCEL():
            route.cancel(KSR)
        elif KSR.siputils.has_totag() > 0:  # within a call
            if KSR.rr.loose_route() > 0:
                if KSR.is_BYE():
                    route.bye(KSR)
                KSR.tm.t_relay()
            elif KSR.is_ACK() and KSR.tm.t_check_trans() > 0:
                KSR.tm.t_relay()
        elif KSR.is_INVITE() and not route.invite(KSR):
            KSR.sl.send_reply(480, "Temporarily Unavailable")
        return 1

    def ksr_bporoute_reply(self, msg):
        return int(route.reply(KSR))

    def ksr_bporoute_failure(self, msg):
        return int(route.failure(KSR))


mod_init = Script
