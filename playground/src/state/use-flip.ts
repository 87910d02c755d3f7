import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const MOVE_MS = 220;

/**
 * Let the children of a list glide to their new places when their order changes, so that the eye can follow. Children
 * are told apart by `data-key`. Nothing moves for those who prefer reduced motion.
 * @param order anything that changes when the order does
 */
export function useFlip(list: RefObject<HTMLElement | null>, order: string): void {
  const tops = useRef(new Map<string, number>());
  useLayoutEffect(() => {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const next = new Map<string, number>();
    for (const child of list.current?.children ?? []) {
      if (!(child instanceof HTMLElement)) continue;
      const key = child.dataset['key'] ?? '';
      next.set(key, child.offsetTop);
      const before = tops.current.get(key);
      if (still || before === undefined || before === child.offsetTop) continue;
      child.animate([{ transform: `translateY(${before - child.offsetTop}px)` }, { transform: 'none' }], {
        duration: MOVE_MS,
        easing: 'cubic-bezier(0.2, 0, 0, 1)',
      });
    }
    tops.current = next;
  }, [list, order]);
}
