"""What ends when: certificates, contracts, adequacy decisions, notice periods, and what breaks then."""
