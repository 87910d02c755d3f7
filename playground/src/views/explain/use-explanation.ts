import { useContext, useEffect, useState } from 'preact/hooks';
import { type DeploymentLimits } from '../../api/operations.ts';
import { type ExplainData, type ExplanationData, explainRequest } from '../../api/explain-operations.ts';
import { type Failure, fromItemError, toFailure } from '../../api/failure.ts';
import type { ApiRequest } from '../../api/request.ts';
import { fetchSample, sizeFailure } from '../../pictures/embedder.ts';
import type { Picture } from '../../pictures/picture.ts';
import { ANNOUNCE_AFTER_MS, Deployment } from '../../state/deployment.ts';
import { type Freshness, freshnessOf } from '../../state/freshness.ts';
import { useLiveRequest } from '../../state/live-request.ts';

/** What is explained, and how. */
export interface Explained {
  readonly picture: Picture;
  readonly text: string;
  readonly explanation: ExplanationData;
}

export interface ExplanationState {
  /** Null before the first answer, and while there is nothing to explain. */
  readonly explained: Explained | null;
  readonly failure: Failure | null;
  readonly doing: string | null;
  readonly freshness: Freshness;
  readonly request: ApiRequest | null;
  readonly retry: () => void;
}

interface Asked {
  readonly picture: Picture;
  readonly text: string;
}

/** Explains a picture and a text, live. */
export function useExplanation(active: boolean, picture: Picture | null, text: string): ExplanationState {
  const { limits, selectionName, connecting, announce } = useContext(Deployment);
  const [tries, setTries] = useState(0);
  const loaded = usePixels(active ? picture : null, limits, tries);
  const said = text.trim();
  const pixels = loaded?.of === picture?.id ? loaded : null;
  const asked =
    active && picture !== null && said !== '' && pixels?.pixels
      ? {
          request: explainRequest(pixels.pixels, text, selectionName),
          input: { picture, text },
          // Files are not told apart by what stands in the variables.
          about: picture.id,
        }
      : null;
  const live = useLiveRequest<Asked, ExplainData>(asked);
  const freshness = freshnessOf(live, {
    nothing: picture === null || said === '' || pixels?.failure != null,
    preparing: pixels === null,
    refused: false,
  });
  const answer = freshness === 'none' ? null : live.answer;
  const result = answer?.data.explain;
  const explained =
    answer && result?.__typename === 'Explanation' ? { ...answer.input, explanation: result } : null;
  const settled = active && freshness === 'current' ? explained : null;
  useEffect(() => {
    if (settled === null) return;
    const words = settled.explanation.tokens.toSorted((a, b) => b.share - a.share);
    const best = words[0] ? ` “${words[0].text}” adds most.` : '';
    const timer = setTimeout(() => announce(`Explained.${best}`), ANNOUNCE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [settled?.explanation]);
  return {
    explained,
    failure:
      pixels?.failure ?? live.failure ?? (result?.__typename === 'ItemError' ? fromItemError(result) : null),
    doing: connecting ? 'Reaching the API' : live.sending ? 'Explaining' : null,
    freshness,
    request: live.request,
    retry: pixels?.failure ? () => setTries((before) => before + 1) : live.retry,
  };
}

interface Pixels {
  /** Id of the picture. */
  readonly of: string;
  readonly pixels: Parameters<typeof explainRequest>[0] | null;
  readonly failure: Failure | null;
}

/**
 * The file of a picture, or where it is fetched. Null while it is loaded.
 * @param limits what cannot be sent within them fails; nothing is loaded before they are known
 * @param tries counts up to load once more
 */
function usePixels(picture: Picture | null, limits: DeploymentLimits | null, tries: number): Pixels | null {
  const [loaded, setLoaded] = useState<Pixels | null>(null);
  useEffect(() => {
    if (picture === null || limits === null) return;
    const { id, name, url, file, sample } = picture;
    const settle = (pixels: Pixels['pixels'], failure: Failure | null = null): void =>
      setLoaded({ of: id, pixels, failure });
    const settleFile = (blob: Blob): void => {
      const refused = sizeFailure(name, blob.size, limits);
      settle(refused === null ? { name, blob } : null, refused);
    };
    if (url !== null) settle({ url });
    else if (file !== null) settleFile(file);
    else {
      let isWanted = true;
      fetchSample(sample?.url ?? '').then(
        (blob) => isWanted && settleFile(blob),
        (error: unknown) =>
          isWanted && settle(null, { ...toFailure(error), code: 'UNREACHABLE', retryable: true }),
      );
      return () => {
        isWanted = false;
      };
    }
  }, [picture?.id, limits, tries]);
  return loaded;
}
