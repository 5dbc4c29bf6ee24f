"""Pages of imports and exports: one's tasks, each task, and the operator's list of jobs."""
