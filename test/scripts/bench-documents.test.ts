import { readFileSync } from 'node:fs';
import { type Token, type Tokens, lexer } from 'marked';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../docs/read-docs.ts';

const tokens = lexer(readFileSync(`${ROOT}docs/benchmarks.md`, 'utf8')).filter(
  ({ type }) => type !== 'space',
);
const headOf = ({ header }: Tokens.Table): string[] => header.map(({ text }) => text);
const isTable = (token: Token): token is Tokens.Table => token.type === 'table';
const rowsOf = (table: Tokens.Table): Record<string, string>[] =>
  table.rows.map((cells) =>
    Object.fromEntries(cells.map(({ text }, column) => [headOf(table)[column], text])),
  );
const measured = tokens.flatMap((token, at) =>
  isTable(token) && headOf(token).includes('ours') ? [{ table: token, at }] : [],
);

describe('the tables of docs/benchmarks.md', () => {
  it('are followed by what their figures hold for: processor, cores and load', () => {
    expect(measured.length).toBeGreaterThan(5);
    for (const { at } of measured) {
      const next = tokens.slice(at + 1).find((token) => !isTable(token));
      expect(next?.raw).toMatch(/^Node v?\d+.*, \d+ × \S.*, .*\bload /);
    }
  });

  it('give every rival a row of its own', () => {
    for (const { table } of measured) {
      const keys = rowsOf(table).map(({ what, metric, rival }) =>
        // Of the rival its name, which stands behind its figure.
        JSON.stringify([what, metric, rival.replace(/^.*?, /, '')]),
      );
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('show ratios and judgements that their own figures give', () => {
    for (const { table } of measured) {
      for (const row of rowsOf(table)) {
        const [ours, rival] = [row.ours, row.rival].map((text) =>
          Number.parseFloat(text.replaceAll(',', '')),
        );
        if (row.ratio === '-') continue;
        const ratio = row.ours.includes('/s') ? ours / rival : rival / ours;
        const stated = Number(row.ratio);
        // Both sides are rounded, and over several rounds the median of ratios is not the ratio of medians.
        expect(Math.abs(ratio / stated - 1), JSON.stringify(row)).toBeLessThan(0.06);
        const [target, met] = row.target.split(' ');
        if (target !== '-')
          expect(met, JSON.stringify(row)).toBe(stated >= Number(target) ? 'met' : 'missed');
      }
    }
  });
});
