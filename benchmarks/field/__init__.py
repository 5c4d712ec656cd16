"""
This server and its peers, by the same workloads, in one run: ``python -m benchmarks.field --help``.

`contestants` brings each of them up, from its registry; `workloads` are what is asked of them, over HTTP, by
`benchmarks.load`; `runner` lets them take turns; `results` keeps and shows the figures.
"""
