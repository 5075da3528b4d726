"use strict";
(function () {
  document.documentElement.classList.remove("no-js");
  var config = { responsive: true, displaylogo: false, modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]] };
  var figures = {};

  function draw(place) {
    var name = place.dataset.figure;
    if (figures[name]) { return; }
    var figure = JSON.parse(document.getElementById("figure-" + name).textContent);
    figures[name] = figure;
    config.toImageButtonOptions = { format: "svg", filename: name };
    Plotly.newPlot(place, figure.data, figure.layout, config);
  }

  function volumeAxes(figure) {
    return Object.keys(figure.layout).filter(function (key) { return /^yaxis\d*$/.test(key); });
  }

  function setScale(name, logarithmic) {
    var figure = figures[name], change = {};
    figure.logarithmic = logarithmic;
    volumeAxes(figure).forEach(function (key) {
      change[key + ".type"] = logarithmic ? "log" : "linear";
      if (figure.logs) {
        var range = figure.logs[figure.place || figure.first][key];
        change[key + ".autorange"] = !logarithmic || !range;
        if (logarithmic && range) { change[key + ".range"] = range.slice(); }
        return;
      }
      change[key + ".range"] = (logarithmic ? figure.log : figure.linear).slice();
      change[key + ".dtick"] = logarithmic ? 1 : null;
    });
    Plotly.relayout("plot-" + name, change);
  }

  function tracesWith(name, test) {
    return figures[name].data.map(function (_, i) { return i; }).filter(function (i) { return test(figures[name].data[i]); });
  }

  function setBand(name, shown) {
    Plotly.restyle("plot-" + name, { visible: shown }, tracesWith(name, function (t) { return t.meta === "band"; }));
  }

  function setPlace(name, place) {
    var figure = figures[name], seen = {};
    figure.place = place;
    figure.layout = figure.layouts[place];
    figure.data.forEach(function (trace) {
      var axis = trace.yaxis.replace("y", "yaxis");
      trace.visible = (trace.meta === "body" || trace.meta === place) && figure.layout[axis].visible !== false;
      trace.showlegend = trace.visible && !seen[trace.legendgroup];
      if (trace.visible) { seen[trace.legendgroup] = true; }
    });
    document.getElementById("plot-" + name).style.minHeight = figure.layout.height + "px";
    Plotly.react("plot-" + name, figure.data, figure.layout, config);
    setScale(name, Boolean(figure.logarithmic));
  }

  function placeSwitch(controls) {
    var places = JSON.parse(controls.dataset.places);
    if (places.length < 2) { return; }
    var label = document.createElement("label"), select = document.createElement("select");
    label.textContent = "site ";
    places.forEach(function (place) {
      var option = document.createElement("option");
      var plain = new DOMParser().parseFromString(place, "text/html").documentElement.textContent;
      option.value = place;
      option.textContent = plain;
      option.selected = place === controls.dataset.first;
      select.appendChild(option);
    });
    select.addEventListener("change", function () { setPlace(controls.dataset.for, select.value); });
    label.appendChild(select);
    controls.appendChild(label);
  }

  function filterRows(table, words) {
    var wanted = words.toLowerCase().split(/\s+/);
    Array.prototype.forEach.call(document.querySelectorAll("#" + table + " tbody tr"), function (row) {
      var text = row.textContent.toLowerCase();
      row.style.display = wanted.every(function (word) { return text.indexOf(word) >= 0; }) ? "" : "none";
    });
  }

  function connect(controls) {
    var name = controls.dataset.for;
    if (controls.dataset.places) { placeSwitch(controls); }
    Array.prototype.forEach.call(controls.querySelectorAll("[data-act]"), function (input) {
      var act = input.dataset.act;
      input.addEventListener(act === "filter" ? "input" : "change", function () {
        if (act === "log") { setScale(name, input.checked); }
        if (act === "band") { setBand(name, input.checked); }
        if (act === "filter") { filterRows(name, input.value); }
      });
    });
  }

  var places = Array.prototype.slice.call(document.querySelectorAll(".plot"));
  var closed = function (place) { var box = place.closest("details"); return box && !box.open; };
  places.forEach(function (place) { if (!closed(place)) { draw(place); } });
  Array.prototype.forEach.call(document.querySelectorAll("details"), function (box) {
    box.addEventListener("toggle", function () {
      if (box.open) { Array.prototype.forEach.call(box.querySelectorAll(".plot"), draw); }
    });
  });
  Array.prototype.forEach.call(document.querySelectorAll(".controls"), connect);
  window.addEventListener("beforeprint", function () {
    Array.prototype.forEach.call(document.querySelectorAll("details"), function (box) { box.open = true; });
    // The page asks for A4 landscape: its inner width in CSS pixels, whatever the window's.
    places.forEach(function (place) { draw(place); Plotly.relayout(place, { width: 1000, autosize: false }); });
  });
  window.addEventListener("afterprint", function () {
    places.forEach(function (place) { Plotly.relayout(place, { width: null, autosize: true }); });
  });
})();
