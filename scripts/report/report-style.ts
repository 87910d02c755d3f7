/** The report's only style sheet, inlined: the file must open offline, on a phone, in the dark and on paper. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --page: #fdfdfc; --card: #f3f3ef; --ink: #1c1d1f; --soft: #55585e; --line: #d5d6d2;
  --match: #1f6f78; --mismatch: #c2612c; --quiet: #a3a6ab;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16181b; --card: #202327; --ink: #e9eaec; --soft: #a9adb4; --line: #3a3e44;
    --match: #5fb8c2; --mismatch: #ea9a63; --quiet: #6d7178;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 .5rem; border-top: 1px solid var(--line); padding-top: 1.25rem; }
p { margin: .5rem 0; max-width: 44rem; }
.soft { color: var(--soft); }
.headline { font-size: 1.1rem; }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 1rem 0; }
dl div { background: var(--card); border-radius: .4rem; padding: .6rem .8rem; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
figure svg { display: block; width: 100%; max-width: 42rem; height: auto; overflow: visible; font-size: 12.5px; }
figure.narrow svg { max-width: 32rem; }
figcaption { color: var(--soft); font-size: .9rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--match); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; margin: .5rem 0; }
caption { text-align: left; color: var(--soft); padding: .25rem 0; }
th, td { padding: .35rem .5rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td.text { text-align: left; }
tbody th { white-space: normal; min-width: 7rem; }
td.text { white-space: normal; overflow-wrap: anywhere; }
thead th { border-bottom: 2px solid var(--quiet); font-weight: 600; vertical-align: bottom; }
tr.chosen th, tr.chosen td { background: var(--card); font-weight: 700; }
.sd { color: var(--soft); font-weight: 400; font-size: .85em; }
td.stacked .sd { display: block; }
td.stacked { padding-inline: .4rem; }
@media (max-width: 40rem) { figure svg { font-size: 17px; } figure.narrow svg { font-size: 15px; } }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .3em; vertical-align: -.05em; }
summary { cursor: pointer; margin: .5rem 0; }
@media print {
  :root { --page: #fff; --card: #f2f2f2; --ink: #000; --soft: #444; --line: #bbb; --match: #1f6f78; --mismatch: #c2612c; --quiet: #888; color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2 { break-after: avoid; } figure, tr { break-inside: avoid; }
  .scroll { overflow: visible; }
  th, td, td.stacked { padding: .2rem .25rem; font-size: 7.5pt; }
}
`;
