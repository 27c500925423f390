"use strict";
// The page works without this. It opens what a link inside the page points to, and for paper the
// evidence of the controls. All that is allowed would be a book: it stays on the screen.
const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  const around = target.closest("details");
  if (around) around.open = true;
  if (target.popover === "auto" && !target.matches(":popover-open")) target.showPopover();
};
addEventListener("hashchange", reveal);
// A link to the place where the page already is changes nothing that could be heard of.
addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link && link.getAttribute("href") === location.hash) reveal();
});
const opened = [];
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("#controls details:not([open])")) {
    each.open = true;
    opened.push(each);
  }
});
addEventListener("afterprint", () => {
  while (opened.length) opened.pop().open = false;
});
reveal();
