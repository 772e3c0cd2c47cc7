"""Pages that a person sends on: one HTML file each, with its pictures inside and no script."""
