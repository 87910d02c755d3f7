import { useEffect, useState } from 'preact/hooks';
import { type Door, readDoor, subscribeDoor } from '../api/door.ts';

/** The key in use and whether the API asks for one, as they stand. */
export function useDoor(): Door {
  const [door, setDoor] = useState(readDoor);
  useEffect(() => {
    const read = (): void => setDoor(readDoor());
    // What has changed since it was rendered.
    read();
    return subscribeDoor(read);
  }, []);
  return door;
}
