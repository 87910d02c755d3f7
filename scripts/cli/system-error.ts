/** What the operating system may refuse for a reason that lies with the user's machine, in words for its owner. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Make room, or choose another place',
  EDQUOT: 'the disk quota is used up. Make room, or choose another place',
  EFBIG:
    'the file would be larger than its file system, or `ulimit -f`, allows. Choose another place, or raise the limit',
  EROFS: 'the file system is read-only. Choose another place',
  EACCES: 'permission denied. Change the rights, or choose another place',
  EPERM: 'operation not permitted. Change the rights, or choose another place',
  EBUSY: 'in use by the system, perhaps as a mount point. Choose another place',
  EMFILE: 'too many files are open. Raise the limit (`ulimit -n`)',
  ENFILE: 'too many files are open on this machine. Close some programs',
};

/**
 * Says what the operating system refused, where that is for the user to mend: a full disk, a quota, missing rights.
 * @param error what was thrown; its causes are looked at, too
 * @returns null for any other error
 */
export function explainSystemError(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code = '', path, syscall } = at as NodeJS.ErrnoException;
    if (syscall === undefined || !Object.hasOwn(REASONS, code)) continue;
    return `${path ?? syscall}: ${REASONS[code]} (${code}, ${syscall})`;
  }
  return null;
}
