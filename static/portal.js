// Comforts only: every page works without this file.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(field.value ?? field.textContent);
  } catch {
    getSelection().selectAllChildren(field);
    field.select?.();
    document.execCommand("copy");
  }
  button.textContent = button.dataset.copied;
});

// An open menu closes at a click elsewhere and at Escape.
const menus = () => document.querySelectorAll("details.more[open], details.switcher[open]");
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const button of document.querySelectorAll("[data-needs-script]")) button.hidden = false;
