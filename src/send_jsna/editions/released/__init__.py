"""What the released editions were made of beside publishers' files: printed documents and a digest."""
