import * as v from 'valibot';
import { shorten } from '../errors.ts';
import { parseJson } from './parse-json.ts';
import { isPicture } from './picture-names.ts';
import { type TarMember, utf8 } from './tar-members.ts';
import type { TarSample } from './tar-samples.ts';

/** A picture in a tar and its caption. */
export interface TarPair {
  readonly where: string;
  readonly image: TarMember;
  readonly caption: string;
}

/** A sample that no pair could be made of, with as much of the pair as it had. */
export interface SkippedSample {
  readonly where: string;
  readonly reason: string;
  readonly image?: string;
  readonly caption?: string;
}

const captionSchema = v.object({ caption: v.string() });

/** Members whose bytes `tarPair` needs: captions and metadata. */
export function isCaptionFile(name: string): boolean {
  return /\.(txt|json)$/i.test(name);
}

/**
 * KEY.jpg (or another picture) with its caption in KEY.txt or under "caption" in KEY.json. A sample that cannot be read whole (a
 * caption that is not UTF-8, a part that is missing) is skipped by its key.
 * @param tar the archive's file name, for messages
 * @returns null for what is neither picture nor caption: an archive may hold other files
 */
export function tarPair(tar: string, sample: TarSample): TarPair | SkippedSample | null {
  const { members, label, repeatedSuffix } = sample;
  const endings = [...members.keys()];
  if (!endings.some((suffix) => isCaption(suffix) || isPicture(`${sample.key}.${suffix}`))) return null;
  const where = `${tar} ${label}`;
  if (repeatedSuffix !== null) {
    return { where, reason: `two neighbours have the name ${shorten(`${sample.key}.${repeatedSuffix}`)}` };
  }
  if ([...members.values()].some(({ isNameText }) => !isNameText)) {
    return { where, reason: 'the key is not UTF-8 text' };
  }
  const caption = captionOf(sample);
  // "a.seg.png" is a mask beside the picture "a.jpg".
  const found = endings.find((suffix) => !suffix.includes('.') && isPicture(`${sample.key}.${suffix}`));
  const image = found === undefined ? undefined : members.get(found);
  const parts = {
    where,
    ...(image === undefined ? {} : { image: image.name }),
    ...('caption' in caption ? caption : {}),
  };
  if (image === undefined) return { ...parts, reason: `no picture of this key${scattered(sample)}` };
  if ('problem' in caption) return { ...parts, reason: caption.problem };
  if (caption.caption === '') return { ...parts, reason: 'the caption is empty' };
  return { where, image, caption: caption.caption };
}

/** What KEY.json says besides the caption; nothing where there is none that can be read. */
export function jsonColumns({ members }: TarSample): Readonly<Record<string, unknown>> {
  const content = members.get('json')?.content ?? null;
  const text = content === null ? null : utf8(content);
  const value = text === null ? null : jsonOf(text);
  const parsed = v.safeParse(v.record(v.string(), v.unknown()), value);
  return parsed.success ? parsed.output : {};
}

/** Why a sample may lack a part: its members are elsewhere, or have a second dot in their names. */
function scattered({ key, ofThisKey, members }: TarSample): string {
  if (ofThisKey > 1) {
    return ` beside it; the archive has ${key} ${ofThisKey} times, with other keys between: sort it by name`;
  }
  const dotted = [...members.keys()].filter((suffix) => suffix.includes('.'));
  return dotted.length === 0 ? '' : `, which ends at the first dot: ${key}.${dotted[0]}`;
}

function isCaption(suffix: string): boolean {
  return suffix === 'txt' || suffix === 'json';
}

function captionOf(sample: TarSample): { readonly caption: string } | { readonly problem: string } {
  const { key, members } = sample;
  const text = members.get('txt');
  const json = members.get('json');
  const read = text ?? json;
  if (read === undefined) {
    return { problem: `no ${key}.txt and no caption in ${key}.json${scattered(sample)}` };
  }
  if (read.content === null) return { problem: `${read.name} is too long for a caption: ${read.size} bytes` };
  const content = utf8(read.content);
  if (content === null) return { problem: `${read.name} is not UTF-8 text` };
  if (read === text) return { caption: content.trim() };
  const value = jsonOf(content);
  if (value === undefined) return { problem: `${read.name} is not JSON` };
  const parsed = v.safeParse(captionSchema, value);
  if (parsed.success) return { caption: parsed.output.caption.trim() };
  return { problem: `no ${key}.txt and no caption in ${key}.json` };
}

/** Python's NaN included; undefined when it is none. */
function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
