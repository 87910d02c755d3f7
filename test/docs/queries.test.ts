import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { headingId } from '../../playground/plugins/documents.ts';
import { ROOT, allCodeBlocks, documents } from './read-docs.ts';

const schema = buildSchema(await readFile(`${ROOT}schema.graphql`, 'utf8'));
const blocks = await allCodeBlocks();

describe('the documents', () => {
  it.each(blocks.filter(({ language }) => language === 'graphql').map((block) => [block.file, block.text]))(
    'show queries of %s that the schema accepts',
    (_, query) => {
      expect(validate(schema, parse(query)).map(({ message }) => message)).toEqual([]);
    },
  );

  it.each(blocks.filter(({ language }) => language === 'json').map((block) => [block.file, block.text]))(
    'show JSON of %s that parses',
    (_, json) => {
      expect(() => JSON.parse(json) as unknown).not.toThrow();
    },
  );

  it('link to files and headings that exist', async () => {
    const links = (await Promise.all((await documents()).map(linksOf))).flat();
    expect(links.length).toBeGreaterThan(50);
    const dead: string[] = [];
    for (const { from, path, heading } of links) {
      if (!existsSync(path)) dead.push(`${from}: ${path}`);
      else if (heading !== undefined && !headingsOf(await readFile(path, 'utf8')).includes(heading))
        dead.push(`${from}: ${path}#${heading}`);
    }
    expect(dead).toEqual([]);
  });

  it('keep the README under 200 lines', async () => {
    expect((await readFile(`${ROOT}README.md`, 'utf8')).split('\n').length).toBeLessThan(200);
  });
});

interface Link {
  readonly from: string;
  readonly path: string;
  readonly heading: string | undefined;
}

/** Links to files of the project, a heading of the same file included. */
async function linksOf(from: string): Promise<Link[]> {
  const text = await readFile(`${ROOT}${from}`, 'utf8');
  return [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target]) => {
    const [path, heading] = target.split('#');
    const file = path === '' ? from : join(dirname(from), path);
    return { from, path: join(ROOT, file), heading };
  });
}

/** As GitHub makes anchors of them. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => headingId(heading));
}
