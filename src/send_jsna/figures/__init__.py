"""Publishing a number, phrase, chart or table, and the records of it that a run keeps."""
