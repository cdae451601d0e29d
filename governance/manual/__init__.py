"""The manual: three books that are read beside the work, and the help of every page.

The text lives in `docs/manual/<language>/<book>/<chapter>.md`, where it is also read without the
application. `contents` says which chapters there are, `chapters` reads and renders them, `places`
says which page of the service is explained where. A page that `places` does not know fails
`test_f10_every_url_name_has_a_help_entry`; so does a chapter that exists in one language alone.
"""
