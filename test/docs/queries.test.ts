import { readFile } from 'node:fs/promises';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { ROOT, allCodeBlocks } from './read-docs.ts';

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

  it('link to files that exist', async () => {
    const readme = await readFile(`${ROOT}README.md`, 'utf8');
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path);
    expect(links.length).toBeGreaterThan(5);
    await Promise.all(links.map((path) => readFile(`${ROOT}${path}`)));
  });

  it('keep the README under 200 lines', async () => {
    expect((await readFile(`${ROOT}README.md`, 'utf8')).split('\n').length).toBeLessThan(200);
  });
});
