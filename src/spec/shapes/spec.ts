import { flag, integer, listOf, mapOf, objectOf, required, text } from './shape.js';
import type { Hook, Hooks, Mount, Root, Spec } from '../types.js';
import { idMappings } from './id_mapping.js';
import { linuxShape } from './linux.js';
import { processShape } from './process.js';

const texts = listOf(text);

const hooks = listOf(objectOf<Hook>({ path: required(text), args: texts, env: texts, timeout: integer(-(2 ** 31), 2 ** 31 - 1) }));

/** The whole config.json (config.md). */
export const specShape = objectOf<Spec>({
  ociVersion: required(text),
  root: objectOf<Root>({ path: required(text), readonly: flag }),
  process: processShape,
  hostname: text,
  domainname: text,
  mounts: listOf(
    objectOf<Mount>({
      destination: required(text),
      type: text,
      source: text,
      options: texts,
      uidMappings: idMappings,
      gidMappings: idMappings,
    }),
  ),
  hooks: objectOf<Hooks>({
    prestart: hooks,
    createRuntime: hooks,
    createContainer: hooks,
    startContainer: hooks,
    poststart: hooks,
    poststop: hooks,
  }),
  annotations: mapOf(text),
  linux: linuxShape,
});
