import { AppError } from '../errors.ts';

/** Writes numbers one after the other, little-endian. */
export class FieldWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  uint32(...values: readonly number[]): this {
    return this.#add(4 * values.length, (view) => {
      values.forEach((value, i) => view.setUint32(4 * i, value, true));
    });
  }

  float64(...values: readonly number[]): this {
    return this.float64s(Float64Array.from(values));
  }

  uint32s(values: Uint32Array): this {
    return this.#add(4 * values.length, (view) => {
      for (let i = 0; i < values.length; i++) view.setUint32(4 * i, values[i], true);
    });
  }

  float32s(values: Float32Array): this {
    return this.#add(4 * values.length, (view) => {
      for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i], true);
    });
  }

  float64s(values: Float64Array): this {
    return this.#add(8 * values.length, (view) => {
      for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i], true);
    });
  }

  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #add(length: number, write: (view: DataView) => void): this {
    const bytes = new Uint8Array(length);
    write(new DataView(bytes.buffer));
    this.#parts.push(bytes);
    this.#length += length;
    return this;
  }
}

/** Reads what `FieldWriter` wrote; every read is held against the bytes that are left before anything is allocated. */
export class FieldReader {
  readonly #view: DataView;
  readonly #what: string;
  #at = 0;

  /** @param what is read, for messages: "shard statistics" */
  constructor(bytes: Uint8Array, what: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  /** A whole number of [least, most]. */
  uint32(name: string, least = 0, most = 2 ** 32 - 1): number {
    const value = this.#view.getUint32(this.#take(4, name), true);
    if (value >= least && value <= most) return value;
    throw this.corrupt(`${name} ${value}, expected ${least} to ${most}`);
  }

  /** A whole number from 0 to 2^53 − 1, kept as float64. */
  whole(name: string): number {
    const value = this.#view.getFloat64(this.#take(8, name), true);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw this.corrupt(`${name} ${value}, expected a whole number of at least 0`);
  }

  uint32s(name: string, count: number): Uint32Array {
    const start = this.#take(4 * count, name);
    const values = new Uint32Array(count);
    for (let i = 0; i < count; i++) values[i] = this.#view.getUint32(start + 4 * i, true);
    return values;
  }

  /** All finite. */
  float32s(name: string, count: number): Float32Array {
    const start = this.#take(4 * count, name);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = this.#view.getFloat32(start + 4 * i, true);
    return this.#finite(name, values);
  }

  /** All finite. */
  float64s(name: string, count: number): Float64Array {
    return this.#finite(name, this.anyFloat64s(name, count));
  }

  /** Infinity and NaN among them. */
  anyFloat64s(name: string, count: number): Float64Array {
    const start = this.#take(8 * count, name);
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = this.#view.getFloat64(start + 8 * i, true);
    return values;
  }

  /** @throws AppError STORAGE_FAILED where bytes are left */
  end(): void {
    const left = this.#view.byteLength - this.#at;
    if (left > 0) throw this.corrupt(`${left} bytes too many`);
  }

  corrupt(detail: string): AppError {
    return new AppError('STORAGE_FAILED', `Corrupt ${this.#what}: ${detail}`);
  }

  #take(bytes: number, name: string): number {
    const left = this.#view.byteLength - this.#at;
    if (left < bytes) throw this.corrupt(`${left} bytes of ${name}, expected ${bytes}`);
    this.#at += bytes;
    return this.#at - bytes;
  }

  #finite<Values extends Float32Array | Float64Array>(name: string, values: Values): Values {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) throw this.corrupt(`${name} with ${values[i]} at ${i}`);
    }
    return values;
  }
}
