import type { JSX } from 'preact';
import type { ExplanationData } from '../../api/explain-operations.ts';
import { formatSigned } from '../../format-numbers.ts';

type Props = Pick<ExplanationData, 'tokens' | 'score' | 'truncated'>;

/** How strong the colour of the strongest word is, in percent: letters on it stay legible in both schemes. */
const MOST_TINT = 45;

/** The words of the text, each coloured by what it adds to the score, with the figure under it. */
export function WordShares({ tokens, score, truncated }: Props): JSX.Element {
  const most = tokens.reduce((largest, { share }) => Math.max(largest, Math.abs(share)), 0);
  return (
    <div class="word-shares">
      <h3>Words</h3>
      <ol aria-label="Words, with what each adds to the score">
        {tokens.map(({ text, share }, i) => (
          <li
            key={i}
            class={share < 0 ? 'word word-takes' : 'word word-adds'}
            style={{ '--tint': `${most === 0 ? 0 : (MOST_TINT * Math.abs(share)) / most}%` }}
          >
            <span>{text}</span> <small>{formatSigned(share)}</small>
          </li>
        ))}
      </ol>
      {truncated && (
        <p class="hint word-limit">
          The text is longer than the encoder reads: its end made no difference, and its words there add
          nothing.
        </p>
      )}
      <p class="hint">
        Of a score of {formatSigned(score)}: what it would lose without the word. Words that say the same add
        less than they do together.
      </p>
    </div>
  );
}
