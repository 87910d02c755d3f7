import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Page } from 'playwright-core';
import { stillness } from '../page/setup.ts';
import { ROOT } from './read-docs.ts';

const FOLDER = `${ROOT}docs/images/screens/`;
/** Of WebP: letters stay sharp, a screen takes 20 to 60 KB. */
const QUALITY = 0.8;
/** Levels of 255 by which a pixel of a lossy picture may differ from what was drawn. */
const LOSSY_LEVELS = 64;

/** What differs from run to run: when a record was published, and how long an answer took. */
const TIME = /\b[A-Z][a-z]{2} \d+, \d{4}, \d+:\d\d [AP]M\b/g;
/**
 * What differs from processor to processor: ONNX Runtime's int8 kernels round the encoder's vectors otherwise on
 * each kind, which moves last digits, and with them the fingerprint of what was fitted.
 */
const NUMBER = /\b[0-9a-f]{64}\b|\d+(?:[.,]\d+)*/g;

/** What a screen shows: its picture, and the words in it, which tell a change that a few pixels would not. */
export interface Shot {
  readonly png: string;
  readonly words: string;
}

/** The screen as it stands, once nothing moves. */
export async function shoot(page: Page): Promise<Shot> {
  await stillness(page);
  await page.evaluate(() => document.fonts.ready);
  // Those below the screen and of other views load when they are shown.
  await page.waitForFunction(() =>
    Array.from(document.images).every(
      (image) =>
        image.complete || !image.checkVisibility() || image.getBoundingClientRect().top > innerHeight,
    ),
  );
  const png = (await page.screenshot({ animations: 'disabled', caret: 'hide' })).toString('base64');
  const words = await page.evaluate(visibleText);
  return { png, words: words.replace(/\s+/g, ' ').replace(TIME, '…').replace(NUMBER, '#').trim() };
}

/** Runs in the page: the text that stands within the window, in the order of the document. */
function visibleText(): string {
  const range = document.createRange();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts: string[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement?.checkVisibility({ visibilityProperty: true })) continue;
    range.selectNodeContents(node);
    const shows = Array.from(range.getClientRects()).some(
      ({ top, bottom, left, right }) => bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
    );
    if (shows) texts.push(node.textContent ?? '');
  }
  return texts.join(' ');
}

/** Write the picture as WebP, and its words beside it. The browser encodes: no library is needed. */
export async function writeScreen(page: Page, name: string, { png, words }: Shot): Promise<void> {
  const webp = await page.evaluate(
    async ({ png, quality }) => {
      const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes]));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
      const blob = await canvas.convertToBlob({ type: 'image/webp', quality });
      const encoded = new Uint8Array(await blob.arrayBuffer());
      return btoa(Array.from(encoded, (byte) => String.fromCharCode(byte)).join(''));
    },
    { png, quality: QUALITY },
  );
  await mkdir(dirname(screenFile(name)), { recursive: true });
  await writeFile(screenFile(name), Buffer.from(webp, 'base64'));
  await writeFile(`${FOLDER}${name}.txt`, `${words}\n`);
}

/** Share of pixels by which the committed picture differs from the screen; 1 where the sizes differ. */
export async function changedShare(page: Page, name: string, { png }: Shot): Promise<number> {
  const webp = (await readFile(screenFile(name))).toString('base64');
  return page.evaluate(
    async ({ pictures, levels }) => {
      const [before, now] = await Promise.all(
        pictures.map(async (base64) => {
          const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
          const bitmap = await createImageBitmap(new Blob([bytes]));
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
          canvas?.drawImage(bitmap, 0, 0);
          return canvas?.getImageData(0, 0, bitmap.width, bitmap.height);
        }),
      );
      if (before?.width !== now?.width || before?.height !== now?.height || !before || !now) return 1;
      let changed = 0;
      for (let at = 0; at < now.data.length; at += 4) {
        const differs = [0, 1, 2].some(
          (channel) => Math.abs((now.data[at + channel] ?? 0) - (before.data[at + channel] ?? 0)) > levels,
        );
        if (differs) changed++;
      }
      return changed / (now.data.length / 4);
    },
    { pictures: [webp, png], levels: LOSSY_LEVELS },
  );
}

/** The words that stood on the screen when its picture was taken. */
export async function committedWords(name: string): Promise<string> {
  return (await readFile(`${FOLDER}${name}.txt`, 'utf8')).trim();
}

/** Path of a screen's picture. */
export function screenFile(name: string): string {
  return `${FOLDER}${name}.webp`;
}
