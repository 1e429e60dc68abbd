import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { criuRequest, type CriuOptions } from '../../../src/container/checkpoint/criu/messages.js';
import { decode } from '../../../src/protobuf/message.js';
import { newDirectory, program } from '../../oci/harness/index.js';

const requests = { dump: 1, restore: 2, preDump: 4 } as const;

/** A CRIU that records what it is asked (fake_criu.c). */
export interface RecordingCriu {
  /** The environment in which it is found. */
  readonly env: Readonly<Record<'FAKE_CRIU' | 'PATH', string>>;
  /** Where an image may be; nothing is there yet. */
  readonly image: string;
  /** The options of the last request of a type. */
  readonly options: (type: keyof typeof requests) => CriuOptions;
}

export function recordingCriu(): RecordingCriu {
  const directory = newDirectory();
  mkdirSync(`${directory}/bin`);
  symlinkSync(program('fake_criu'), `${directory}/bin/criu`);
  return {
    env: { FAKE_CRIU: directory, PATH: `${directory}/bin:${process.env['PATH'] ?? ''}` },
    image: `${directory}/image`,
    options: (type) => decode(criuRequest, new Uint8Array(readFileSync(`${directory}/request-${requests[type]}`))).opts ?? {},
  };
}
