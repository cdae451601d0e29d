// What a page of the desk does beyond plain links and forms; each works without it.
(() => {
  "use strict";
  const search = document.querySelector("[data-search]");
  const key = document.body.dataset.searchKey;
  const isWriting = (at) => at.isContentEditable || /^(input|textarea|select)$/i.test(at.tagName);

  document.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (search && key && event.key === key && isPlain && !isWriting(event.target)) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === "Escape") {
      const open = document.querySelector("details.account[open]");
      if (open) {
        open.removeAttribute("open");
        open.querySelector("summary").focus();
      }
    }
  });

  document.addEventListener("click", (event) => {
    const open = document.querySelector("details.account[open]");
    if (open && !open.contains(event.target)) {
      open.removeAttribute("open");
    }
  });
})();
