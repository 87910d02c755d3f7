import type { JSX } from 'preact';
import { useContext } from 'preact/hooks';
import { Deployment } from '../state/deployment.ts';

const OWN_ENCODER = 'tiny-clip';

/** What the answers are worth, where they are shown. `withInterval`: intervals are drawn beside them. */
export function HonestyNote({ withInterval = false }: { withInterval?: boolean }): JSX.Element {
  const { encoder, selection } = useContext(Deployment);
  return (
    <p class="note">
      {encoder?.id === OWN_ENCODER ? (
        <>
          <strong>{OWN_ENCODER}</strong> is a small encoder that knows drawings and simple pictures. It is no
          substitute for CLIP on photographs, and it can be sure and wrong.{' '}
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
  );
}
