import { type FaultPlan, type FaultWeights, never, pause } from './fault-plan.ts';

type Inputs = Readonly<Record<string, unknown>>;
interface Answer {
  readonly data: readonly (readonly number[])[];
}
export interface Ai {
  run(model: string, inputs: Inputs, options: Record<string, unknown>): Promise<unknown>;
}

type AiFault =
  | 'busy'
  | 'timeout'
  | 'quota'
  | 'no-such-model'
  | 'internal'
  | 'connection-lost'
  | 'html-error'
  | 'html-stream'
  | 'json-stream'
  | 'cut-stream'
  | 'broken-stream'
  | 'endless-stream'
  | 'slow'
  | 'no-answer'
  | 'wrong-dimension'
  | 'nan'
  | 'null'
  | 'zeros'
  | 'fewer-vectors'
  | 'something-else'
  | 'other-model';

const WEIGHTS: FaultWeights<AiFault> = {
  busy: 4,
  timeout: 3,
  quota: 1,
  'no-such-model': 1,
  internal: 2,
  'connection-lost': 2,
  'html-error': 2,
  'html-stream': 2,
  'json-stream': 2,
  'cut-stream': 2,
  'broken-stream': 2,
  'endless-stream': 1,
  slow: 3,
  'no-answer': 1,
  'wrong-dimension': 1,
  nan: 2,
  null: 1,
  zeros: 1,
  'fewer-vectors': 2,
  'something-else': 1,
  // Nothing in its answer shows it: that is for golden vectors to find.
  'other-model': 0,
};
/** What a model that is away does. */
const OUTAGE: FaultWeights<AiFault> = { ...zero(WEIGHTS), busy: 2, 'connection-lost': 2, 'html-error': 1 };

const ERRORS: Partial<Record<AiFault, string>> = {
  busy: '3040: Capacity temporarily exceeded, please try again.',
  timeout: '3007: Request timeout',
  quota: '3036: you have used up your daily free allocation',
  'no-such-model': '5007: No such model or task',
  internal: '3043: Internal server error',
  'connection-lost': 'Network connection lost.',
  'html-error': '<!DOCTYPE html><html><title>502 Bad Gateway</title></html>',
};

/** What the real encoder gave: by model and input, each asked for alone, so that an answer does not hang on its neighbours. */
const known = new Map<string, readonly number[]>();

/** The AI binding with its faults, at its contract; what goes well is answered by the real encoder. */
export function faultyAi(real: Ai, plan: FaultPlan): Ai {
  return {
    async run(model, inputs) {
      const weights = plan.order.isOutage ? OUTAGE : WEIGHTS;
      const fault = plan.next('AI', 'run', weights, plan.order.isOutage ? 1 : plan.order.rate);
      const message = fault === null ? undefined : ERRORS[fault.kind];
      if (message !== undefined) throw new Error(message);
      if (fault?.kind === 'no-answer') return never();
      const answer = await answerOf(real, model, inputs);
      if (fault === null) return answer;
      if (fault.kind === 'slow') await pause(100 + fault.chance * 900);
      return spoil(answer, fault.kind, fault.chance);
    },
  };
}

async function answerOf(real: Ai, model: string, inputs: Inputs): Promise<Answer> {
  const [field] = Object.keys(inputs);
  const items = [inputs[field]].flat();
  const data = items.map(async (item): Promise<readonly number[]> => {
    const key = `${model} ${field} ${String(item)}`;
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const { data: vectors } = (await real.run(model, { [field]: [item] }, {})) as Answer;
    known.set(key, vectors[0]);
    return vectors[0];
  });
  return { data: await Promise.all(data) };
}

function spoil(answer: Answer, kind: AiFault, chance: number): unknown {
  const { data } = answer;
  const at = Math.floor(chance * data.length);
  const change = (vector: (whole: readonly number[]) => readonly unknown[]): unknown => ({
    data: data.map((whole, i) => (i === at ? vector(whole) : whole)),
  });
  const text = JSON.stringify(answer);
  const cut = text.slice(0, Math.floor(chance * text.length));
  const spoilt: Partial<Record<AiFault, () => unknown>> = {
    'json-stream': () => stream(text, 'ends'),
    'html-stream': () => stream('<!DOCTYPE html><html><title>524: A timeout occurred</title></html>', 'ends'),
    'cut-stream': () => stream(cut, 'ends'),
    'broken-stream': () => stream(cut, 'breaks'),
    'endless-stream': () => stream(cut, 'hangs'),
    'wrong-dimension': () => ({ data: data.map((whole) => whole.slice(1)) }),
    nan: () => change((whole) => whole.map((value, i) => (i === 3 ? NaN : value))),
    null: () => change((whole) => whole.map((value, i) => (i === 3 ? null : value))),
    zeros: () => change((whole) => whole.map(() => 0)),
    'fewer-vectors': () => ({ data: data.slice(1) }),
    'other-model': () => ({ data: data.map((whole) => whole.toReversed()) }),
    'something-else': () => ({ success: false, result: null }),
  };
  return spoilt[kind]?.() ?? answer;
}

/** A body in two parts that ends, breaks off, or waits for ever. */
export function stream(content: string | Uint8Array, end: 'ends' | 'breaks' | 'hangs'): ReadableStream {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const parts = [bytes.slice(0, bytes.length >> 1), bytes.slice(bytes.length >> 1)].filter(
    ({ length }) => length > 0,
  );
  if (end !== 'ends') parts.splice(1);
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const part = parts.shift();
      if (part !== undefined) return controller.enqueue(part);
      if (end === 'hangs') await never();
      if (end === 'breaks') return controller.error(new Error('Network connection lost.'));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

function zero<Kind extends string>(weights: FaultWeights<Kind>): Record<Kind, number> {
  return Object.fromEntries(Object.keys(weights).map((kind) => [kind, 0])) as Record<Kind, number>;
}
