"""What the data map of requests says again and again."""

from governance.policy.categories import Category
from registry.datamap import NotPersonal, Origin, Personal

WORD = NotPersonal(because="a word of a closed list")
STAFF_LINK = NotPersonal(because="link to a member of staff, by random identifier")
SWEPT = Personal(Category.RIGHTS_REQUESTS, clear="sorted and swept by SQL", origin=Origin.OBSERVED)
LOGGED = NotPersonal(because="id of an entry of the audit log")
WRITTEN = Personal(Category.RIGHTS_REQUESTS, free_text=True, origin=Origin.OBSERVED)
SAID = Personal(Category.RIGHTS_REQUESTS, free_text=True, exchanged=True)
SENT = Personal(Category.RIGHTS_REQUESTS, free_text=True, exchanged=True, origin=Origin.OBSERVED)
DRAFT = NotPersonal(because="names of the texts of the house it was made of")
