// A comfort only: a button that shows what is typed into a password field.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-shows]");
  if (!button) return;
  const field = document.getElementById(button.dataset.shows);
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
  field.focus();
});
// What was shown is a password again when it is sent, so that no browser keeps it as a text.
document.addEventListener("submit", () => {
  for (const button of document.querySelectorAll("[data-shows]")) document.getElementById(button.dataset.shows).type = "password";
});
for (const button of document.querySelectorAll("[data-shows]")) button.hidden = false;
