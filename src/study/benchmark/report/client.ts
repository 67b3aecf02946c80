/** Draws the plots when the page is read. It is text, so that it is the same however it was built. */
export const CLIENT = `
'use strict';
(() => {
  const { specs, points } = JSON.parse(document.getElementById('plots').textContent);
  const ink = 'currentColor';
  const axis = {
    labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink, gridColor: ink,
    gridOpacity: 0.12, domainOpacity: 0.4, tickOpacity: 0.4, labelFontSize: 12, titleFontSize: 12,
    titleFontWeight: 500, labelLimit: 260, titlePadding: 8,
  };
  const config = {
    background: 'transparent', font: 'system-ui, sans-serif', view: { stroke: null }, axis,
    legend: { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12, labelLimit: 240,
      titleFontWeight: 500, symbolLimit: 40 },
    title: { color: ink, fontSize: 13, fontWeight: 600, anchor: 'start' },
    header: { labelColor: ink, titleColor: ink, labelFontSize: 12 },
    text: { color: ink }, rule: { color: ink },
  };
  const views = [];
  const signals = {};
  const draw = (place) => {
    if (place.dataset.drawn) return;
    place.dataset.drawn = 'begun';
    const spec = specs[Number(place.dataset.plot)];
    if (spec.usermeta && spec.usermeta.points) spec.datasets = { points };
    vegaEmbed(place, spec, { actions: false, renderer: 'svg', ast: true, config, mode: 'vega-lite' })
      .then(({ view }) => {
        views.push(view);
        for (const [name, value] of Object.entries(signals)) set(view, name, value);
        place.dataset.drawn = 'done';
      })
      .catch((error) => { place.textContent = String(error); place.dataset.drawn = 'failed'; });
  };
  const set = (view, name, value) => {
    if (view.getState().signals[name] !== undefined) view.signal(name, value).runAsync();
  };
  for (const select of document.querySelectorAll('select[data-signal]')) {
    select.addEventListener('change', () => {
      signals[select.dataset.signal] = select.value;
      for (const view of views) set(view, select.dataset.signal, select.value);
    });
  }
  for (const place of document.querySelectorAll('[data-plot]')) {
    const fold = place.closest('details');
    if (fold === null || fold.open) draw(place);
    else fold.addEventListener('toggle', () => draw(place), { once: true });
  }
})();
`;
