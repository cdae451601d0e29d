"""A company, its customers and the systems that call: for an installation of its own.

    python -m tests.audit.population SYSTEMS

Run once, as the application. Prints JSON: the secrets of the systems' tokens, the customers,
each of whom has one order, and the session of an agent. The public pages are open.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
django.setup()

from django.test import Client  # noqa: E402 - settings come first

from dsar import intake  # noqa: E402
from governance.policy.vocabulary import Role  # noqa: E402
from tests.api.world import a_world, days_ago  # noqa: E402

NAMES = ("Anna", "Bruno", "Carla")


def main() -> None:
    world = a_world()
    secrets = [world.token(Role.AGENT, name=f"system-{n}") for n in range(int(sys.argv[1]))]
    people = [str(world.person(given=name, orders=[days_ago(1)])) for name in NAMES]
    intake.publish_key(world.company.controller.pk, now=world.now)
    browser = Client()
    browser.force_login(
        world.company.staff[Role.AGENT], "django.contrib.auth.backends.ModelBackend"
    )
    session = browser.cookies["sessionid"].value
    made = {"secrets": secrets, "people": people, "session": session}
    sys.stdout.write(json.dumps(made) + "\n")


if __name__ == "__main__":
    main()
