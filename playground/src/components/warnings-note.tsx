import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { readWarnings, subscribeWarnings } from '../api/warnings.ts';
import { WarningIcon } from './icons.tsx';

/** What the API left out of its answers: without it, a list would seem whole. */
export function WarningsNote(): JSX.Element | null {
  const [warnings, setWarnings] = useState(readWarnings);
  useEffect(() => {
    const read = (): void => setWarnings(readWarnings());
    // What has changed since it was rendered.
    read();
    return subscribeWarnings(read);
  }, []);
  if (warnings.length === 0) return null;
  return (
    <div class="failure" role="status">
      <WarningIcon />
      {warnings.map(({ code, message }) => (
        <p key={message}>
          {message} <span class="code-tag">{code}</span>
        </p>
      ))}
    </div>
  );
}
