/** The report's style sheet: light and dark by the reader's preference, narrow screens and paper. It knows class names. */

export const reportStyle = `
:root { color-scheme: light dark; --paper: #fff; --panel: #f6f7f8; --ink: #16191d; --soft: #565e68; --rule: #dde1e5;
  --train: #b4bcc6; --synthetic: #0b6bcb; --good: #16724a; --fair: #8a5a00; --poor: #b3261e;
  --q0: #8f1d3c; --q1: #c2515a; --q2: #e39a7b; --q3: #f1d3a8; --q4: #b9d8cf; --q5: #5fa8a0; --qn: #e6e9ec; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --panel: #1c2024; --ink: #e8eaed; --soft: #a3abb5; --rule: #31373d;
  --train: #5b6570; --synthetic: #6cb2ff; --good: #63c796; --fair: #e0b050; --poor: #ff8a80;
  --q0: #e0526f; --q1: #b8485a; --q2: #8d5148; --q3: #66543f; --q4: #2f5a55; --q5: #3f9188; --qn: #262b30; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 64px; }
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
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 12px; margin: 28px 0 0; padding: 0; list-style: none; }
.cards li { background: var(--panel); border-radius: 8px; padding: 14px 16px 12px; }
.cards strong { display: block; font-size: 28px; line-height: 1.25; font-weight: 600; letter-spacing: -0.01em; }
.meaning { font-size: 12.5px; line-height: 1.4; margin-top: 6px; }
.reference { font-size: 13px; }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft); margin: 0 0 14px; padding: 0; list-style: none; }
.key li { display: flex; align-items: center; gap: 7px; }
.swatch { width: 14px; height: 11px; border-radius: 2px; } .swatch.train { background: var(--train); }
.swatch.synthetic { height: 0; border-top: 2px solid var(--synthetic); border-radius: 0; }
.swatch.q0 { background: var(--q0); } .swatch.q1 { background: var(--q1); } .swatch.q2 { background: var(--q2); }
.swatch.q3 { background: var(--q3); } .swatch.q4 { background: var(--q4); } .swatch.q5 { background: var(--q5); } .swatch.qn { background: var(--qn); }
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
svg.heat { display: block; font-size: 12px; } .heat rect { width: 18px; height: 18px; rx: 2px; } .heat text { fill: var(--ink); text-anchor: end; }
.heat text.above { text-anchor: start; }
.q0 { fill: var(--q0); } .q1 { fill: var(--q1); } .q2 { fill: var(--q2); } .q3 { fill: var(--q3); } .q4 { fill: var(--q4); } .q5 { fill: var(--q5); } .qn { fill: var(--qn); }
.method { margin-top: 56px; padding-top: 16px; border-top: 1px solid var(--rule); font-size: 13.5px; } .method dt { font-weight: 600; } .method dd { margin: 0 0 8px; color: var(--soft); max-width: 80ch; }
@media (max-width: 640px) { main { padding: 24px 16px 40px; } h1 { font-size: 22px; } .wide { display: none; } .verdict li { grid-template-columns: 1fr; gap: 0; }
  .cards { grid-template-columns: 1fr 1fr; } .cards strong { font-size: 23px; } th, td { padding-right: 10px; } .figures { grid-template-columns: 1fr; } }
@media print { :root { color-scheme: light; --paper: #fff; --panel: #f6f7f8; --ink: #000; --soft: #444; --rule: #ccc; --train: #b4bcc6; --synthetic: #0b6bcb;
  --good: #16724a; --fair: #8a5a00; --poor: #b3261e; --q0: #8f1d3c; --q1: #c2515a; --q2: #e39a7b; --q3: #f1d3a8; --q4: #b9d8cf; --q5: #5fa8a0; --qn: #e6e9ec; }
  body { font-size: 11pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; } main { max-width: none; padding: 0; }
  details:not([open]) { display: none; } tr, .cards li, .verdict li { break-inside: avoid; } h2 { break-after: avoid; } }
`;
