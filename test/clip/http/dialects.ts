import {
  type Dialect,
  encodeWith,
  expectFields,
  fromDataUri,
  isBad,
  type Json,
  MISSING_MODEL,
  openAiList,
  type PresetDialect,
  Refusal,
} from './dialect.ts';

type Inputs = Awaited<ReturnType<Dialect['read']>>;

/** `{error: {message, type, param, code}}` (openai-node src/core/error.ts reads no other). */
const nested =
  (code: (status: number) => unknown) =>
  (status: number, message: string, seen?: Inputs): Refusal =>
    new Refusal(
      status,
      { error: { message, type: 'invalid_request_error', param: null, code: code(status) } },
      seen,
    );

const openAiRefuse = nested((status) => (status === 404 ? 'model_not_found' : null));

const openai: Dialect = {
  base: '',
  models: '/v1/models',
  takesKey: true,
  limits: { images: 16, texts: 2048 },
  hasIndex: true,
  badPicture: 'BAD_IMAGE',
  refuse: openAiRefuse,
  read({ path, body }) {
    if (path !== '/v1/embeddings') throw openAiRefuse(404, `Invalid URL (POST ${path})`);
    return readOpenAi(body as Json, openAiRefuse, 'input');
  },
  encode: encodeWith(openAiRefuse, 400),
  answer: (rows, _kind, isReversed) => openAiList(rows, isReversed),
};

function readOpenAi(body: Json, refuse: Dialect['refuse'], field: string): Inputs {
  expectFields(body, ['model', field, 'encoding_format', 'dimensions', 'user', 'modality'], refuse);
  const { model, modality = 'text', encoding_format: format } = body;
  const items = body[field];
  if (model === MISSING_MODEL) throw refuse(404, `The model \`${MISSING_MODEL}\` does not exist`);
  if (format !== 'float' || !Array.isArray(items)) throw refuse(400, 'encoding_format and input');
  return modality === 'image'
    ? { kind: 'images', inputs: items.map(fromDataUri) }
    : { kind: 'texts', inputs: items as string[] };
}

// libs/infinity_emb/infinity_emb/infinity_server.py, fastapi_schemas/errors.py and pymodels.py: nested errors whose code is the status;
// FastAPI's `detail` for a wrong key and for what does not validate.
const infinityRefuse = (status: number, message: string, seen?: Inputs): Refusal => {
  if (status === 401)
    return new Refusal(401, { detail: 'Unauthorized' }, seen, { 'www-authenticate': 'Bearer' });
  if (status === 422)
    return new Refusal(
      422,
      { detail: [{ type: 'too_long', loc: ['body', 'image', 'input'], msg: message }] },
      seen,
    );
  return new Refusal(status, { error: { message, type: null, param: null, code: status } }, seen);
};
const infinity: Dialect = {
  base: '',
  models: '/models',
  takesKey: true,
  limits: { images: 32, texts: 2048 },
  hasIndex: true,
  badPicture: 'BAD_IMAGE',
  refuse: infinityRefuse,
  read({ path, body }) {
    if (path !== '/embeddings') throw new Refusal(404, { detail: 'Not Found' });
    const { model } = body as Json;
    if (model === MISSING_MODEL)
      throw infinityRefuse(400, `Invalid model: Engine for model name ${MISSING_MODEL} not found`);
    const read = readOpenAi(body as Json, infinityRefuse, 'input');
    if (read.kind === 'images' && read.inputs.length > 32)
      throw infinityRefuse(422, 'List should have at most 32 items after validation', read);
    return read;
  },
  encode: encodeWith(
    (status, message, seen) =>
      infinityRefuse(status, `imageCorruption, could not open ['bytes'] -> ${message}`, seen),
    400,
  ),
  answer: (rows, _kind, isReversed) => ({ ...openAiList(rows, isReversed), id: 'infinity-1', created: 1 }),
};

// vllm/frontend/entrypoints/serve/engine/protocol.py, ErrorInfo: nested, its code the status; a wrong key is answered by a middleware of
// its own. pooling/embed/protocol.py has the fields.
const vllmRefuse = (status: number, message: string, seen?: Inputs): Refusal =>
  status === 401
    ? new Refusal(401, { error: 'Unauthorized' }, seen)
    : new Refusal(
        status,
        {
          error: {
            message,
            type: status === 404 ? 'NotFoundError' : 'BadRequestError',
            param: null,
            code: status,
          },
        },
        seen,
      );
const vllm: Dialect = {
  base: '',
  models: '/v1/models',
  takesKey: true,
  limits: { images: 1024, texts: 2048 },
  hasIndex: false,
  badPicture: 'BAD_IMAGE',
  refuse: vllmRefuse,
  read({ path, body }) {
    const given = body as Json;
    if (given.model === MISSING_MODEL)
      throw vllmRefuse(404, `The model \`${MISSING_MODEL}\` does not exist.`);
    if (path === '/v2/embed') {
      expectFields(
        given,
        ['model', 'images', 'texts', 'embedding_types', 'output_dimension', 'truncate'],
        vllmRefuse,
      );
      return { kind: 'images', inputs: (given.images as string[]).map(fromDataUri) };
    }
    if (path !== '/v1/embeddings') throw new Refusal(404, { detail: 'Not Found' });
    expectFields(
      given,
      ['model', 'input', 'messages', 'encoding_format', 'dimensions', 'padding'],
      vllmRefuse,
    );
    if (given.messages === undefined) return { kind: 'texts', inputs: given.input as string[] };
    const [{ content }] = given.messages as [{ content: { image_url: { url: string } }[] }];
    if (content.length !== 1) throw vllmRefuse(400, 'one picture a call');
    return { kind: 'images', inputs: content.map(({ image_url: { url } }) => fromDataUri(url)) };
  },
  encode: encodeWith(vllmRefuse, 400),
  answer: (rows, kind) =>
    kind === 'images' && rows.length !== 1
      ? {
          id: 'embd-1',
          embeddings: { float: rows },
          meta: { api_version: { version: '2' } },
          response_type: 'embeddings_by_type',
        }
      : openAiList(rows, false),
};

const detailRefuse = (status: number, message: string, seen?: Inputs): Refusal =>
  new Refusal(status, { detail: message }, seen);

// api.jina.ai/openapi.json: `embedding_type`, one kind an item, errors as `detail`.
const jina: Dialect = {
  base: '',
  takesKey: true,
  limits: { images: 512, texts: 2048 },
  hasIndex: true,
  badPicture: 'BAD_IMAGE',
  refuse: detailRefuse,
  read({ path, body }) {
    if (path !== '/v1/embeddings') throw detailRefuse(404, 'Not Found');
    const given = body as { model: string; input: { text?: string; image?: string }[] };
    expectFields(
      given,
      ['model', 'input', 'embedding_type', 'normalized', 'dimensions', 'task'],
      detailRefuse,
    );
    if (given.model === MISSING_MODEL) throw detailRefuse(400, `Model ${MISSING_MODEL} not found`);
    return given.input[0].image === undefined
      ? { kind: 'texts', inputs: given.input.map(({ text = '' }) => text) }
      : { kind: 'images', inputs: given.input.map(({ image }) => fromDataUri(image)) };
  },
  encode: encodeWith(detailRefuse, 422),
  answer: (rows, _kind, isReversed) => openAiList(rows, isReversed),
};

// docs.voyageai.com, multimodal embeddings: `content` lists, `input_type`, `output_dimension`, errors as `detail`.
const voyage: Dialect = {
  base: '',
  takesKey: true,
  limits: { images: 1000, texts: 1000 },
  hasIndex: true,
  badPicture: 'BAD_IMAGE',
  refuse: detailRefuse,
  read({ path, body }) {
    if (path !== '/v1/multimodalembeddings') throw detailRefuse(404, 'Not Found');
    const given = body as {
      model: string;
      inputs: { content: { type: string; text?: string; image_base64?: string }[] }[];
    };
    expectFields(
      given,
      ['model', 'inputs', 'input_type', 'truncation', 'output_encoding', 'output_dimension'],
      detailRefuse,
    );
    if (given.model === MISSING_MODEL) throw detailRefuse(400, `Model ${MISSING_MODEL} is not supported.`);
    const contents = given.inputs.map(({ content }) => content[0]);
    return contents[0].type === 'text'
      ? { kind: 'texts', inputs: contents.map(({ text = '' }) => text) }
      : { kind: 'images', inputs: contents.map(({ image_base64: image }) => fromDataUri(image)) };
  },
  encode: encodeWith(detailRefuse, 400),
  answer: (rows, _kind, isReversed) => openAiList(rows, isReversed),
};

// docs.cohere.com, Embed v2: `input_type` is required, at most 96 texts, errors flat as `message`.
const cohereRefuse = (status: number, message: string, seen?: Inputs): Refusal =>
  new Refusal(status, { id: '1', message }, seen);
const cohere: Dialect = {
  base: '',
  takesKey: true,
  limits: { images: 96, texts: 96 },
  hasIndex: false,
  badPicture: 'BAD_IMAGE',
  refuse: cohereRefuse,
  read({ path, body }) {
    if (path !== '/v2/embed') throw cohereRefuse(404, 'not found');
    const given = body as Json & { model: string; input_type?: string; texts?: string[]; images?: string[] };
    expectFields(
      given,
      ['model', 'texts', 'images', 'input_type', 'embedding_types', 'output_dimension', 'truncate'],
      cohereRefuse,
    );
    if (given.model === MISSING_MODEL) throw cohereRefuse(404, `model '${MISSING_MODEL}' not found`);
    if (given.input_type === undefined) throw cohereRefuse(400, 'input_type is required');
    return given.texts === undefined
      ? { kind: 'images', inputs: (given.images ?? []).map(fromDataUri) }
      : { kind: 'texts', inputs: given.texts };
  },
  encode: encodeWith(cohereRefuse, 400),
  answer: (rows) => ({ id: '1', embeddings: { float: rows }, meta: {} }),
};

// machine-learning/immich_ml/main.py: a form, a list inside a string, no key; a picture that cannot be decoded is an exception that
// nobody catches, which Starlette answers with 500 in plain text.
const immich: Dialect = {
  base: '',
  takesKey: false,
  limits: { images: 1, texts: 1 },
  hasIndex: false,
  badPicture: 'ENCODER_FAILED',
  refuse: detailRefuse,
  async read({ path, body }) {
    if (path !== '/predict') throw detailRefuse(404, 'Not Found');
    const form = body as FormData;
    const { clip } = JSON.parse(form.get('entries') as string) as {
      clip: Record<string, { modelName: string }>;
    };
    const [[side, { modelName }]] = Object.entries(clip);
    if (modelName === MISSING_MODEL) throw new Refusal(500, 'Internal Server Error');
    const text = form.get('text');
    const image = form.get('image');
    if (side === 'textual' && typeof text === 'string') return { kind: 'texts', inputs: [text] };
    if (side === 'visual' && image instanceof Blob)
      return { kind: 'images', inputs: [new Uint8Array(await image.arrayBuffer())] };
    throw detailRefuse(400, 'Either image or text must be provided');
  },
  encode: (kind, inputs) => {
    if (inputs.some(isBad)) throw new Refusal(500, 'Internal Server Error', { kind, inputs });
    return inputs;
  },
  answer: (rows, kind) => ({
    clip: rows.length === 0 ? undefined : JSON.stringify(rows[0]),
    ...(kind === 'images' ? { imageHeight: 1, imageWidth: 1 } : {}),
  }),
};

// replicate.com/docs/reference/http: problem details; a prediction that is not done in time is polled at `urls.get`.
const replicateRefuse = (status: number, message: string, seen?: Inputs): Refusal =>
  new Refusal(status, { title: 'Refused', detail: message, status }, seen);
const replicateDone = new Map<string, unknown>();
const replicate: Dialect = {
  base: '',
  takesKey: true,
  limits: { images: 1, texts: 1 },
  hasIndex: false,
  badPicture: 'BAD_IMAGE',
  refuse: replicateRefuse,
  follow({ method, path }) {
    return method === 'GET' ? replicateDone.get(path) : undefined;
  },
  read({ path, body, headers }) {
    if (headers.prefer !== 'wait') throw replicateRefuse(400, 'nobody waits');
    if (path === `/v1/models/${MISSING_MODEL}/predictions`)
      throw replicateRefuse(404, 'The requested resource could not be found.');
    if (path !== '/v1/models/acme/clip/predictions')
      throw replicateRefuse(404, 'The requested resource could not be found.');
    const { input } = body as { input: { text?: string; image?: string } };
    expectFields(input, ['text', 'image', 'embedding_dim'], replicateRefuse);
    return input.text === undefined
      ? { kind: 'images', inputs: [fromDataUri(input.image)] }
      : { kind: 'texts', inputs: [input.text] };
  },
  encode: (_kind, inputs) => inputs.map((input) => (isBad(input) ? 'failed' : input)),
  answer(rows, _kind, _isReversed, url) {
    const path = `/v1/predictions/${replicateDone.size}`;
    const isFailed = JSON.stringify(rows[0]) === JSON.stringify([6, 103, 102, 7]);
    replicateDone.set(
      path,
      isFailed
        ? { status: 'failed', error: 'cannot identify image file' }
        : { status: 'succeeded', output: { embedding: rows[0] } },
    );
    return { id: '1', status: 'processing', urls: { get: `${url}${path}` } };
  },
};

// One of the house, as a handler of a Hugging Face endpoint is written.
const template: Dialect = {
  base: '/embed',
  takesKey: true,
  limits: { images: 16, texts: 64 },
  hasIndex: false,
  badPicture: 'BAD_IMAGE',
  refuse: (status, message, seen) => new Refusal(status, { error: message }, seen),
  read({ path, body }) {
    if (path !== '') throw new Refusal(404, { error: 'Not Found' });
    const { inputs, name } = body as { inputs: { texts?: string[]; images?: string[] }; name: string };
    if (name === MISSING_MODEL) throw new Refusal(400, { error: `unknown model ${MISSING_MODEL}` });
    return inputs.texts === undefined
      ? {
          kind: 'images',
          inputs: (inputs.images ?? []).map((image) => new Uint8Array(Buffer.from(image, 'base64'))),
        }
      : { kind: 'texts', inputs: inputs.texts };
  },
  encode: encodeWith((status, message, seen) => new Refusal(status, { error: message }, seen), 422),
  answer: (rows) => ({ result: { 'a/b': rows.map((values) => ({ values })) } }),
};

export const DIALECTS: Readonly<Record<PresetDialect, Dialect>> = {
  openai,
  infinity,
  vllm,
  jina,
  voyage,
  cohere,
  immich,
  replicate,
  template,
};
