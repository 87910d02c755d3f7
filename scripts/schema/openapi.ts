import { toJsonSchema } from '@valibot/to-json-schema';
import { type GraphQLField, buildSchema, getNamedType } from 'graphql';
import type { GenericSchema } from 'valibot';
import {
  embeddingsAnswerSchema,
  modelsAnswerSchema,
  openAiErrorSchema,
} from '../../src/rest/openai/answer-schemas.ts';
import { embeddingsRequestSchema } from '../../src/rest/openai/request-schema.ts';
import { problemSchema } from '../../src/rest/problem-schema.ts';
import {
  type Components,
  type JsonSchema,
  answerSchema,
  argumentsSchema,
  formSchema,
} from './json-schema.ts';

/** What a route under /v1 asks, by the root fields of schema.graphql whose arguments it takes. */
const OPERATIONS = [
  { path: '/v1/align', id: 'align', summary: 'Score one image against one text', fields: ['align'] },
  {
    path: '/v1/rank',
    id: 'rank',
    summary: 'Rank texts for an image, or images for a text',
    fields: ['rankTexts', 'rankImages'],
  },
  {
    path: '/v1/classify',
    id: 'classify',
    summary: 'Tell which label describes an image best',
    fields: ['classify'],
  },
  {
    path: '/v1/explain',
    id: 'explain',
    summary: 'Tell why an image and a text score what they do',
    fields: ['explain'],
  },
  {
    path: '/v1/clip-score',
    id: 'clipScore',
    summary: 'CLIPScore of an image and a caption',
    fields: ['clipScore'],
  },
  {
    path: '/v1/ref-clip-score',
    id: 'refClipScore',
    summary: 'RefCLIPScore of an image, a caption and references',
    fields: ['refClipScore'],
  },
  { path: '/v1/search', id: 'search', summary: 'Search a corpus by a text or an image', fields: ['search'] },
] as const;

/** What a route gives pages of, by the root field whose arguments stand in its address. */
const PAGES = [
  {
    path: '/v1/selections',
    id: 'listSelections',
    summary: 'A page of the published selections',
    field: 'selectionPage',
  },
  { path: '/v1/corpora', id: 'listCorpora', summary: 'A page of the corpora', field: 'corpusPage' },
] as const;

const PREFLIGHT: JsonSchema = {
  name: 'graphql-require-preflight',
  in: 'header',
  description:
    'Must be there, with any value, where the body is multipart/form-data: no foreign page can send it.',
  schema: { type: 'string' },
};
const HEADERS: JsonSchema = {
  'x-cost': {
    description: 'What the request is charged, in the units of `@cost` of schema.graphql.',
    schema: { type: 'number' },
  },
  'x-request-id': { description: 'Names the request in the log.', schema: { type: 'string' } },
};

const WARNING: JsonSchema = {
  description: 'What an answer lacks although it is one.',
  type: 'object',
  properties: {
    code: { $ref: '#/components/schemas/ErrorCode' },
    message: { type: 'string' },
  },
  required: ['code', 'message'],
  additionalProperties: false,
};

/**
 * The description of what is served under /v1, as OpenAPI 3.1. Bodies come from schema.graphql and, for OpenAI's clients, from the
 * schemas that read their requests.
 */
export function openApiOf(sdl: string, version: string): JsonSchema {
  const query = buildSchema(sdl).getQueryType();
  if (!query) throw new Error('schema.graphql has no type Query');
  const fields = query.getFields();
  const components: Components = new Map();
  const paths = OPERATIONS.map(({ path, id, summary, fields: names }) => [
    path,
    {
      post: operation(
        id,
        summary,
        names.map((name) => fields[name]),
        components,
      ),
    },
  ]);
  const pages = PAGES.map(({ path, id, summary, field }) => [
    path,
    { get: pageOperation(id, summary, fields[field], components) },
  ]);
  components.set('Problem', fromValibot(problemSchema));
  components.set('EmbeddingsRequest', fromValibot(embeddingsRequestSchema));
  components.set('EmbeddingsAnswer', fromValibot(embeddingsAnswerSchema));
  components.set('Models', fromValibot(modelsAnswerSchema));
  components.set('OpenAiError', fromValibot(openAiErrorSchema));
  return {
    openapi: '3.1.0',
    info: {
      title: 'alignql',
      version,
      description:
        'Does this text describe this image, and how sure are we? The same as the GraphQL API at /graphql, whose types these are.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{}, { key: [] }],
    paths: { ...Object.fromEntries(paths), ...Object.fromEntries(pages), ...openAiPaths() },
    components: {
      schemas: Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'A key, where the deployment asks for one; passed over where it does not.',
        },
      },
    },
  };
}

function operation(
  operationId: string,
  summary: string,
  fields: readonly GraphQLField<unknown, unknown>[],
  components: Components,
): JsonSchema {
  const bodies = fields.map(({ name, args }) => {
    const title = `${name[0].toUpperCase()}${name.slice(1)}`;
    components.set(`${title}Body`, argumentsSchema(args, components));
    components.set(`${title}Form`, formSchema(args, components));
    return title;
  });
  const oneOf = (kind: 'Body' | 'Form'): JsonSchema => {
    const refs = bodies.map((title) => ({ $ref: `#/components/schemas/${title}${kind}` }));
    return { schema: refs.length === 1 ? refs[0] : { oneOf: refs } };
  };
  return {
    operationId,
    summary,
    description: fields.map(({ description }) => description ?? '').join('\n\n'),
    parameters: [PREFLIGHT],
    requestBody: {
      required: true,
      content: { 'application/json': oneOf('Body'), 'multipart/form-data': oneOf('Form') },
    },
    responses: responsesOf(fields[0], components),
  };
}

function pageOperation(
  operationId: string,
  summary: string,
  field: GraphQLField<unknown, unknown>,
  components: Components,
): JsonSchema {
  const { properties } = argumentsSchema(field.args, components) as {
    readonly properties: Readonly<Record<string, JsonSchema>>;
  };
  const responses = responsesOf(field, components);
  const page = getNamedType(field.type).name;
  components.set(page, withWarnings(components.get(page), components));
  return {
    operationId,
    summary,
    description: field.description ?? '',
    parameters: Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema })),
    responses,
  };
}

/** A page with what stands in `extensions.warnings` in GraphQL, of which its schema tells nothing. */
function withWarnings(page: JsonSchema | undefined, components: Components): JsonSchema {
  components.set('Warning', WARNING);
  const warnings = {
    description:
      'What the page lacks: each name that cannot be read, which `names` has and `nodes` does not (of more than 20 the others in one), or ' +
      'that there are too many names to list. Not there where it lacks nothing.',
    type: 'array',
    items: { $ref: '#/components/schemas/Warning' },
  };
  return { ...page, properties: { ...(page?.properties as JsonSchema), warnings } };
}

function responsesOf({ type }: GraphQLField<unknown, unknown>, components: Components): JsonSchema {
  return {
    200: {
      description: 'The answer.',
      headers: HEADERS,
      content: { 'application/json': { schema: answerSchema(type, components) } },
    },
    default: {
      description: 'Why there is none.',
      headers: HEADERS,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  };
}

function openAiPaths(): JsonSchema {
  const answers = (name: string): JsonSchema => ({
    200: {
      description: 'The answer.',
      headers: HEADERS,
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
    },
    default: {
      description: "Why there is none, as OpenAI's clients read it.",
      headers: HEADERS,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/OpenAiError' } } },
    },
  });
  return {
    '/v1/embeddings': {
      post: {
        operationId: 'createEmbedding',
        summary: "Embed texts and pictures, as OpenAI's clients ask for it",
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/EmbeddingsRequest' } } },
        },
        responses: answers('EmbeddingsAnswer'),
      },
    },
    '/v1/models': {
      get: {
        operationId: 'listModels',
        summary: 'The encoder that runs here',
        responses: answers('Models'),
      },
    },
  };
}

function fromValibot(schema: GenericSchema): JsonSchema {
  const made = toJsonSchema(schema, { target: 'draft-2020-12', typeMode: 'input' });
  // Of the document as a whole.
  delete made.$schema;
  return { ...made };
}
