"""The desk: server-rendered pages under `/desk/` for those who work with people all day.

How to add a page
-----------------
1. A view takes a `Desk` (who asks, for which purpose, when) and answers. `page` stands in front of
   it: login, role, purpose, the refusal as a page, no copy kept by the browser.

       @page(Operation.READ, about="person")
       def person(desk: Desk, person: UUID) -> HttpResponse:
           contact = desk.access.rows(Contact).get()
           return desk.render("console/person.html", {"title": contact.full_name})

   With an operation the gate is opened around the view, for the purpose that was chosen, and the
   answer leaves after the entry is committed. `about` names the parameter of the address that is
   the person; `people` is a function of (desk, ...) that returns several as a queryset nobody has
   evaluated; with neither, the access is for somebody new. Without an operation the view shows
   nobody, or opens what it needs by `desk.open(...)`: one access for one request.
   No page names a purpose: the person at the desk chooses one that the register allows.
2. Its address goes into `crm.console.urls` (an `include` of a subject's own list is welcome), its
   place in the navigation into `crm.console.navigation.ENTRIES`, what it puts on the first page
   into `crm.console.work.SECTIONS`.
3. Its template extends `console/base.html` and fills `page`; its heading is `title` in the context.
   Classes to use again (`card`, `button`, `tag`, `field`, `facts`, `work`) are in
   `console/console.css`, symbols in `console/icons.svg`. No script and no style in the page, and it
   works without JavaScript.
4. `tests/browser/test_console.py` visits the pages that `tests/browser/desk.py` lists, and
   `tests/audit/test_coverage.py` every page, for customer care.

An address holds ids and words of closed lists, never what names somebody: a search is sent in the
body.
"""
