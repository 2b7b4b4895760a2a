/* Search over all chapters, from an index that is a script, so that it works from a folder as from a server. */
(function () {
  "use strict";
  const index = window.JSNA_SEARCH || [];
  const box = document.getElementById("search-words");
  const list = document.getElementById("search-results");
  const status = document.getElementById("search-status");
  const MOST = 12;

  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");

  function score(entry, words) {
    const title = plain(entry.title);
    const text = plain(entry.text);
    let total = 0;
    for (const word of words) {
      const places = text.split(word).length - 1;
      if (places === 0 && !title.includes(word)) return 0;
      total += Math.min(places, 10) + (title.includes(word) ? 20 : 0);
    }
    return entry.minor ? total / 100 : total;
  }

  function excerpt(text, words) {
    const folded = plain(text);
    const first = Math.min(...words.map((word) => folded.indexOf(word)).filter((place) => place >= 0));
    if (!isFinite(first)) return text.slice(0, 140) + (text.length > 140 ? " …" : "");
    const start = first < 60 ? 0 : text.indexOf(" ", first - 60) + 1;
    const end = Math.min(text.length, start + 160);
    return (start > 0 ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
  }

  function show() {
    const words = plain(box.value).split(/\s+/).filter(Boolean);
    list.replaceChildren();
    list.hidden = true;
    status.textContent = "";
    if (words.join("").length < 2) return;
    const found = index
      .map((entry, place) => ({ entry, place, score: score(entry, words) }))
      .filter((item) => item.score > 0)
      .sort((a, b) => b.score - a.score || a.place - b.place);
    for (const { entry } of found.slice(0, MOST)) {
      const link = document.createElement("a");
      link.href = entry.page + "#" + entry.id;
      const title = document.createElement("strong");
      title.textContent = entry.title;
      const where = document.createElement("span");
      where.className = "search-chapter";
      where.textContent = entry.chapter;
      const text = document.createElement("span");
      text.className = "search-excerpt";
      text.textContent = excerpt(entry.text, words);
      link.append(title, where, text);
      const item = document.createElement("li");
      item.append(link);
      list.append(item);
    }
    list.hidden = found.length === 0;
    status.textContent =
      found.length === 0 ? "Nothing found" :
      found.length === 1 ? "1 section found" :
      found.length + " sections found" + (found.length > MOST ? ", the first " + MOST + " shown" : "");
  }

  if (box) {
    box.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const first = list.querySelector("a");
      if (first) first.focus();
    });
    box.addEventListener("input", show);
    box.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        box.value = "";
        show();
        box.focus();
      }
    });
    list.addEventListener("click", () => {
      list.hidden = true;
      status.textContent = "";
    });
  }

  /* On a narrow screen the list of chapters starts closed; without scripts it stays open. */
  const chapters = document.querySelector(".chapters details");
  if (chapters && window.matchMedia("(max-width: 60rem)").matches) chapters.open = false;

  /* An audit entry or a figure that a link points to may lie in something closed. */
  function reveal() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
  }
  window.addEventListener("hashchange", reveal);
  reveal();
})();
