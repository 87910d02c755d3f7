/** A pair by rows of the unique images and unique captions, with its group where one is known beforehand. */
export interface PairRows {
  readonly image: number;
  readonly text: number;
  readonly group: number | null;
}

/**
 * Groups such that pairs sharing a picture, a caption or a known group, directly or through other pairs, share a group.
 * Folds are cut between groups and a negative is never drawn inside one: a caption that fits a second picture is no
 * mismatch there.
 * @returns `groups`: one number a pair, counting from 0 in order of first appearance
 * O(pairs), union-find with path halving
 */
export function groupPairs(
  pairs: readonly PairRows[],
  imageCount: number,
): { readonly groups: Int32Array; readonly groupCount: number } {
  const parent = new Map<string | number, string | number>();
  const find = (node: string | number): string | number => {
    let root = node;
    for (;;) {
      const up = parent.get(root) ?? root;
      if (up === root) return root;
      const next = parent.get(up) ?? up;
      parent.set(root, next);
      root = next;
    }
  };
  for (const { image, text, group } of pairs) {
    // Captions are nodes after the images; known groups are nodes of their own kind.
    parent.set(find(image), find(imageCount + text));
    if (group !== null) parent.set(find(image), find(`group ${group}`));
  }
  const numbers = new Map<string | number, number>();
  const groups = Int32Array.from(pairs, ({ image }) => {
    const root = find(image);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
  return { groups, groupCount: numbers.size };
}
