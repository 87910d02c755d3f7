import { UserError } from '../cli/user-error.ts';

const PART = '[A-Za-z0-9](?:[\\w.-]*[A-Za-z0-9])?';
const ID = new RegExp(`^(?:${PART}/)?${PART}$`);
const MAX_ID_LENGTH = 96;
const REVISION = /^[A-Za-z0-9](?:[\w./-]*[\w-])?$/;

/**
 * Whether the Hugging Face hub could have a repository of the id: `name` or `owner/name`. Such an id is safe as a path below a folder.
 * Source: `validate_repo_id` of huggingface_hub.
 */
export function isHubId(id: string): boolean {
  return ID.test(id) && id.length <= MAX_ID_LENGTH && !/--|\.\.|\.git$/.test(id);
}

/** @throws UserError unless it has the shape of an id of the hub */
export function checkHubId(id: string, what: string): void {
  if (isHubId(id)) return;
  throw new UserError(
    `${what} ${JSON.stringify(id)} is no id of the hub: expected owner/name, such as openai/clip-vit-base-patch32`,
  );
}

/** @throws UserError unless it has the shape of a branch, a tag or a commit */
export function checkRevision(revision: string): void {
  if (REVISION.test(revision) && !/\.\.|\/\/|\/\./.test(revision)) return;
  throw new UserError(
    `--revision ${JSON.stringify(revision)}: expected a branch, a tag or a commit, such as main`,
  );
}
