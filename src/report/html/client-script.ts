/** What the pages do with script on; without it they are complete, only still. Plain script for file://. */
export const clientScript = `"use strict";
(function () {
  var root = document.documentElement;
  function remembered() { try { return localStorage.getItem("lambda-coverage-theme"); } catch (e) { return null; } }
  if (remembered()) root.dataset.theme = remembered();

  function each(selector, visit, within) { Array.prototype.forEach.call((within || document).querySelectorAll(selector), visit); }

  function toggleTheme() {
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("lambda-coverage-theme", root.dataset.theme); } catch (e) { /* private mode: for this page only */ }
  }

  function sortBy(head) {
    var table = head.closest("table"), body = table.tBodies[0], column = head.cellIndex;
    var numeric = head.classList.contains("n");
    var now = head.getAttribute("aria-sort");
    var up = now ? now === "descending" : head.dataset.first !== "descending";
    each("th", function (other) { other.removeAttribute("aria-sort"); }, table);
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    function key(row) { var cell = row.cells[column], sort = cell.dataset.sort; return numeric ? Number(sort) : sort || cell.textContent; }
    Array.prototype.slice.call(body.rows).map(function (row) { return [key(row), row]; }).sort(function (a, b) {
      var order = numeric ? a[0] - b[0] : a[0].localeCompare(b[0], "en", { numeric: true });
      return up ? order : -order;
    }).forEach(function (pair) { body.appendChild(pair[1]); });
  }

  function filter() {
    var words = (document.getElementById("filter") || {}).value || "";
    var parts = words.toLowerCase().split(/\\s+/).filter(Boolean);
    var only = (document.querySelector("[data-only][aria-pressed=true]") || { dataset: {} }).dataset.only;
    var hideFull = (document.getElementById("hide-full") || {}).checked;
    each("table[data-filter]", function (table) {
      var shown = 0;
      each("tbody tr", function (row) {
        var name = (row.dataset.path || "").toLowerCase();
        var fits = parts.every(function (part) { return name.indexOf(part) >= 0; }) && !(hideFull && row.dataset.full === "1")
          && (only === undefined || JSON.parse(row.dataset.functions || "[]").indexOf(only) >= 0);
        row.hidden = !fits;
        if (fits) shown++;
      }, table);
      var empty = table.parentNode.querySelector("p.empty");
      if (empty) empty.hidden = shown > 0;
      var counter = document.getElementById(table.id + "-shown");
      if (counter) counter.textContent = shown === table.tBodies[0].rows.length ? "" : shown + " shown";
    });
  }

  function showOnly(button) {
    var pressed = button.getAttribute("aria-pressed") === "true";
    each("[data-only]", function (other) { other.setAttribute("aria-pressed", "false"); });
    button.setAttribute("aria-pressed", String(!pressed));
    filter();
  }

  function step(direction) {
    var rows = Array.prototype.filter.call(document.querySelectorAll(".row.miss, .row.part"), function (row) {
      var before = row.previousElementSibling;
      return row.classList.contains("part") || !before || !before.classList.contains("miss");
    });
    if (rows.length === 0) return;
    var now = document.querySelector(".row.now"), target;
    var line = now ? Number(now.id.slice(1)) : direction > 0 ? 0 : Infinity;
    if (direction > 0) target = rows.filter(function (row) { return Number(row.id.slice(1)) > line; })[0] || rows[0];
    else target = rows.filter(function (row) { return Number(row.id.slice(1)) < line; }).pop() || rows[rows.length - 1];
    if (now) now.classList.remove("now");
    target.classList.add("now");
    target.scrollIntoView({ block: "center" });
  }

  document.addEventListener("DOMContentLoaded", function () {
    each("[data-theme-toggle]", function (button) { button.hidden = false; button.addEventListener("click", toggleTheme); });
    each("th button", function (button) { button.addEventListener("click", function () { sortBy(button.parentNode); }); });
    each("#filter, #hide-full", function (input) { input.addEventListener("input", filter); });
    each("[data-step]", function (button) { button.hidden = false; button.addEventListener("click", function () { step(Number(button.dataset.step)); }); });
    each("[data-only]", function (button) { button.addEventListener("click", function () { showOnly(button); }); });
    if (document.getElementById("filter")) filter();
  });
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /INPUT|TEXTAREA/.test(event.target.tagName)) return;
    if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else if (event.key === "/" && document.getElementById("filter")) { event.preventDefault(); document.getElementById("filter").focus(); }
  });
})();
`;
