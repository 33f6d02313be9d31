// Says that a long answer is on its way, and keeps an impatient hand from asking twice.
"use strict";
for (const form of document.querySelectorAll("form[data-wait]")) {
  form.addEventListener("submit", () => {
    const waits = form.querySelector(".waits");
    if (waits) waits.hidden = false;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
  });
}
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[data-wait] button")) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
});
// A button that copies what stands in another element; where the browser allows it, and only then is it shown.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.lastChild.textContent = button.dataset.copied;
    });
  }
}
