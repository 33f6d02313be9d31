// Draws the flow of money that stands in data-flow. The table beneath says the same, and works without this file.
"use strict";

(() => {
  const STYLE_ID = "__________cytoscape_stylesheet";
  const SHAPES = {
    person: "ellipse",
    party: "ellipse",
    organisation: "rectangle",
    campaign: "hexagon",
    loan: "diamond",
    custody: "barrel",
    fees: "triangle",
    investors: "octagon",
  };
  const WIDE = { column: 200, least: 104, row: 58, most: 8, beside: 150 };
  const NARROW = { column: 104, least: 104, row: 84, most: 3, beside: 110 };
  const FEW = 5; // nodes: then there is room between them for the sums
  const LABELS_MAX = 16; // of edges; more would cover each other, and are shown when a node is pointed at
  const drawings = new Map();

  // Cytoscape looks for its one style sheet by id and adds it only where there is none. Its rule is in flow.css, so
  // that the page needs no style that the Content-Security-Policy would have to allow.
  function keepStyleOut() {
    if (!document.getElementById(STYLE_ID)) {
      const mark = document.createElement("meta");
      mark.id = STYLE_ID;
      document.head.append(mark);
    }
  }

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function style(zoom, few, narrow) {
    const ink = colour("--ink");
    const surface = colour("--surface");
    return [
      {
        selector: "node",
        style: {
          shape: (node) => SHAPES[node.data("kind")] || "ellipse",
          width: 26,
          height: 26,
          label: "data(label)",
          "background-color": colour("--accent-soft"),
          "border-width": 1.5,
          "border-color": colour("--accent"),
          color: ink,
          "font-family": getComputedStyle(document.body).fontFamily,
          "font-size": 11 / zoom, // as large as the words around it, whatever the scale
          "text-valign": "bottom",
          "text-margin-y": 3,
          "text-wrap": "ellipsis",
          "text-max-width": "150px",
          "text-background-color": surface,
          "text-background-opacity": 0.85,
          "text-background-padding": 1,
        },
      },
      { selector: "node.narrow", style: { "text-max-width": "92px" } },
      {
        selector: "node[?start]",
        style: { "background-color": colour("--accent"), "border-width": 3, width: 32, height: 32, "font-weight": 600 },
      },
      {
        selector: "edge",
        style: {
          width: (edge) => [1, 2, 3.5, 5, 7][edge.data("width") - 1],
          "line-color": colour("--line-strong"),
          "target-arrow-color": colour("--line-strong"),
          "target-arrow-shape": "triangle",
          "arrow-scale": 0.9,
          "curve-style": "bezier",
          "control-point-step-size": few ? 76 : 34,
          opacity: 0.75,
          color: ink,
          "font-size": 11 / zoom,
          "font-family": getComputedStyle(document.body).fontFamily,
          "text-background-color": surface,
          "text-background-opacity": 0.9,
          "text-background-padding": 2,
        },
      },
      { selector: "edge.told", style: { label: "data(label)" } },
      // Lines that cross do so in the middle: their sums stand by the arrow's head.
      { selector: "edge.told.crowded", style: { label: "", "target-label": "data(label)", "target-text-offset": (narrow ? 34 : 52) / zoom } },
      { selector: ".dim", style: { opacity: 0.15 } },
      { selector: "edge.near", style: { label: "data(label)", "line-color": colour("--accent"), "target-arrow-color": colour("--accent"), opacity: 1, "z-index": 9 } },
    ];
  }

  // Columns from payers to receivers; a long one is folded into several. On a narrow screen columns become rows.
  function places(nodes, narrow, width) {
    const { column: widest, least, row: low, most, beside } = narrow ? NARROW : WIDE;
    const row = nodes.length <= FEW ? low * 1.7 : low;
    const levels = new Map();
    for (const node of nodes) {
      levels.set(node.level, [...(levels.get(node.level) || []), node]);
    }
    const found = new Map();
    const columns = [...levels.values()].reduce((sum, own) => sum + Math.ceil(own.length / most), 0);
    const column = narrow ? widest : Math.min(nodes.length <= FEW ? 290 : widest, Math.max(least, (width - beside) / Math.max(columns - 1, 1)));
    let along = 0;
    for (const level of [...levels.keys()].sort((a, b) => a - b)) {
      const own = levels.get(level);
      const folds = Math.ceil(own.length / most);
      const each = Math.ceil(own.length / folds);
      own.forEach((node, index) => {
        const fold = Math.floor(index / each);
        const inFold = Math.min(each, own.length - fold * each);
        // Neighbouring folds are half a step apart, so that lines between them pass beside the nodes.
        const across = (index % each) - (inFold - 1) / 2 + (fold % 2) * 0.35;
        const at = (along + fold) * (narrow ? row : column);
        found.set(node.id, narrow ? { x: across * column, y: at } : { x: at, y: across * row });
      });
      along += folds;
    }
    return found;
  }

  function span(at, axis) {
    const values = [...at.values()].map((place) => place[axis]);
    return Math.max(...values) - Math.min(...values);
  }

  function draw(element) {
    const old = drawings.get(element);
    if (old) {
      old.destroy();
    }
    const told = JSON.parse(element.dataset.flow);
    element.hidden = false;
    const narrow = element.clientWidth < 560;
    const at = places(told.nodes, narrow, element.clientWidth);
    const room = element.clientWidth - (narrow ? 100 : 120);
    const zoom = Math.min(1, room / Math.max(span(at, "x"), 1));
    element.style.height = `${Math.round(Math.max(span(at, "y") * zoom + 110, 170))}px`;
    const labelled = told.edges.length <= (narrow ? 6 : LABELS_MAX);
    const words = `${labelled ? "told" : ""}${narrow || told.edges.length > 3 ? " crowded" : ""}`;
    const cy = cytoscape({
      container: element,
      elements: [
        ...told.nodes.map((node) => ({ data: node, position: at.get(node.id), classes: narrow ? "narrow" : "" })),
        ...told.edges.map((edge, index) => ({ data: { id: `e${index}`, ...edge }, classes: words })),
      ],
      style: style(zoom, told.nodes.length <= FEW, narrow),
      layout: { name: "preset", fit: false },
      zoom,
      minZoom: 0.2,
      maxZoom: 1.35,
      userZoomingEnabled: false, // a wheel over the drawing scrolls the page
      userPanningEnabled: !narrow, // and so does a finger
      boxSelectionEnabled: false,
      autounselectify: true,
      autoungrabify: true,
    });
    cy.center(cy.nodes());
    watch(cy, element);
    drawings.set(element, cy);
    element.dataset.drawn = "true";
  }

  function watch(cy, element) {
    const about = element.parentElement.querySelector("[data-flow-about]");
    const tell = (text) => {
      about.textContent = text;
      about.hidden = false;
    };
    tell("\u00a0");
    cy.on("mouseover tapstart", "node", (event) => {
      const near = event.target.closedNeighborhood();
      cy.elements().difference(near).addClass("dim");
      near.edges().addClass("near");
      tell(event.target.data("about"));
      element.style.cursor = event.target.data("href") ? "pointer" : "default";
    });
    cy.on("mouseout", "node", () => {
      cy.elements().removeClass("dim near");
      element.style.cursor = "default";
    });
    cy.on("mouseover tapstart", "edge", (event) => {
      const edge = event.target;
      tell(`${edge.source().data("label")} → ${edge.target().data("label")}: ${edge.data("label")}`);
    });
    cy.on("dbltap", "node", (event) => open(event.target));
    cy.on("tap", "node", (event) => {
      // A finger points first and opens with a second tap; a mouse has pointed already.
      if (event.originalEvent && event.originalEvent.pointerType !== "touch" && !("touches" in event.originalEvent)) {
        open(event.target);
      }
    });
  }

  function open(node) {
    const href = node.data("href");
    if (href) {
      window.location.assign(href);
    }
  }

  function drawAll() {
    for (const [element, cy] of drawings) {
      if (!element.isConnected) {
        cy.destroy();
        drawings.delete(element);
      }
    }
    for (const element of document.querySelectorAll("[data-flow]:not([data-drawn])")) {
      draw(element);
    }
  }

  function redrawAll() {
    for (const element of document.querySelectorAll("[data-flow][data-drawn]")) {
      draw(element);
    }
  }

  if (typeof cytoscape !== "function") {
    return; // the table beneath is there
  }
  keepStyleOut();
  document.addEventListener("htmx:afterSettle", drawAll);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => window.setTimeout(redrawAll, 50));
  let width = window.innerWidth;
  let waiting = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth !== width) {
      width = window.innerWidth;
      window.clearTimeout(waiting);
      waiting = window.setTimeout(redrawAll, 150);
    }
  });
  drawAll();
})();
