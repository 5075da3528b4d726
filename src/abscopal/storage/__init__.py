"""What is kept on disk: the cache, files and folders written whole or not at all, long work that can be resumed."""
