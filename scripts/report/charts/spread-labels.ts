interface Block {
  /** Centre of its first label. */
  readonly start: number;
  /** Indices into `wanted`, in order. */
  readonly members: readonly number[];
}

/**
 * Move labels apart along one axis, each as little as their order allows: labels that would touch become a block, whose
 * centre is the mean of where its members want to be.
 * @param wanted centres in pixels, in any order
 * @param gap between centres, in pixels
 * @param range where centres may lie; labels that do not fit overflow its end
 * @returns centres, in the order of `wanted`; equal ones keep that order
 */
export function spreadLabels(
  wanted: readonly number[],
  gap: number,
  [from, to]: readonly [number, number],
): number[] {
  const blockOf = (members: readonly number[]): Block => {
    const sum = members.reduce((total, label, place) => total + wanted[label] - place * gap, 0);
    const last = to - (members.length - 1) * gap;
    return { start: Math.max(from, Math.min(sum / members.length, last)), members };
  };
  const blocks: Block[] = [];
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b);
  for (const label of order) {
    let block = blockOf([label]);
    let before = blocks.at(-1);
    while (before !== undefined && before.start + before.members.length * gap > block.start) {
      block = blockOf([...before.members, ...block.members]);
      blocks.pop();
      before = blocks.at(-1);
    }
    blocks.push(block);
  }
  const placed = new Array<number>(wanted.length).fill(0);
  for (const { start, members } of blocks) {
    for (const [place, label] of members.entries()) placed[label] = start + place * gap;
  }
  return placed;
}
