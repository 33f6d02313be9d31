// Keys, and what a page can't do by itself. Every page works without this file; it only saves steps.
"use strict";

(function () {
  const PLACE = "crowdledger.queue";
  const ROWS = "crowdledger.queue.rows";
  const MORE = "crowdledger.queue.more";

  function alerts() {
    return Array.from(document.querySelectorAll("#queue .what"));
  }

  function move(step) {
    const links = alerts();
    if (!links.length) return;
    const row = document.activeElement && document.activeElement.closest("#queue > li");
    const at = row ? links.indexOf(row.querySelector(".what")) : -1;
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step));
    links[next].focus();
    links[next].scrollIntoView({ block: "nearest" });
  }

  // On an alert's own page the same keys work its forms.
  function press(action) {
    return follow(".actions button[name=action][value=" + action + "]");
  }

  function unfold(action) {
    const named = document.querySelector(".actions input[name=action][value=" + action + "]");
    if (!named) return false;
    named.closest("details").open = true;
    named.form.querySelector("select, textarea").focus();
    return true;
  }

  function steps() {
    return document.querySelector("[data-steps]");
  }

  function help() {
    const dialog = document.getElementById("help");
    if (dialog && dialog.showModal && !dialog.open) dialog.showModal();
    return Boolean(dialog);
  }

  function follow(selector) {
    const link = document.querySelector(selector);
    if (link) link.click();
    return Boolean(link);
  }

  const KEYS = {
    j: () => (steps() ? follow("[data-steps] [rel=next]") : move(1)),
    k: () => (steps() ? follow("[data-steps] [rel=prev]") : move(-1)),
    n: () => follow("#news a"),
    x: choose,
    a: () => bulk("acknowledge") || press("acknowledge"),
    s: () => bulk("assign", "to") || unfold("assign"),
    c: () => bulk("comment", "text") || unfold("comment"),
    f: () => bulk("close", "reason") || unfold("close"),
    u: () => follow("a[data-queue]"),
    "?": help,
    "/": () => {
      const field = document.querySelector("[data-seek]");
      if (!field) return false;
      field.focus();
      field.select();
      return true;
    },
  };

  function typing(target) {
    if (target.type === "checkbox") return false;
    return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
      if (typing(event.target)) event.target.blur();
      return;
    }
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const act = KEYS[event.key];
    if (act && act() !== false) event.preventDefault();
  });

  // A menu closes when one clicks elsewhere.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.querySelectorAll("[data-help]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", help);
  });

  // On a telephone a row of pages is pushed aside; the page one is on must stand in sight.
  document.querySelectorAll(".leaves, .pages-of, .tabs ul").forEach((row) => {
    const here = row.querySelector("[aria-current]");
    if (!here || row.scrollWidth <= row.clientWidth) return;
    const beyond = here.getBoundingClientRect().right - row.getBoundingClientRect().right;
    if (beyond > 0) row.scrollLeft += beyond + 24;
  });

  // "Back to the queue" keeps the filter and the page one came from, and the next alert is the next one there.
  function remember() {
    if (!document.getElementById("queue")) return;
    sessionStorage.setItem(PLACE, location.pathname + location.search);
    sessionStorage.setItem(ROWS, JSON.stringify(alerts().map((link) => link.getAttribute("href"))));
    const following = document.querySelector("#results a[rel=next]");
    sessionStorage.setItem(MORE, following ? following.getAttribute("href") : "");
  }

  function lead() {
    const nav = steps();
    const rows = JSON.parse(sessionStorage.getItem(ROWS) || "[]");
    const at = rows.indexOf(nav ? nav.dataset.steps : "");
    if (at < 0) return;
    const ways = { prev: rows[at - 1], next: rows[at + 1] || sessionStorage.getItem(MORE) };
    nav.querySelectorAll("a").forEach((link) => {
      const way = ways[link.rel];
      link.hidden = !way;
      if (way) link.setAttribute("href", way);
    });
    nav.querySelector("[data-at]").textContent = at + 1 + " / " + rows.length;
    nav.hidden = false;
  }

  try {
    remember();
    const place = sessionStorage.getItem(PLACE);
    if (place) document.querySelectorAll("a[data-queue]").forEach((link) => link.setAttribute("href", place));
    lead();
  } catch (error) {
    // Storage may be switched off: then the link leads to the whole queue.
  }

  // Alerts are chosen by box, by key, or from one box to another with Shift.
  let last = null;

  function boxes() {
    return Array.from(document.querySelectorAll("#queue .pick input"));
  }

  function count() {
    const all = boxes();
    const many = all.filter((box) => box.checked).length;
    const whole = document.querySelector("[data-whole]");
    if (whole) {
      whole.hidden = many !== all.length;
      if (whole.hidden) whole.firstElementChild.checked = false;
    }
    const told = document.querySelector("[data-chosen]");
    const chosen = whole && whole.firstElementChild.checked ? whole.dataset.whole : many;
    if (told) told.textContent = told.dataset.chosen.replace("{number}", chosen);
    document.querySelectorAll("[data-all]").forEach((label) => {
      label.hidden = false;
      label.firstElementChild.checked = many > 0 && many === all.length;
      label.firstElementChild.indeterminate = many > 0 && many < all.length;
    });
    return many;
  }

  function here() {
    const row = document.activeElement && document.activeElement.closest("#queue > li");
    return row ? row.querySelector(".pick input") : null;
  }

  function choose() {
    const box = here();
    if (!box) return false;
    box.checked = !box.checked;
    last = box;
    count();
    return true;
  }

  function bulk(action, field) {
    const form = document.getElementById("bulk");
    if (!form) return false;
    const box = here();
    if (!count() && box) box.checked = true;
    if (!count()) return false;
    form.elements.action.value = action;
    show(form.elements.action);
    if (field) form.elements[field].focus();
    else form.requestSubmit();
    return true;
  }

  document.addEventListener("click", (event) => {
    if (!event.target.matches || !event.target.matches("#queue .pick input")) return;
    const all = boxes();
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((box) => (box.checked = event.target.checked));
    }
    last = event.target;
  });

  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
    if (event.target.closest("[data-all], [data-whole], #queue .pick")) count();
  });

  // Some fields only make sense with some choices: a reason with a false alarm.
  function show(select) {
    document.querySelectorAll("[data-when]").forEach((field) => {
      const [name, value] = field.dataset.when.split("=");
      if (name !== select.name || field.closest("form") !== select.form) return;
      field.hidden = select.value !== value;
      field.querySelectorAll("select").forEach((one) => (one.disabled = field.hidden));
    });
  }

  function settle() {
    document.querySelectorAll("select[data-shows]").forEach(show);
    if (boxes().length) count();
    document.querySelectorAll("[data-query]").forEach((field) => (field.value = location.search.slice(1)));
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-shows]")) show(event.target);
  });
  settle();

  // On a telephone the alerts come first; where they come from is a touch away.
  if (window.matchMedia("(max-width: 719px)").matches) document.querySelectorAll(".divided").forEach((one) => (one.open = false));

  // A form that was sent is not sent again by a second click.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || "again" in event.target.dataset) return; // a download leaves its form in place
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", (event) => {
    if (boxes().length) count(); // the browser keeps boxes when one comes back
    if (event.persisted) document.querySelectorAll("form").forEach((form) => delete form.dataset.sent);
  });

  // A page about one matter hears of other people's acts while it is looked at: browsers keep few streams to one host.
  const told = document.querySelector("[data-live]");
  let stream = null;

  function listen() {
    if (stream) stream.close();
    stream = null;
    if (document.hidden) return;
    stream = new EventSource(told.dataset.live);
    stream.addEventListener("acts", () => window.htmx.trigger("#changed", "acts"));
  }

  if (told && window.htmx && window.EventSource) {
    document.addEventListener("visibilitychange", listen);
    window.addEventListener("pagehide", () => stream && stream.close());
    window.addEventListener("pageshow", (event) => event.persisted && listen());
    listen();
  }

  // What was typed outlives loading the page again.
  const TYPED = "crowdledger.typed:" + location.pathname;

  function typed() {
    const fields = document.querySelectorAll("main textarea[id], main input[type=text][id], main select[id]");
    return Array.from(fields).filter((field) => !field.closest("form[method=get]"));
  }

  function given(field) {
    if (field.tagName !== "SELECT") return field.defaultValue;
    const option = field.querySelector("option[selected]") || field.options[0];
    return option ? option.value : "";
  }

  document.addEventListener("click", (event) => {
    if (!event.target.matches || !event.target.matches("a[data-keep]")) return;
    const values = typed().filter((field) => field.value && field.value !== given(field));
    try {
      sessionStorage.setItem(TYPED, JSON.stringify(values.map((field) => [field.id, field.value])));
    } catch (error) {
      event.preventDefault(); // better an old page than lost words
    }
  });

  try {
    JSON.parse(sessionStorage.getItem(TYPED) || "[]").forEach(([id, value]) => {
      const field = typed().find((one) => one.id === id);
      if (!field) return;
      field.value = value;
      if (field.closest("details")) field.closest("details").open = true;
    });
    sessionStorage.removeItem(TYPED);
    settle();
  } catch (error) {
    // As above.
  }

  // Where tabs don't fit beside each other, the one that is open is in sight.
  document.querySelectorAll("nav [aria-current]").forEach((open) => {
    const row = [open.closest("nav"), open.closest("ul")].find((each) => each && each.scrollWidth > each.clientWidth);
    if (!row) return;
    const [mine, all] = [open.getBoundingClientRect(), row.getBoundingClientRect()];
    row.scrollLeft += mine.left + mine.width / 2 - all.left - all.width / 2;
  });

  const title = document.title;
  document.addEventListener("htmx:afterSettle", () => {
    settle();
    const news = Number((document.getElementById("news") || { dataset: {} }).dataset.news || 0);
    document.title = news ? "(" + news + ") " + title : title;
    try {
      remember();
    } catch (error) {
      // As above.
    }
  });

  // An address without empty filters is one that people can read and send on.
  document.addEventListener("htmx:configRequest", (event) => {
    const given = event.detail.parameters;
    Object.keys(given).forEach((name) => given[name] === "" && delete given[name]);
  });
})();
