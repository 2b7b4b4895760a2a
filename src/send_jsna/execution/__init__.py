"""Notebooks executed through papermill, on kernels that are ready."""
