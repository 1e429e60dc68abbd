import { decode } from '../protobuf/message.js';
import { runcOptions, type RuncOptions } from './wire/messages.js';

/** A google.protobuf.Any. */
export interface GivenOptions {
  readonly type_url?: string;
  readonly value?: Uint8Array;
}

/** Types of options whose fields are known here. Others, such as a path of a configuration, are ignored: ctr and CRI send them anyway. */
const known = ['containerd.runc.v1.Options', 'containerd.tsrun.v1.Options'];

/** The options of runc's shim, if these are such. */
export function runcOptionsOf(given: GivenOptions | undefined): Partial<RuncOptions> {
  const type = given?.type_url?.split('/').pop() ?? '';
  return given?.value !== undefined && known.includes(type) ? decode(runcOptions, given.value) : {};
}
