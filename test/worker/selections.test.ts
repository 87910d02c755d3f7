import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { corpusKey, nameKey, recordKey } from '../../src/format/kv-keys.ts';
import { writeCorpus } from './corpora.ts';
import { send } from './rest-setup.ts';
import { ask, askWith, fullModel, otherEncoder, publish, recordOf } from './setup.ts';

const FIELDS = `id name encoder encoderFingerprint strategy dim k encoding bytesPerVector fusion centred indices relevance metrics params seed
  baseRate matchThreshold mismatchThreshold createdAt publishedAt`;
const SELECTION = `query ($name: String!) { selection(name: $name) { ${FIELDS} } }`;

/** An isolate keeps a list of names that it has read for a while. */
const WAIT = { timeout: 30_000, interval: 100 };

/** Waits for what was published last. */
async function untilListed(field: 'selectionPage' | 'corpusPage', name: string): Promise<void> {
  const query = `query ($name: String!) { page: ${field}(first: 1, prefix: $name) { count } }`;
  await vi.waitFor(async () => {
    const { data } = await askWith({}, query, { name });
    expect(data.page.count).toBe(1);
  }, WAIT);
}

describe('selection', () => {
  it('tells all of a masked record', async () => {
    const mean = new Float32Array(4);
    const record = recordOf(
      {
        ...fullModel,
        k: 2,
        imageMean: mean,
        textMean: mean,
        projection: { kind: 'mask', indices: Uint32Array.of(1, 3) },
      },
      {
        relevance: Float32Array.of(0, 0.5, 0.25, 0.75),
        rows: { bits: 4, image: Float32Array.of(0.1, 0.2), text: Float32Array.of(0.3, 0.4) },
      },
    );
    const id = await publish('selections-mask', record);
    const { data } = await ask(SELECTION, { name: 'selections-mask' });
    expect(data.selection).toEqual({
      id,
      name: 'selections-mask',
      encoder: otherEncoder.id,
      encoderFingerprint: otherEncoder.fingerprint,
      strategy: 'mutual-information',
      dim: 4,
      k: 2,
      encoding: 'INT4',
      bytesPerVector: 1,
      fusion: 'IDENTITY',
      centred: true,
      indices: [1, 3],
      relevance: [0, 0.5, 0.25, 0.75],
      metrics: { auc: 0.9 },
      params: { neighbours: 3 },
      seed: 7,
      baseRate: 0.5,
      matchThreshold: 0.8,
      mismatchThreshold: 0.2,
      createdAt: '2026-11-24T03:00:00.000Z',
      publishedAt: '2026-11-24T03:00:00.000Z',
    });
  });

  it('has null indices where every coordinate is kept', async () => {
    await publish('selections-full', recordOf(fullModel));
    const { data } = await ask(SELECTION, { name: 'selections-full' });
    expect(data.selection).toMatchObject({
      strategy: 'full',
      k: 4,
      encoding: 'INT8',
      bytesPerVector: 8,
      indices: null,
      relevance: null,
      centred: false,
    });
  });

  it.each(['selections-nothing', '', '../x', 'x'.repeat(100)])('is null for the name "%s"', async (name) => {
    const { status, data, errors } = await ask(SELECTION, { name });
    expect(status).toBe(200);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ selection: null });
  });

  it('takes "default" when no name is given', async () => {
    const id = await publish('default', recordOf(fullModel, { seed: 8 }));
    // Of an isolate that has not been asked for it yet: that there is none is remembered for some seconds.
    const { data } = await askWith({}, '{ selection { id name } }');
    expect(data.selection).toEqual({ id, name: 'default' });
  });

  it('never tells a corrupt record as an absent one', async () => {
    const id = await publish('selections-corrupt', recordOf(fullModel, { seed: 9 }));
    await env.SELECTIONS.put(recordKey(id), new Uint8Array([1, 2, 3]));
    const { status, data, errors } = await ask(SELECTION, { name: 'selections-corrupt' });
    // A nullable field failed, so there is data: the status is that of a partial answer.
    expect(status).toBe(200);
    expect(data).toEqual({ selection: null });
    expect(errors).toMatchObject([
      { path: ['selection'], extensions: { code: 'STORAGE_FAILED', retryable: true } },
    ]);
  });

  it('answers the fields beside a corrupt record, with 200', async () => {
    await env.SELECTIONS.put(nameKey('selections-pointer'), 'no JSON');
    const { status, data, errors } = await ask(
      '{ selection(name: "selections-pointer") { id } encoder { id } }',
    );
    expect(status).toBe(200);
    expect(data).toEqual({ selection: null, encoder: { id: 'tiny-clip' } });
    expect(errors).toMatchObject([{ extensions: { code: 'STORAGE_FAILED' } }]);
  });
});

describe('selections and corpora', () => {
  it('tell which names they leave out, once each, beside those that can be read', async () => {
    const damaged = (): Promise<unknown> =>
      Promise.all([
        env.SELECTIONS.put(nameKey('selections-damaged'), 'no JSON'),
        env.CORPORA.put(corpusKey('corpora-damaged'), 'no JSON'),
      ]);
    await Promise.all([publish('selections-whole', recordOf(fullModel)), damaged()]);
    await writeCorpus('corpora-whole', 'a'.repeat(64), [{ id: 'x', vector: [1, 0, 0, 0] }]);
    await untilListed('selectionPage', 'selections-damaged');
    await untilListed('corpusPage', 'corpora-whole');
    const { status, data, errors, extensions } = await askWith(
      {},
      '{ first: selections { name } again: selections { name } corpora { name } }',
    );
    expect([status, errors]).toEqual([200, undefined]);
    const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
    expect(names(data.first)).toContain('selections-whole');
    expect(names(data.first)).not.toContain('selections-damaged');
    expect(names(data.corpora)).toContain('corpora-whole');
    expect(names(data.corpora)).not.toContain('corpora-damaged');
    const told = (extensions?.warnings ?? []).filter(({ message }) => message.includes('-damaged'));
    expect(told).toEqual([
      {
        code: 'STORAGE_FAILED',
        message: expect.stringMatching(
          /^The corpus "corpora-damaged" is left out, it cannot be read: /,
        ) as string,
      },
      {
        code: 'STORAGE_FAILED',
        message: expect.stringMatching(
          /^The selection "selections-damaged" is left out, it cannot be read: /,
        ) as string,
      },
    ]);
    await Promise.all([
      env.SELECTIONS.delete(nameKey('selections-damaged')),
      env.CORPORA.delete(corpusKey('corpora-damaged')),
    ]);
    // Where nothing is left out, nothing is told of it.
    expect((await askWith({}, '{ __typename }')).extensions).not.toHaveProperty('warnings');
  });
});

describe('selectionPage and corpusPage', () => {
  const PAGE = `query ($first: Int!, $after: String, $prefix: String!) {
    selectionPage(first: $first, after: $after, prefix: $prefix) {
      names count nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`;

  it('give page by page what begins with the prefix, and what cannot be read as a name alone', async () => {
    const names = ['pages-a', 'pages-b', 'pages-c', 'pages-d'];
    for (const name of names) await publish(name, recordOf(fullModel));
    await env.SELECTIONS.put(nameKey('pages-c'), 'no JSON');
    await untilListed('selectionPage', 'pages-d');
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const { data } = await askWith({}, PAGE, { first: 3, after, prefix: 'pages-' });
      const { selectionPage: page } = data;
      expect([page.count, page.pageInfo.hasPreviousPage]).toEqual([4, after !== null]);
      expect([page.pageInfo.startCursor, page.pageInfo.endCursor]).toEqual([
        page.names[0],
        page.names.at(-1),
      ]);
      expect(page.nodes.map(({ name }: { name: string }) => name)).toEqual(
        page.names.filter((name: string) => name !== 'pages-c'),
      );
      seen.push(...page.names);
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(seen).toEqual(names);
    await env.SELECTIONS.delete(nameKey('pages-c'));
  });

  it('tell by REST too which names of a page cannot be read, and go on after a page of only such', async () => {
    const bad = ['unread-a', 'unread-b'];
    const id = await publish('unread-c', recordOf(fullModel));
    await writeCorpus('unread-c', id, [{ id: 'x', vector: [1, 0, 0, 0] }]);
    await Promise.all(
      bad.flatMap((name) => [
        env.SELECTIONS.put(nameKey(name), 'no JSON'),
        env.CORPORA.put(corpusKey(name), 'no JSON'),
      ]),
    );
    for (const [field, path, what] of [
      ['selectionPage', '/v1/selections', 'selection'],
      ['corpusPage', '/v1/corpora', 'corpus'],
    ] as const) {
      await untilListed(field, 'unread-c');
      const { status, data, errors, extensions } = await askWith({}, PAGE.replace('selectionPage', field), {
        first: 2,
        after: null,
        prefix: 'unread-',
      });
      expect([status, errors]).toEqual([200, undefined]);
      expect(data[field]).toMatchObject({
        names: bad,
        nodes: [],
        count: 3,
        pageInfo: { hasNextPage: true, endCursor: 'unread-b' },
      });
      const warning = (name: string): object => ({
        code: 'STORAGE_FAILED',
        message: expect.stringContaining(`The ${what} "${name}" is left out, it cannot be read: `) as string,
      });
      expect(extensions?.warnings).toEqual(bad.map(warning));
      // Another isolate, which may have read the list before.
      await vi.waitFor(async () => {
        const rest = await send(`${path}?first=2&prefix=unread-`);
        expect([rest.status, rest.body]).toEqual([200, { ...data[field], warnings: extensions?.warnings }]);
      }, WAIT);
      const last = await send(`${path}?first=2&prefix=unread-&after=unread-b`);
      expect(last.body).toMatchObject({ names: ['unread-c'], nodes: [{ name: 'unread-c' }] });
      expect(last.body).not.toHaveProperty('warnings');
    }
    await Promise.all(
      bad.flatMap((name) => [env.SELECTIONS.delete(nameKey(name)), env.CORPORA.delete(corpusKey(name))]),
    );
  });

  it('are the same by REST, with the arguments in the address', async () => {
    const id = await publish('rest-pages-a', recordOf(fullModel));
    await publish('rest-pages-b', recordOf(fullModel));
    await writeCorpus('rest-pages-c', id, [{ id: 'x', vector: [1, 0, 0, 0] }]);
    const page = `names count pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;
    await untilListed('selectionPage', 'rest-pages-b');
    await untilListed('corpusPage', 'rest-pages-c');
    const { data } = await ask(`{
      selectionPage(first: 1, prefix: "rest-pages-") { ${page} nodes { ${FIELDS} thresholds { baseRate precision match mismatch } } }
      corpusPage(prefix: "rest-pages-") { ${page} nodes { name count selection encoder searchError { code message retryable } } }
    }`);
    const selections = await send('/v1/selections?first=1&prefix=rest-pages-');
    expect([selections.status, selections.body]).toEqual([200, data.selectionPage]);
    expect(Number(selections.headers.get('x-cost'))).toBeGreaterThan(0);
    const corpora = await send('/v1/corpora?prefix=rest-pages-');
    expect([corpora.status, corpora.body]).toMatchObject([200, data.corpusPage]);
    for (const [address, status, detail] of [
      ['/v1/corpora?first=x', 400, /first/],
      ['/v1/corpora?first=-1', 400, /at least 0/],
      ['/v1/corpora?first=1&first=2', 400, /once/],
      ['/v1/corpora?page=2', 400, /page/],
      ['/v1/selections?first=1001', 400, /1000 names/],
    ] as const) {
      const refused = await send(address);
      expect([address, refused.status, refused.body.detail]).toEqual([
        address,
        status,
        expect.stringMatching(detail),
      ]);
    }
    expect((await send('/v1/corpora', { method: 'POST' })).status).toBe(405);
  });

  it('refuse what cannot be, and more entries than a request may read', async () => {
    const codeOf = async (query: string): Promise<unknown> =>
      (await askWith({}, query)).errors?.[0].extensions?.code;
    expect(await codeOf('{ corpusPage(first: -1) { names } }')).toBe('BAD_INPUT');
    expect(await codeOf('{ corpusPage(first: 1001) { names } }')).toBe('LIMIT_EXCEEDED');
    const pages = (count: number): string =>
      `{ ${Array.from({ length: count }, (_, i) => `s${i}: selectionPage(prefix: "p${i % 8}") { count } c${i}: corpusPage(prefix: "p${i}") { count }`).join(' ')} }`;
    // The same prefix is one, of selections and of corpora two.
    expect(await codeOf(pages(8))).toBeUndefined();
    expect((await askWith({}, pages(9))).errors?.[0]).toMatchObject({
      message: 'Expected at most 16 different prefixes of names in one request, got 17.',
      extensions: { code: 'LIMIT_EXCEEDED' },
    });
  });
});

describe('more names than a list without pages gives', () => {
  it('are told beside the first hundred, and cost no read', async () => {
    const record = recordOf(fullModel);
    const id = await publish('many-000', record);
    const pointer = await env.SELECTIONS.get(nameKey('many-000'), 'arrayBuffer');
    expect(pointer).not.toBeNull();
    const names = Array.from({ length: 120 }, (_, i) => `many-${String(i).padStart(3, '0')}`);
    await Promise.all(names.map((name) => writeCorpus(name, id, [{ id: 'x', vector: [1, 0, 0, 0] }])));
    const { data, extensions } = await askWith(
      {},
      '{ corpora { name } corpusPage(first: 1000, prefix: "many-") { names count } }',
    );
    const warnings = extensions?.warnings ?? [];
    // Other tests leave corpora that cannot be read.
    const leftOut = warnings.filter(({ message }) => message.startsWith('The corpus ')).length;
    expect(data.corpora.length + leftOut).toBe(100);
    expect(data.corpusPage.count).toBe(120);
    expect(data.corpusPage.names).toEqual(names);
    expect(warnings).toContainEqual({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringMatching(
        /^corpora gives the first 100 of \d+ by name; corpusPage gives them all, page by page\.$/,
      ) as string,
    });
    const aliases = Array.from({ length: 5 }, (_, i) => `a${i}: corpora { name }`).join(' ');
    const { errors } = await askWith({}, `{ ${aliases} }`);
    expect(errors?.[0]).toMatchObject({
      message: 'Expected at most 400 selections and corpora in lists in one request, got 500.',
      extensions: { code: 'LIMIT_EXCEEDED' },
    });
    await Promise.all(names.map((name) => env.CORPORA.delete(corpusKey(name))));
  });
});
