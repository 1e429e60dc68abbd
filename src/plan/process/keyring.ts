import type { Operation } from '../../protocol/operations.js';

export interface KeyringRequest {
  readonly id: string;
  readonly noNewKeyring: boolean;
  readonly label: string | undefined;
}

/**
 * Gives the container its own session keyring (session-keyring(7)), because otherwise its processes could read the keys of tsrun's caller.
 */
export function keyringOperations({ id, noNewKeyring, label }: KeyringRequest): readonly Operation[] {
  return noNewKeyring ? [] : [{ op: 'keyring', name: `_ses.${id}`, label: label ?? '' }];
}
