import type { Page } from 'playwright-core';

/** A finger's size, in CSS pixels: WCAG 2.2, 2.5.5. */
const FINGER = 44;

/** What a finger aims at and is too small, with its size. A radio button or checkbox is aimed at with its label; links in running text are exempt. */
export function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const controls = document.querySelectorAll(
      'button, input, select, textarea, summary, a[href], [role=tab]',
    );
    return [...controls].flatMap((control) => {
      const target = control.matches('[type=radio], [type=checkbox]')
        ? (control.closest('label') ?? control)
        : control;
      const { width, height } = target.getBoundingClientRect();
      const isInText = control.matches('p a') && getComputedStyle(control).display === 'inline';
      if (width === 0 || isInText || (width >= least - 0.5 && height >= least - 0.5)) return [];
      return [`${Math.round(width)}x${Math.round(height)} ${control.outerHTML.slice(0, 100)}`];
    });
  }, FINGER);
}
