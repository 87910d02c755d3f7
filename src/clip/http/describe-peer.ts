import * as v from 'valibot';
import { wrongAnswer } from '../remote/failure.ts';
import { fromBase64 } from '../base64.ts';
import { createHttpClient, createHttpSender, type HttpPeer } from './http-client.ts';
import { isRecord, WHO } from './rows.ts';

/** What a peer says of one model that it serves; only this project's own encoder says more than the id. */
export type PeerModel = v.InferOutput<typeof modelSchema>;

const modelSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  dim: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  fingerprint: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  logit_scale: v.nullish(v.pipe(v.number(), v.finite(), v.gtValue(0))),
  logit_bias: v.nullish(v.pipe(v.number(), v.finite())),
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
    // A field of another form is as good as none, but the id is the id.
    const read = v.safeParse(modelSchema, entry);
    if (read.success) return [read.output];
    return isRecord(entry) && typeof entry.id === 'string' && entry.id !== '' ? [{ id: entry.id }] : [];
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

function clientOf(peer: HttpPeer) {
  return createHttpClient(peer, peer.timing.now() + peer.route.deadlineMs);
}
