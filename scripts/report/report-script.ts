/**
 * The page's only script: copy buttons. From a file: page too, where some browsers have no clipboard API; then the text
 * is opened and selected, which is one key away from the clipboard. Without script the buttons stay hidden.
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
// Paper cannot open what is folded.
addEventListener('beforeprint', () => {
  for (const table of document.querySelectorAll('details.table-details')) table.open = true;
});
`;
