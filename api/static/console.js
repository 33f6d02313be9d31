// Keys, and what a page can't do by itself. Every page works without this file; it only saves steps.
"use strict";

(function () {
  const PLACE = "crowdledger.queue";

  function alerts() {
    return Array.from(document.querySelectorAll("#queue .what"));
  }

  function move(step) {
    const links = alerts();
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step));
    links[next].focus();
    links[next].scrollIntoView({ block: "nearest" });
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
    j: () => move(1),
    k: () => move(-1),
    n: () => follow("#news a"),
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

  // "Back to the queue" keeps the filter and the page one came from.
  function remember() {
    if (document.getElementById("queue")) sessionStorage.setItem(PLACE, location.pathname + location.search);
  }

  try {
    remember();
    const place = sessionStorage.getItem(PLACE);
    if (place) document.querySelectorAll("a[data-queue]").forEach((link) => link.setAttribute("href", place));
  } catch (error) {
    // Storage may be switched off: then the link leads to the whole queue.
  }

  // Some fields only make sense with some choices: a reason with a false alarm.
  function show(select) {
    document.querySelectorAll("[data-when]").forEach((field) => {
      const [name, value] = field.dataset.when.split("=");
      if (name !== select.name || field.closest("form") !== select.form) return;
      field.hidden = select.value !== value;
      field.querySelectorAll("select").forEach((one) => (one.disabled = field.hidden));
    });
  }

  document.querySelectorAll("select[data-shows]").forEach((select) => {
    show(select);
    select.addEventListener("change", () => show(select));
  });

  // A form that was sent is not sent again by a second click.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || "again" in event.target.dataset) return; // a download leaves its form in place
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form").forEach((form) => delete form.dataset.sent);
  });

  const title = document.title;
  document.addEventListener("htmx:afterSettle", () => {
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
