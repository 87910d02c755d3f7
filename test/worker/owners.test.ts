import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CoordinateMeanings, encodeMeanings } from '../../src/format/coordinate-meanings.ts';
import { meaningsKey, thumbnailKey } from '../../src/format/kv-keys.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { abortCanary, promoteCanary, startCanary } from '../../src/storage/canary.ts';
import type { SelectionKv } from '../../src/storage/selection-kv.ts';
import { type Ask, isolateWith, putKey, query } from './access-setup.ts';
import { putSealed, writeCorpus } from './corpora.ts';
import { embedding, fakeAi, fullModel, publish, readAnswer, recordOf } from './setup.ts';

const THUMBNAIL = 'a1'.repeat(16);
const SECRET = 'secret-of-acme';
const at = [1, 0, 0, 0];
const GIVEN = { image: embedding(at), text: embedding(at) };

let ask: Ask;
const keys: Record<'acme' | 'globex' | 'nobody' | 'admin', string> = {
  acme: '',
  globex: '',
  nobody: '',
  admin: '',
};
let secretId: string;

type Who = keyof typeof keys;

beforeAll(async () => {
  const shared = await publish('owners-shared', recordOf(fullModel, { seed: 1 }));
  secretId = await publish(`acme/${SECRET}`, recordOf(fullModel, { seed: 2, params: { secret: SECRET } }));
  const others = await publish('globex/own', recordOf(fullModel, { seed: 3 }));
  const item = { id: SECRET, vector: [1, 0, 0, 0], metadata: { is: SECRET }, thumbnail: THUMBNAIL };
  await writeCorpus(`acme/${SECRET}`, secretId, [item], { thumbnails: 1 });
  await writeCorpus('globex/own', others, [{ id: 'x', vector: [1, 0, 0, 0] }]);
  await writeCorpus('owners-shared', shared, [{ id: 'y', vector: [1, 0, 0, 0] }]);
  await putSealed(thumbnailKey(`acme/${SECRET}`, THUMBNAIL), new Uint8Array([1, 2, 3]));
  const end = { words: [SECRET], examples: [] };
  const meanings: CoordinateMeanings = {
    coordinates: Array.from({ length: 4 }, () => ({ low: end, high: end })),
  } as unknown as CoordinateMeanings;
  await env.SELECTIONS.put(meaningsKey(secretId), encodeMeanings(secretId, meanings));
  for (const who of ['acme', 'globex'] as const) {
    keys[who] = (await putKey({ scopes: ['read', 'encode'], owner: who })).text;
  }
  keys.nobody = (await putKey({ scopes: ['read', 'encode'] })).text;
  keys.admin = (await putKey({ scopes: ['read', 'encode', 'admin'] })).text;
  ask = isolateWith({ AUTH: 'keys' });
});

const graphql = async (who: Who, text: string, variables: object = {}): Promise<string> =>
  (await ask('/graphql', query(text, `Bearer ${keys[who]}`, variables))).text();

const rest = async (who: Who, path: string, body: object): Promise<string> =>
  (
    await ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${keys[who]}` },
      body: JSON.stringify(body),
    })
  ).text();

/** Every way in that takes a name: what each gives to who may see it holds what only the owner has. */
const PROVENANCE = 'provenance { selection } selection';
const NAMED: Readonly<Record<string, (who: Who, name: string) => Promise<string>>> = {
  selection: (who, name) => graphql(who, `{ selection(name: "${name}") { id params } }`),
  align: (who, name) =>
    graphql(
      who,
      `query ($image: ImageInput!, $text: TextInput!) { align(image: $image, text: $text, selection: "${name}") { ... on Alignment { ${PROVENANCE} } ... on ItemError { code message } } }`,
      GIVEN,
    ),
  alignMatrix: (who, name) =>
    graphql(
      who,
      `query ($image: ImageInput!, $text: TextInput!) { alignMatrix(images: [$image], texts: [$text], selection: "${name}") { ${PROVENANCE} } }`,
      GIVEN,
    ),
  alignCaptions: (who, name) =>
    graphql(
      who,
      `query ($image: ImageInput!, $text: TextInput!) { alignCaptions(image: $image, captions: [$text], selection: "${name}") { ... on CaptionSetAlignment { ${PROVENANCE} } ... on ItemError { code message } } }`,
      GIVEN,
    ),
  rankTexts: (who, name) =>
    graphql(
      who,
      `query ($image: ImageInput!, $text: TextInput!) { rankTexts(image: $image, texts: [$text], selection: "${name}") { ... on Ranking { ${PROVENANCE} } ... on ItemError { code message } } }`,
      GIVEN,
    ),
  rankImages: (who, name) =>
    graphql(
      who,
      `query ($image: ImageInput!, $text: TextInput!) { rankImages(images: [$image], text: $text, selection: "${name}") { ... on Ranking { ${PROVENANCE} } ... on ItemError { code message } } }`,
      GIVEN,
    ),
  explain: (who, name) =>
    graphql(
      who,
      `query ($image: ImageInput!, $text: TextInput!) { explain(image: $image, text: $text, selection: "${name}") { ... on Explanation { ${PROVENANCE} contributions { words } } ... on ItemError { code message } } }`,
      GIVEN,
    ),
  'POST /v1/align': (who, name) => rest(who, '/v1/align', { ...GIVEN, selection: name }),
  'POST /v1/rank': (who, name) =>
    rest(who, '/v1/rank', { image: GIVEN.image, texts: [GIVEN.text], selection: name }),
  'POST /v1/explain': (who, name) => rest(who, '/v1/explain', { ...GIVEN, selection: name }),
};
const SEARCHES: Readonly<Record<string, (who: Who, name: string) => Promise<string>>> = {
  search: (who, corpus) =>
    graphql(
      who,
      `query ($text: TextInput!) { search(corpus: "${corpus}", text: $text) { edges { id metadata thumbnail } corpus { selection } provenance { selection } } }`,
      { text: GIVEN.text },
    ),
  'POST /v1/search': (who, corpus) => rest(who, '/v1/search', { corpus, text: GIVEN.text }),
};

const strangers: readonly Who[] = ['globex', 'nobody'];

/** Without what differs between any two requests, and the name that was asked for. */
const withoutIds = (told: string, name: string): string =>
  told.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '').replaceAll(name, '');

describe('a name with an owner', () => {
  it.each(Object.keys(NAMED))(
    'is not there for others by %s, and is for its owner and an admin',
    async (way) => {
      for (const who of ['acme', 'admin'] as const) {
        expect(await NAMED[way](who, `acme/${SECRET}`)).toContain(secretId);
      }
      for (const who of strangers) {
        const told = await NAMED[way](who, `acme/${SECRET}`);
        expect(told).not.toContain(secretId);
        // Word for word what is told of a name that nobody has.
        const absent = await NAMED[way](who, 'acme/secret-of-nobody');
        expect(withoutIds(told, SECRET)).toBe(withoutIds(absent, 'secret-of-nobody'));
      }
    },
  );

  it.each(Object.keys(SEARCHES))('of a corpus is not there for others by %s', async (way) => {
    for (const who of ['acme', 'admin'] as const) {
      const told = await SEARCHES[way](who, `acme/${SECRET}`);
      expect(told).toContain(secretId);
      expect(told).toContain(`/corpora/acme/${SECRET}/thumbnails/${THUMBNAIL}`);
    }
    for (const who of strangers) {
      const told = await SEARCHES[way](who, `acme/${SECRET}`);
      expect(told).not.toContain(secretId);
      expect(told).not.toContain(THUMBNAIL);
      const absent = await SEARCHES[way](who, 'acme/secret-of-nobody');
      expect(withoutIds(told, SECRET)).toBe(withoutIds(absent, 'secret-of-nobody'));
    }
  });

  it('shows its thumbnails to nobody else', async () => {
    const statusFor = async (who: Who, path: string): Promise<number> =>
      (await ask(path, { headers: { authorization: `Bearer ${keys[who]}` } })).status;
    const path = `/corpora/acme/${SECRET}/thumbnails/${THUMBNAIL}`;
    const statuses = await Promise.all(
      (['acme', 'admin', 'globex', 'nobody'] as const).map((who) => statusFor(who, path)),
    );
    expect(statuses).toEqual([200, 200, 404, 404]);
    for (const trick of [
      `/corpora/globex%2f..%2facme/${SECRET}/thumbnails/${THUMBNAIL}`,
      `/corpora/acme%2f${SECRET}/thumbnails/${THUMBNAIL}`,
      `/corpora/globex/../acme/${SECRET}/thumbnails/${THUMBNAIL}`,
      `/corpora//acme/${SECRET}/thumbnails/${THUMBNAIL}`,
    ]) {
      expect([trick, await statusFor('globex', trick)]).toEqual([trick, 404]);
    }
  });

  it('stands in no list of others, whatever they ask for', async () => {
    const LISTS = `query ($prefix: String!, $after: String) {
      selections { name id params } corpora { name selection }
      selectionPage(first: 1000, prefix: $prefix, after: $after) { names count }
      corpusPage(first: 1000, prefix: $prefix, after: $after) { names count pageInfo { startCursor endCursor } }
    }`;
    for (const variables of [
      { prefix: '' },
      { prefix: 'acme' },
      { prefix: 'acme/' },
      { prefix: `acme/${SECRET}` },
      { prefix: '', after: 'acme/' },
    ]) {
      for (const who of strangers) {
        const told = await graphql(who, LISTS, variables);
        expect(told).not.toContain('errors');
        expect(told).not.toContain(SECRET);
        expect(told).not.toContain(secretId);
      }
      for (const who of ['acme', 'admin'] as const) {
        expect(await graphql(who, LISTS, variables)).toContain(SECRET);
      }
    }
    const pages = await graphql(
      'acme',
      '{ corpusPage(prefix: "acme/") { names count nodes { name count } } }',
    );
    expect(JSON.parse(pages)).toMatchObject({
      data: {
        corpusPage: {
          names: [`acme/${SECRET}`],
          count: 1,
          nodes: [{ name: `acme/${SECRET}`, count: 1 }],
        },
      },
    });
  });

  it.each(['/v1/selections', '/v1/corpora'])('stands in no page of %s of others', async (path) => {
    const page = async (who: Who, search: string): Promise<string> => {
      const headers = { authorization: `Bearer ${keys[who]}` };
      const response = await ask(`${path}?${search}`, { headers });
      expect(response.status).toBe(200);
      return response.text();
    };
    for (const search of ['first=100', 'prefix=acme/', 'first=100&after=acme/', `prefix=acme/${SECRET}`]) {
      for (const who of strangers) expect(await page(who, search)).not.toContain(SECRET);
      for (const who of ['acme', 'admin'] as const) expect(await page(who, search)).toContain(SECRET);
    }
  });

  it('is in no message of what there is', async () => {
    for (const who of strangers) {
      const told = await NAMED.align(who, 'owners-none');
      expect(told).toContain('SELECTION_NOT_FOUND');
      expect(told).not.toContain(SECRET);
      expect(await SEARCHES.search(who, 'owners-none')).not.toContain(SECRET);
    }
    expect(await NAMED.align('acme', 'owners-none')).toContain(SECRET);
  });

  it('leaves the shared names to all', async () => {
    for (const who of Object.keys(keys) as Who[]) {
      expect(await NAMED.align(who, 'owners-shared')).toContain('"selection"');
      expect(await SEARCHES.search(who, 'owners-shared')).toContain('"y"');
    }
  });

  it('has canaries for keys of its owner, of which others learn nothing', async () => {
    const name = 'acme/canary-of-acme';
    const kv = env.SELECTIONS as unknown as SelectionKv;
    const at = { createdAt: '2026-11-30T03:00:00.000Z' };
    const current = await publish(name, recordOf(fullModel, { seed: 11 }));
    const [promoted, aborted] = [12, 13].map((seed) => encodeSelection(recordOf(fullModel, { seed })));
    const asAcme = await Promise.all(
      // With 20 the chance that all are on one side is 2e-6.
      Array.from({ length: 20 }, async () => (await putKey({ scopes: ['read'], owner: 'acme' })).text),
    );
    // Each time of an isolate that has not been asked for the name yet.
    const given = async (texts: readonly string[]): Promise<unknown[]> => {
      const isolate = isolateWith({ AUTH: 'keys' });
      const ids: unknown[] = [];
      for (const text of texts) {
        const response = await isolate(
          '/graphql',
          query(`{ selection(name: "${name}") { id } }`, `Bearer ${text}`),
        );
        const timing = response.headers.get('server-timing');
        const { data } = await readAnswer(response);
        ids.push(data.selection === null ? timing : data.selection.id);
      }
      return ids;
    };
    const first = await startCanary(kv, name, promoted, { ...at, share: 50 });
    const split = await given(asAcme);
    expect(new Set(split)).toEqual(new Set([current, first.canary.id]));
    expect(await given(asAcme)).toEqual(split);
    expect(await given([keys.globex, keys.nobody])).toEqual([null, null]);
    await startCanary(kv, name, promoted, { ...at, share: 100 });
    expect(new Set(await given(asAcme.slice(0, 4)))).toEqual(new Set([first.canary.id]));
    await promoteCanary(kv, name, at);
    const second = await startCanary(kv, name, aborted, { ...at, share: 100 });
    expect(new Set(await given(asAcme.slice(0, 4)))).toEqual(new Set([second.canary.id]));
    await abortCanary(kv, name, at);
    expect(new Set(await given(asAcme.slice(0, 4)))).toEqual(new Set([first.canary.id]));
    expect(await given([keys.globex, keys.nobody])).toEqual([null, null]);
  });

  it('has embeddings kept for it that answer nobody else', async () => {
    const { data } = await readAnswer(
      await ask('/graphql', query('{ encoder { dim } }', `Bearer ${keys.admin}`)),
    );
    const axis = Array.from({ length: data.encoder.dim as number }, (_, i) => Number(i === 0));
    const ai = fakeAi(() => ({ data: [axis] }));
    const isolate = isolateWith({ AUTH: 'keys', EMBEDDING_CACHE: 'isolate', TEXT_ROUTE: 'ai', AI: ai });
    const encodings = async (who: Who): Promise<number> => {
      const before = ai.calls.length;
      const embed = 'query ($texts: [String!]!) { embedTexts(texts: $texts) { __typename } }';
      const init = query(embed, `Bearer ${keys[who]}`, {
        texts: [`a text that only acme has sent, ${SECRET}`],
      });
      expect(await (await isolate('/graphql', init)).text()).toContain('"Embedding"');
      return ai.calls.length - before;
    };
    const asked: [Who, number][] = [];
    for (const who of ['acme', 'acme', 'globex', 'nobody', 'admin', 'globex'] as const) {
      asked.push([who, await encodings(who)]);
    }
    // Whoever has no owner shares what is kept with whoever has none either.
    expect(asked).toEqual([
      ['acme', 1],
      ['acme', 0],
      ['globex', 1],
      ['nobody', 1],
      ['admin', 0],
      ['globex', 0],
    ]);
  });
});
