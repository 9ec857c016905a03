// The site's behaviour: the search, light or dark, and the navigation on a phone. Without it the pages are
// read as they stand. Nothing is fetched: the index is a script beside the pages.
"use strict";

(function () {
  const root = document.currentScript.dataset.root;
  const page = document.documentElement;

  // ---- light or dark: as the system has it, until somebody chooses ----

  function remember(theme) { try { localStorage.setItem("theme", theme); } catch { /* not allowed here */ } }
  function remembered() { try { return localStorage.getItem("theme"); } catch { return null; } }
  function is_dark() {
    return page.dataset.theme ? page.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }
  if (remembered()) page.dataset.theme = remembered();

  // ---- the search ----

  let rows = null, waiting = null;

  // Called by search.js.
  window.moonsIndex = function (list) {
    rows = list.map(([title, of, link, text]) =>
      ({ title, of, link, text, low: text.toLowerCase(), name: title.toLowerCase() }));
    if (waiting) waiting();
  };

  function load(then) {
    if (rows) return then();
    if (!waiting) {
      const script = document.createElement("script");
      script.src = root + "search.js";
      document.head.append(script);
    }
    waiting = then;
  }

  function begins_word(text, at) { return at === 0 || !/[\p{L}\p{N}_]/u.test(text[at - 1]); }

  // 0: the word is neither in the title nor in the text.
  function worth(row, word) {
    const at = row.name.indexOf(word), in_text = row.low.indexOf(word);
    let sum = 0;
    if (row.name === word) sum += 100;
    else if (at >= 0) sum += begins_word(row.name, at) ? 40 : 15;
    if (row.of.toLowerCase().includes(word)) sum += 10;
    if (in_text >= 0) sum += begins_word(row.low, in_text) ? 6 : 2;
    return at >= 0 || in_text >= 0 ? sum : 0;
  }

  function find(words) {
    const found = [];
    for (const row of rows) {
      const sums = words.map(word => worth(row, word));
      if (sums.every(sum => sum > 0)) found.push([sums.reduce((a, b) => a + b), row]);
    }
    return found.sort((a, b) => b[0] - a[0]).slice(0, 20).map(entry => entry[1]);
  }

  // Appends the text with the words marked.
  function append_marked(element, text, words) {
    const low = text.toLowerCase();
    let at = 0;
    while (at < text.length) {
      let next = text.length, size = 0;
      for (const word of words) {
        const here = low.indexOf(word, at);
        if (here >= 0 && here < next) { next = here; size = word.length; }
      }
      element.append(text.slice(at, next));
      if (size > 0) {
        const mark = document.createElement("mark");
        mark.append(text.slice(next, next + size));
        element.append(mark);
      }
      at = next + Math.max(size, 1);
    }
  }

  function result(row, words) {
    const link = document.createElement("a"), title = document.createElement("b");
    link.href = root + row.link;
    append_marked(title, row.title, words);
    if (row.of !== row.title) {
      const of = document.createElement("i");
      of.append(row.of);
      link.append(of);
    }
    const places = words.map(word => row.low.indexOf(word)).filter(at => at >= 0);
    const about = Math.max(0, Math.min(...places) - 50);
    const first = about > 0 && about < row.text.length ? row.text.indexOf(" ", about) + 1 : 0;
    const some = row.text.slice(first, first + 160).replace(/ \S*$/, "");
    const excerpt = document.createElement("span");
    append_marked(excerpt, (first > 0 ? "… " : "") + some + " …", words);
    link.append(title, excerpt);
    return link;
  }

  document.addEventListener("DOMContentLoaded", function () {
    const form = document.getElementById("search"), input = form.elements.q;
    const box = document.getElementById("found");

    function choose(step) {
      const links = [...box.querySelectorAll("a")];
      const before = links.findIndex(link => link.classList.contains("chosen"));
      if (links.length === 0) return;
      if (before >= 0) links[before].classList.remove("chosen");
      const link = links[(Math.max(before + step, before < 0 ? 0 : -1) + links.length) % links.length];
      link.classList.add("chosen");
      link.scrollIntoView({ block: "nearest" });
    }

    function show() {
      const words = input.value.toLowerCase().split(/\s+/).filter(word => word !== "");
      box.hidden = words.length === 0;
      if (box.hidden) return;
      const found = find(words);
      box.replaceChildren(...found.map(row => result(row, words)));
      if (found.length === 0) {
        const nothing = document.createElement("p");
        nothing.append("Nothing has all of these words.");
        box.append(nothing);
      }
      choose(1);
    }

    input.addEventListener("input", () => load(show));
    input.addEventListener("focus", () => load(show));
    input.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown") choose(1);
      else if (event.key === "ArrowUp") choose(-1);
      else if (event.key === "Escape") { box.hidden = true; input.blur(); }
      else return;
      event.preventDefault();
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      load(function () {
        show();
        const link = box.querySelector("a.chosen");
        if (link) { box.hidden = true; location.href = link.href; }
      });
    });
    document.addEventListener("click", event => { if (!form.contains(event.target)) box.hidden = true; });
    document.addEventListener("keydown", function (event) {
      if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) {
        event.preventDefault();
        input.select();
      }
    });

    const here = document.querySelector("#navigation [aria-current]");
    if (here && here.offsetTop > innerHeight / 2) {
      here.closest("nav").scrollTop = here.offsetTop - innerHeight / 2;
    }

    document.getElementById("theme").addEventListener("click", function () {
      page.dataset.theme = is_dark() ? "light" : "dark";
      remember(page.dataset.theme);
    });
    document.getElementById("menu").addEventListener("click", function () {
      this.setAttribute("aria-expanded", page.classList.toggle("open"));
    });

    // A link may ask: guide.html?q=queue
    const asked = new URLSearchParams(location.search).get("q");
    if (asked) { input.value = asked; load(show); }
  });
})();
