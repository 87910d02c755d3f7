import { readFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { parseHTML } from 'linkedom';
import { marked } from 'marked';

/**
 * @typedef {object} Picture
 * @property {string} file where it stands
 * @property {string} src
 * @property {string | null} alt null: the attribute is missing
 */

/**
 * Every `img` of an HTML or Markdown file, in order.
 * @param {string} file
 * @returns {Promise<Picture[]>}
 */
export async function picturesOf(file) {
  const text = await readFile(file, 'utf8');
  const html = /^\.(md|markdown)$/i.test(extname(file)) ? await marked.parse(text) : text;
  const { document } = parseHTML(`<!doctype html><html><body>${html}</body></html>`);
  return [...document.querySelectorAll('img')].map((img) => ({
    file,
    src: img.getAttribute('src') ?? '',
    alt: img.getAttribute('alt'),
  }));
}

/**
 * Gives what the client takes as an image. A file is read once, however often it is shown, so that the client sends it once.
 * @param {string} root folder of what begins with `/`
 */
export function pictureReader(root) {
  const files = new Map();
  /** @param {Picture} picture */
  return ({ file, src }) => {
    if (/^(https?|data):/i.test(src)) return Promise.resolve(src);
    const path = decodeURIComponent(src.replace(/[?#].*$/, ''));
    const full = path.startsWith('/') ? join(root, path) : resolve(dirname(file), path);
    if (!files.has(full)) files.set(full, readFile(full));
    return files.get(full);
  };
}
