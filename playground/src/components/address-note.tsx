import type { JSX } from 'preact';
import { formatCount } from '../format-numbers.ts';
import type { Address } from '../state/address.ts';
import { MAX_HASH_CHARACTERS } from '../state/route.ts';

/** Says where the address and the page differ: one of them is too long for the other. */
export function AddressNote({ address }: { address: Address }): JSX.Element | null {
  const most = formatCount(MAX_HASH_CHARACTERS, 'character');
  const words = address.wasTooLong
    ? `The address has more than ${most}: it was not read, and the page shows what it opens with.`
    : address.isTooLongToWrite
      ? `What is asked has more than ${most}, too many for the address: a reload or a link does not keep it.`
      : null;
  return words === null ? null : (
    <p class="address-note hint" role="status">
      {words}
    </p>
  );
}
