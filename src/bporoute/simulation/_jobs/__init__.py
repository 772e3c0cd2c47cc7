"""Jobs in this process, in worker processes or on a dask cluster, with the same results."""
