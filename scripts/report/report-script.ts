/**
 * The page's only script: copy buttons, the mark in the contents, charts on paper. It copies from a file: page too, where some browsers
 * have no clipboard API; then the text is opened and selected, which is one key away from the clipboard. Without script the buttons
 * stay hidden and nothing is marked.
 */
export const REPORT_SCRIPT = `
'use strict';
const status = document.getElementById('copy-status');
for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const area = document.getElementById(button.dataset.copy);
    const done = await copy(area);
    const name = button.getAttribute('aria-label').replace('Copy: ', '');
    status.textContent = '';
    status.textContent = done ? 'Copied: ' + name : 'Not copied. The text is selected: press Ctrl+C.';
    button.textContent = done ? 'Copied' : 'Press Ctrl+C';
    setTimeout(() => { button.textContent = 'Copy'; }, 2500);
    if (done) button.focus();
  });
}
async function copy(area) {
  try {
    await navigator.clipboard.writeText(area.value);
    return true;
  } catch {
    area.closest('details').open = true;
    area.select();
    return document.execCommand('copy');
  }
}
// Charts are printed, folded or not; tables of numbers stay as they are.
let opened = [];
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details.printed:not([open])')];
  for (const fold of opened) fold.open = true;
});
addEventListener('afterprint', () => {
  for (const fold of opened) fold.open = false;
});
// The contents mark the section that is being read: the last whose heading has come up to the top,
// where a jump brings it.
const contents = document.querySelector('nav[aria-label=Contents]');
const links = [...contents.querySelectorAll('a')];
let marked = null;
let isWaiting = false;
function markSection() {
  isWaiting = false;
  const line = 100;
  const isAtEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2 && scrollY > 0;
  const passed = links.filter((link) => document.querySelector(link.hash).getBoundingClientRect().top <= line);
  const target = links.find((link) => link.hash === location.hash);
  const isSeen = target && document.querySelector(target.hash).getBoundingClientRect().top < innerHeight;
  const current = isAtEnd ? (isSeen ? target : links.at(-1)) : (passed.at(-1) ?? links[0]);
  if (current === marked) return;
  marked?.removeAttribute('aria-current');
  current.setAttribute('aria-current', 'true');
  marked = current;
  const list = current.closest('ol');
  const item = current.parentElement;
  // Only the strip of a phone is wider than it shows; the page itself is not moved.
  list.scrollLeft = item.offsetLeft - list.offsetLeft - (list.clientWidth - item.offsetWidth) / 2;
}
function wait() {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(markSection);
}
addEventListener('scroll', wait, { passive: true });
addEventListener('resize', wait);
addEventListener('hashchange', wait);
markSection();
`;
