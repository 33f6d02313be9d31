// Draws the charts of a page from their attributes. Colours are those of the style sheet, in either theme.
"use strict";

(function () {
  const SYMBOLS = ["circle", "rect", "triangle", "diamond", "roundRect", "pin"];
  const DASHES = ["solid", "dashed", "dotted", [10, 4, 2, 4], [14, 5], [2, 5]];
  const drawn = new Map();
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function colours() {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue("--" + name).trim();
  }

  // Money comes in minor units; a picture needs no more exactness than a double has.
  function scaled(chart, value) {
    return value === null ? null : value / Math.pow(10, chart.digits);
  }

  function formatter(chart) {
    const options = { notation: "compact", maximumFractionDigits: 1 };
    if (chart.unit === "money") Object.assign(options, { style: "currency", currency: chart.currency });
    if (chart.unit === "rate") Object.assign(options, { style: "percent", notation: "standard", maximumFractionDigits: 2 });
    const format = new Intl.NumberFormat(chart.lang, options);
    return (value) => format.format(value);
  }

  function lines(chart, colour) {
    if (!chart.thresholds.length) return undefined;
    return {
      silent: true,
      symbol: "none",
      animation: false,
      data: chart.thresholds.map((each) => ({
        [chart.lying ? "xAxis" : "yAxis"]: scaled(chart, each.value),
        lineStyle: { color: colour("chart-" + (each.role || "critical")), type: "dashed", width: 1.5 },
        label: {
          formatter: each.name,
          position: chart.lying ? "start" : "insideEndTop",
          color: colour("ink"),
          textBorderColor: colour("surface"),
          textBorderWidth: 3,
          fontSize: 11,
        },
      })),
    };
  }

  function one(chart, series, place, colour, width) {
    const fill = colour("chart-" + (series.role || (place % 6) + 1));
    const made = {
      name: series.name,
      type: { line: "line", dots: "scatter" }[chart.kind] || "bar",
      data: series.values.map((value) => scaled(chart, value)),
      color: fill,
      itemStyle: { color: fill },
    };
    if (chart.kind === "stacked") {
      // A seam between parts, so that they are told apart without their colours; bars as thin as threads have no room.
      const seam = width / chart.labels.length < 8 ? 0 : 0.5;
      Object.assign(made, { stack: "all", itemStyle: { color: fill, borderColor: colour("surface"), borderWidth: seam } });
    } else if (chart.kind === "line") {
      const few = series.values.length <= 31;
      Object.assign(made, {
        symbol: SYMBOLS[place % SYMBOLS.length],
        symbolSize: 6,
        showSymbol: few,
        connectNulls: false,
        lineStyle: { color: fill, width: 2, type: DASHES[place % DASHES.length] },
      });
    } else if (chart.kind === "dots") {
      Object.assign(made, { symbol: SYMBOLS[place % SYMBOLS.length], symbolSize: 8 });
    }
    if (made.type === "bar") Object.assign(made, { barMaxWidth: 28, barCategoryGap: chart.labels.length > 40 ? "12%" : "24%" });
    if (place === 0) made.markLine = lines(chart, colour);
    return made;
  }

  function told(chart) {
    return (points) => {
      const at = Array.isArray(points) ? points : [points];
      const place = at[0].dataIndex;
      const rows = at.map((point) => {
        const series = chart.series[point.seriesIndex];
        return point.seriesIndex === undefined ? "" : series.name + "  " + series.said[place];
      });
      return [chart.labels[place], ...rows].join("\n");
    };
  }

  function option(chart, width) {
    const colour = colours();
    const text = { color: colour("muted"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: width < 480 ? 11 : 12 };
    const labels = {
      type: "category",
      data: chart.labels,
      inverse: chart.lying,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colour("line-strong") } },
      axisLabel: Object.assign(
        { hideOverlap: true },
        text,
        chart.lying ? { width: Math.min(180, width * 0.36), overflow: "break", interval: 0 } : {},
      ),
    };
    const values = {
      type: "value",
      minInterval: chart.unit === "number" || chart.unit === "days" ? 1 : undefined,
      splitNumber: width < 480 ? 3 : 4,
      axisLabel: Object.assign({ formatter: formatter(chart), hideOverlap: true }, text),
      splitLine: { lineStyle: { color: colour("line") } },
      interval: chart.end === null ? undefined : scaled(chart, chart.end) / 4,
      // Thresholds are part of the picture even where no value comes near them.
      max: (range) => top(chart, range.max),
    };
    return {
      animation: !still.matches,
      animationDuration: 250,
      aria: { enabled: false }, // the element itself says what it is, in the page's language
      textStyle: text,
      // Of many labels one near the end is centred below its day: half of it stands out.
      grid: { left: 4, right: !chart.lying && chart.labels.length > 8 ? 40 : 12, top: above(chart), bottom: 4, outerBoundsMode: "same", outerBoundsContain: "all" },
      legend: {
        show: listed(chart),
        type: "scroll",
        top: 0,
        left: 0,
        itemWidth: chart.kind === "line" ? 26 : 12,
        itemHeight: 10,
        textStyle: text,
        pageTextStyle: text,
        pageIconColor: colour("ink"),
        pageIconInactiveColor: colour("line-strong"),
      },
      tooltip: {
        trigger: chart.kind === "dots" ? "item" : "axis",
        renderMode: "richText",
        confine: true,
        axisPointer: { type: chart.kind === "line" ? "line" : "shadow" },
        backgroundColor: colour("surface"),
        borderColor: colour("line-strong"),
        textStyle: Object.assign({}, text, { color: colour("ink"), lineHeight: 18 }),
        formatter: told(chart),
      },
      xAxis: chart.lying ? values : labels,
      yAxis: chart.lying ? labels : values,
      series: chart.series.map((series, place) => one(chart, series, place, colour, width)),
    };
  }

  // One line needs no legend where the title says what it is.
  function listed(chart) {
    return chart.series.length > 1 || !chart.title.includes(chart.series[0].name);
  }

  // Room for the legend, and for what lines across lying bars are called.
  function above(chart) {
    return (listed(chart) ? 34 : 12) + (chart.lying && chart.thresholds.length ? 12 : 0);
  }

  function top(chart, most) {
    if (chart.end !== null) return scaled(chart, chart.end); // no value lies beyond it
    const limit = Math.max(...chart.thresholds.map((each) => scaled(chart, each.value)), 0);
    if (limit <= most) return null;
    const step = Math.pow(10, Math.floor(Math.log10(limit))) / 2;
    return Math.ceil((limit * 1.04) / step) * step;
  }

  const sizes = new ResizeObserver((entries) => {
    entries.forEach((entry) => {
      const picture = drawn.get(entry.target);
      if (picture && entry.contentRect.width) picture.resize();
    });
  });

  function draw(element) {
    const chart = JSON.parse(element.dataset.chart);
    // Canvas: the other renderer writes style attributes, which the page's policy forbids.
    const picture = drawn.get(element) || window.echarts.init(element, null, { renderer: "canvas" });
    picture.setOption(option(chart, element.clientWidth), { notMerge: true });
    if (!drawn.has(element)) {
      drawn.set(element, picture);
      sizes.observe(element);
    }
  }

  function drop() {
    drawn.forEach((picture, element) => {
      if (element.isConnected) return;
      sizes.unobserve(element);
      picture.dispose();
      drawn.delete(element);
    });
  }

  function all() {
    if (!window.echarts) return;
    drop();
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  dark.addEventListener("change", all);
  still.addEventListener("change", all);
  document.addEventListener("htmx:afterSettle", all);
  all();
})();
