"""Files as people have them: from a path, an open file, a workbook or a frame to columns with a meaning.

A *grid* is a table of cells with a header; a *meaning* is our name of a column, such as ``volume``; a
*remark* says in a few words what was taken for what; a *fault* is a row that cannot be used. Each decision
rests on the whole column. Not here: what calls, volumes and schedules are (`bporoute.workload`).
"""
