import { type Column, copyableData, numberColumn, tableText, textColumn } from '../data-table.ts';
import { type Html, html } from '../html.ts';
import type { Section } from '../page-parts.ts';
import type { ExamplePair, ExamplePairs, PrecomputeReport } from '../report-data.ts';

const LISTS: readonly { key: keyof ExamplePairs; title: string; note: string }[] = [
  { key: 'best', title: 'Best', note: 'Matches with the highest scores.' },
  {
    key: 'worst',
    title: 'Worst',
    note: 'Furthest from the truth. A match of a low probability is often a caption that does not fit: look here for mistakes in the data first.',
  },
  { key: 'uncertain', title: 'Most uncertain', note: 'Probabilities nearest one half.' },
];

/** Pairs worth a look, each judged by a model that has not seen it. */
export function examplesSection({ examples }: PrecomputeReport): Section[] {
  if (examples === null) return [];
  return [
    {
      id: 'examples',
      title: 'Pairs worth a look',
      body: html`<p>
          Held-out pairs, each scored by a model and calibrated by a fit that have not seen it. Mismatches
          pair a picture with a caption of another group.
        </p>
        ${LISTS.filter(({ key }) => examples[key].length > 0).map(({ key, title, note }) => gallery(key, title, note, examples[key]))}`,
    },
  ];
}

function gallery(key: string, title: string, note: string, pairs: readonly ExamplePair[]): Html {
  const hasPictures = pairs.some(({ thumbnail }) => thumbnail !== null);
  return html`<h3 id="examples-${key}">${title}</h3>
    <p class="soft">${note}</p>
    <ol class="gallery${hasPictures ? '' : ' bare'}">
      ${pairs.map((pair) => card(pair, hasPictures))}
    </ol>
    ${copyableData(`examples-${key}`, `${title.toLowerCase()} pairs`, tableText(COLUMNS, pairs))}`;
}

const COLUMNS: readonly Column<ExamplePair>[] = [
  textColumn('picture', ({ where }) => where),
  textColumn('caption', ({ caption }) => caption),
  textColumn('truth', ({ isMatch }) => (isMatch ? 'match' : 'mismatch')),
  numberColumn('score', ({ score }) => score, 3),
  numberColumn('probability', ({ probability }) => probability, 3),
  textColumn('decision', ({ decision }) => decision.toLowerCase()),
];

function card(
  { where, caption, isMatch, score, probability, decision, thumbnail }: ExamplePair,
  hasPictures: boolean,
): Html {
  const truth = isMatch ? 'match' : 'mismatch';
  const said = decision.toLowerCase();
  return html`<li>
    ${hasPictures ? picture(where, thumbnail) : ''}
    <div>
      <p class="caption">${caption}</p>
      <p class="verdict">
        <span class="tag ${truth}">${truth}</span> <strong>${(100 * probability).toFixed(1)}%</strong>
      </p>
      <p class="soft">
        ${said === 'uncertain' ? 'left uncertain' : `said ${said}`}, score
        ${score.toFixed(3).replace('-', '−')}
      </p>
      <p class="soft">${breakable(where)}</p>
    </div>
  </li>`;
}

function picture(where: string, thumbnail: string | null): Html {
  // The style sheet gives the box its size, so that nothing moves as pictures are decoded.
  return thumbnail === null
    ? html`<div class="no-picture" role="img" aria-label="no picture for ${where}"></div>`
    : html`<img src="${safeSource(thumbnail)}" alt="${where}" width="96" height="96" />`;
}

/** A path may break after its slashes. */
function breakable(path: string): Html {
  const parts = path.split('/');
  return html`${parts.map((part, i) => (i < parts.length - 1 ? html`${part}/<wbr />` : html`${part}`))}`;
}

/** @throws RangeError for anything but an image's data: URI, since the page loads nothing else */
function safeSource(thumbnail: string): string {
  if (!/^data:image\/(webp|jpeg|png);base64,[A-Za-z0-9+/=]+$/.test(thumbnail)) {
    throw new RangeError(`expected a thumbnail as a data: URI, got "${thumbnail.slice(0, 40)}"`);
  }
  return thumbnail;
}
