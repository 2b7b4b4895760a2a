"""Statistical methods: pure functions on arrays, without input or output, importing nothing else of ours."""
