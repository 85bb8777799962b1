// Draws the chart of the weeks out of the table beneath it, in the colours of the page.
"use strict";

const stages = ["accepted", "viewed", "handed-over", "queued"];  // the first is drawn in front

const drawn = (figure) => {
  const table = document.getElementById(figure.dataset.chart);
  const colour = (of) => getComputedStyle(of).color;
  const rtl = document.documentElement.dir === "rtl";
  const quiet = colour(figure);
  const rows = [...table.tBodies[0].rows];
  const dataset = (stage) => ({
    label: figure.querySelector(`[data-swatch="${stage}"]`).parentElement.textContent.trim(),
    data: rows.map((row) => Number(row.querySelector(`[data-stage="${stage}"]`).value)),
    backgroundColor: colour(figure.querySelector(`[data-swatch="${stage}"]`)),
    hoverBackgroundColor: colour(figure.querySelector(`[data-swatch="${stage}"]`)),
    grouped: false,
    borderRadius: 3,
    maxBarThickness: 44,
  });
  return new Chart(figure.querySelector("canvas"), {
    type: "bar",
    data: { labels: rows.map((row) => row.cells[0].textContent), datasets: stages.map(dataset) },
    options: {
      animation: false,
      maintainAspectRatio: false,
      locale: document.documentElement.lang,
      color: quiet,
      interaction: { mode: "index", intersect: false },
      plugins: { legend: { display: false }, tooltip: { rtl, reverse: true, textDirection: rtl ? "rtl" : "ltr" } },
      scales: {
        x: { reverse: rtl, ticks: { color: quiet, maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } },
        y: {
          position: rtl ? "right" : "left",
          beginAtZero: true,
          ticks: { color: quiet, precision: 0, maxTicksLimit: 6 },
          grid: { color: getComputedStyle(figure).borderColor },
        },
      },
    },
  });
};

Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
for (const figure of document.querySelectorAll("[data-chart]")) {
  let chart = drawn(figure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    chart.destroy();
    chart = drawn(figure);
  });
}
