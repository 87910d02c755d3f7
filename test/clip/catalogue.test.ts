import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { CATALOGUE } from '../../scripts/clip/catalogue.ts';
import { isHubId } from '../../scripts/clip/hub-id.ts';
import { MODELS_FOLDER } from '../../scripts/clip/model-folder.ts';
import { listModels } from '../../scripts/model/list-models.ts';

const DOCUMENT = path.join(MODELS_FOLDER, '../docs/models.md');
const MARKED = /(<!-- catalogue -->\n)[\s\S]*?(<!-- end of catalogue -->)/;

/** As prettier pads it: every column as wide as its widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [header, ...rest] = rows.map(line);
  return [header, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest].join('\n');
}

/** After a change of the catalogue: ALIGNQL_WRITE_DOCS=1 npx vitest run --project node test/clip/catalogue.test.ts */
it('is what docs/models.md shows', () => {
  const rows = listModels().map((model) => [
    `\`${model.id}\``,
    model.knows,
    model.languages,
    String(model.dim),
    model.megabytes === null ? '' : String(model.megabytes),
    model.licence,
    [model.logitScale, model.logitBias].filter((value) => value !== null).join(', '),
    model.from ?? model.note ?? '',
  ]);
  const header = ['id', 'knows', 'languages', 'dim', 'MB', 'licence', 'logit scale, bias', 'files'];
  const document = readFileSync(DOCUMENT, 'utf8');
  const expected = document.replace(
    MARKED,
    (_, begin: string, end: string) => `${begin}\n${table([header, ...rows])}\n\n${end}`,
  );
  if (process.env.ALIGNQL_WRITE_DOCS) writeFileSync(DOCUMENT, expected);
  else expect(document).toBe(expected);
});

it('names every model once, by ids that the hub could have', () => {
  const ids = CATALOGUE.flatMap(({ id, from }) => (from === null || from === id ? [id] : [id, from]));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !isHubId(id))).toEqual([]);
});
