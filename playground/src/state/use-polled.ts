import { useEffect, useRef, useState } from 'preact/hooks';
import { type Failure, toFailure } from '../api/failure.ts';
import { useDoor } from './use-door.ts';

/** Nothing of a run is worth a look more often: counting its markers is work for the pipeline. */
export const POLL_MS = 3_000;

export interface Polled<Data> {
  /** What `about` was answered last; null before. */
  readonly data: Data | null;
  readonly failure: Failure | null;
  readonly sending: boolean;
  /** Asks at once. */
  readonly retry: () => void;
}

interface State<Data> {
  readonly about: string | null;
  readonly data: Data | null;
  readonly failure: Failure | null;
  readonly sending: boolean;
}

/**
 * Asks about something, and again for as long as it may change, or did not answer; never while nobody sees the page.
 * @param about what is asked about; null asks nothing and keeps what there is
 * @param mayChange whether to look again after an answer
 */
export function usePolled<Data>(
  about: string | null,
  read: (about: string, signal: AbortSignal) => Promise<Data>,
  mayChange: (data: Data) => boolean,
): Polled<Data> {
  const [state, setState] = useState<State<Data>>({
    about: null,
    data: null,
    failure: null,
    sending: false,
  });
  const [attempt, setAttempt] = useState(0);
  const latest = useRef({ read, mayChange });
  latest.current = { read, mayChange };
  const { key } = useDoor();

  useEffect(() => {
    if (about === null) return;
    const controller = new AbortController();
    const { signal } = controller;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isPutOff = false;
    const look = async (): Promise<void> => {
      isPutOff = document.hidden;
      if (isPutOff) return;
      setState((last) => ({ ...last, sending: true }));
      const done = await attemptOnce(() => latest.current.read(about, signal));
      if (signal.aborted) return;
      setState((last) => ({
        about,
        data: done.failure === null ? done.data : last.about === about ? last.data : null,
        failure: done.failure,
        sending: false,
      }));
      const again = done.failure === null ? latest.current.mayChange(done.data) : done.failure.retryable;
      if (again) timer = setTimeout(() => void look(), POLL_MS);
    };
    const onVisibility = (): void => {
      if (isPutOff) void look();
    };
    document.addEventListener('visibilitychange', onVisibility);
    void look();
    return () => {
      controller.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [about, key, attempt]);

  // What was answered about something else says nothing of this.
  const isOther = about !== null && state.about !== about;
  return {
    data: isOther ? null : state.data,
    failure: isOther ? null : state.failure,
    sending: state.sending || isOther,
    retry: () => setAttempt((count) => count + 1),
  };
}

type Attempt<Data> =
  { readonly data: Data; readonly failure: null } | { readonly data: null; readonly failure: Failure };

async function attemptOnce<Data>(read: () => Promise<Data>): Promise<Attempt<Data>> {
  try {
    return { data: await read(), failure: null };
  } catch (thrown) {
    return { data: null, failure: toFailure(thrown) };
  }
}
