import { sys } from '../sys/call.js';
import { readInput } from './input.js';
import { encode } from '../protobuf/message.js';
import { runtimeInfo } from './wire/messages.js';

export interface Build {
  readonly version: string;
  readonly commit: string;
  /** The document of `tsrun features`. */
  readonly features: object;
}

const optionsLimit = 4 << 20;

/** `-info`: prints what this runtime is and supports. The options on standard input do not matter. */
export function printInfo({ version, commit, features }: Build): void {
  readInput(optionsLimit);
  const data = encode(runtimeInfo, {
    name: 'io.containerd.tsrun.v2',
    version: { version, revision: commit },
    features: { type_url: 'types.containerd.io/opencontainers/runtime-spec/1/features/Features', value: JSON.stringify(features) },
  });
  sys().writeBytes({ fd: 1, data });
}
