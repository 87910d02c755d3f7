/**
 * Put the tables of out/search-recall.csv and out/search-reads.csv, which `npm run bench -- search-recall` writes, into
 * docs/search.md between their markers:
 *
 *   node bench/search-recall-tables.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Cells, markdownTable } from './markdown.ts';
import { TARGET_RECALL } from './recall-rows.ts';

const OUT = new URL('../out/', import.meta.url);
const DOCUMENT = new URL('../docs/search.md', import.meta.url);
const BYTES = [20, 36, 52, 68, 132, 260];
const CODES: Readonly<Record<string, string>> = {
  'pca uncentred': '`pca`, uncentred',
  'cross-covariance uncentred': '`cross-covariance`, uncentred',
  'mutual-information uncentred': '`mutual-information`, uncentred',
  pca: '`pca`',
  'cross-covariance': '`cross-covariance`',
  'mutual-information': '`mutual-information`',
  random: 'random coordinates',
};
const LISTS = [
  { strategy: 'pca uncentred', candidates: '20', title: '20 of `pca` uncentred, 64' },
  { strategy: 'pca', candidates: '100', title: '100 of `pca` centred, 64' },
];
const ORDERS = ['arrival', 'random', 'similarity'];
const BOUNDS = ['4', '8', '16', '32'];
const CHUNK_KIBIBYTES = '64';

type Row = Readonly<Record<string, string>>;

function readRows(name: string): Row[] {
  const [header, ...lines] = readFileSync(new URL(name, OUT), 'utf8').trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
}

/** Recall of texts without a re-rank, and the candidates that the target needs. */
function codeCells(rows: readonly Row[]): Cells {
  const texts = rows.filter(({ queries }) => queries === 'text');
  const cell = (strategy: string, bytes: number): string => {
    const points = texts
      .filter((row) => row.strategy === strategy && Number(row.bytes) === bytes)
      .toSorted((a, b) => Number(a.reranked) - Number(b.reranked));
    const enough = points.find(({ recall }) => Number(recall) >= TARGET_RECALL);
    const need = enough === undefined ? '–' : enough.reranked === '0' ? 'none' : count(enough.reranked);
    return `${digits(points[0].recall)}, ${need}`;
  };
  return [
    ['stored a vector', ...BYTES.map((bytes) => `${bytes} bytes`)],
    ...Object.entries(CODES).map(([strategy, title]) => [
      title,
      ...BYTES.map((bytes) => cell(strategy, bytes)),
    ]),
  ];
}

/** Chunks that hold candidates, and the recall when only the first are read. */
function readCells(rows: readonly Row[]): Cells {
  const body = LISTS.flatMap(({ strategy, candidates, title }) =>
    ORDERS.map((order, i) => {
      const own = rows.filter(
        (row) =>
          row.strategy === strategy &&
          row.candidates === candidates &&
          row.order === order &&
          row.kibibytes === CHUNK_KIBIBYTES,
      );
      const at = (bound: string): Row => {
        const found = own.find((row) => row.bound === bound);
        if (found === undefined)
          throw new Error(`search-reads.csv has no ${title}, ${order}, bound ${bound}`);
        return found;
      };
      const { reads, mostReads } = at('');
      return [
        i === 0 ? title : '',
        order,
        `${Number(reads).toFixed(1)}, ${mostReads}`,
        ...BOUNDS.map((bound) => digits(at(bound).recall)),
      ];
    }),
  );
  return [['candidates', 'order', 'chunks: mean, most', ...BOUNDS.map((bound) => `${bound} reads`)], ...body];
}

function digits(recall: string): string {
  return Number(recall).toFixed(3);
}

function count(text: string): string {
  return Number(text).toLocaleString('en');
}

function between(text: string, part: string, table: string): string {
  const [open, close] = [`<!-- ${part} -->`, `<!-- end of ${part} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`docs/search.md has no ${open} ... ${close}`);
  return `${text.slice(0, from)}${open}\n\n${table}\n${text.slice(to)}`;
}

const tables: Readonly<Record<string, string>> = {
  'recall by bytes': markdownTable(codeCells(readRows('search-recall.csv'))),
  'recall by reads': markdownTable(readCells(readRows('search-reads.csv'))),
};
const document = readFileSync(DOCUMENT, 'utf8');
writeFileSync(
  DOCUMENT,
  Object.entries(tables).reduce((text, [part, table]) => between(text, part, table), document),
);
