import type { JSX } from 'preact';
import { useContext } from 'preact/hooks';
import { encoderId } from 'virtual:embedded-encoder';
import type { SelectionData } from '../api/operations.ts';
import { Deployment } from '../state/deployment.ts';
import { EncoderLimits } from './encoder-limits.tsx';

interface Props {
  /** Intervals are drawn beside the answers. */
  readonly withInterval?: boolean;
  /** What calibrated them: the chosen selection when not given, null when unknown. */
  readonly calibratedBy?: SelectionData | null;
}

/** What the answers are worth, where they are shown. */
export function HonestyNote({ withInterval = false, calibratedBy }: Props): JSX.Element {
  const { encoder, selection: chosen } = useContext(Deployment);
  const selection = calibratedBy === undefined ? chosen : calibratedBy;
  const isEmbedded = encoder?.id === encoderId;
  return (
    <div class="note">
      <p>
        {isEmbedded ? (
          <>
            <strong>{encoderId}</strong> is a small encoder that knows drawings and everyday photographs. It
            is no substitute for a large CLIP, and it can be sure and wrong.{' '}
          </>
        ) : (
          encoder !== null && (
            <>
              Encoder: <strong>{encoder.id}</strong>.{' '}
            </>
          )
        )}
        A probability says how often such a score belonged to a true caption among held-out pairs
        {selection ? `, where ${Math.round(selection.baseRate * 100)} of 100 captions did` : ''}
        {withInterval ? '; the whisker is its 95 % interval' : ''}. It says nothing of pictures unlike those.
      </p>
      {isEmbedded && <EncoderLimits />}
    </div>
  );
}
