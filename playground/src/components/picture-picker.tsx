import type { JSX, TargetedEvent } from 'preact';
import { useRef } from 'preact/hooks';
import { CameraIcon, UploadIcon } from './icons.tsx';
import { PictureUrlField } from './picture-url-field.tsx';

interface Props {
  readonly many: boolean;
  readonly onFiles: (files: readonly File[]) => void;
  readonly onUrl: (url: string) => void;
}

/** Buttons for a file and, on touch devices, the camera, and a field for a URL. Dropping and pasting work anywhere on the page. */
export function PicturePicker({ many, onFiles, onUrl }: Props): JSX.Element {
  const file = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const onChange = (event: TargetedEvent<HTMLInputElement>): void => {
    const input = event.currentTarget;
    onFiles([...(input.files ?? [])]);
    // Or choosing the same file again would change nothing and so say nothing.
    input.value = '';
  };
  const hidden = { type: 'file', accept: 'image/*', hidden: true, onChange } as const;
  return (
    <div class="picker">
      <input {...hidden} ref={file} multiple={many} data-testid="file" aria-label="Picture file" />
      <input {...hidden} ref={camera} capture="environment" aria-label="Photo" />
      <button type="button" class="button" onClick={() => file.current?.click()}>
        <UploadIcon /> {many ? 'Add pictures' : 'Choose a picture'}
      </button>
      <button type="button" class="button touch-only" onClick={() => camera.current?.click()}>
        <CameraIcon /> Take a photo
      </button>
      <p class="hint pointer-only">or drop, or paste one anywhere</p>
      <PictureUrlField many={many} onUrl={onUrl} />
    </div>
  );
}
