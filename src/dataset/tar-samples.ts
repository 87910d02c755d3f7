import type { TarMember } from './tar-members.ts';

/** Members that lie side by side in an archive under one key. */
export interface TarSample {
  readonly key: string;
  /** Names the sample in messages: the key, with " (2)" behind it where the archive has the key a second time. */
  readonly label: string;
  /** By what follows the key and its dot, in lower case: "jpg", "txt", "seg.png". */
  readonly members: ReadonlyMap<string, TarMember>;
  /** A suffix that two neighbours share; such a sample has no one reading. */
  readonly repeatedSuffix: string | null;
  /** How many samples of the archive have this key. */
  readonly ofThisKey: number;
}

/**
 * Members by key, as webdataset's `group_by_keys` reads them: neighbours of one key are a sample, and a key that returns
 * after another one begins a new sample. Hidden files (AppleDouble's `._a.jpg` among them) and folders `__MACOSX` are
 * passed over, and so are names without a dot.
 * Source: https://github.com/webdataset/webdataset/blob/main/src/webdataset/tariterators.py
 */
export function tarSamples(members: readonly TarMember[]): TarSample[] {
  const samples: {
    key: string;
    nth: number;
    members: Map<string, TarMember>;
    repeatedSuffix: string | null;
  }[] = [];
  const counts = new Map<string, number>();
  for (const member of members) {
    const split = splitName(member.name);
    if (split === null) continue;
    const { key, suffix } = split;
    let sample = samples.at(-1);
    if (sample?.key !== key) {
      const nth = (counts.get(key) ?? 0) + 1;
      counts.set(key, nth);
      sample = { key, nth, members: new Map(), repeatedSuffix: null };
      samples.push(sample);
    }
    if (sample.members.has(suffix)) sample.repeatedSuffix ??= suffix;
    else sample.members.set(suffix, member);
  }
  return samples.map(({ nth, ...sample }) => ({
    ...sample,
    label: nth === 1 ? sample.key : `${sample.key} (${nth})`,
    ofThisKey: counts.get(sample.key) ?? 1,
  }));
}

/** The path up to the first dot of the file name, and what follows that dot; null for what belongs to no sample. */
function splitName(name: string): { readonly key: string; readonly suffix: string } | null {
  const file = name.slice(name.lastIndexOf('/') + 1);
  const dot = file.indexOf('.');
  if (dot <= 0 || /(^|\/)__MACOSX\//.test(name)) return null;
  return {
    key: name.slice(0, name.length - file.length + dot),
    suffix: file.slice(dot + 1).toLowerCase(),
  };
}
