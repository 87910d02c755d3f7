import type { JSX } from 'preact';
import { forgetKey, keyIdOf } from '../api/door.ts';
import { useDoor } from '../state/use-door.ts';

/** Which key everything is asked with, and the way to be rid of it; nothing where there is none, or another is asked for. */
export function KeyInUse(): JSX.Element | null {
  const { key, asked } = useDoor();
  if (key === null || asked !== null) return null;
  return (
    <p class="key-in-use">
      <span>
        With the key <code>{keyIdOf(key) ?? 'of this tab'}</code>
      </span>
      <button type="button" class="button button-quiet" onClick={forgetKey}>
        Forget key
      </button>
    </p>
  );
}
