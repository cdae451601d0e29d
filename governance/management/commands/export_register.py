"""Print the Art. 30 record of a controller, as JSON or as a page that stands alone."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.loader import render_to_string
from django.utils import timezone, translation

from governance.policy import actors
from registry import record
from registry.models import Controller


class Command(BaseCommand):
    help = "Print the record of processing activities (Art. 30) as JSON or HTML."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["json", "html"], default="json")
        parser.add_argument("--language", choices=["it", "en"], default="it")
        parser.add_argument("--controller", help="slug; not needed where there is only one")

    def handle(self, *_args: Any, **options: Any) -> None:
        controller = self._controller(options["controller"])
        made = record.export(
            actors.system(controller.pk), now=timezone.now(), language=options["language"]
        )
        if options["format"] == "json":
            self.stdout.write(json.dumps(made, ensure_ascii=False, indent=2))
            return
        with translation.override(options["language"]):
            self.stdout.write(render_to_string("portal/record_alone.html", {"record": made}))

    def _controller(self, slug: str | None) -> Controller:
        controllers = list(
            Controller.objects.filter(slug=slug) if slug else Controller.objects.all()[:2]
        )
        if len(controllers) != 1:
            slugs = ", ".join(Controller.objects.order_by("slug").values_list("slug", flat=True))
            msg = f"Name one controller with --controller. There are: {slugs or 'none'}."
            raise CommandError(msg)
        return controllers[0]
