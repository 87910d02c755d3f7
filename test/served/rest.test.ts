import { readFile } from 'node:fs/promises';
import { OpenAIEmbeddings } from '@langchain/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embed, embedMany } from 'ai';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, inject, it } from 'vitest';

const origin = inject('origin');
const baseURL = `${origin}/v1`;
const FOX = new URL('../../models/sample/images/a-fox.webp', import.meta.url);

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<
    Record<'200' | 'default', { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | false;
  readonly prefixItems?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

let description: Description;
let ajv: Ajv2020;
/** What stands where the description says no more than "text": by the name of the property. */
let values: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  if (origin === '') return;
  description = (await (await fetch(`${origin}/openapi.json`)).json()) as Description;
  ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(description, 'api');
  const fox = `data:image/webp;base64,${(await readFile(FOX)).toString('base64')}`;
  const embedded = await post('/v1/embeddings', { input: 'a fox', encoding_format: 'base64' });
  const vector = embedded.body.data[0].embedding as string;
  values = {
    base64: fox,
    image: fox,
    url: fox,
    vector,
    encoder: embedded.body.model as string,
    model: embedded.body.model as string,
    corpus: 'samples',
  };
});

async function post(
  path: string,
  body: unknown,
  // Shapes are checked by the description.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
): Promise<{ readonly status: number; readonly body: any }> {
  const response = await fetch(origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

function resolve(schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : resolve(description.components.schemas[name]);
}

/** Bodies that fit a schema: with what must be there alone, then with each other property, in each of its forms. */
function* bodiesOf(given: JsonSchema, name = ''): Generator<unknown> {
  const schema = resolve(given);
  const forms = schema.oneOf ?? schema.anyOf;
  if (forms) for (const form of forms) yield* bodiesOf(form, name);
  else if (schema.const !== undefined) yield schema.const;
  else if (schema.enum) yield schema.enum[0];
  else if (schema.properties) yield* objectsOf(schema);
  else if (schema.prefixItems) for (const item of bodiesOf(schema.prefixItems[0])) yield [item];
  else if (schema.items) for (const item of bodiesOf(schema.items, name)) yield [item];
  else yield leafOf(schema, name);
}

function* objectsOf({ properties = {}, required = [] }: JsonSchema): Generator<unknown> {
  const least = Object.fromEntries(
    required.map((name) => [name, bodiesOf(properties[name], name).next().value as unknown]),
  );
  yield least;
  for (const [name, property] of Object.entries(properties)) {
    for (const value of bodiesOf(property, name)) yield { ...least, [name]: value };
  }
}

function leafOf({ type }: JsonSchema, name: string): unknown {
  const [first] = [type].flat();
  if (first === 'string')
    return name in values ? values[name] : name === 'selection' ? 'default' : 'a {} fox';
  if (first === 'integer') return 1;
  if (first === 'number') return 0.5;
  if (first === 'null') return null;
  return first === 'boolean';
}

function validatorOf(path: string, method: string, status: '200' | 'default'): ValidateFunction {
  const [mediaType] = Object.keys(description.paths[path][method].responses[status].content);
  const pointer = ['paths', path, method, 'responses', status, 'content', mediaType, 'schema']
    .map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  return ajv.compile({ $ref: `api#/${pointer}` });
}

describe.skipIf(origin === '')('calls made of /openapi.json', () => {
  it('fit where it says so, and every answer is as it says', async () => {
    const answered = new Map<string, number>();
    for (const [path, methods] of Object.entries(description.paths)) {
      const schema = methods.post?.requestBody?.content['application/json'].schema;
      if (!schema) continue;
      const [fits, fails] = [validatorOf(path, 'post', '200'), validatorOf(path, 'post', 'default')];
      for (const body of bodiesOf(schema)) {
        const { status, body: answer } = await post(path, body);
        const isFit = status === 200 ? fits(answer) : fails(answer);
        const shown = `${path} ${JSON.stringify(body).slice(0, 300)} ${JSON.stringify(answer).slice(0, 300)}`;
        expect((status === 200 ? fits : fails).errors ?? [], shown).toEqual([]);
        expect(isFit, shown).toBe(true);
        expect(status, shown).toBeLessThan(500);
        if (status === 200) answered.set(path, (answered.get(path) ?? 0) + 1);
      }
    }
    for (const path of ['/v1/align', '/v1/rank', '/v1/classify', '/v1/search', '/v1/embeddings'])
      expect(answered.get(path) ?? 0, path).toBeGreaterThan(4);
  });

  it('are refused where they do not fit', async () => {
    for (const [path, methods] of Object.entries(description.paths)) {
      const schema = methods.post?.requestBody?.content['application/json'].schema;
      if (!schema) continue;
      const fails = validatorOf(path, 'post', 'default');
      const forms = resolve(schema).oneOf ?? [schema];
      for (const { properties = {}, required = [] } of forms.map(resolve)) {
        const body = bodiesOf({ properties, required }).next().value as Record<string, unknown>;
        const wrong = [
          { ...body, unknown: 1 },
          ...required.map((name) => ({ ...body, [name]: undefined })),
          ...Object.keys(properties).map((name) => ({ ...body, [name]: [{ unknown: [] }] })),
        ];
        for (const mistaken of wrong) {
          const { status, body: answer } = await post(path, mistaken);
          expect(status, `${path} ${JSON.stringify(mistaken).slice(0, 300)}`).toBe(400);
          expect(fails(answer), JSON.stringify(answer)).toBe(true);
        }
      }
    }
  });

  it('describe the models', async () => {
    const answer: unknown = await (await fetch(`${origin}/v1/models`)).json();
    const fits = validatorOf('/v1/models', 'get', '200');
    expect(fits(answer), JSON.stringify(fits.errors)).toBe(true);
  });
});

describe.skipIf(origin === '')('clients of OpenAI', () => {
  it('LangChain embeds documents and a query alike', async () => {
    const embeddings = new OpenAIEmbeddings({
      apiKey: 'none',
      model: 'tiny-clip',
      configuration: { baseURL },
    });
    const documents = await embeddings.embedDocuments(['a fox', 'a dodo']);
    expect(documents.map((vector) => vector.length)).toEqual([256, 256]);
    expect(await embeddings.embedQuery('a fox')).toEqual(documents[0]);
    expect(Math.hypot(...documents[1])).toBeCloseTo(1, 5);
  });

  it('the AI SDK embeds one value and many', async () => {
    const model = createOpenAICompatible({ name: 'alignql', baseURL }).textEmbeddingModel('tiny-clip');
    const { embeddings, usage } = await embedMany({ model, values: ['a fox', 'a dodo'] });
    expect(embeddings.map((vector) => vector.length)).toEqual([256, 256]);
    expect(usage.tokens).toBe(0);
    expect((await embed({ model, value: 'a dodo' })).embedding).toEqual(embeddings[1]);
    await expect(embed({ model, value: ' ', maxRetries: 0 })).rejects.toThrow(/something to read/);
  });
});
