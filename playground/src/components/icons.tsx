import type { ComponentChildren, JSX } from 'preact';

/** Line icons on a 16 grid; always beside words or under a label, so never read out themselves. */
function icon(paths: ComponentChildren) {
  return function Icon(): JSX.Element {
    return (
      <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
        {paths}
      </svg>
    );
  };
}

export const CheckIcon = icon(<path d="M3 8.5 6.5 12 13 4.5" />);
export const CrossIcon = icon(<path d="m4 4 8 8M12 4l-8 8" />);
export const UnsureIcon = icon(<path d="M2.5 9c1.8-3.2 3.6-3.2 5.5-1s3.7 2.2 5.5-1" />);
export const PlusIcon = icon(<path d="M8 3v10M3 8h10" />);
export const CopyIcon = icon(
  <>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 3.5v-1h-8v8h1" />
  </>,
);
export const RetryIcon = icon(<path d="M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3" />);
export const UploadIcon = icon(<path d="M8 10.5V3M5 5.5 8 2.5l3 3M2.5 10v3h11v-3" />);
export const CameraIcon = icon(
  <>
    <path d="M2 5h2.8l1-1.8h4.4l1 1.8H14v8H2z" />
    <circle cx="8" cy="8.8" r="2.3" />
  </>,
);
export const WarningIcon = icon(<path d="M8 2.5 14.5 13.5h-13zM8 6.8v3M8 11.4v.6" />);
export const OutIcon = icon(<path d="M6 3.5H3v9.5h9.5v-3M9 2.5h4.5V7M13.5 2.5 7.5 8.5" />);
