import { useContext, useEffect, useReducer } from 'preact/hooks';
import { Deployment } from '../state/deployment.ts';
import type { Embedded } from './embedder.ts';
import type { Picture } from './picture.ts';

/** The pictures with their embeddings, which are asked for while `active`. */
export function useEmbedded(
  pictures: readonly Picture[],
  active: boolean,
): readonly { readonly picture: Picture; readonly embedded: Embedded }[] {
  const { embedder, limits } = useContext(Deployment);
  const [, render] = useReducer((count: number) => count + 1, 0);
  useEffect(() => embedder.subscribe(() => render(undefined)), [embedder]);
  useEffect(() => {
    if (active && limits !== null) embedder.ensure(pictures, limits);
  }, [embedder, limits, active, pictures]);
  return pictures.map((picture) => ({
    picture,
    embedded: embedder.get(picture.id) ?? { status: 'waiting' },
  }));
}
