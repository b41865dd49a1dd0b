/** The report's style sheet: light and dark by the reader's preference, narrow screens and paper. */
import { createHash } from 'node:crypto';

const light = `--paper: #fff; --panel: #f6f7f8; --ink: #16191d; --soft: #565e68; --rule: #dde1e5;
  --train: #b4bcc6; --synthetic: #0b6bcb; --test: #7b8591; --augmented: #1a8a5a; --good: #16724a; --fair: #8a5a00; --poor: #b3261e; --good-wash: #e7f4ed; --fair-wash: #fdf3dc; --poor-wash: #fcebe9;
  --z: #eef0f2; --qn: #fff; --p1: #d3e3f6; --p2: #a6c8ee; --p3: #6ea5e0; --p4: #2f7fcb; --p5: #0a4f9e; --n1: #f8ddd3; --n2: #f0b7a2; --n3: #e08a6d;
  --n4: #c75a3b; --n5: #95331a; --e1: #fbeecb; --e2: #f6d48a; --e3: #eaa94b; --e4: #d2711f; --e5: #9c3d0c;`;

const dark = `--paper: #14171a; --panel: #1c2024; --ink: #e8eaed; --soft: #a3abb5; --rule: #31373d;
  --train: #5b6570; --synthetic: #6cb2ff; --test: #98a2ad; --augmented: #5fcf9c; --good: #63c796; --fair: #e0b050; --poor: #ff8a80; --good-wash: #16281f; --fair-wash: #2e2613; --poor-wash: #341e1c;
  --z: #262b30; --qn: #14171a; --p1: #1e3450; --p2: #21507f; --p3: #2f73b4; --p4: #5a9fe2; --p5: #a9d0fb; --n1: #45281f; --n2: #6d3a2a; --n3: #9c5238;
  --n4: #d0785a; --n5: #f5b39c; --e1: #3b321c; --e2: #614b1b; --e3: #94691e; --e4: #cf8c2c; --e5: #ffc36b;`;

export const reportStyle = `
:root { color-scheme: light dark; ${light} }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { ${dark} } }
:root[data-theme="dark"] { color-scheme: dark; ${dark} }
:root[data-theme="light"] { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 64px; }
[hidden], .more { display: none !important; }
.part:has(.all:checked) .more, .filtering .more:not([hidden]) { display: revert !important; } .filtering .show-all { display: none; }
.part:has(.all:checked) tr.more, .filtering tr.more:not([hidden]) { display: table-row !important; }
.show-all { display: inline-flex; align-items: center; gap: 8px; margin-top: 14px; font-size: 13.5px; color: var(--synthetic); cursor: pointer; }
.origin { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 12.5px; color: var(--soft); margin: 0; max-width: none; } .origin b { font-weight: 550; color: var(--ink); overflow-wrap: anywhere; }
.answers { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 14px; list-style: none; margin: 26px 0 0; padding: 0; }
.answer { border-radius: 12px; padding: 16px 20px 15px; background: var(--panel); display: flex; flex-direction: column; }
.answer.good { background: var(--good-wash); } .answer.fair { background: var(--fair-wash); } .answer.poor { background: var(--poor-wash); }
.answer h2 { font-size: 13.5px; font-weight: 550; color: var(--soft); margin: 0; } .answer p { margin: 0; }
.answer .word { font-size: 28px; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; margin: 1px 0 4px; }
.answer.good .word { color: var(--good); } .answer.fair .word { color: var(--fair); } .answer.poor .word { color: var(--poor); } .answer.note .word { color: var(--soft); }
.answer .what { font-size: 13.5px; line-height: 1.4; flex: 1; } .answer .what b { font-size: 15px; white-space: nowrap; }
.answer .ends { width: auto; color: var(--soft); } .answer .reference { display: flex; align-items: center; gap: 7px; margin-top: 7px; }
svg.scale { display: block; width: 100%; height: auto; margin-top: 12px; } .scale .track { stroke: var(--rule); stroke-width: 5; stroke-linecap: round; }
.scale .reached { stroke: var(--synthetic); stroke-width: 5; stroke-linecap: round; opacity: 0.45; } .scale .tick { stroke: var(--ink); stroke-width: 2.5; opacity: 0.65; }
.use { font-size: 17px; line-height: 1.45; font-weight: 550; margin: 20px 0 0; max-width: 68ch; text-wrap: pretty; }
.praise { font-size: inherit; margin-top: 10px; } .praise > summary { font-size: 14px; color: var(--good); } .praise .verdict { margin-top: 8px; } .praise .verdict li:first-child { font-size: inherit; font-weight: inherit; }
.unjudged { margin-top: 18px; padding: 11px 16px; border-radius: 8px; background: var(--fair-wash); border-left: 4px solid var(--fair); font-size: 13.5px; }
.unjudged > b { color: var(--fair); } .unjudged ul { margin: 3px 0 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 1px 20px; } .unjudged li b { font-weight: 600; overflow-wrap: anywhere; }
.contents { position: sticky; top: 0; z-index: 5; display: flex; align-items: center; gap: 16px; margin: 30px 0 0; padding: 9px 0; background: var(--paper); border-bottom: 1px solid var(--rule); font-size: 13.5px; }
.links { display: flex; gap: 3px 15px; overflow-x: auto; flex: 1; scrollbar-width: none; } .links a { color: var(--synthetic); text-decoration: none; white-space: nowrap; } .links a:hover { text-decoration: underline; }
.filter { flex: none; color: var(--soft); } .filter input { font: inherit; width: 130px; color: var(--ink); background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; padding: 3px 9px; }
.part { scroll-margin-top: 52px; } .part > section > h2:first-child { margin-top: 40px; }
table.rows { font-size: 13px; } .rows th { white-space: nowrap; } .rows thead th { color: var(--ink); font-weight: 600; } .rows td { white-space: nowrap; max-width: 26em; overflow: hidden; text-overflow: ellipsis; }
.rows tbody th { min-width: 3.5em; font-size: 12.5px; } .rows .real th { color: var(--test); } .rows .new th { color: var(--synthetic); font-weight: 650; } .rows tr.new.first > * { border-top: 2px solid var(--rule); } .rows .new { background: color-mix(in srgb, var(--synthetic) 6%, transparent); }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); gap: 22px 32px; margin: 12px 0 26px; } .twins { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; }
svg.plot { display: block; width: 100%; font-size: 10px; } .plot text { fill: var(--soft); } .plot .name { font-weight: 600; } .plot.synthetic .name { fill: var(--synthetic); } .plot .frame { fill: var(--panel); }
.plot.train circle { fill: var(--test); } .plot.synthetic circle { fill: var(--synthetic); } .plot .axis-name { font-size: 10.5px; }
.ticks { position: relative; height: 18px; font-size: 12px; color: var(--soft); } .ticks span { position: absolute; transform: translateX(-50%); padding-top: 5px; white-space: nowrap; } .ticks span::before { content: ""; position: absolute; left: 50%; top: 0; height: 4px; border-left: 1px solid var(--test); }
h1 { font-size: 26px; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 6px; text-wrap: balance; }
h2 { font-size: 18px; font-weight: 650; margin: 48px 0 4px; }
h3 { font-size: 14px; font-weight: 600; margin: 0; overflow-wrap: anywhere; }
p { margin: 0 0 12px; max-width: 72ch; }
.soft, .kind, figcaption, .axis, .meaning, .reference { color: var(--soft); }
.verdict { list-style: none; padding: 0; margin: 24px 0 0; border-top: 1px solid var(--rule); }
.verdict li { display: grid; grid-template-columns: 64px 1fr; gap: 12px; padding: 9px 0; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
.verdict li:first-child { font-size: 17px; font-weight: 600; }
.tone { font-size: 12px; font-weight: 650; line-height: 23px; text-transform: uppercase; letter-spacing: 0.05em; }
.good .tone, .tone-good { color: var(--good); } .fair .tone, .tone-fair { color: var(--fair); }
.poor .tone, .tone-poor { color: var(--poor); } .note .tone { color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(185px, 1fr)); gap: 10px; margin: 10px 0 0; padding: 0; list-style: none; }
.cards li { background: var(--panel); border-radius: 8px; padding: 14px 16px 12px; }
.cards strong { display: block; font-size: 25px; line-height: 1.25; font-weight: 600; letter-spacing: -0.01em; }
.meaning { font-size: 12.5px; line-height: 1.4; margin-top: 6px; }
.reference { font-size: 13px; }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft); margin: 0 0 14px; padding: 0; list-style: none; }
.key li { display: flex; align-items: center; gap: 7px; }
.swatch { width: 14px; height: 11px; border-radius: 2px; } .swatch.train { background: var(--train); }
.swatch.synthetic { height: 0; border-top: 2px solid var(--synthetic); border-radius: 0; }
${['z', 'qn', ...[1, 2, 3, 4, 5].flatMap((step) => [`p${step}`, `n${step}`, `e${step}`])].map((name) => `.${name} { fill: var(--${name}); background: var(--${name}); }`).join(' ')}
.swatch.qn { border: 1px solid var(--rule); }
.swatch.line { height: 0; background: none; border-top: 2px solid var(--synthetic); border-radius: 0; } .swatch.line.test { border-color: var(--test); border-top-style: dashed; } .swatch.line.augmented { border-color: var(--augmented); }
.top { display: flex; justify-content: space-between; gap: 16px; align-items: flex-start; flex-wrap: wrap; }
.themes { display: flex; border: 1px solid var(--rule); border-radius: 7px; overflow: hidden; flex: none; }
.themes button { font: inherit; font-size: 12.5px; color: var(--soft); background: none; border: 0; padding: 4px 11px; cursor: pointer; } .themes button[aria-pressed="true"] { background: var(--panel); color: var(--ink); font-weight: 600; }
.themes button:focus-visible, .cards li:focus-visible { outline: 2px solid var(--synthetic); outline-offset: -2px; }
#tip { position: fixed; z-index: 9; max-width: 340px; padding: 6px 10px; border-radius: 6px; background: var(--ink); color: var(--paper); font-size: 12.5px; line-height: 1.4; pointer-events: none; overflow-wrap: anywhere; }
#tip[hidden] { display: none; }
svg.strip { display: block; width: 100%; max-width: 190px; height: 14px; margin-top: 7px; } circle.base { fill: none; stroke: var(--test); stroke-width: 1.2; }
.mark { width: 9px; height: 9px; border-radius: 50%; } .mark.own { background: var(--synthetic); } .mark.real { width: 2px; height: 12px; border-radius: 0; background: var(--soft); } .mark.base { border: 1.2px solid var(--test); }
.figures.wide-figures { grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); margin-top: 14px; }
.chart svg { display: block; width: 100%; max-width: 540px; font-size: 10.5px; } .chart text { fill: var(--soft); } text.end { text-anchor: end; } text.middle { text-anchor: middle; }
.chart h3 { margin-bottom: 4px; } .chart .key { margin: 4px 0 0 40px; }
.grid { stroke: var(--rule); stroke-width: 1; } .chance { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 4; opacity: 0.7; }
path.curve { fill: none; stroke: var(--synthetic); stroke-width: 2; stroke-linejoin: round; } path.curve.test { stroke: var(--test); stroke-dasharray: 5 3; } path.curve.augmented { stroke: var(--augmented); }
.hit { fill: transparent; } .hit:hover { fill: var(--soft); fill-opacity: 0.16; }
.maps { display: flex; flex-wrap: wrap; gap: 18px 28px; margin-bottom: 12px; } .maps figure { max-width: 100%; }
svg.interval { display: block; width: 100px; height: 10px; margin: 2px 0 0 auto; } .range { stroke: var(--synthetic); stroke-width: 3; }
.small { font-size: 12px; font-weight: 400; } td.best { font-weight: 650; } .contest th[scope="row"] { min-width: 13em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { font-weight: 500; font-size: 12.5px; color: var(--soft); text-align: left; vertical-align: bottom; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--rule); } td { overflow-wrap: anywhere; }
tbody th { font-size: 14px; color: var(--ink); min-width: 9em; max-width: 22em; overflow-wrap: anywhere; vertical-align: baseline; }
th.number, td.number { text-align: right; white-space: nowrap; } td.reference { color: var(--soft); font-size: inherit; }
.kind { font-size: 12.5px; font-weight: 400; }
.label { background: var(--synthetic); color: var(--paper); border-radius: 3px; font-size: 11px; font-weight: 600; padding: 1px 5px; margin-left: 6px; white-space: nowrap; }
.ends { display: flex; justify-content: space-between; width: 120px; font-size: 11.5px; }
svg.score { display: block; width: 120px; height: 14px; } .track { stroke: var(--rule); stroke-width: 2; } .tick { stroke: var(--soft); stroke-width: 2; }
.dot { fill: var(--synthetic); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(290px, 1fr)); gap: 28px 32px; }
figure { margin: 0; min-width: 0; break-inside: avoid; } figcaption { font-size: 12.5px; margin-bottom: 8px; }
.title { display: flex; justify-content: space-between; gap: 10px; align-items: baseline; }
.title b { font-weight: 600; white-space: nowrap; }
svg.histogram { display: block; width: 100%; height: 88px; border-bottom: 1px solid var(--rule); }
path.train, rect.train { fill: var(--train); } path.synthetic { fill: none; stroke: var(--synthetic); stroke-width: 1.8; vector-effect: non-scaling-stroke; }
rect.synthetic { fill: var(--synthetic); }
.axis { display: flex; justify-content: space-between; font-size: 12px; margin-top: 3px; }
.outside { font-size: 12px; }
.bars { display: grid; grid-template-columns: minmax(0, 1.6fr) 1fr 4em 4em; gap: 3px 10px; align-items: center; font-size: 12.5px; margin: 0; }
.bars > span { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; } .bars .number { text-align: right; } .bars .rest { font-style: italic; }
table.classes { max-width: 760px; } .classes svg.twin { width: 220px; }
svg.twin { display: block; width: 100%; height: 12px; }
details { margin-top: 8px; font-size: 12.5px; } summary { cursor: pointer; color: var(--soft); width: fit-content; }
summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--synthetic); outline-offset: 3px; border-radius: 2px; }
details table, details td { font-size: 12.5px; } details th, details td { padding-top: 3px; padding-bottom: 3px; }
svg.heat { display: block; font-size: 11.5px; } .heat rect { width: var(--cell); height: var(--cell); rx: 2px; } .heat rect:hover { stroke: var(--ink); stroke-width: 1.5; } .heat text { fill: var(--ink); text-anchor: end; }
.heat text.above { text-anchor: start; }
.method { margin-top: 56px; padding-top: 16px; border-top: 1px solid var(--rule); font-size: 13.5px; } .method dt { font-weight: 600; } .method dd { margin: 0 0 8px; color: var(--soft); max-width: 80ch; }
@media (max-width: 820px) { .answers { grid-template-columns: 1fr; } .twins { max-width: 480px; } }
@media (max-width: 640px) { .contents { flex-wrap: wrap; gap: 6px; } .links { flex-basis: 100%; } main { padding: 24px 16px 40px; } h1 { font-size: 22px; } .wide { display: none; } .verdict li { grid-template-columns: 1fr; gap: 0; }
  .cards { grid-template-columns: 1fr 1fr; } .cards strong { font-size: 23px; } th, td { padding-right: 10px; } .figures, .figures.wide-figures { grid-template-columns: 1fr; } }
@page { margin: 16mm 14mm; }
@media print { .answer .word { font-size: 20px; } :root, :root[data-theme="dark"] { color-scheme: light; ${light} --ink: #000; --soft: #444; }
  body { font-size: 10.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; } main { max-width: none; padding: 0; } .themes, #tip, .contents, .show-all { display: none; } .answers { grid-template-columns: repeat(3, minmax(0, 1fr)); } .answer, .plots figure, .unjudged { break-inside: avoid; } .praise::details-content { content-visibility: visible; height: auto; }
  details.praise:not([open]) { display: block; }
  .scroll { overflow: visible; } details:not([open]) { display: none; } tr, .cards li, .verdict li, figure { break-inside: avoid; } h2, h3 { break-after: avoid; } }
`;

// The report's one script: tooltips for whatever has a data-tip, the theme switch, and the filter of columns. Focus
// may scroll the page, so what is focused keeps its tooltip, until Escape. Without the script every number is still
// in a table.

export const reportScript = `(() => {
  const root = document.documentElement;
  const buttons = [...document.querySelectorAll('[data-choose]')];
  const choose = (theme) => {
    if (theme === 'auto') delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const each of buttons) each.setAttribute('aria-pressed', String(each.dataset.choose === theme));
  };
  for (const each of buttons) each.addEventListener('click', () => choose(each.dataset.choose));
  const tip = document.getElementById('tip');
  const hide = () => { tip.hidden = true; };
  const show = (target) => {
    const of = target instanceof Element ? target.closest('[data-tip]') : null;
    if (!of) return hide();
    tip.textContent = of.dataset.tip;
    tip.hidden = false;
    const box = of.getBoundingClientRect();
    const room = tip.getBoundingClientRect();
    const left = Math.min(Math.max(4, box.left + box.width / 2 - room.width / 2), innerWidth - room.width - 4);
    const above = box.top - room.height - 6;
    tip.style.left = left + 'px';
    tip.style.top = (above > 4 ? above : box.bottom + 6) + 'px';
  };
  const filter = document.querySelector('[data-filter]');
  filter.addEventListener('input', () => {
    const wanted = filter.value.trim().toLowerCase();
    root.classList.toggle('filtering', wanted !== '');
    for (const each of document.querySelectorAll('[data-column]'))
      each.hidden = !each.dataset.column.toLowerCase().includes(wanted);
  });
  document.addEventListener('pointerover', (event) => show(event.target));
  let dismissed = false;
  document.addEventListener('focusin', (event) => { dismissed = false; show(event.target); });
  document.addEventListener('focusout', hide);
  document.addEventListener('scroll', () => { if (!dismissed) show(document.activeElement); }, true);
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') { dismissed = true; hide(); } });
})();`;

/** What the page's Content-Security-Policy names, so that a browser runs this script and no other. */
export const scriptHash = `sha256-${createHash('sha256').update(reportScript).digest('base64')}`;
