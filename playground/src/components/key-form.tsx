import type { JSX, TargetedEvent } from 'preact';
import { useId, useState } from 'preact/hooks';
import { forgetKey, giveKey } from '../api/door.ts';
import { useDoor } from '../state/use-door.ts';

/** Where a key is entered, while the API asks for one; nothing otherwise. */
export function KeyForm(): JSX.Element | null {
  const { key, asked, checking } = useDoor();
  const id = useId();
  const [text, setText] = useState('');
  const [refused, setRefused] = useState<string | null>(null);
  if (asked === null) return null;
  const onSubmit = (event: TargetedEvent<HTMLFormElement>): void => {
    event.preventDefault();
    setRefused(giveKey(text));
  };
  // Before one was given there is nothing to complain of.
  const why = refused ?? (key === null || checking ? '' : asked);
  return (
    <form class="key-form" onSubmit={onSubmit} noValidate aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>This deployment asks for a key</h2>
      <p>
        Its operator makes one: <code>npm run -s keys -- create --name NAME --scopes read,encode</code>
      </p>
      <div class="key-line">
        <label for={id}>Key</label>
        <input
          id={id}
          type="password"
          class="field"
          autoComplete="off"
          autoCapitalize="off"
          spellcheck={false}
          placeholder="alignql_…"
          value={text}
          aria-invalid={why !== ''}
          aria-describedby={`${id}-why ${id}-kept`}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setRefused(null);
          }}
        />
        <button type="submit" class="button">
          Use key
        </button>
        {key !== null && (
          <button type="button" class="button" onClick={forgetKey}>
            Forget key
          </button>
        )}
      </div>
      <p id={`${id}-why`} class="key-why" role="alert">
        {why}
      </p>
      <p id={`${id}-kept`} class="hint" role="status">
        {checking
          ? 'Checking the key…'
          : 'Kept in this tab until it is closed, and sent to this server alone.'}
      </p>
    </form>
  );
}
