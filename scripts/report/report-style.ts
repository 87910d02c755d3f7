/** The report's only style sheet, inlined: the file must open offline, on a phone, in the dark and on paper. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --page: #fdfdfc; --card: #f3f3ef; --ink: #1c1d1f; --soft: #55585e; --line: #dcddd9;
  --match: #1f6f78; --mismatch: #b4531f; --quiet: #a0a4aa;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16181b; --card: #202327; --ink: #e9eaec; --soft: #a9adb4; --line: #3a3e44;
    --match: #5fb8c2; --mismatch: #ea9a63; --quiet: #747981;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 57rem; padding: 2.5rem 1rem 5rem; background: var(--page); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main:focus { outline: none; }
a { color: var(--match); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--match); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: 1rem; top: .5rem; padding: .3rem .7rem; background: var(--page); }
.skip:not(:focus) { clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
h1 { font-size: clamp(1.6rem, 4vw, 2.2rem); line-height: 1.15; letter-spacing: -.015em; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; line-height: 1.25; letter-spacing: -.01em; margin: 0 0 .6rem; }
h3 { font-size: 1.05rem; margin: 2rem 0 .25rem; }
section { margin-top: 3.5rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
p { margin: .6rem 0; max-width: 44rem; }
.soft { color: var(--soft); }
.kicker { color: var(--soft); margin: 0 0 .2rem; font-size: .85rem; letter-spacing: .02em; }
.headline { font-size: 1.1rem; line-height: 1.5; }
.warnings { margin: 1.25rem 0; padding: .3rem 1rem; border-left: .35rem solid var(--mismatch); background: var(--card); font-weight: 600; }
.record { font-size: .85rem; }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
dl { margin: 1.25rem 0; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1.25rem 1rem; padding: 1.1rem 0; border-block: 1px solid var(--line); }
.figures .value { display: block; font-size: 1.75rem; line-height: 1.25; font-weight: 650; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.figures .note { color: var(--soft); font-size: .85rem; }
.facts { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .75rem 1rem; }
.facts dd { font-size: .95rem; overflow-wrap: anywhere; }
nav ol { display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; margin: 1.25rem 0; padding: 0; list-style: none; font-size: .95rem; }
nav a { display: inline-block; padding: .15rem 0; }
figure { margin: 1.5rem 0; }
figcaption { color: var(--soft); font-size: .9rem; line-height: 1.5; max-width: 44rem; margin-top: .35rem; }
.chart { display: block; max-width: 100%; height: auto; overflow: visible; font-family: inherit; }
.chart text { white-space: pre; }
.chart.narrow { display: none; }
.panels { display: flex; flex-wrap: wrap; align-items: start; gap: 1.25rem 2.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: min(100%, 34rem); font-size: .875rem; font-variant-numeric: tabular-nums; margin: .5rem 0 .25rem; }
caption { text-align: left; color: var(--soft); padding: .25rem 0; }
caption span { position: sticky; left: 0; display: inline-block; max-width: calc(100vw - 2.5rem); }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; font-weight: 400; }
th:first-child { padding-left: 0; }
th:first-child, .text, .prose { text-align: left; }
tbody th { white-space: normal; min-width: 7.5rem; }
td.text { white-space: normal; }
td.prose { white-space: normal; overflow-wrap: anywhere; min-width: 15rem; }
thead th { border-bottom: 1.5px solid var(--quiet); font-weight: 600; vertical-align: bottom; }
tr.chosen th, tr.chosen td { background: var(--card); font-weight: 700; }
tr.chosen th:first-child { padding-left: .5rem; }
.mark::before { content: ""; display: inline-block; width: .55em; height: .55em; margin-left: .55em; background: var(--match); transform: rotate(45deg); }
.unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
.scroll.tall { max-height: 34rem; overflow: auto; border-bottom: 1px solid var(--line); }
.tall thead th { position: sticky; top: 0; background: var(--page); box-shadow: inset 0 -1.5px var(--quiet); border: 0; z-index: 1; }
.tall tbody tr:last-child > * { border-bottom: 0; }
.tall tbody th { min-width: 10.5rem; position: sticky; left: 0; background: var(--page); }
.tall tr.chosen th { background: var(--card); }
.tall thead th:first-child { left: 0; z-index: 2; }
.sd { color: var(--soft); font-weight: 400; font-size: .85em; }
td.stacked .sd { display: block; line-height: 1.2; }
td.stacked { padding-inline: .4rem; line-height: 1.3; }
.copy { display: flex; flex-wrap: wrap; align-items: start; gap: .35rem .9rem; margin: .4rem 0 1.25rem; font-size: .875rem; }
button { font: inherit; color: var(--ink); background: var(--page); border: 1px solid var(--quiet); border-radius: .3rem;
  padding: .2rem .8rem; min-height: 1.9rem; min-width: 5rem; cursor: pointer; }
button:hover { border-color: var(--ink); }
.copy details[open] { flex-basis: 100%; }
summary { cursor: pointer; padding: .2rem 0; color: var(--soft); }
.table-details > summary { margin: .5rem 0; font-size: .95rem; }
textarea { display: block; width: 100%; margin-top: .25rem; padding: .5rem; color: var(--ink); background: var(--card);
  border: 1px solid var(--line); border-radius: .3rem; font: .8rem/1.45 ui-monospace, SFMono-Regular, Menlo, monospace; white-space: pre; overflow: auto; }
.copy-status { position: fixed; inset: auto 1rem 1rem auto; margin: 0; padding: .4rem .8rem; background: var(--ink); color: var(--page); border-radius: .3rem; font-size: .875rem; }
.copy-status:empty { padding: 0; }
.key { display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin-right: .35em; }
.key.match { background: var(--match); } .key.mismatch { background: var(--mismatch); }
.gallery { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 1.5rem 1rem; margin: 1rem 0; padding: 0; list-style: none; }
.gallery li { break-inside: avoid; }
.gallery img, .no-picture { display: block; width: 96px; height: 96px; margin-bottom: .5rem; object-fit: cover; border-radius: .3rem; background: var(--card); }
.gallery p { margin: 0 0 .15rem; line-height: 1.4; font-size: .85rem; overflow-wrap: anywhere; }
.gallery .caption { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; font-size: .95rem; }
.gallery strong { font-variant-numeric: tabular-nums; }
.tag::before { content: ""; display: inline-block; width: .6em; height: .6em; margin-right: .3em; }
.tag.match::before { background: var(--match); border-radius: 50%; }
.tag.mismatch::before { background: var(--mismatch); }
@media screen and (max-width: 48rem) {
  body { padding-top: 1.5rem; }
  .chart.wide { display: none; } .chart.narrow { display: block; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .chart { margin-bottom: .5rem; }
  th, td { padding-inline: .4rem; } tbody th { min-width: 5.5rem; }
  .tall tbody th { min-width: 7rem; }
  .gallery { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@page { margin: 14mm 12mm; }
@media print {
  :root { --page: #fff; --card: #f2f2f2; --ink: #000; --soft: #444; --line: #ccc; --match: #1f6f78; --mismatch: #b4531f; --quiet: #888; color-scheme: light; }
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  .copy, .copy-status, .skip, nav { display: none; }
  h2, h3 { break-after: avoid; } figure, tr, .figures { break-inside: avoid; }
  section { margin-top: 1.5rem; }
  .panels { gap: 1rem; flex-wrap: nowrap; } .panels .chart { max-width: calc(50% - .5rem); height: auto; }
  .panels.many { flex-wrap: wrap; }
  .scroll, .scroll.tall { overflow: visible; max-height: none; }
  .tall thead th, .tall tbody th { position: static; }
  .tall table { width: 100%; }
  .tall th, .tall td, .tall td.stacked { padding: .15rem .2rem; font-size: 6.5pt; min-width: 0; }
  .gallery { grid-template-columns: repeat(5, minmax(0, 1fr)); }
  * { print-color-adjust: exact; }
}
`;
