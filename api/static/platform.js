// Copies what stands on the page. Without this file the buttons stay hidden, and the text can be marked and copied.
"use strict";

(function () {
  if (!navigator.clipboard) return;
  document.querySelectorAll("[data-copy]").forEach((button) => {
    const from = document.getElementById(button.dataset.copy);
    if (!from) return;
    const said = button.textContent;
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(from.value || from.textContent).then(() => {
        button.textContent = button.dataset.done;
        setTimeout(() => (button.textContent = said), 2000);
      });
    });
  });
})();
