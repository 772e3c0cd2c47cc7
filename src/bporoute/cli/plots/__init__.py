"""Pictures: a day, costs and service, a heat map; needs the extra ``plot``."""
