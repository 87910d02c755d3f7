import type { JSX } from 'preact';
import { useContext } from 'preact/hooks';
import { forgetKey } from '../api/door.ts';
import { type Failure, failureTitle } from '../api/failure.ts';
import { DEFAULT_SELECTION } from '../state/route.ts';
import { Deployment } from '../state/deployment.ts';
import { useDoor } from '../state/use-door.ts';
import { RetryIcon, WarningIcon } from './icons.tsx';

interface Props {
  readonly failure: Failure;
  readonly onRetry?: () => void;
  /** In a table cell or list row: no box of its own. */
  readonly inline?: boolean;
}

/** What went wrong, in words, with what can be done about it. */
export function FailureNotice({ failure, onRetry, inline = false }: Props): JSX.Element | null {
  const { chooseSelection } = useContext(Deployment);
  const { key, asked } = useDoor();
  // The form for a key says it, once for all.
  if (failure.code === 'UNAUTHENTICATED' && asked !== null) return null;
  const isMissingSelection = failure.code === 'SELECTION_NOT_FOUND';
  return (
    <div class={inline ? 'failure failure-inline' : 'failure'} role={inline ? undefined : 'alert'}>
      <WarningIcon />
      <p>
        <strong>{failureTitle(failure)}.</strong> {failure.message}{' '}
        <code class="code-tag">{failure.code}</code>
      </p>
      {isMissingSelection && (
        <button type="button" class="button" onClick={() => chooseSelection(DEFAULT_SELECTION)}>
          Use “{DEFAULT_SELECTION}”
        </button>
      )}
      {failure.code === 'FORBIDDEN' && key !== null && !inline && (
        <button type="button" class="button" onClick={forgetKey}>
          Use another key
        </button>
      )}
      {failure.retryable && onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          <RetryIcon /> Try again
        </button>
      )}
    </div>
  );
}
