// An investor's own receipt, checked where it is shown: its text is handed to the form of verify.js.
"use strict";
(() => {
  const ask = document.getElementById("ask");
  if (!ask) return;
  for (const button of document.querySelectorAll("[data-check]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      document.getElementById("text").value = document.getElementById(button.dataset.check).textContent;
      ask.requestSubmit();
    });
  }
})();
