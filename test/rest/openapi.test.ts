import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { openApiOf } from '../../scripts/schema/openapi.ts';

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('openapi.json', () => {
  it('is made of schema.graphql and the schemas that read requests', async () => {
    const { version } = JSON.parse(await read('package.json')) as { version: string };
    expect(JSON.parse(await read('openapi.json'))).toEqual(
      JSON.parse(JSON.stringify(openApiOf(await read('schema.graphql'), version))),
    );
  });

  it('is valid OpenAPI 3.1, and every reference in it leads somewhere', async () => {
    const text = await read('openapi.json');
    const validator = new Validator();
    const { valid, errors } = await validator.validate(JSON.parse(text) as Record<string, unknown>);
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(validator.version).toBe('3.1');
    const { components } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
    const named = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect([...new Set(named)].filter((name) => !(name in components.schemas))).toEqual([]);
    expect(Object.keys(components.schemas).filter((name) => !named.includes(name))).toEqual([]);
  });
});
