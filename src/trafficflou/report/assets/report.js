/* Draws the charts and sorts the tables of a TrafficFlou report. No network, no storage, no inline handlers. */
(function () {
  "use strict";
  var page = JSON.parse(document.getElementById("report-data").textContent);
  var root = document.documentElement;
  var plots = [];
  var logarithmic = {};
  var EMPTY = "–";

  function colour(name) { return getComputedStyle(root).getPropertyValue(name).trim(); }

  function digits(value) {
    var size = Math.abs(value);
    return size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : 2;
  }
  function plain(value, places) { return Number(value.toFixed(places)).toLocaleString("en-US", { maximumFractionDigits: places }); }

  var UNITS = {
    count: function (v) { return plain(v, digits(v)); },
    rate: function (v) { return plain(v, digits(v)) + "/s"; },
    ms: function (v) { return v >= 1000 ? plain(v / 1000, digits(v / 1000)) + " s" : plain(v, digits(v)) + " ms"; },
    share: function (v) { return plain(v * 100, digits(v * 100)) + " %"; }
  };

  function clock(seconds) {
    if (seconds < 0) { return ""; }
    var whole = Math.round(seconds), h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60, s = whole % 60;
    var two = function (n) { return (n < 10 ? "0" : "") + n; };
    return h ? h + ":" + two(m) + ":" + two(s) : m + ":" + two(s);
  }

  function shade(u) {
    /* The warm-up is measured but counts for nothing, so it is shown in grey. */
    if (!page.warmup_s) { return; }
    var from = u.valToPos(u.scales.x.min, "x", true), to = u.valToPos(Math.min(page.warmup_s, u.scales.x.max), "x", true);
    if (to <= from) { return; }
    u.ctx.save();
    u.ctx.fillStyle = colour("--sunken");
    u.ctx.fillRect(from, u.bbox.top, to - from, u.bbox.height);
    u.ctx.restore();
  }

  function axis(format, side) {
    return {
      side: side, stroke: colour("--muted"), font: "12px system-ui, sans-serif", size: side === 2 ? 28 : 58, gap: 6,
      grid: { stroke: colour("--grid"), width: 1, show: side !== 1 }, ticks: { show: false },
      values: function (u, ticks) { return ticks.map(function (v) { return v === null ? "" : format(v); }); }
    };
  }

  function seriesOf(spec) {
    var stroke = colour(spec.colour), format = UNITS[spec.unit];
    return {
      label: spec.label, stroke: stroke, width: spec.width, spanGaps: false, scale: spec.unit,
      fill: spec.fill ? stroke + "1f" : undefined, dash: spec.dashed ? [5, 4] : undefined,
      points: page.columns.t.length < 3 ? { show: true, size: 5, fill: stroke } : { size: 5, fill: stroke },
      value: function (u, v) { return v === null || v === undefined ? EMPTY : format(v); }
    };
  }

  function scaleOf(unit, log, secondary) {
    /* A second unit keeps to the lower part of the chart, so that its line does not cross the first one's. */
    var room = secondary ? 2.4 : 1.08;
    if (log) { return { distr: 3, range: function (u, low, high) { return uPlot.rangeLog(low > 0 ? low : 0.1, high > 0 ? high : 1, 10, true); } }; }
    if (unit === "share") { return { range: function (u, low, high) { return [0, Math.max(1, high * room)]; } }; }
    return { range: function (u, low, high) { return [0, high > 0 ? high * room : 1]; } };
  }

  function options(chart, holder) {
    var log = Boolean(logarithmic[chart.id]), scales = { x: { time: false } }, axes = [axis(clock, 2)];
    axes[0].space = 64;
    axes[0].incrs = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
    chart.series.forEach(function (spec) {
      if (scales[spec.unit]) { return; }
      scales[spec.unit] = scaleOf(spec.unit, log, axes.length > 1);
      var values = axis(UNITS[spec.unit], axes.length === 1 ? 3 : 1);
      values.scale = spec.unit;
      axes.push(values);
    });
    if (page.columns.t.length === 1) { scales.x.range = function (u, low) { return [low - 1, low + 1]; }; }
    return {
      width: holder.clientWidth, height: chart.wide ? 250 : 200, scales: scales, axes: axes,
      series: [{ label: "At", value: function (u, v) { return v === null ? EMPTY : clock(v); } }].concat(chart.series.map(seriesOf)),
      legend: { markers: { width: 0, fill: function (u, i) { return i ? colour(chart.series[i - 1].colour) : "transparent"; } } },
      cursor: { sync: { key: "trafficflou" }, points: { size: 7 }, drag: { x: true, y: false } },
      padding: [10, axes.length > 2 ? 0 : 14, 0, 0], hooks: { drawClear: [shade] }
    };
  }

  function draw(chart) {
    var holder = document.getElementById("plot-" + chart.id);
    if (!holder || !page.columns.t.length) { return; }
    var data = [page.columns.t].concat(chart.series.map(function (spec) {
      var values = page.columns[spec.column];
      return logarithmic[chart.id] ? values.map(function (v) { return v > 0 ? v : null; }) : values;
    }));
    holder.textContent = "";
    plots.push({ chart: chart, holder: holder, plot: new uPlot(options(chart, holder), data, holder) });
  }

  function redraw() {
    plots.forEach(function (entry) { entry.plot.destroy(); });
    plots = [];
    page.charts.forEach(draw);
  }

  function resize() {
    plots.forEach(function (entry) { entry.plot.setSize({ width: entry.holder.clientWidth, height: entry.chart.wide ? 250 : 200 }); });
  }

  function sortBy(table, header, index) {
    var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
    var before = header.getAttribute("aria-sort"), text = header.dataset.sort === "text";
    var direction = before ? (before === "descending" ? 1 : -1) : (text ? 1 : -1);
    var key = function (row) { var cell = row.cells[index]; return text ? cell.textContent : cell.dataset.v === "" ? -1 : Number(cell.dataset.v); };
    rows.sort(function (a, b) {
      var x = key(a), y = key(b);
      return direction * (text ? x.localeCompare(y) : x - y);
    });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) { cell.removeAttribute("aria-sort"); });
    header.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    rows.forEach(function (row) { body.appendChild(row); });
  }

  document.querySelectorAll("table[data-sortable]").forEach(function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (header, index) {
      var button = header.querySelector("button");
      if (button) { button.addEventListener("click", function () { sortBy(table, header, index); }); }
    });
  });

  document.querySelectorAll("button[data-log]").forEach(function (button) {
    button.hidden = !page.columns.t.length;
    button.addEventListener("click", function () {
      logarithmic[button.dataset.log] = !logarithmic[button.dataset.log];
      button.setAttribute("aria-pressed", String(logarithmic[button.dataset.log]));
      redraw();
    });
  });

  redraw();
  new ResizeObserver(resize).observe(document.querySelector("main"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", function () { root.classList.add("printing"); redraw(); });
  addEventListener("afterprint", function () { root.classList.remove("printing"); redraw(); });
  root.dataset.charts = String(plots.length);
})();
