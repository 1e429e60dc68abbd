import type { ContainerRecord } from './record.js';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const fields: Readonly<Record<keyof ContainerRecord, Check>> = {
  version: (value) => value === 1,
  ociVersion: isText,
  id: isText,
  pid: isCount,
  startTime: isCount,
  bundle: isText,
  rootfs: isText,
  created: isText,
  owner: isText,
  cgroup: (value) => value === null || (typeof value === 'string' && value.startsWith('/')),
  cgroupParents: isTexts,
  noNewKeyring: (value) => typeof value === 'boolean',
  // It was validated before it was written, and only root can write there.
  spec: isObject,
};

/** The record in the text of a state.json, or why there is none. */
export function parseRecord(text: string): ContainerRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (text.trim() === '') return 'the file is empty';
    return error instanceof Error ? error.message : String(error);
  }
  if (!isRecord(value)) return `field "${firstWrong(value)}" is missing or wrong`;
  return value;
}

function isRecord(value: unknown): value is ContainerRecord {
  return firstWrong(value) === undefined;
}

function firstWrong(value: unknown): string | undefined {
  if (!isObject(value)) return 'version';
  const found = value as Readonly<Record<string, unknown>>;
  return Object.keys(fields).find((name) => !fields[name as keyof ContainerRecord](found[name]));
}
