import type { JSX } from 'preact';
import { encoderLimits } from 'virtual:embedded-encoder';

/** What the embedded encoder cannot do, a sentence each, folded away. */
export function EncoderLimits(): JSX.Element | null {
  if (encoderLimits.length === 0) return null;
  return (
    <details class="limits">
      <summary>What it cannot do</summary>
      <dl>
        {encoderLimits.map(({ name, sentence }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{sentence}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
