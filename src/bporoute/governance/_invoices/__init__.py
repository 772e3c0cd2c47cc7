"""Vendors' invoices, billed again from one's own records: what differs, by how much, and why."""
