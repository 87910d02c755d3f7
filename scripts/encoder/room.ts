import { AppError } from '../../src/errors.ts';

/** Memory for the bodies and answers of all requests together, in bytes. */
export interface Room {
  used: number;
  readonly most: number;
}

/** What one request takes of the room. */
export interface Share {
  /**
   * Holds so many bytes from now on, in place of those it held.
   * @throws AppError ENCODER_BUSY where all requests together would hold too much
   */
  readonly hold: (bytes: number) => void;
  /** Holds so many more. @throws as `hold` */
  readonly holdToo: (bytes: number) => void;
  /** Gives all back. */
  readonly release: () => void;
}

export function shareOf(room: Room): Share {
  let held = 0;
  const hold = (bytes: number): void => {
    // Who takes less than before finds room however full it is.
    if (bytes > held && room.used - held + bytes > room.most) throw full();
    room.used += bytes - held;
    held = bytes;
  };
  return {
    hold,
    holdToo: (bytes) => hold(held + bytes),
    release() {
      room.used -= held;
      held = 0;
    },
  };
}

function full(): AppError {
  return new AppError('ENCODER_BUSY', 'The encoder holds as many requests as its memory allows.', {
    retryAfterSeconds: 1,
  });
}
