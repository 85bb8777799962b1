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

// Long lists of boxes and choices can be narrowed by typing.
const narrow = (finder) => {
  const wanted = finder.value.trim().toLowerCase();
  for (const choice of document.querySelectorAll(`#${finder.dataset.finds} > :is(label, tr)`)) {
    choice.hidden = !choice.textContent.toLowerCase().includes(wanted) && !choice.querySelector(":checked:not([value=''])");
  }
};
document.addEventListener("input", (event) => {
  if (event.target.dataset.finds) narrow(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.dataset?.finds) event.preventDefault();
});

// Keys: / searches, n makes a new one, ? lists the keys. None while something is typed or held.
const keys = {
  "/": () => document.querySelector("input[type=search][name]")?.focus(),
  n: () => document.querySelector("a[data-key=n]")?.click(),
  "?": () => document.getElementById("keys")?.showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  if (document.querySelector("dialog[open]")) return;  // a closed one may hold the focus for a moment more
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

for (const button of document.querySelectorAll("[data-needs-script]")) button.hidden = false;

// What runs on the server is looked at again until it has come to its end.
const lookAgain = async () => {
  const reply = await fetch(location.href).catch(() => null);
  if (reply?.ok) {
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    document.getElementById("main").replaceWith(page.getElementById("main"));
  }
  if (document.querySelector("[data-running]")) setTimeout(lookAgain, 1000);
};
if (document.querySelector("[data-running]")) setTimeout(lookAgain, 1000);
