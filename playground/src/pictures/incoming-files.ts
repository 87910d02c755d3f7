import { useEffect, useRef, useState } from 'preact/hooks';

/**
 * Take pictures that are dropped anywhere on the page or pasted. Text that is pasted is left alone.
 * @returns whether a file hovers over the page now
 */
export function useIncomingFiles(active: boolean, onFiles: (files: readonly File[]) => void): boolean {
  const [hovering, setHovering] = useState(false);
  const receive = useRef(onFiles);
  receive.current = onFiles;

  useEffect(() => {
    if (!active) return;
    const take = (transfer: DataTransfer | null, event: Event): void => {
      const files = [...(transfer?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      receive.current(files);
    };
    const onDragOver = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      // Without this the browser would leave the page and show the file.
      event.preventDefault();
      setHovering(true);
    };
    const onDragLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setHovering(false);
    };
    const onDrop = (event: DragEvent): void => {
      setHovering(false);
      take(event.dataTransfer, event);
    };
    const onPaste = (event: ClipboardEvent): void => take(event.clipboardData, event);
    document.addEventListener('dragover', onDragOver);
    document.addEventListener('dragleave', onDragLeave);
    document.addEventListener('drop', onDrop);
    document.addEventListener('paste', onPaste);
    return () => {
      document.removeEventListener('dragover', onDragOver);
      document.removeEventListener('dragleave', onDragLeave);
      document.removeEventListener('drop', onDrop);
      document.removeEventListener('paste', onPaste);
    };
  }, [active]);
  return hovering;
}
