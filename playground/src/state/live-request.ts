import { useEffect, useRef, useState } from 'preact/hooks';
import { type Failure, toFailure } from '../api/failure.ts';
import { type ApiRequest, send } from '../api/request.ts';
import { useDoor } from './use-door.ts';

/** Long enough that typing a word is one request, short enough to feel live. */
export const DEBOUNCE_MS = 220;

/** The last answer with what it answers, beside what is under way. */
export interface Live<Input, Data> {
  readonly answer: { readonly input: Input; readonly data: Data; readonly durationMs: number } | null;
  readonly failure: Failure | null;
  /** What was sent last, answered or not. */
  readonly request: ApiRequest | null;
  /** `answer` is that to what is asked now: nothing newer is to come, has failed, or cannot be asked. */
  readonly current: boolean;
  /** Something newer than `answer` is to come. */
  readonly pending: boolean;
  /** Sent and not answered: pending without the wait for the end of typing. */
  readonly sending: boolean;
  readonly retry: () => void;
}

/** A request with the page's own view of it, so that an answer is never shown against newer inputs. */
export interface Asked<Input> {
  readonly request: ApiRequest;
  readonly input: Input;
  /** What tells it apart beside its variables, such as which file goes with it. */
  readonly about?: string;
}

interface State<Input, Data> extends Omit<Live<Input, Data>, 'retry' | 'current'> {
  /** What `answer` answers, as `asked` is compared. */
  readonly answeredKey: string | null;
}

/**
 * Keep an answer current: asks again whenever the request changes (debounced) or another key is given, cancels what is in flight, and keeps the
 * last answer until the next is there. Whoever shows an answer that is not `current` has to say so.
 * @param asked compared by the JSON of its request; null asks nothing and keeps the last answer
 */
export function useLiveRequest<Input, Data>(
  asked: Asked<Input> | null,
  debounceMs = DEBOUNCE_MS,
): Live<Input, Data> {
  const [state, setState] = useState<State<Input, Data>>(EMPTY);
  const [attempt, setAttempt] = useState(0);
  const key =
    asked === null ? null : JSON.stringify([asked.request.query, asked.request.variables, asked.about]);
  const latest = useRef(asked);
  latest.current = asked;
  const asksFirst = useRef(true);
  const { key: accessKey } = useDoor();

  useEffect(() => {
    const current = latest.current;
    if (current === null) {
      setState((last) => ({ ...last, failure: null, pending: false, sending: false }));
      return;
    }
    const controller = new AbortController();
    const run = async (): Promise<void> => {
      setState((last) => ({ ...last, sending: true }));
      const { request, input } = current;
      const done = await attemptOnce<Data>(request, controller.signal);
      if (controller.signal.aborted) return;
      setState((last) => ({
        answer: done.data === null ? last.answer : { input, data: done.data, durationMs: done.durationMs },
        answeredKey: done.data === null ? last.answeredKey : key,
        failure: done.failure,
        request,
        pending: false,
        sending: false,
      }));
    };
    setState((last) => ({ ...last, pending: true, sending: false }));
    // The first answer of a view need not wait for anyone to stop typing.
    const timer = setTimeout(() => void run(), asksFirst.current ? 0 : debounceMs);
    asksFirst.current = false;
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [key, accessKey, attempt, debounceMs]);

  const { answeredKey, ...live } = state;
  return {
    ...live,
    // By the key too: between a change and the effect that follows it, nothing is pending yet.
    current: answeredKey !== null && answeredKey === key && !state.pending && state.failure === null,
    retry: () => setAttempt((count) => count + 1),
  };
}

const EMPTY = {
  answer: null,
  answeredKey: null,
  failure: null,
  request: null,
  pending: false,
  sending: false,
} as const;

interface Attempt<Data> {
  readonly data: Data | null;
  readonly failure: Failure | null;
  readonly durationMs: number;
}

async function attemptOnce<Data>(request: ApiRequest, signal: AbortSignal): Promise<Attempt<Data>> {
  const startMs = performance.now();
  try {
    const data = await send<Data>(request, signal);
    return { data, failure: null, durationMs: performance.now() - startMs };
  } catch (thrown) {
    return { data: null, failure: toFailure(thrown), durationMs: performance.now() - startMs };
  }
}
