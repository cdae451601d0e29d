"""What looks at the pages sees a page that is wrong."""

from tests.browser.looking import Look

SPOIL = """() => {
  document.documentElement.lang = "de";
  const pale = document.createElement("p");
  pale.style.cssText = "color: #ccc; background: #fff; width: 2000px";
  pale.textContent = "pale";
  document.querySelector("main").append(pale);
  const picture = document.createElement("img");
  picture.src = "http://elsewhere.example/x.png";
  document.querySelector("main").append(picture);
}"""


def test_each_kind_of_wrong_is_told(look: Look) -> None:
    page = look.window("it")
    look.visit(page, "/", "spoilt")
    page.evaluate(SPOIL)
    look.check(page, "spoilt", "it")
    told = "\n".join(look.problems)
    for kind in ("is marked as de, not it", "at 1280 px, color-contrast", "at 320 px, image-alt",
                 "console:", "elsewhere.example"):  # fmt: skip
        assert kind in told
    assert "px too wide: P." in told


def test_another_host_is_told(look: Look) -> None:
    page = look.window("it", bypass_csp=True)
    look.visit(page, "/", "elsewhere")
    page.evaluate(SPOIL)
    page.wait_for_timeout(200)
    assert "elsewhere: asks another host: http://elsewhere.example/x.png" in look.problems
