"""A small but real shop to try everything on, and the access log that its visitors would have left.

The modules are imported by name, so that who wants only the log, or only the server, loads no more:
`demo.server.DemoShop` runs the shop in a process of its own, `demo.app.create_app` makes it in this one, and
`demo.sample_log.write_sample_log` writes the log.
"""
