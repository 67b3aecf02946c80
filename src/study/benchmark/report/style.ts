/** The look of a page: calm, light and dark, and fit to be printed. */
export const STYLE = `
:root { --paper: #fff; --ink: #1c242b; --soft: #5a6872; --line: #dfe5e9; --wash: #f5f7f8; --accent: #1d6f94; --warn: #8a5a00; --warn-wash: #fdf6e5; }
@media (prefers-color-scheme: dark) { :root { --paper: #11171c; --ink: #e2e8ec; --soft: #9aa8b2; --line: #2a343c; --wash: #182027; --accent: #6cb8dc; --warn: #e7bd6b; --warn-wash: #262116; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, "Segoe UI", Roboto, Ubuntu, sans-serif; display: grid; grid-template-columns: 15rem minmax(0, 62rem); gap: 3rem; justify-content: center; padding: 0 1.5rem; }
nav { position: sticky; top: 0; align-self: start; height: 100vh; overflow-y: auto; padding: 2.75rem 0 2rem; font-size: 13.5px; }
nav strong { display: block; margin-bottom: .75rem; }
nav ol { list-style: none; margin: 0; padding: 0; border-left: 1px solid var(--line); }
nav a { display: block; padding: .2rem .9rem; color: var(--soft); text-decoration: none; }
nav a:hover, nav a:focus-visible { color: var(--accent); }
main { padding: 2.5rem 0 4rem; min-width: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .75rem; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 3.25rem 0 .6rem; padding-top: 1.25rem; border-top: 1px solid var(--line); font-weight: 620; }
h3 { font-size: 1rem; margin: 1.75rem 0 .35rem; font-weight: 620; }
p { margin: .5rem 0; max-width: 46rem; }
.soft, caption, footer, figcaption { color: var(--soft); }
a { color: var(--accent); }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2.25rem; margin: 1.25rem 0; padding: 0; }
.facts div { display: flex; flex-direction: column-reverse; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .7rem; font-size: 13px; color: var(--soft); }
.note { background: var(--warn-wash); border-left: 3px solid var(--warn); padding: .6rem .9rem; margin: 1rem 0; border-radius: 0 4px 4px 0; max-width: 50rem; }
.note ul { margin: 0; padding-left: 1.1rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: .5rem 2rem; }
.plot { width: 100%; margin: .75rem 0; min-height: 2rem; }
.plot.vega-embed { display: block; padding: 0; }
.plot svg { max-width: 100%; overflow: visible; }
.tall { max-height: 44rem; overflow: auto; }
.tall svg { max-width: none; }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .2rem 0 .35rem; font-size: 13px; }
th, td { padding: .32rem .9rem .32rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { font-weight: 550; color: var(--soft); white-space: nowrap; }
tbody th { font-weight: 550; overflow-wrap: anywhere; min-width: 8rem; }
.n { text-align: right; white-space: nowrap; }
details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--accent); font-size: 14px; padding: .15rem 0; }
select { font: inherit; font-size: 14px; padding: .2rem .5rem; color: inherit; background: var(--wash); border: 1px solid var(--line); border-radius: 4px; }
code { font: 12.5px ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.examples { display: grid; grid-template-columns: 9rem repeat(6, minmax(0, 1fr)); gap: .5rem; align-items: start; margin: .5rem 0; font-size: 12px; }
.examples figure { margin: 0; }
.examples img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #000; border-radius: 4px; display: block; border-bottom: 3px solid transparent; }
.examples .hit img { border-bottom-color: #2f9d6b; }
.examples .miss img { border-bottom-color: #c9504e; }
.examples figcaption { line-height: 1.3; margin-top: .2rem; overflow-wrap: anywhere; }
footer { margin-top: 4rem; font-size: 13px; }
#vg-tooltip-element.vg-tooltip { background: var(--paper); color: var(--ink); border: 1px solid var(--line); font: 13px/1.45 system-ui, sans-serif; box-shadow: 0 3px 14px rgb(0 0 0 / .18); border-radius: 6px; padding: .5rem .7rem; max-width: 28rem; }
#vg-tooltip-element.vg-tooltip td.key { color: var(--soft); border: 0; padding: 0 .6rem 0 0; }
#vg-tooltip-element.vg-tooltip td.value { border: 0; padding: 0; max-width: 20rem; }
@media (max-width: 60rem) { body { display: block; } nav { position: static; height: auto; padding: 1.5rem 0 0; } nav ol { columns: 2; border: 0; } nav a { padding-left: 0; } main { padding-top: 1rem; } .examples { grid-template-columns: repeat(3, 1fr); } }
@media print { :root { --paper: #fff; --ink: #000; --soft: #444; --line: #ccc; --wash: #fff; --accent: #000; --warn: #666; --warn-wash: #fff; } body { display: block; padding: 0; font-size: 10.5pt; } nav, select, summary { display: none; } h2 { break-after: avoid; } .plot, tr, figure { break-inside: avoid; } .tall { max-height: none; } .scroll { overflow: visible; } }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
`;
