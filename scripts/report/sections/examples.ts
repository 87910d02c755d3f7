import { type Column, copyableData, numberColumn, tableText, textColumn } from '../data-table.ts';
import { type Html, html } from '../html.ts';
import { type Section, folded } from '../page-parts.ts';
import { percent } from '../report-words.ts';
import type { ExamplePair, ExamplePairs, PrecomputeReport } from '../report-data.ts';

interface List {
  readonly key: keyof ExamplePairs;
  readonly title: string;
  readonly note: string;
}

const WORST: List = {
  key: 'worst',
  title: 'Worst',
  note: 'Furthest from the truth. A caption that belongs but scored as improbable often does not fit its picture: look here for mistakes in the data first.',
};
const UNCERTAIN: List = {
  key: 'uncertain',
  title: 'Most uncertain',
  note: 'Probabilities nearest one half: what the encoder cannot tell.',
};
const BEST: List = { key: 'best', title: 'Best', note: 'Captions that belong, with the highest scores.' };

/** Pairs worth a look, each judged by a model that has not seen it. */
export function examplesSection({ examples }: PrecomputeReport): Section[] {
  if (examples === null) return [];
  return [
    {
      id: 'examples',
      title: 'Pairs worth a look',
      lead: html`<p>
        Held-out pairs, each scored by a model and calibrated by a fit that have not seen it. Mismatches pair
        a picture with a caption of another group.
      </p>`,
      body: html`${[WORST, UNCERTAIN].map((list) => gallery(list, examples[list.key]))}
      ${folded('The ten best pairs', gallery(BEST, examples[BEST.key]))}`,
    },
  ];
}

function gallery({ key, title, note }: List, pairs: readonly ExamplePair[]): Html {
  if (pairs.length === 0) return html``;
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
  { where, caption, isMatch, probability, decision, thumbnail }: ExamplePair,
  hasPictures: boolean,
): Html {
  const said = decision.toLowerCase();
  return html`<li>
    ${hasPictures ? picture(where, thumbnail) : ''}
    <div>
      <p class="caption">“${caption}”</p>
      <p class="truth">
        <span class="tag ${isMatch ? 'match' : 'mismatch'}"></span>${truthInWords({ isMatch, probability })}
        <span class="soft"
          >${said === 'uncertain' ? 'Left uncertain' : `Called a ${said}`}: ${breakable(where)}</span
        >
      </p>
    </div>
  </li>`;
}

/** "This caption belongs to it, but scored 12 % probable." */
export function truthInWords({ isMatch, probability }: Pick<ExamplePair, 'isMatch' | 'probability'>): string {
  const truth = isMatch ? 'This caption belongs to it' : 'This caption does not belong to it';
  const isRight = probability >= 0.5 === isMatch;
  return `${truth}, ${isRight ? 'and' : 'but'} scored ${percent(probability)} probable.`;
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
