import type { Operation } from '../../protocol/operations.js';

export interface KeyringRequest {
  readonly id: string;
  readonly noNewKeyring: boolean;
  readonly label: string | undefined;
}

/** A session keyring of the container's own (session-keyring(7)): else its processes could read the keys of whoever called tsrun. */
export function keyringOperations({ id, noNewKeyring, label }: KeyringRequest): readonly Operation[] {
  return noNewKeyring ? [] : [{ op: 'keyring', name: `_ses.${id}`, label: label ?? '' }];
}
