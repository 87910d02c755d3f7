import * as v from 'valibot';
import { EncoderFailure, FAILURES, wrongAnswer } from '../remote/failure.ts';
import { fromBase64 } from '../base64.ts';
import { createHttpClient, createHttpSender, type HttpPeer } from './http-client.ts';
import { WHO } from './rows.ts';

/** What a peer says of one model that it serves; only this project's own encoder says more than the id. */
export type PeerModel = v.InferOutput<typeof modelSchema>;

/** A field that is null or of another form is as good as none: it is the id that names a model. */
const told = <Schema extends v.GenericSchema>(schema: Schema) => v.fallback(v.optional(schema), undefined);

const modelSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  dim: told(v.pipe(v.number(), v.integer(), v.minValue(1))),
  fingerprint: told(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  logit_scale: told(v.pipe(v.number(), v.finite(), v.gtValue(0))),
  logit_bias: told(v.pipe(v.number(), v.finite())),
  patch_methods: told(v.array(v.unknown())),
});

const listSchema = v.object({ data: v.array(v.unknown()) });

/**
 * The models that a peer lists, those left out that have no id.
 * @returns null where its preset has no such list
 * @throws EncoderFailure when it does not answer, or with something else
 */
export async function listPeerModels(peer: HttpPeer): Promise<readonly PeerModel[] | null> {
  const { models } = peer.route.preset;
  if (models === null) return null;
  const answer = await clientOf(peer).run((givenUp) => createHttpSender(peer).get(models, givenUp));
  const list = v.safeParse(listSchema, answer);
  if (!list.success) throw wrongAnswer(`${WHO} gave no list of models`);
  return list.output.data.flatMap((entry) => {
    const read = v.safeParse(modelSchema, entry);
    return read.success ? [read.output] : [];
  });
}

/**
 * How long the vectors of a peer are: found out by one text.
 * @throws EncoderFailure
 */
export async function probeDim(peer: HttpPeer): Promise<number> {
  const { preset, options } = peer.route;
  const sender = createHttpSender(peer);
  const call = sender.prepare(preset.writeTexts(['a picture'], options));
  const answer = await clientOf(peer).run((givenUp) => sender.post(call, givenUp));
  const [row] = preset.readRows(answer, 1, options);
  const length =
    typeof row === 'string' ? (fromBase64(row)?.length ?? 0) / 4 : Array.isArray(row) ? row.length : 0;
  if (length >= 1 && Number.isInteger(length)) return length;
  throw wrongAnswer(`${WHO} gave no vector for a text`);
}

/**
 * That a peer which tells the fingerprint of its model still serves the one that was configured. Others cannot be asked.
 * @throws EncoderFailure
 */
export async function assertSameModel(peer: HttpPeer, fingerprint: string): Promise<void> {
  const { model } = peer.route.options;
  const told = (await listPeerModels(peer))?.find(({ id }) => id === model)?.fingerprint;
  if (told === undefined || told === fingerprint) return;
  const cause = new Error(
    `it tells fingerprint ${told} for ${model}, and ENCODER_FINGERPRINT is ${fingerprint}`,
  );
  throw new EncoderFailure(FAILURES.closed, `${WHO} serves another model than the one of this deployment`, {
    cause,
  });
}

function clientOf(peer: HttpPeer) {
  return createHttpClient(peer, peer.timing.now() + peer.route.deadlineMs);
}
