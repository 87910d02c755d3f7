import type { ChaosOrder } from '../chaos/worker/fault-plan.ts';

/** A deployment with something wrong, and what `doctor --endpoint` is to say. */
export interface EndpointDamage {
  readonly state: string;
  /** The check that finds it. */
  readonly check: string;
  /** What it says of it, where other damages are found by the same check. */
  readonly said?: RegExp;
  /** How the Worker behind faults is asked; null: nothing answers at the URL. */
  readonly order: Partial<ChaosOrder> | null;
}

/** Versions of `default` that could have been published, and are fit for nothing here: as `OldValues` has them. */
export const UNFIT = { otherEncoder: 'other', sureOfAll: 'sure' } as const;

const ai = (kind: string): Partial<ChaosOrder> => ({ only: { binding: 'AI', kind } });
const selections = (kind: string, calls = ''): Partial<ChaosOrder> => ({
  only: { binding: 'SELECTIONS', kind, calls },
});
const corpora = (kind: string, calls: string): Partial<ChaosOrder> => ({
  only: { binding: 'CORPORA', kind, calls },
});

export const ENDPOINT_DAMAGES: readonly EndpointDamage[] = [
  { state: 'the model is away', check: 'parity of pictures', order: ai('busy') },
  { state: 'there is no such model', check: 'parity of pictures', order: ai('no-such-model') },
  { state: 'the quota is used up', check: 'parity of pictures', order: ai('quota') },
  { state: 'another model answers', check: 'parity of pictures', order: ai('other-model') },
  { state: 'vectors have another length', check: 'parity of pictures', order: ai('wrong-dimension') },
  { state: 'the AI binding is missing', check: 'encoder', order: { vars: { AI: null } } },
  { state: 'TEXT_ROUTE is none', check: 'encoder', order: { vars: { TEXT_ROUTE: 'nowhere' } } },
  { state: 'a limit is no number', check: 'limits', order: { vars: { MAX_IMAGE_PIXELS: 'many' } } },
  { state: 'a key is asked for, and none given', check: 'access', order: { vars: { AUTH: 'keys' } } },
  { state: 'SELECTIONS does not answer', check: 'selection default', order: selections('fails') },
  { state: 'nothing is published', check: 'selection default', order: selections('absent') },
  {
    state: 'the name is damaged',
    check: 'selection default',
    said: /selection:v2:name:default/,
    order: selections('bit-flipped', ':name:'),
  },
  {
    state: 'the record is damaged',
    check: 'selection default',
    said: /Corrupt selection record/,
    order: selections('bit-flipped', ':record:'),
  },
  {
    state: 'default is of another encoder',
    check: 'selection default',
    order: { stale: 'always', version: UNFIT.otherEncoder },
  },
  {
    state: 'default is calibrated for other pairs',
    check: 'calibration of default',
    order: { stale: 'always', version: UNFIT.sureOfAll },
  },
  { state: 'a corpus is damaged', check: 'corpora', order: corpora('bit-flipped', 'segment') },
  { state: 'nothing answers', check: '/health', order: null },
];
