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
html { scroll-padding-top: 1.5rem; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 74rem; padding: 2rem 1.5rem 2.5rem; display: grid; grid-template-columns: 11.5rem minmax(0, 55rem);
  column-gap: 3rem; justify-content: center; align-items: start; background: var(--page); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
body > * { grid-column: 2; min-width: 0; }
main:focus { outline: none; }
a { color: var(--match); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--match); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: 1rem; top: .5rem; padding: .3rem .7rem; background: var(--page); }
.skip:not(:focus) { clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
h1 { font-size: clamp(1.6rem, 4vw, 2.2rem); line-height: 1.15; letter-spacing: -.015em; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; line-height: 1.25; letter-spacing: -.01em; margin: 0 0 .6rem; }
h3 { font-size: 1.05rem; margin: 1.25rem 0 .2rem; }
section { margin-top: 1.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
p { margin: .5rem 0; max-width: 48rem; }
.soft { color: var(--soft); }
.kicker { color: var(--soft); max-width: none; margin: 0 0 .2rem; font-size: .85rem; letter-spacing: .02em; }
.verdict::before { content: ""; display: inline-block; width: .5em; height: .5em; margin-right: .4em; border-radius: 50%; background: var(--match); vertical-align: .1em; }
.verdict.keep-full-int8::before { background: var(--ink); border-radius: 0; }
.verdict.collect-more-pairs::before { background: none; border: .12em solid var(--mismatch); }
.verdict.no-signal::before { background: var(--mismatch); border-radius: 0; transform: rotate(45deg); }
.headline { font-size: 1.1rem; line-height: 1.5; max-width: 50rem; }
.next { max-width: 50rem; } .next code { white-space: nowrap; }
.cautions { margin: .6rem 0; padding-left: 1.2rem; max-width: 50rem; } .cautions li::marker { color: var(--mismatch); }
.chosen { font-size: .9rem; max-width: none; }
.warnings { margin: 1.25rem 0; padding: .3rem 1rem; border-left: .35rem solid var(--mismatch); background: var(--card); font-weight: 600; }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
dl { margin: 1.25rem 0; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1rem 1.25rem; padding: 1rem 0; border-block: 1px solid var(--line); }
.figures .value { display: block; font-size: 1.75rem; line-height: 1.25; font-weight: 650; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.figures .note { display: block; color: var(--soft); font-size: .85rem; line-height: 1.4; }
.figures .value, .figures .state { display: inline-block; vertical-align: baseline; }
.state { margin-left: .4rem; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.state.pass { color: var(--match); } .state.fail { color: var(--mismatch); } .state.void { color: var(--soft); }
.state::before { content: ""; display: inline-block; width: .6em; height: .6em; margin-right: .35em; }
.state.pass::before { background: var(--match); border-radius: 50%; } .state.fail::before { background: var(--mismatch); transform: rotate(45deg) scale(.9); }
.state.void::before { width: .5em; height: .12em; vertical-align: .25em; background: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: .15rem 1.5rem; margin: .75rem 0; font-size: .9rem; line-height: 1.5; }
.facts dt, .facts dd { display: inline; font-size: inherit; overflow-wrap: anywhere; } .facts dt::after { content: ":"; }
nav { grid-column: 1; grid-row: 1 / span 2; position: sticky; top: 1.5rem; align-self: start; max-height: calc(100vh - 3rem); overflow-y: auto; }
nav ol { margin: 0; padding: 0; list-style: none; font-size: .9rem; line-height: 1.35; }
nav a { display: block; padding: .35rem .75rem; border-left: 2px solid var(--line); color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); border-color: var(--quiet); }
nav a[aria-current] { color: var(--ink); border-color: var(--match); font-weight: 600; }
nav a:focus-visible { outline-offset: -2px; }
figure { margin: 1rem 0; }
figcaption { color: var(--soft); font-size: .875rem; line-height: 1.45; max-width: 52rem; margin-top: .35rem; }
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
.copy { display: flex; flex-wrap: wrap; align-items: start; gap: .35rem .9rem; margin: .4rem 0 1rem; font-size: .875rem; }
button { font: inherit; color: var(--ink); background: var(--page); border: 1px solid var(--quiet); border-radius: .3rem;
  padding: .2rem .8rem; min-height: 1.9rem; min-width: 5rem; cursor: pointer; }
button:hover { border-color: var(--ink); }
.copy details[open] { flex-basis: 100%; }
summary { cursor: pointer; padding: .2rem 0; color: var(--soft); }
.fold > summary { width: fit-content; margin: 0; padding: .25rem 0; font-size: .95rem; color: var(--match); }
textarea { display: block; width: 100%; margin-top: .25rem; padding: .5rem; color: var(--ink); background: var(--card);
  border: 1px solid var(--line); border-radius: .3rem; font: .8rem/1.45 ui-monospace, SFMono-Regular, Menlo, monospace; white-space: pre; overflow: auto; }
.copy-status { position: fixed; inset: auto 1rem 1rem auto; margin: 0; padding: .4rem .8rem; background: var(--ink); color: var(--page); border-radius: .3rem; font-size: .875rem; }
.copy-status:empty { padding: 0; }
.key { display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin-right: .35em; }
.key.match { background: var(--match); } .key.mismatch { background: var(--mismatch); }
.gallery { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .6rem 2rem; margin: .5rem 0; padding: 0; list-style: none; }
.gallery li { display: grid; grid-template-columns: 64px minmax(0, 1fr); gap: .9rem; break-inside: avoid; }
.gallery.bare li { grid-template-columns: minmax(0, 1fr); }
.gallery img, .no-picture { display: block; width: 64px; height: 64px; object-fit: cover; border-radius: .3rem; background: var(--card); }
.gallery p { margin: 0; line-height: 1.4; font-size: .85rem; overflow-wrap: anywhere; }
.gallery .caption { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; font-size: .95rem; font-weight: 600; }
.tag::before { content: ""; display: inline-block; width: .6em; height: .6em; margin-right: .3em; }
.tag.match::before { background: var(--match); border-radius: 50%; }
.tag.mismatch::before { background: var(--mismatch); }
@media screen and (max-width: 68rem) {
  html { scroll-padding-top: 4rem; }
  body { display: block; max-width: 58rem; padding: 0 1rem 4rem; }
  header { margin-top: 1rem; }
  nav { top: 0; z-index: 3; max-height: none; margin-inline: -1rem; overflow: visible; background: var(--page); border-block: 1px solid var(--line); }
  nav ol { display: flex; overflow-x: auto; position: relative; scrollbar-width: none; }
  nav a { padding: .7rem .75rem; min-height: 2.75rem; border-left: 0; border-bottom: 2px solid transparent; white-space: nowrap; }
}
@media screen and (max-width: 48rem) {
  .chart.wide { display: none; } .chart.narrow { display: block; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .chart { margin-bottom: .5rem; }
  th, td { padding-inline: .4rem; } tbody th { min-width: 5.5rem; }
  .tall tbody th { min-width: 7rem; }
  .gallery { grid-template-columns: minmax(0, 1fr); }
}
@page { margin: 14mm 12mm; }
@media print {
  :root { --page: #fff; --card: #f2f2f2; --ink: #000; --soft: #444; --line: #ccc; --match: #1f6f78; --mismatch: #b4531f; --quiet: #888; color-scheme: light; }
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  .copy, .copy-status, .skip, nav { display: none; }
  body { display: block; }
  h1, h2, h3, summary, .together > p { break-after: avoid; } figure, tr, .figures, .together, .facts > div { break-inside: avoid; }
  .printed > p { break-after: avoid; break-inside: avoid; }
  .printed > p + figure { break-before: avoid; }
  .printed > summary { display: none; }
  details.printed::details-content { content-visibility: visible; height: auto; }
  section { margin-top: 1rem; padding-top: .75rem; }
  .panels { gap: 1rem; flex-wrap: nowrap; } .panels .chart { max-width: calc(50% - .5rem); height: auto; }
  .panels.many { flex-wrap: wrap; }
  .scroll, .scroll.tall { overflow: visible; max-height: none; }
  .tall thead th, .tall tbody th { position: static; }
  .tall table { width: 100%; }
  .tall th, .tall td, .tall td.stacked { padding: .15rem .2rem; font-size: 6.5pt; min-width: 0; }
  * { print-color-adjust: exact; }
}
`;
