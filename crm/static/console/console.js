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

  // A part that says so is fetched anew while somebody looks at it, for an hour at most.
  const live = document.querySelector("[data-poll]");
  if (live) {
    const began = Date.now();
    const timer = setInterval(async () => {
      if (Date.now() - began > 3600000) {
        clearInterval(timer);
        return;
      }
      if (document.hidden) {
        return;
      }
      try {
        const answer = await fetch(location.href, { cache: "no-store", redirect: "error" });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const part = answer.ok && page.getElementById(live.id);
        const isUsed = live.contains(document.activeElement) || live.querySelector("details[open]");
        if (part && !isUsed) {
          live.replaceChildren(...part.childNodes);
        }
      } catch {
        // The numbers stay as they are, and the page says when they were read.
      }
    }, live.dataset.poll * 1000);
  }

  document.addEventListener("click", (event) => {
    const open = document.querySelector("details.account[open]");
    if (open && !open.contains(event.target)) {
      open.removeAttribute("open");
    }
  });
})();
